package logexec

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// Reading newest first. A part is opened when the next row could be one of its
// rows, by a goroutine beside the one that pushes rows. Most queries want a
// hundred events and have them after one part: only when parts turn out to hold
// none that pass, or several could hold the next row, more than one is opened at
// a time. Without a filter nothing of a part is looked at but the times of its
// rows until one of them is pushed, and only pushed rows count as scanned.

// cursor reads the chosen rows of one part, newest first.
type cursor struct {
	w      *partWorker
	part   logpart.Part
	opened chan struct{} // closed when it is, by an opener; nil before it has one
	err    error

	rows  []uint32 // chosen, ascending; nil for all from first on
	first uint32
	left  int     // of the rows, from the front
	taken int     // rows of an unfiltered cursor that were pushed
	ids   []int64 // template of each row of the block; nil for a unit of all rows
	ords  []uint32
	late  bool // the templates have not been looked at
	stats logs.ScanStats
	held  int64 // of the budget

	// Of a part that is not open (fast_ahead.go): w is nil.
	kept      []*row // that were read and not pushed, the next one last
	keptBytes int64
	next      logs.Position // of the newest row that is left
	ahead     int           // how many rows to read the next time
}

// row is the newest row that is left.
func (c *cursor) row() uint32 {
	if c.rows != nil {
		return c.rows[c.left-1]
	}
	return c.first + uint32(c.left-1)
}

