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
	packers = slices.DeleteFunc(packers, func(p *packer) bool { return p == nil || p.rows == 0 })
	if len(packers) == 0 {
		return nil
	}
	for _, p := range packers {
		s.budget.give(p.bytes) // what becomes of them is taken as it does
	}
	first := packers[0]
	all, groups := mergePacked(packers)
	shapes := first.shapes.all()
	keep := newPackedChoice(s, shapes, all, groups, next)
	left := 0
	var grown int64
	for p := range all.parts {
		part := &all.parts[p]
		places := make([]int32, len(part.list)) // of the groups kept, in kept, + 1
		var kept []*group
		for i := 1; i < len(part.list); i++ {
			from := &part.list[i]
			if !keep.wants(from) {
				left++
				continue
			}
			g, err := s.pour(first, shapes[from.shape], from)
			if err != nil {
				return err
			}
			kept = append(kept, g)
			places[i] = int32(len(kept))
		}
		if len(kept) > 0 {
			grown += first.addLate(part.late, places, kept)
		}
		all.parts[p] = packedPart{}
		if s.budget.ctx.Err() != nil {
			return context.Cause(s.budget.ctx)
		}
	}
	if s.table.n+left > s.plan.max {
		return &LimitError{What: "groups", Limit: int64(s.plan.max), Unit: "groups", Where: "stats"}
	}
	return s.budget.take(grown, "stats")
}

// addLate adds the numbers of rows to the groups that are kept.
func (p *packer) addLate(late []lateRows, places []int32, kept []*group) (grown int64) {
	for _, rows := range late {
		for i, id := range rows.ids {
			k := places[id]
			if k == 0 {
				continue
			}
			for c, j := range p.nums {
				if f := rows.nums[c*packedRun+i]; f == f {
					grown += kept[k-1].aggs[j].(lateAggregate).late(f)
				}
			}
		}
	}
	return grown
}

// mergePacked brings packed groups together in the table of the first packer,
// with all rows counted, and answers how many there are.
func mergePacked(packers []*packer) (all *packedTable, groups int) {
	all = &packers[0].table
	onCores(packedParts, func() func(int) {
		scratch := &packedPart{}
		return func(p int) {
			var others []*packedPart
			for _, o := range packers[1:] {
				others = append(others, &o.table.parts[p])
			}
			all.parts[p].gather(others, scratch)
		}
	})
	for p := range all.parts {
		groups += max(0, len(all.parts[p].list)-1)
	}
	return all, groups
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

func newPackedChoice(s *grouper, shapes []*keyShape, t *packedTable, total int, next sink) *packedChoice {
	c := &packedChoice{all: true}
	n, by := wanted(next)
	if n <= 0 || n >= total || by == nil || len(shapes)*(len(shapes)+s.table.n) > maxMeetings {
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
	onCores(packedParts, func() func(int) {
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
