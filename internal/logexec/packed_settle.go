package logexec

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
)

// Packed groups are settled when all rows have been read: those of the workers
// are brought together, those that the stages behind cannot want are left out
// after a look at their counts, and the others become groups of the table, with
// their texts and numbers. Texts that packed in different ways, or that other
// blocks hold as they stand, meet there; so only groups of shapes whose texts
// can be of no other one are ever left out.

// unpack settles the groups that were packed so far and packs no more.
func (s *grouper) unpack() error {
	p := s.packed
	s.packed = nil
	return s.settle([]*packer{p}, nil)
}

// settle moves packed groups into the table; those that next cannot want are
// left out. A nil next wants all.
func (s *grouper) settle(packers []*packer, next sink) error {
	packers = slices.DeleteFunc(packers, func(p *packer) bool { return p == nil || p.table.n == 0 })
	if len(packers) == 0 {
		return nil
	}
	for _, p := range packers {
		s.budget.give(p.bytes) // what becomes of them is taken as it does
	}
	first := packers[0]
	all, to := mergePacked(packers)
	shapes := first.shapes.all()
	keep := newPackedChoice(s, shapes, all, next)
	places := [tableParts][]int32{} // of the groups kept, in kept, + 1
	var kept []*group
	left := 0
	for p := range all.parts {
		list := all.parts[p].list
		places[p] = make([]int32, len(list))
		for i := 1; i < len(list); i++ {
			if !keep.wants(&list[i]) {
				left++
				continue
			}
			g, err := s.pour(first, shapes[list[i].shape], &list[i])
			if err != nil {
				return err
			}
			kept = append(kept, g)
			places[p][i] = int32(len(kept))
		}
		if s.budget.ctx.Err() != nil {
			return context.Cause(s.budget.ctx)
		}
	}
	if s.table.n+left > s.plan.max {
		return &LimitError{What: "groups", Limit: int64(s.plan.max), Unit: "groups", Where: "stats"}
	}
	var grown int64
	for w, p := range packers {
		for _, run := range p.late {
			for i, id := range run.ids {
				part, at := id>>packedPlaceBits, id&packedPlaceMask
				if w > 0 {
					at = to[w][part][at]
				}
				if k := places[part][at]; k > 0 {
					grown += kept[k-1].aggs[run.call].(lateAggregate).late(run.nums[i])
				}
			}
		}
	}
	return s.budget.take(grown, "stats")
}

// mergePacked brings packed groups together in the table of the first packer.
// to answers, by packer but the first and by part, where its groups are.
func mergePacked(packers []*packer) (all *packedTable, to [][tableParts][]uint32) {
	all = &packers[0].table
	to = make([][tableParts][]uint32, len(packers))
	if len(packers) == 1 {
		return all, to
	}
	onCores(tableParts, func() func(int) {
		return func(p int) {
			for w, o := range packers[1:] {
				to[w+1][p] = all.parts[p].absorb(&o.table.parts[p])
			}
		}
	})
	all.n = 0
	for p := range all.parts {
		all.n += max(0, len(all.parts[p].list)-1)
	}
	return all, to
}

// pour makes a packed group one of the table, with its rows counted.
func (s *grouper) pour(p *packer, shape *keyShape, from *packedGroup) (*group, error) {
	s.scratch = shape.appendText(s.scratch[:0], &from.packedKey)
	s.key = binary.AppendUvarint(append(append(s.key[:0], shape.front...), 2), uint64(len(s.scratch)))
	at := len(s.key)
	s.key = append(append(s.key, s.scratch...), shape.behind...)
	copy(s.vals, shape.vals)
	before := s.table.n
	g, err := s.find()
	if err != nil {
		return nil, err
	}
	if s.table.n > before {
		g.keys[shape.key] = str(g.key[at : at+len(s.scratch)])
	}
	for _, j := range p.counts {
		g.aggs[j].(*countAgg).n += float64(from.n)
	}
	return g, nil
}

// packedChoice says which packed groups become groups of the table.
type packedChoice struct {
	all    bool
	shapes []bool         // those that may meet others
	counts map[int64]bool // what other groups count when they can be wanted
}

