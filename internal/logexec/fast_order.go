package logexec

import (
	"cmp"
	"container/heap"
	"errors"
	"runtime"
	"slices"
	"sync"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// cursor reads the chosen rows of one part, newest first.
type cursor struct {
	w     *partWorker
	rows  []uint32 // left, ascending
	ids   []int64  // template of each row of the block; nil for a unit of all rows
	ords  []uint32
	late  bool // the templates have not been looked at
	stats logs.ScanStats
	err   error

	size int // rows of the part
}

func (c *cursor) pos() logs.Position {
	r := c.rows[len(c.rows)-1]
	return logs.Position{Timestamp: c.w.times[r], Seq: c.w.seqs[r]}
}

// cursors is a heap, the newest row first.
type cursors []*cursor

func (h cursors) Len() int           { return len(h) }
func (h cursors) Less(i, j int) bool { return h[j].pos().Less(h[i].pos()) }
func (h cursors) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *cursors) Push(x any)        { *h = append(*h, x.(*cursor)) }
func (h *cursors) Pop() any {
	old := *h
	c := old[len(old)-1]
	*h = old[:len(old)-1]
	return c
}

// maxRuledOut is how many parts are looked at for one more to be opened beside
// the one that is needed next.
const maxRuledOut = 64

// ordered reads parts newest row first. A part is opened when the next row
// could be one of its rows, some at a time side by side.
func (s *partScan) ordered(parts []logpart.Part) error {
	whole := s.whole()
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b logpart.Part) int {
		p, q := a.Info().Last, b.Info().Last
		return cmp.Or(cmp.Compare(q.Timestamp, p.Timestamp), cmp.Compare(q.Seq, p.Seq))
	})
	batch := min(maxWorkers, runtime.GOMAXPROCS(0))
	var open cursors
	var spare []*partWorker
	for len(parts) > 0 || len(open) > 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		for len(parts) > 0 && (len(open) == 0 || open[0].pos().Less(parts[0].Info().Last)) {
			var next []logpart.Part
			for left := maxRuledOut; len(parts) > 0 && len(next) < batch && (len(next) == 0 || left > 0); left-- {
				p := parts[0]
				parts = parts[1:]
				if out, err := s.ruledOut(s.ctx, p); err != nil {
					return err
				} else if out {
					s.stats.Add(skipped(p))
					continue
				}
				next = append(next, p)
			}
			got := make([]*cursor, len(next))
			var wg sync.WaitGroup
			for i, p := range next {
				got[i] = &cursor{size: p.Info().Rows}
				if k := len(spare); k > 0 {
					got[i].w, spare = spare[k-1], spare[:k-1]
				} else {
					got[i].w = newPartWorker(s.plan, s.front)
				}
				wg.Add(1)
				go func() {
					defer wg.Done()
					got[i].err = s.openCursor(got[i], p, whole)
				}()
			}
			wg.Wait()
			for _, c := range got {
				if errors.Is(c.err, logs.ErrCorrupt) {
					s.stats.Corrupt++
					s.stats.CorruptRows += int64(c.size)
					spare = append(spare, c.w)
					continue
				}
				if c.err != nil {
					return c.err
				}
				s.stats.Add(c.stats)
				if len(c.rows) == 0 {
					spare = append(spare, c.w)
					continue
				}
				heap.Push(&open, c)
			}
			if s.tick != nil {
				s.tick(s.stats)
			}
		}
		if len(open) == 0 {
			continue
		}
		// All rows of the newest cursor that come before those of the others.
		c := open[0]
		var limit logs.Position
		others := len(open) > 1 || len(parts) > 0
		if len(open) > 1 {
			limit = open[1].pos()
			if len(open) > 2 && limit.Less(open[2].pos()) {
				limit = open[2].pos()
			}
		}
		if len(parts) > 0 {
			if l := parts[0].Info().Last; len(open) == 1 || limit.Less(l) {
				limit = l
			}
		}
		if c.late {
			if err := c.split(); errors.Is(err, logs.ErrCorrupt) {
				s.stats.Rows -= c.stats.Rows
				s.stats.Bytes -= c.stats.Bytes
				s.stats.Corrupt++
				s.stats.CorruptRows += int64(c.size)
				heap.Pop(&open)
				spare = append(spare, c.w)
				continue
			} else if err != nil {
				return err
			}
		}
		for first := true; len(c.rows) > 0 && (first || !others || limit.Less(c.pos())); first = false {
			r := c.rows[len(c.rows)-1]
			c.rows = c.rows[:len(c.rows)-1]
			u, ord := &c.w.units[0], r
			if c.ids != nil {
				u, ord = &c.w.units[c.ids[r]], c.ords[r]
			}
			at := c.w.set(u, ord)
			c.w.pushed = true
			err := s.push(s.chain, at)
			if errors.Is(err, errDone) {
				return nil
			}
			if err != nil {
				return err
			}
			if c.w.ended(len(c.rows)) {
				return c.w.err
			}
		}
		if len(c.rows) == 0 {
			heap.Pop(&open)
			spare = append(spare, c.w)
		} else {
			heap.Fix(&open, 0)
		}
	}
	return nil
}

func (s *partScan) openCursor(c *cursor, p logpart.Part, whole bool) error {
	b, err := p.Open(s.ctx, c.w.scratch)
	if err != nil {
		return err
	}
	// Without a filter most parts give no row before the query has enough:
	// their templates are left alone until one does.
	c.late = len(s.filters) == 0 && !whole && b.Typed != nil
	sels, err := s.choose(s.ctx, c.w, b, whole || c.late)
	if err != nil {
		return err
	}
	c.stats = b.Stats
	if c.w.whole {
		c.rows = sels[0]
		return nil
	}
	n := 0
	for _, sel := range sels {
		n += len(sel)
	}
	if n == 0 {
		return nil
	}
	c.rows = make([]uint32, 0, n)
	for i, sel := range sels {
		for _, o := range sel {
			c.rows = append(c.rows, c.w.units[i].blockRow(o))
		}
	}
	slices.Sort(c.rows)
	return c.templates()
}

// split looks at the templates of a part that was opened without.
func (c *cursor) split() error {
	c.late = false
	c.w.open(c.w.block, false)
	if err := c.w.load(); err != nil {
		return err
	}
	return c.templates()
}

func (c *cursor) templates() (err error) {
	if c.ids, err = c.w.block.TemplateIDs(); err != nil {
		return err
	}
	if c.ords, err = c.w.block.Ordinals(); err != nil {
		return err
	}
	return c.w.err
}
