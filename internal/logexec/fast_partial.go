package logexec

import (
	"slices"
	"sync"
	"unsafe"
)

// Partial rows while workers have chains of their own. When somebody asks for
// them, the worker that reports progress keeps the others from their chains for
// as long as it takes to copy what they hold, and makes rows of the copy while
// they go on. So a query that nobody looks at pays for a lock per part and no
// more. The copy is taken from the memory of partial rows: one that finds no room
// is given up, and the query is none the worse for it.

// pause keeps the workers from their chains until resume is called, which may be
// more than once. It comes before any memory is taken: a worker may hold its chain
// while it waits for memory that others give back.
func (c *chain) pause() (resume func()) {
	workers := c.workers
	for _, w := range workers {
		w.mu.Lock()
	}
	return sync.OnceFunc(func() {
		for _, w := range workers {
			w.mu.Unlock()
		}
	})
}

// soFar is a blocker of its own with what the sinks of a stage hold. The workers
// must be paused.
func (c *chain) soFar(stage int, fresh sink) (blocker, error) {
	if len(c.workers) == 0 {
		return c.sinks[stage].(blocker), nil
	}
	if s, ok := fresh.(*sorter); ok {
		for _, w := range c.workers {
			if err := s.include(w.sinks[stage].(*sorter)); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
	g := &groupsSoFar{grouper: fresh.(*grouper)}
	for _, w := range c.workers {
		if err := g.include(w.sinks[stage].(*grouper)); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// groupsSoFar is a grouper with copies of what others have packed.
type groupsSoFar struct {
	*grouper
	copies []*packer
}

func (s *groupsSoFar) emit(next sink) error {
	if err := s.settle(s.copies, next); err != nil {
		return err
	}
	s.copies = nil
	return s.grouper.emit(next)
}

// include adds the groups of another grouper, which stays as it is.
func (s *groupsSoFar) include(o *grouper) error {
	for p := range o.table.parts {
		for _, g := range o.table.parts[p].list {
			if err := s.addGroup(g); err != nil {
				return err
			}
		}
	}
	if o.packed == nil || o.packed.rows == 0 {
		return nil
	}
	c, err := o.packed.copied(s.budget)
	s.copies = append(s.copies, c)
	return err
}

// addGroup adds a group of another grouper.
func (s *groupsSoFar) addGroup(from *group) error {
	s.key = append(s.key[:0], from.key...)
	copy(s.vals, from.keys)
	g, err := s.find()
	if err != nil {
		return err
	}
	var grown int64
	for i, a := range from.aggs {
		if h, ok := a.(holder); ok {
			c, held := h.copied()
			grown += held + g.aggs[i].(merger).merge(c)
			continue
		}
		g.aggs[i].(merger).merge(a) // what it holds are texts of a, at most
	}
	return s.budget.take(grown, "stats")
}

// holder is an aggregate that has memory beside its state. copied is one of the
// same content that may be merged into others while this one goes on, and by how
// many bytes it has grown.
type holder interface {
	copied() (c aggregate, held int64)
}

// copied shares the numbers: those that are there do not change any more.
func (a *percentileAgg) copied() (aggregate, int64) {
	held := a.bytesOf(a.exact)
	if a.more != nil {
		for _, run := range a.more.runs {
			held += a.bytesOf(run)
		}
		if a.more.sketch != nil {
			held += a.more.sketch.bytes()
		}
	}
	return a, held
}

func (a *histogramAgg) copied() (aggregate, int64) { return a, int64(cap(a.nums)) * 8 }

func (a *distinctAgg) copied() (aggregate, int64) {
	if a.sketch != nil {
		return &distinctAgg{sketch: a.sketch.Clone()}, distinctSketchBytes
	}
	return a, distinctBytes(len(a.exact))
}

func (a *valuesAgg) copied() (aggregate, int64) {
	if a.seen == nil {
		return a, 0
	}
	c := &valuesAgg{seen: make(map[string]*frequency, len(a.seen)), top: a.top}
	held := int64(frequencyMapBytes)
	for key, f := range a.seen {
		c.seen[key] = &frequency{n: f.n, keys: slices.Clone(f.keys)}
		held += frequencyBytes(len(key))
	}
	return c, held
}

// copied is a packer of the same rows, for as many bytes of b.
func (p *packer) copied(b *budget) (*packer, error) {
	c := &packer{shapes: p.shapes, counts: p.counts, nums: p.nums, late: make([]lateNumbers, len(p.nums)),
		rows: p.rows, waiting: p.waiting, groups: p.groups}
	if err := c.take(b, p.bytes); err != nil {
		return nil, err
	}
	for i := range p.table.parts {
		from, to := &p.table.parts[i], &c.table.parts[i]
		to.slots, to.list = slices.Clone(from.slots), slices.Clone(from.list)
		for _, rows := range from.waiting {
			w := packedRowsPool.Get().(*packedRows)
			w.n = rows.n
			copy(w.keys[:], rows.keys[:rows.n])
			w.nums = slices.Clone(rows.nums)
			to.waiting = append(to.waiting, w)
		}
		for _, rows := range from.late {
			to.late = append(to.late, lateRows{slices.Clone(rows.ids), rows.nums})
		}
	}
	return c, nil
}

// include adds the rows of another sorter, which stays as it is. The rows
// themselves are shared.
func (s *sorter) include(o *sorter) error {
	for _, r := range o.rows {
		r.size = int64(unsafe.Sizeof(r))
		if err := s.budget.take(r.size, "sort"); err != nil {
			return err
		}
		s.rows = append(s.rows, r)
		if s.top > 0 && len(s.rows) >= 2*s.top+64 {
			s.cut()
		}
	}
	return nil
}