func (c *cursor) pos() logs.Position {
	if n := len(c.kept); n > 0 {
		return c.kept[n-1].ev.pos
	}
	if c.w == nil {
		return c.next
	}
	r := c.row()
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

// orderedScan is the state of a scan newest row first.
type orderedScan struct {
	*partScan
	ctx   context.Context // of the openers
	whole bool
	parts []logpart.Part // not yet begun, by their last rows, newest first
	ahead []*cursor      // begun, in the same order
	open  cursors
	spare []*partWorker
	wide  bool // parts are opened before it is sure that they are needed

	held   int64       // of the budget, by the cursors that are open
	reader *partWorker // of the parts that are not open, nil before the first

	openers sync.WaitGroup
	jobs    chan *cursor // nil while there are no openers
}

// ordered reads parts newest row first.
func (s *partScan) ordered(parts []logpart.Part) error {
	ctx, cancel := context.WithCancel(s.ctx)
	o := &orderedScan{partScan: s, ctx: ctx, whole: s.whole(), parts: slices.Clone(parts)}
	slices.SortStableFunc(o.parts, func(a, b logpart.Part) int {
		p, q := a.Info().Last, b.Info().Last
		return cmp.Or(cmp.Compare(q.Timestamp, p.Timestamp), cmp.Compare(q.Seq, p.Seq))
	})
	defer func() {
		cancel()
		if o.jobs != nil {
			close(o.jobs)
		}
		o.openers.Wait()
		for _, c := range o.open {
			o.settle(c)
			o.close(c)
		}
	}()
	for {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		if err := o.fill(); err != nil {
			return err
		}
		if len(o.open) == 0 {
			return nil
		}
		if err := o.take(); errors.Is(err, errDone) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// unopened is the last row of the parts that are not open; false for none.
func (o *orderedScan) unopened() (logs.Position, bool) {
	switch {
	case len(o.ahead) > 0:
		return o.ahead[0].part.Info().Last, true
	case len(o.parts) > 0:
		return o.parts[0].Info().Last, true
	}
	return logs.Position{}, false
}

// needed says whether a row at a position would be the next one.
func (o *orderedScan) needed(last logs.Position) bool {
	return len(o.open) == 0 || o.open[0].pos().Less(last)
}

// fill opens parts until no other could hold the next row.
func (o *orderedScan) fill() error {
	for {
		if err := o.begin(); err != nil {
			return err
		}
		if len(o.ahead) == 0 || !o.needed(o.ahead[0].part.Info().Last) {
			return nil
		}
		c := o.ahead[0]
		o.ahead = o.ahead[1:]
		if c.opened != nil {
			<-c.opened
		} else {
			c.err = o.openCursor(c)
		}
		switch {
		case errors.Is(c.err, logs.ErrCorrupt):
			o.damaged(c)
			o.spare = append(o.spare, c.w)
		case c.err != nil:
			return c.err
		case c.left == 0:
			o.stats.Add(c.stats)
			o.spare = append(o.spare, c.w)
			o.wide = true
		default:
			if len(o.filters) > 0 {
				o.stats.Add(c.stats)
			}
			if err := o.admit(c); err != nil {
				return err
			}
			heap.Push(&o.open, c)
		}
		if o.tick != nil {
			o.tick(o.stats)
		}
	}
}

// begin has parts opened that are, or may soon be, needed.
func (o *orderedScan) begin() error {
	cores := min(maxWorkers, runtime.GOMAXPROCS(0))
	most := cores
	if o.wide {
		most = 2 * cores
	}
	for left := maxRuledOut; len(o.parts) > 0 && len(o.ahead) < most; {
		p := o.parts[0]
		if !o.wide && (len(o.open) == 0 && len(o.ahead) > 0 || !o.needed(p.Info().Last)) {
			break
		}
		if out, err := o.ruledOut(o.ctx, p); err != nil {
			return err
		} else if out {
			o.parts = o.parts[1:]
			o.stats.Add(skipped(p))
			if left--; left <= 0 && len(o.ahead) > 0 {
				break
			}
			continue
		}
		o.parts = o.parts[1:]
		c := &cursor{part: p}
		if k := len(o.spare); k > 0 {
			c.w, o.spare = o.spare[k-1], o.spare[:k-1]
		} else {
			c.w = newPartWorker(o.plan, o.front)
		}
		o.ahead = append(o.ahead, c)
	}
	if len(o.ahead) < 2 {
		return nil // this goroutine opens it
	}
	if o.jobs == nil {
		o.jobs = make(chan *cursor, 2*maxWorkers)
		for range cores {
			o.openers.Go(func() {
				for c := range o.jobs {
					c.err = o.openCursor(c)
					close(c.opened)
				}
			})
		}
	}
	for _, c := range o.ahead {
		if c.opened == nil {
			c.opened = make(chan struct{})
			o.jobs <- c
		}
	}
	return nil
}

// take pushes all rows of the newest cursor that come before those of others.
func (o *orderedScan) take() error {
	c := o.open[0]
	limit, others := o.unopened()
	for _, other := range o.open[1:min(3, len(o.open))] { // the newest one is one of these
		if p := other.pos(); !others || limit.Less(p) {
			limit, others = p, true
		}
	}
	for first := true; !c.ended() && (first || !others || limit.Less(c.pos())); first = false {
		if err := o.ready(c); errors.Is(err, logs.ErrCorrupt) {
			heap.Pop(&o.open)
			o.lose(c)
			o.close(c)
			return nil
		} else if err != nil {
			return err
		}
		c.taken++
		if err := o.pushNext(c); err != nil {
			return err
		}
	}
	if !c.ended() {
		heap.Fix(&o.open, 0)
		return nil
	}
	o.settle(c)
	heap.Pop(&o.open)
	o.close(c)
	return nil
}

// ended says that a cursor has given all of its rows.
func (c *cursor) ended() bool { return c.left == 0 && len(c.kept) == 0 }

// ready makes sure that the next row of a cursor can be had.
func (o *orderedScan) ready(c *cursor) error {
	switch {
	case len(c.kept) > 0:
		return nil
	case c.w == nil:
		return o.readAhead(c)
	case c.late:
		if err := c.split(); err != nil {
			return err
		}
	}
	return o.sound(c.place())
}

// pushNext pushes the next row of a cursor.
func (o *orderedScan) pushNext(c *cursor) error {
	w := c.w
	var r *row
	if w == nil {
		w, r = o.reader, o.unkeep(c)
	} else {
		r = c.at()
		c.left--
	}
	if err := o.push(o.chain, r); err != nil {
		return err
	}
	if w.ended(c.left + len(c.kept)) {
		return w.err
	}
	return nil
}

// at makes the newest row that is left the worker's row.
func (c *cursor) at() *row { return c.w.set(c.place()) }

// place is where the newest row that is left is: its unit, and its number there.
func (c *cursor) place() (*unit, uint32) {
	r := c.row()
	if c.ids != nil {
		return &c.w.units[c.ids[r]], c.ords[r]
	}
	return &c.w.units[0], r
}

// damaged counts a part that cannot be read.
func (o *orderedScan) damaged(c *cursor) {
	o.stats.Corrupt++
	o.stats.CorruptRows += int64(c.part.Info().Rows)
}

// lose counts what is left of a part that turns out to be damaged after some of
// its rows were pushed: those are not missing.
func (o *orderedScan) lose(c *cursor) {
	o.stats.Corrupt++
	o.stats.CorruptRows += int64(c.part.Info().Rows - c.taken)
	if len(o.filters) > 0 {
		o.stats.Rows -= int64(c.left) // they were counted when the filters had passed
	}
	o.settle(c)
}

// settle counts what an unfiltered cursor has given.
func (o *orderedScan) settle(c *cursor) {
	if len(o.filters) > 0 || c.taken == 0 {
		return
	}
	st := c.stats
	if n := int64(c.taken + len(c.kept) + c.left); n > int64(c.taken) {
		st.Rows, st.Bytes = st.Rows*int64(c.taken)/n, st.Bytes*int64(c.taken)/n
	}
	c.taken = 0
	o.stats.Add(st)
}

func (o *orderedScan) openCursor(c *cursor) error {
	b, err := c.part.Open(o.ctx, c.w.scratch)
	if err != nil {
		return err
	}
	c.w.part, c.stats = c.part, b.Stats
	if len(o.filters) == 0 {
		// Most parts give few rows before the query has enough: their templates
		// are left alone until one does.
		c.late = !o.whole && b.Typed != nil
		c.w.ctx = o.ctx
		c.w.open(b, true)
		if c.rows, c.first, c.left = nil, uint32(b.Lo), b.Hi-b.Lo; b.Live != nil {
			c.rows = c.w.units[0].live()
			c.left = len(c.rows)
		}
		if c.left == 0 {
			return nil
		}
		return c.w.load()
	}
	sels, err := o.choose(o.ctx, c.w, b, o.whole)
	if err != nil {
		return err
	}
	if c.w.whole {
		c.rows, c.left = sels[0], len(sels[0])
		return nil
	}
	for _, sel := range sels {
		c.left += len(sel)
	}
	if c.left == 0 {
		return nil
	}
	c.rows = make([]uint32, 0, c.left)
	for i, sel := range sels {
		for _, ord := range sel {
			c.rows = append(c.rows, c.w.units[i].blockRow(ord))
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
