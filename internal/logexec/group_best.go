package logexec

import (
	"math"
	"slices"
)

// Of many groups often only some are wanted: by the limit behind a stats, or
// behind the sort behind it. Then the others are neither sorted nor turned into
// rows; most are left out after a look at what the sort looks at.

// wanted is how many groups a sink behind a stats can use, and the sort that
// says which; 0 for all.
func wanted(next sink) (n int, by *sorter) {
	switch next := next.(type) {
	case *watch:
		return wanted(next.next)
	case *sorter:
		return next.top, next
	case *limiter:
		return next.left, nil
	case *output:
		if next.plan.limit == math.MaxInt {
			return 0, nil
		}
		return next.plan.limit - len(next.rows), nil
	}
	return 0, nil
}

// candidate is a group that may be wanted, and its sort keys.
type candidate struct {
	group *group
	keys  []value
}

// chooser keeps the first groups in the order of a sort, then in that of keys.
type chooser struct {
	plan *statsPlan
	by   *sorter
	row  row
	// reads and items are what the sort keys follow from.
	reads, items []int

	n       int
	best    []candidate
	bounded bool // best[n-1] was the last wanted one when bound was taken
	bound   candidate
	scratch []value
}

func newChooser(p *statsPlan, n int, by *sorter) *chooser {
	c := &chooser{plan: p, by: by, n: n, row: row{vals: make([]value, p.scope.width)}}
	if by == nil {
		return c
	}
	need := map[int]bool{}
	for _, s := range by.reads {
		need[s] = true
	}
	for i := len(p.items) - 1; i >= 0; i-- { // an item may read those before it
		if it := &p.items[i]; need[it.slot] {
			c.items = append(c.items, i)
			for _, s := range it.reads {
				need[s] = true
			}
		}
	}
	slices.Reverse(c.items)
	for j := range p.reads {
		if need[len(p.keys)+j] {
			c.reads = append(c.reads, j)
		}
	}
	return c
}

// see looks at a group.
func (c *chooser) see(g *group) {
	x := candidate{group: g}
	if c.by != nil {
		c.plan.fill(&c.row, g, c.reads, c.items)
		c.scratch = c.by.evaluate(c.scratch[:0], &c.row)
		x.keys = c.scratch
	}
	if c.bounded && c.compare(&x, &c.bound) > 0 {
		return
	}
	x.keys = slices.Clone(x.keys)
	if c.best = append(c.best, x); len(c.best) >= 2*c.n+64 {
		c.cut()
	}
}

func (c *chooser) compare(a, b *candidate) int {
	if c.by != nil {
		if k := c.by.compareKeys(a.keys, b.keys); k != 0 {
			return k
		}
	}
	return compareKeys(a.group.keys, b.group.keys)
}

func (c *chooser) cut() {
	slices.SortFunc(c.best, func(a, b candidate) int { return c.compare(&a, &b) })
	if len(c.best) >= c.n {
		clear(c.best[c.n:])
		c.best = c.best[:c.n]
		c.bound, c.bounded = c.best[c.n-1], true
	}
}

// chosen are the groups that can be wanted by next, in the order of keys.
func (s *grouper) chosen(next sink) []*group {
	n, by := wanted(next)
	if n <= 0 || n >= s.table.n {
		all := s.table.all()
		sortGroups(all)
		return all
	}
	var choosers []*chooser
	onCores(tableParts, func() func(int) {
		c := newChooser(s.plan, n, by)
		choosers = append(choosers, c)
		return func(p int) {
			for _, g := range s.table.parts[p].list {
				c.see(g)
			}
		}
	})
	c := choosers[0]
	for _, other := range choosers[1:] {
		c.best = append(c.best, other.best...)
	}
	c.cut()
	groups := make([]*group, len(c.best))
	for i := range c.best {
		groups[i] = c.best[i].group
	}
	sortGroups(groups)
	return groups
}
