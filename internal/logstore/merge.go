package logstore

import (
	"skywatch/internal/logs"
)

// merger delivers the events of a snapshot in Position order over all groups.
//
// It keeps one cursor per memtable batch and per run of a group's blocks in a
// table, in a heap by the position of their next event. A run's next block is
// known by its first and last position alone until the merge gets there; only
// then are timestamps and seqs read, and the other columns only when a row of
// the block is delivered. So a scan that stops early has read little, and
// memory holds one block per run that overlaps the current position.
type merger struct {
	desc      bool
	want      logs.Columns
	stats     *logs.ScanStats
	alive     func() error
	onCorrupt func(*table, int, error) error
	cache     *blockCache                                         // nil: none
	ruledOut  func(*groupPlan, *table, int, *logs.ScanStats) bool // nil: no block is

	cursors []cursor
	heap    []int32 // of cursors, the next event first
	out     output
	rows    int        // delivered
	free    []*columns // buffers to use again
}

// cursor stands before the next event of its source.
type cursor struct {
	plan *groupPlan
	key  logs.Position // of the next event, or a bound before it while opened is false

	batch *batch // or, when nil:
	t     *table
	// The blocks not begun are [blockLo, blockHi).
	blockLo, blockHi int
	block            int // the current one
	cols             *columns
	sel              []int32
	opened, read     bool
	shared           bool // cols are the cache's

	lo, hi int // events left: of batch, sel or the block

	counted counted // of the current block
}

func newMerger(snap *snapshot, desc bool, want logs.Columns, stats *logs.ScanStats) *merger {
	m := &merger{desc: desc, want: want, stats: stats, out: output{want: want}}
	for i := range snap.plans {
		p := &snap.plans[i]
		for _, b := range snap.batches[i] {
			if !p.wantsBatch(b) {
				continue
			}
			if lo, hi := p.batchRange(b); lo < hi {
				countBatch(stats, b, lo, hi)
				m.cursors = append(m.cursors, cursor{plan: p, batch: b, opened: true, lo: lo, hi: hi})
			}
		}
		for _, t := range snap.tables {
			if lo, hi := p.blockRange(t, stats); lo < hi {
				m.cursors = append(m.cursors, cursor{plan: p, t: t, blockLo: lo, blockHi: hi})
			}
		}
	}
	return m
}

// run delivers everything, in blocks of first events and then ever more.
func (m *merger) run(first int, yield func(*logs.Block) error) error {
	if err := m.alive(); err != nil {
		return err
	}
	for i := range m.cursors {
		c := &m.cursors[i]
		if c.batch != nil {
			m.setKey(c)
		} else if !m.nextBlock(c) {
			continue
		}
		m.heap = append(m.heap, int32(i))
	}
	for i := len(m.heap)/2 - 1; i >= 0; i-- {
		m.down(i)
	}
	target := first
	for len(m.heap) > 0 {
		c := &m.cursors[m.heap[0]]
		if !c.opened {
			if err := m.open(c); err != nil {
				return err
			}
			m.fix(c)
			continue
		}
		if err := m.take(c, target); err != nil {
			return err
		}
		m.fix(c)
		if m.out.block.Len >= target {
			if err := m.out.flush(yield); err != nil {
				return err
			}
			if err := m.alive(); err != nil {
				return err
			}
			target = min(2*target, maxBlock)
		}
	}
	return m.out.flush(yield)
}

// fix restores the heap after the top cursor has moved, dropping it at its end.
func (m *merger) fix(c *cursor) {
	if c.opened && c.lo >= c.hi {
		m.recycle(c)
		if c.batch != nil || !m.nextBlock(c) {
			last := len(m.heap) - 1
			m.heap[0] = m.heap[last]
			m.heap = m.heap[:last]
		}
	}
	m.down(0)
}

// nextBlock moves a cursor to its next block that may hold wanted events,
// unopened. It reports false at the end.
func (m *merger) nextBlock(c *cursor) bool {
	for c.blockLo < c.blockHi {
		if m.desc {
			c.blockHi--
			c.block = c.blockHi
		} else {
			c.block = c.blockLo
			c.blockLo++
		}
		b := c.t.reader.Block(c.block)
		if !c.plan.wantsBlock(b, m.stats) || m.ruledOut != nil && m.ruledOut(c.plan, c.t, c.block, m.stats) {
			continue
		}
		c.opened, c.read = false, false
		c.key = b.First
		if m.desc {
			c.key = b.Last
		}
		return true
	}
	return false
}