func (c *packedChoice) wants(g *packedGroup) bool {
	return c.all || c.shapes[g.shape] || c.counts[g.n]
}

// maxMeetings bounds how often shapes are held against each other and against
// groups before all of them become groups.
const maxMeetings = 1 << 16

func newPackedChoice(s *grouper, shapes []*keyShape, t *packedTable, next sink) *packedChoice {
	c := &packedChoice{all: true}
	n, by := wanted(next)
	if n <= 0 || n >= t.n || by == nil || len(shapes)*(len(shapes)+s.table.n) > maxMeetings {
		return c
	}
	read, keys := s.plan.countKeys(by)
	if keys == 0 {
		return c
	}
	c.all, c.shapes = false, make([]bool, len(shapes))
	for i, a := range shapes {
		c.shapes[i] = c.shapes[i] || !a.certain()
		for j, b := range shapes[:i] {
			if a.meets(b) {
				c.shapes[i], c.shapes[j] = true, true
			}
		}
	}
	for _, g := range s.table.all() {
		for i, a := range shapes {
			if !c.shapes[i] {
				b := keyShape{key: a.key, front: a.front, behind: a.behind, static: []string{g.keys[a.key].text()}}
				c.shapes[i] = a.meets(&b)
			}
		}
	}

	// How many groups there are by count, then the best counts of them.
	groups := c.countGroups(t)
	type rank struct {
		count int64
		keys  []value
	}
	var ranks []rank
	for count := range groups {
		ranks = append(ranks, rank{count, read(count)})
	}
	by0 := *by
	by0.keys = by.keys[:keys]
	slices.SortFunc(ranks, func(a, b rank) int { return by0.compareKeys(a.keys, b.keys) })
	c.counts = map[int64]bool{}
	for i, r := range ranks {
		if n <= 0 && by0.compareKeys(ranks[i-1].keys, r.keys) < 0 {
			break
		}
		c.counts[r.count] = true
		n -= int(groups[r.count])
	}
	return c
}

// countGroups is how many of the groups that need not become some count so many
// rows.
func (c *packedChoice) countGroups(t *packedTable) map[int64]int64 {
	const few = 1 << 10
	groups := map[int64]int64{}
	var mu sync.Mutex
	onCores(tableParts, func() func(int) {
		return func(p int) {
			var small [few]int64
			large := map[int64]int64{}
			list := t.parts[p].list
			for i := 1; i < len(list); i++ {
				switch n := list[i].n; {
				case c.shapes[list[i].shape]:
				case n < few:
					small[n]++
				default:
					large[n]++
				}
			}
			mu.Lock()
			defer mu.Unlock()
			for n, k := range small {
				if k > 0 {
					groups[int64(n)] += k
				}
			}
			for n, k := range large {
				groups[n] += k
			}
		}
	})
	return groups
}

// countKeys says how many of the first keys of a sort follow from how many rows
// a group has alone; read computes these from it.
func (p *statsPlan) countKeys(by *sorter) (read func(count int64) []value, keys int) {
	known := map[int]bool{} // slots
	var reads, items []int
	for j := range p.reads {
		if call := &p.calls[p.reads[j].call]; call.rows {
			known[len(p.keys)+j] = true
			reads = append(reads, j)
		}
	}
	from := func(slots []int) bool {
		return !slices.ContainsFunc(slots, func(s int) bool { return !known[s] })
	}
	for i := range p.items { // an item may read those before it
		if it := &p.items[i]; from(it.reads) {
			known[it.slot] = true
			items = append(items, i)
		}
	}
	for keys < len(by.keys) && from(by.keys[keys].reads) {
		keys++
	}
	return func(count int64) []value {
		r := row{vals: make([]value, p.scope.width)}
		for _, j := range reads {
			r.vals[len(p.keys)+j] = num(float64(count))
		}
		for _, i := range items {
			r.vals[p.items[i].slot] = p.items[i].eval(&r)
		}
		var out []value
		for _, k := range by.keys[:keys] {
			v := k.eval(&r)
			if v.kind == tree {
				v = value{}
			}
			out = append(out, v)
		}
		return out
	}, keys
}
