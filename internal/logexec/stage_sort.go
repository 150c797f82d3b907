package logexec

import (
	"errors"
	"slices"

	"skywatch/internal/lang/insights"
)

func (c *compiler) sort(cmd *insights.Sort) {
	if c.alreadySorted(cmd) {
		c.dropped = cmd
		return
	}
	keys := make([]sortKey, len(cmd.Keys))
	arrival := false
	reads := c.reading(func() {
		for i, k := range cmd.Keys {
			key := &keys[i]
			key.desc = k.Desc
			arrival = arrival || !k.Desc && c.isTime(k.Expr)
			key.reads = c.reading(func() { key.eval = c.expr(k.Expr) })
		}
	})
	c.place = c.place || c.src != nil
	keep := c.keep()
	top := c.rowsAfter(cmd)
	c.add(stage{name: "sort", blocking: true, make: func(next sink, b *budget) sink {
		return &sorter{next: next, keys: keys, arrival: arrival, reads: reads, keep: keep(), top: top, budget: b}
	}})
}

// isTime says whether an expression is the events' own time.
func (c *compiler) isTime(e insights.Expr) bool {
	f, ok := e.(*insights.Field)
	return ok && c.src != nil && f.Name() == "@timestamp" && c.slotNamed("@timestamp") < 0
}

// alreadySorted says whether the sort asks for the order in which events come
// anyway. Such a query (the commonest of all) can stop at its limit instead of
// reading everything.
func (c *compiler) alreadySorted(cmd *insights.Sort) bool {
	if _, used := c.names["@timestamp"]; used {
		return false
	}
	return cmd == newestFirst(c.req.Query.Commands)
}

// newestFirst finds a sort by @timestamp desc that has nothing before it which
// groups, orders or ends; nil when there is none.
func newestFirst(commands []insights.Command) *insights.Sort {
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *insights.Sort:
			if f, ok := cmd.Keys[0].Expr.(*insights.Field); ok && len(cmd.Keys) == 1 && cmd.Keys[0].Desc && f.Name() == "@timestamp" {
				return cmd
			}
			return nil
		case *insights.AutoRegress, *insights.Accum, *insights.FillDown:
			// They keep the order.
		default:
			if !rowwise(cmd) {
				return nil
			}
		}
	}
	return nil
}

// rowsAfter is how many of the sorted rows can be wanted, 0 for all: a limit
// behind the sort counts unless something between drops rows.
func (c *compiler) rowsAfter(cmd *insights.Sort) int {
	behind := false
	for _, other := range c.req.Query.Commands {
		if other == insights.Command(cmd) {
			behind = true
			continue
		}
		if !behind {
			continue
		}
		switch other := other.(type) {
		case *insights.Limit:
			return other.N
		case *insights.Fields, *insights.Display, *insights.Unmask, *insights.JSON, *insights.Lookup, *insights.CIDRLookup:
		case *insights.Extract:
			if other.Multi {
				return 0
			}
		default:
			return 0
		}
	}
	if c.inner || c.req.Limit == NoLimit {
		return 0
	}
	if c.req.Limit > 0 {
		return c.req.Limit
	}
	return DefaultLimit
}

type sortKey struct {
	eval  eval
	desc  bool
	reads []int // slots
}

// sorted is a kept row with its keys.
type sorted struct {
	row  *row
	keys []value
	n    int64 // order of arrival, for rows without a position
	size int64
}

const (
	// sortedBytes is what a row takes in the buffer, with room to grow.
	sortedBytes = 96
	// sparseBytes is what a kept row of a scan holds beside itself: the messages
	// that share a piece of memory with its own, whose rows were let go.
	sparseBytes = pieceBytes / 8
)