func (m *merger) reader(c *cursor) blockReader {
	r := blockReader{t: c.t, block: c.block, cols: c.cols}
	if c.shared {
		r.cache = m.cache
	}
	return r
}

// open reads what the merge needs of the current block. A corrupt block has
// no events.
func (m *merger) open(c *cursor) error {
	if err := m.alive(); err != nil {
		return err
	}
	c.opened = true
	c.shared = m.cache != nil && m.rows < cacheRows
	if n := len(m.free); n > 0 && !c.shared {
		c.cols, m.free = m.free[n-1], m.free[:n-1]
	} else {
		c.cols = &columns{}
	}
	before := *m.stats
	r := m.reader(c)
	_, err := r.Timestamps()
	if err == nil {
		_, err = r.Seqs()
	}
	if err == nil {
		c.lo, c.hi, c.sel, err = c.plan.rows(r.meta(), &r, m.stats)
	}
	if err != nil {
		*m.stats = before
		c.lo, c.hi = 0, 0
		return asCorrupt(err, c.t, c.block, m.onCorrupt)
	}
	c.counted = countedSince(before, m.stats, c.hi-c.lo)
	if c.lo < c.hi {
		m.setKey(c)
	}
	return nil
}

// lose gives up what is left of the current block, which is damaged.
func (m *merger) lose(c *cursor, err error) error {
	c.counted.takeBack(m.stats, c.hi-c.lo)
	c.lo, c.hi = 0, 0
	return asCorrupt(err, c.t, c.block, m.onCorrupt)
}

// recycle gives up the columns of a finished block.
func (m *merger) recycle(c *cursor) {
	if c.cols != nil && !c.shared {
		c.cols.reset()
		m.free = append(m.free, c.cols)
	}
	c.cols, c.sel = nil, nil
}

// at returns the position of event i of an opened cursor.
func (c *cursor) at(i int) logs.Position {
	if c.batch != nil {
		return c.batch.position(i)
	}
	if c.sel != nil {
		i = int(c.sel[i])
	}
	return logs.Position{Timestamp: c.cols.timestamps[i], Seq: c.cols.seqs[i]}
}

func (m *merger) setKey(c *cursor) {
	if m.desc {
		c.key = c.at(c.hi - 1)
	} else {
		c.key = c.at(c.lo)
	}
}

// before reports whether p comes before q in scan order.
func (m *merger) before(p, q logs.Position) bool {
	if m.desc {
		return q.Less(p)
	}
	return p.Less(q)
}

// take moves events of the top cursor to the output, up to target there, as
// long as no other cursor's next event comes before them.
func (m *merger) take(c *cursor, target int) error {
	if c.batch == nil && !c.read {
		r := m.reader(c)
		if err := r.wanted(m.want); err != nil {
			return m.lose(c, err) // nothing of the block was delivered
		}
		c.read = true
	}
	most := min(c.hi-c.lo, target-m.out.block.Len)
	n := most
	if limit, ok := m.second(); ok {
		for n = 1; n < most; n++ { // the first is the top of the heap
			p := c.lo + n
			if m.desc {
				p = c.hi - 1 - n
			}
			if m.before(limit, c.at(p)) {
				break
			}
		}
	}
	at, step := c.lo, 1
	if m.desc {
		at, step = c.hi-1, -1
	}
	if c.batch != nil {
		m.out.addBatch(c.batch, at, n, step)
	} else if err := m.out.addRows(c.plan.group, c.cols, c.sel, at, n, step); err != nil {
		return m.lose(c, err)
	}
	if m.desc {
		c.hi -= n
	} else {
		c.lo += n
	}
	m.rows += n
	if c.lo < c.hi {
		m.setKey(c)
	}
	return nil
}

// second returns the key behind the top of the heap.
func (m *merger) second() (logs.Position, bool) {
	switch len(m.heap) {
	case 1:
		return logs.Position{}, false
	case 2:
		return m.cursors[m.heap[1]].key, true
	}
	a, b := m.cursors[m.heap[1]].key, m.cursors[m.heap[2]].key
	if m.before(b, a) {
		a = b
	}
	return a, true
}

// down restores the heap below i.
func (m *merger) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(m.heap); child++ {
			if m.before(m.cursors[m.heap[child]].key, m.cursors[m.heap[least]].key) {
				least = child
			}
		}
		if least == i {
			return
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}
