package logexec

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unsafe"

	"skywatch/internal/lang/insights"
)

// statsPlan is a compiled stats command. Its rows have a scope of their own:
// first the keys, then the aggregates, then the items.
type statsPlan struct {
	keys  []eval
	known []operand   // what is known of the keys, by key
	calls []aggCall   // the states of a group
	reads []aggResult // what the items read of them
	items []assigned  // computed in order, in the new scope
	scope *scope      // the new one
	max   int         // groups
}

type assigned struct {
	slot int
	eval eval
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
				p.reads = append(p.reads, aggResult{shared[key], readerOf(call)})
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
		e := c.expr(it.Expr)
		slot := c.define(it.Name)
		p.items = append(p.items, assigned{slot, e})
		c.columns = append(c.columns, column{it.Name, slot})
	}
	c.special = nil
	c.used = reads
	c.add(stage{name: "stats", blocking: true, stats: p, make: func(next sink, b *budget) sink {
		return newGrouper(p, next, b)
	}})
}

// group is one group at work.
type group struct {
	keys []value
	aggs []aggregate
}

// grouper holds the groups of a stats command.
type grouper struct {
	plan   *statsPlan
	next   sink
	budget *budget
	groups map[string]*group
	key    []byte
	vals   []value
	grown  int64 // bytes not yet taken from the budget
	makers []func() aggregate
}

func newGrouper(p *statsPlan, next sink, b *budget) *grouper {
	g := &grouper{plan: p, next: next, budget: b, groups: map[string]*group{}, vals: make([]value, len(p.keys))}
	for i := range p.calls {
		g.makers = append(g.makers, p.calls[i].make())
	}
	if len(p.keys) == 0 {
		g.groups[""] = g.newGroup() // one row also for no input
	}
	return g
}

func (s *grouper) newGroup() *group {
	g := &group{keys: slices.Clone(s.vals), aggs: make([]aggregate, len(s.plan.calls))}
	for i := range s.plan.calls {
		g.aggs[i] = s.makers[i]()
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
	g, ok := s.groups[string(s.key)]
	if ok {
		// The key shows alike in all rows, but as what kind must not depend on
		// which row came first.
		for i := range s.vals {
			if v := &s.vals[i]; keyRank(v) > keyRank(&g.keys[i]) {
				g.keys[i] = *v
			}
		}
		return g, nil
	}
	if len(s.groups) >= s.plan.max {
		return nil, &LimitError{What: "groups", Limit: int64(s.plan.max), Unit: "groups", Where: "stats"}
	}
	g = s.newGroup()
	s.groups[string(s.key)] = g
	return g, s.budget.take(s.groupBytes(len(s.key)), "stats")
}

// groupBytes is what a new group costs: its key, also as values, a place in the
// map, and the states.
func (s *grouper) groupBytes(key int) int64 {
	n := int64(2*key+96+len(s.vals)*valueBytes) + int64(unsafe.Sizeof(group{}))
	for i := range s.plan.calls {
		n += s.plan.calls[i].size + 16
	}
	return n
}

func (s *grouper) emit(next sink) error {
	groups := make([]*group, 0, len(s.groups))
	for _, g := range s.groups {
		groups = append(groups, g)
	}
	slices.SortFunc(groups, func(a, b *group) int { return compareKeys(a.keys, b.keys) })
	r := row{vals: make([]value, s.plan.scope.width)}
	return pushAll(next, len(groups), func(i int) *row {
		g := groups[i]
		n := copy(r.vals, g.keys)
		for j := range s.plan.reads {
			res := &s.plan.reads[j]
			r.vals[n+j] = res.read(g.aggs[res.call])
		}
		for _, it := range s.plan.items {
			r.vals[it.slot] = it.eval(&r)
		}
		return &r
	})
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
	s.groups = nil
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
