package logexec

import (
	"slices"

	"skywatch/internal/lang/insights"
)

// binKey is the time bin among the keys of a stats.
type binKey struct {
	key    int // index among the keys
	grid   grid
	offset func(ms int64) int64
}

func (c *compiler) fillMissing(cmd *insights.FillMissing) {
	p := &fillPlan{bin: c.bin, scope: c.scope, max: c.req.MaxGroups, start: c.req.StartMs, end: c.req.EndMs}
	for _, k := range c.byKeys {
		p.keys = append(p.keys, k.slot)
		c.used[k.slot] = true
	}
	for _, w := range cmd.With {
		slot, ok := c.names[w.Field.Name()]
		if !ok {
			slot = c.define(w.Field.Name())
			c.show(w.Field.Name(), slot)
		}
		v := c.expr(w.Value)
		p.with = append(p.with, assigned{slot, v})
	}
	keep := c.keep()
	c.add(stage{name: "fillmissing", blocking: true, make: func(next sink, b *budget) sink {
		slots := slices.Concat(keep(), p.keys)
		slices.Sort(slots)
		return &filler{fillPlan: p, next: next, budget: b, keep: slices.Compact(slots)}
	}})
}

type fillPlan struct {
	bin        *binKey
	keys       []int // slots, in the order of by
	with       []assigned
	scope      *scope
	max        int
	start, end int64
}

// filler holds the rows of a stats until it knows which bins are missing. It
// gives them in the order of their keys, as stats does.
type filler struct {
	*fillPlan
	next   sink
	budget *budget
	keep   []int
	rows   []keyed
}

type keyed struct {
	row  *row
	keys []value
}

func (s *filler) key(r *row) []value {
	keys := make([]value, len(s.keys))
	for i, slot := range s.keys {
		keys[i] = *r.get(slot)
	}
	return keys
}

func (s *filler) push(r *row) error {
	k := keyed{row: r.clone(s.keep), keys: s.key(r)}
	s.rows = append(s.rows, k)
	return s.budget.take(rowBytes(k.row)+int64(len(k.keys))*valueBytes, "fillmissing")
}

func (s *filler) emit(next sink) error {
	// The bins that each combination of the other keys has.
	type combination struct {
		keys []value
		bins map[int64]bool
	}
	combos := map[string]*combination{}
	var order []string
	add := func(keys []value) *combination {
		var b []byte
		for i := range keys {
			if i != s.bin.key {
				b = appendKey(b, &keys[i])
			}
		}
		c, ok := combos[string(b)]
		if !ok {
			c = &combination{keys: keys, bins: map[int64]bool{}}
			combos[string(b)] = c
			order = append(order, string(b))
		}
		return c
	}
	if len(s.keys) == 1 {
		add([]value{{}}) // also when there are no rows at all
	}
	rows := slices.Clone(s.rows)
	for _, r := range rows {
		if v := r.keys[s.bin.key]; v.kind == moment {
			add(r.keys).bins[int64(v.num)] = true
		}
	}
	held := int64(0)
	defer func() { s.budget.give(held) }()
	for _, k := range order {
		c := combos[k]
		for at := s.bin.grid.floor(s.start); at < s.end; at = s.bin.grid.next(at) {
			t := s.bin.offset(at)
			if c.bins[t] {
				continue
			}
			if len(rows) >= s.max {
				return &LimitError{What: "rows", Limit: int64(s.max), Unit: "rows", Where: "fillmissing"}
			}
			r := &row{vals: make([]value, s.scope.width)}
			keys := slices.Clone(c.keys)
			keys[s.bin.key] = timestamp(float64(t))
			for i, slot := range s.keys {
				r.vals[slot] = keys[i]
			}
			for _, w := range s.with {
				r.vals[w.slot] = w.eval(r)
			}
			rows = append(rows, keyed{r, keys})
			size := rowBytes(r) + int64(len(keys))*valueBytes
			held += size
			if err := s.budget.take(size, "fillmissing"); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int { return compareKeys(a.keys, b.keys) })
	return pushAll(next, len(rows), func(i int) *row { return rows[i].row })
}

func (s *filler) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.rows = nil
	return s.next.finish()
}
