package logexec

import (
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"skywatch/internal/lang/insights"
)

// statsPlan is a compiled stats command. Its rows have a scope of their own:
// first the keys, then the aggregates, then the items.
type statsPlan struct {
	keys  []eval
	known []operand   // what is known of the keys, by key
	calls []aggCall   // the states of a group
	reads []aggResult // what the items read of them
	items []statsItem // computed in order, in the new scope
	scope *scope      // the new one
	max   int         // groups
}

type assigned struct {
	slot int
	eval eval
}

// statsItem is a result of a stats command.
type statsItem struct {
	assigned
	reads []int // slots
}

func (c *compiler) stats(cmd *insights.Stats) {
	p := &statsPlan{max: c.req.MaxGroups}
	if cmd.Offset != nil {
		c.offset = mover(cmd.Offset, 1)
	}
	for _, it := range cmd.By {
		p.known = append(p.known, c.operand(it.Expr, func() { p.keys = append(p.keys, c.expr(it.Expr)) }))
	}
	c.offset = nil
	// Aggregates read the old scope; equal ones are computed once.
	aggs, shared := map[string]int{}, map[string]int{}
	for _, it := range cmd.Items {
		insights.Walk(it.Expr, func(e insights.Expr) bool {
			call, ok := e.(*insights.Call)
			if !ok || !call.Func.Aggregate {
				return true
			}
			if _, ok := aggs[call.String()]; !ok {
				key := statesKey(call)
				if _, ok := shared[key]; !ok {
					shared[key] = len(p.calls)
					p.calls = append(p.calls, c.aggregate(call))
				}
				aggs[call.String()] = len(p.reads)
				p.reads = append(p.reads, aggResult{shared[key], readerOf(call, &p.calls[shared[key]])})
			}
			return false
		})
	}
	reads := c.used

	p.scope = c.newRows()
	byText := map[string]int{}
	for i, it := range cmd.By {
		slot := c.define(it.Name)
		byText[it.Expr.String()] = slot
		c.columns = append(c.columns, column{it.Name, slot})
		if per := insights.BinOf(it.Expr); per != nil && c.bin == nil {
			c.bin = &binKey{key: i, grid: newGrid(per), offset: mover(cmd.Offset, 1)}
		}
	}
	c.byKeys = slices.Clone(c.columns)
	first := c.scope.width
	for range p.reads {
		c.newSlot()
	}
	c.special = func(e insights.Expr) (eval, bool) {
		if slot, ok := byText[e.String()]; ok {
			return c.slot(slot), true
		}
		if call, ok := e.(*insights.Call); ok && call.Func.Aggregate {
			return c.slot(first + aggs[call.String()]), true
		}
		return nil, false
	}
	c.used = map[int]bool{}
	for _, it := range cmd.Items {
		var e eval
		reads := c.reading(func() { e = c.expr(it.Expr) })
		slot := c.define(it.Name)
		p.items = append(p.items, statsItem{assigned{slot, e}, reads})
		c.columns = append(c.columns, column{it.Name, slot})
	}
	c.special = nil
	c.used = reads
	c.add(stage{name: "stats", blocking: true, stats: p, make: func(next sink, b *budget) sink {
		return newGrouper(p, next, b)
	}})
}

// grouper holds the groups of a stats command.
type grouper struct {
	plan   *statsPlan
	next   sink
	budget *budget
	table  groupTable
	makers []func() aggregate
	key    []byte
	vals   []value
	grown  int64 // bytes not yet taken from the budget
	units  uint64

	packed  *packer // groups beside the table, nil when none may be
	scratch []byte
}

func newGrouper(p *statsPlan, next sink, b *budget) *grouper {
	g := &grouper{plan: p, next: next, budget: b, vals: make([]value, len(p.keys))}
	for i := range p.calls {
		g.makers = append(g.makers, p.calls[i].make())
	}
	if len(p.keys) == 0 {
		g.add(hashKey(nil)) // one row also for no input
	}
	return g
}