// sorter keeps the rows that can still be among the top ones, in a buffer of
// twice that many which is sorted and halved when full.
type sorter struct {
	next   sink
	keys   []sortKey
	reads  []int // slots that the keys read
	keep   []int
	top    int // 0 for all
	budget *budget
	// arrival keeps events with equal keys in the order of arrival: one of the
	// keys is their time, ascending. Otherwise the newest comes first.
	arrival bool

	rows    []sorted
	bounded bool // rows[top-1] was the last wanted row when bound was taken
	bound   sorted
	arrived int64
	scratch []value
}

// compare orders rows by the keys, then events by their place, then by arrival.
func (s *sorter) compare(a, b *sorted) int {
	if c := s.compareKeys(a.keys, b.keys); c != 0 {
		return c
	}
	p, q := a.row.ev.pos, b.row.ev.pos
	if s.arrival {
		p, q = q, p
	}
	switch {
	case q.Less(p):
		return -1
	case p.Less(q):
		return 1
	}
	return int(min(1, max(-1, a.n-b.n)))
}

// compareKeys orders rows by the keys alone.
func (s *sorter) compareKeys(a, b []value) int {
	for i := range s.keys {
		if c := compare(&a[i], &b[i]); c != 0 {
			if s.keys[i].desc {
				return -c
			}
			return c
		}
	}
	return 0
}

// evaluate appends the keys of a row.
func (s *sorter) evaluate(keys []value, r *row) []value {
	for i := range s.keys {
		v := s.keys[i].eval(r)
		if v.kind == tree {
			v = value{}
		}
		keys = append(keys, v)
	}
	return keys
}

func (s *sorter) push(r *row) error {
	s.scratch = s.evaluate(s.scratch[:0], r)
	s.arrived++
	n := sorted{row: r, keys: s.scratch, n: s.arrived}
	if s.bounded && s.compare(&n, &s.bound) > 0 {
		return nil
	}
	n.row, n.keys = r.clone(s.keep), slices.Clone(s.scratch)
	n.size = rowBytes(n.row) + int64(len(n.keys))*valueBytes + sortedBytes
	if r.ev.late != nil {
		n.size += sparseBytes
	}
	s.rows = append(s.rows, n)
	if err := s.budget.take(n.size, "sort"); err != nil {
		// Perhaps it is only the slack of the buffer.
		s.cut()
		if err := s.budget.take(0, "sort"); err != nil {
			return err
		}
	}
	if s.top > 0 && len(s.rows) >= 2*s.top+64 {
		s.cut()
	}
	return nil
}

// cut sorts the buffer and lets go what is not wanted.
func (s *sorter) cut() {
	slices.SortFunc(s.rows, func(a, b sorted) int { return s.compare(&a, &b) })
	if s.top == 0 || len(s.rows) <= s.top {
		return
	}
	for i := s.top; i < len(s.rows); i++ {
		s.budget.give(s.rows[i].size)
		s.rows[i] = sorted{}
	}
	s.rows = s.rows[:s.top]
	s.bound, s.bounded = s.rows[s.top-1], true
}

func (s *sorter) emit(next sink) error {
	s.cut()
	return pushAll(next, len(s.rows), func(i int) *row { return s.rows[i].row })
}

// finish lets each row go once it is pushed: behind it mostly is the result, which
// takes as much.
func (s *sorter) finish() error {
	s.cut()
	given := 0
	err := pushAll(s.next, len(s.rows), func(i int) *row {
		for ; given < i; given++ {
			s.budget.give(s.rows[given].size)
			s.rows[given] = sorted{}
		}
		return s.rows[i].row
	})
	if err != nil {
		return err
	}
	s.rows = nil
	return s.next.finish()
}

// pushAll pushes n rows until they are no longer wanted. The rows stay valid:
// stages behind may write into them, so each is pushed as a copy.
func pushAll(next sink, n int, at func(int) *row) error {
	var c row
	for i := range n {
		r := at(i)
		c = row{vals: append(c.vals[:0], r.vals...), ev: r.ev}
		if err := next.push(&c); errors.Is(err, errDone) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}