func (s *grouper) push(r *row) error {
	s.key = s.key[:0]
	for i, k := range s.plan.keys {
		v := k(r)
		if v.kind == tree {
			v = value{}
		}
		s.vals[i] = v
		s.key = appendKey(s.key, &v)
	}
	g, err := s.find()
	if err != nil {
		return err
	}
	for i := range s.plan.calls {
		if grown := g.aggs[i].add(&s.plan.calls[i], r); grown != 0 {
			if err := s.budget.take(grown, "stats"); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyRank orders values that show alike: numbers before their texts.
func keyRank(v *value) int {
	switch {
	case v.kind != number:
		return 0
	case v.str == "":
		return 1
	}
	return 2
}

// find is the group of s.vals, whose key is s.key.
func (s *grouper) find() (*group, error) {
	hash := hashKey(s.key)
	if g := s.table.parts[homeOf(hash)].find(hash, s.key); g != nil {
		g.upgrade(s.vals)
		return g, nil
	}
	return s.create(hash)
}

// create is find for a key that is not there.
func (s *grouper) create(hash uint64) (*group, error) {
	if s.table.n >= s.plan.max {
		return nil, &LimitError{What: "groups", Limit: int64(s.plan.max), Unit: "groups", Where: "stats"}
	}
	g := s.add(hash)
	return g, s.budget.take(s.groupBytes(g), "stats")
}

func (s *grouper) add(hash uint64) *group {
	g := s.table.add(hash, s.key, s.vals, len(s.makers))
	for i, make := range s.makers {
		g.aggs[i] = make()
	}
	return g
}

// absorb takes over the groups of other groupers of the same plan and budget,
// part by part on several cores.
func (s *grouper) absorb(others []*grouper) error {
	var grown atomic.Int64
	onCores(tableParts, func() func(p int) {
		return func(p int) { grown.Add(s.absorbPart(p, others)) }
	})
	s.table.n = 0
	for p := range s.table.parts {
		s.table.n += len(s.table.parts[p].list)
	}
	var packed []*packer
	for _, o := range others {
		packed = append(packed, o.packed)
		o.table, o.packed = groupTable{}, nil
	}
	if s.table.n > s.plan.max {
		return &LimitError{What: "groups", Limit: int64(s.plan.max), Unit: "groups", Where: "stats"}
	}
	if err := s.budget.take(grown.Load(), "stats"); err != nil {
		return err
	}
	return s.settle(packed, s.next)
}

// onCores calls functions for 0 to n-1, each core one that begin makes, and
// waits for them.
func onCores(n int, begin func() func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(maxWorkers, runtime.GOMAXPROCS(0), n) {
		f := begin()
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// emitRows is for how many groups at a time the states are read ahead of the
// rows, on several cores.
const emitRows = 1024

func (s *grouper) emit(next sink) error {
	groups := s.chosen(next)
	r := row{vals: make([]value, s.plan.scope.width)}
	width := len(s.plan.reads)
	var read []value
	return pushAll(next, len(groups), func(i int) *row {
		if i%emitRows == 0 {
			read = s.plan.readAll(read[:0], groups[i:min(i+emitRows, len(groups))])
		}
		n := copy(r.vals, groups[i].keys)
		copy(r.vals[n:], read[i%emitRows*width:][:width])
		for _, it := range s.plan.items {
			r.vals[it.slot] = it.eval(&r)
		}
		return &r
	})
}

// readAll reads the states of groups, one after the other, into dst.
func (p *statsPlan) readAll(dst []value, groups []*group) []value {
	const run = 16
	width := len(p.reads)
	dst = slices.Grow(dst, width*len(groups))[:width*len(groups)]
	onCores((len(groups)+run-1)/run, func() func(int) {
		return func(k int) {
			for i := k * run; i < min((k+1)*run, len(groups)); i++ {
				for j := range p.reads {
					dst[i*width+j] = p.reads[j].read(groups[i].aggs[p.reads[j].call])
				}
			}
		}
	})
	return dst
}

// fill makes r the row of a group, with some of what follows from its states.
func (p *statsPlan) fill(r *row, g *group, reads, items []int) {
	n := copy(r.vals, g.keys)
	for _, j := range reads {
		from := &p.reads[j]
		r.vals[n+j] = from.read(g.aggs[from.call])
	}
	for _, i := range items {
		r.vals[p.items[i].slot] = p.items[i].eval(r)
	}
}

// compareKeys is the order of groups.
func compareKeys(a, b []value) int {
	for i := range a {
		if c := compare(&a[i], &b[i]); c != 0 {
			return c
		}
	}
	// Equal in sorting but not in letters, such as 1 and 1.0.
	for i := range a {
		if c := strings.Compare(a[i].text(), b[i].text()); c != 0 {
			return c
		}
	}
	return 0
}

func (s *grouper) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.table = groupTable{}
	return s.next.finish()
}

// appendKey adds a value to a grouping key such that different values give
// different keys. A number and a text with the same letters are the same key.
func appendKey(b []byte, v *value) []byte {
	switch {
	case v.kind == null || v.kind == tree:
		return append(b, 0)
	case v.kind == moment:
		return binary.BigEndian.AppendUint64(append(b, 1), math.Float64bits(v.num))
	}
	s := v.text()
	b = binary.AppendUvarint(append(b, 2), uint64(len(s)))
	return append(b, s...)
}
