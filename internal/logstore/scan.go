package logstore

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"skywatch/internal/logs"
)

const (
	// maxBlock events are in a delivered block.
	maxBlock = 4096

	// firstBlock events are in the first block of an ordered scan, and twice
	// as many in each that follows: who wants 100 events should not wait for
	// 4096.
	firstBlock = 128

	// cacheRows is how many events an ordered scan delivers before it stops
	// using the cache: the front of a group is asked for again and again, a
	// long scan would only drive it out.
	cacheRows = 8192
)

// snapshot is what a scan reads: nothing in it changes any more.
type snapshot struct {
	plans   []groupPlan
	batches [][]*batch // per plan
	tables  []*table
}

// snapshot takes references to everything plans may touch.
func (s *Store) snapshot(ps []groupPlan) *snapshot {
	snap := &snapshot{plans: ps, batches: make([][]*batch, len(ps))}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range ps {
		ps[i].setDrops(s.drops)
		for _, m := range s.sealed {
			snap.take(i, m)
		}
		snap.take(i, s.active)
	}
	snap.tables = s.tables
	for _, t := range snap.tables {
		t.ref()
	}
	return snap
}

// take adds the batches of plan i's group in m. The slice is shared as long
// as one memtable has the group: batches are only ever appended behind it.
func (snap *snapshot) take(i int, m *memtable) {
	g := m.groups[snap.plans[i].group]
	if g == nil {
		return
	}
	n := len(g.batches)
	if snap.batches[i] == nil {
		snap.batches[i] = g.batches[:n:n]
		return
	}
	snap.batches[i] = append(snap.batches[i], g.batches...)
}

func (snap *snapshot) release() {
	for _, t := range snap.tables {
		t.unref()
	}
}

// Scan implements [logs.Scanner]. ScanStats.Bytes is exact for blocks that
// lie wholly in the time range and in proportion to the events otherwise.
// Blocks excluded by time or drops are counted nowhere. A file that cannot be
// read at all (an I/O error, not a bad checksum) ends the scan with an error.
func (s *Store) Scan(ctx context.Context, scan logs.Scan, yield func(*logs.Block) error) (logs.ScanStats, error) {
	var stats logs.ScanStats
	ps, err := plans(&scan, s.expiry())
	if err != nil {
		return stats, err
	}
	if err := s.begin(); err != nil {
		return stats, err
	}
	defer s.end()
	if len(ps) == 0 {
		return stats, ctx.Err()
	}
	snap := s.snapshot(ps)
	defer snap.release()
	stats = s.missing(&scan, ps)
	alive := func() error {
		if s.ctx.Err() != nil {
			return logs.ErrClosed
		}
		return ctx.Err()
	}
	onCorrupt := func(t *table, block int, err error) error {
		s.corrupted(t, block, err)
		stats.Corrupt++
		b := t.reader.Block(block)
		stats.CorruptRows += int64(b.Rows)
		switch {
		case scan.Lost == nil || scan.Order == logs.AnyOrder:
		case scan.Order == logs.NewestFirst:
			scan.Lost(b.Last, int64(b.Rows))
		default:
			scan.Lost(b.First, int64(b.Rows))
		}
		return nil
	}
	if scan.Order == logs.AnyOrder {
		a := anyScan{s: s, snap: snap, want: scan.Columns, stats: &stats, alive: alive, onCorrupt: onCorrupt, yield: yield}
		err = a.run()
	} else {
		m := newMerger(snap, scan.Order == logs.NewestFirst, scan.Columns, &stats)
		m.ruledOut = s.ruledOut
		m.alive, m.onCorrupt, m.cache = alive, onCorrupt, s.cache
		err = m.run(firstBlock, yield)
	}
	if errors.Is(err, logs.ErrStop) {
		err = nil
	}
	if err != nil && !errors.Is(err, logs.ErrClosed) {
		err = fmt.Errorf("scan: %w", err)
	}
	return stats, err
}

// missing counts the segments that the store does without and that held events
// of the time of a plan. They may have been of any group.
func (s *Store) missing(scan *logs.Scan, ps []groupPlan) (stats logs.ScanStats) {
	for _, list := range [][]segmentRef{s.leftOut, s.lost} {
		for _, r := range list {
			if !slices.ContainsFunc(ps, func(p groupPlan) bool { return r.first < p.end && r.last >= p.start }) {
				continue
			}
			stats.Corrupt++
			stats.CorruptRows += r.events
			switch {
			case scan.Lost == nil || scan.Order == logs.AnyOrder:
			case scan.Order == logs.NewestFirst:
				scan.Lost(logs.Position{Timestamp: r.last, Seq: math.MaxUint64}, r.events)
			default:
				scan.Lost(logs.Position{Timestamp: r.first}, r.events)
			}
		}
	}
	return stats
}

// anyScan delivers events in no order: whole blocks as they are decoded, and
// batches gathered into blocks.
type anyScan struct {
	s         *Store
	snap      *snapshot
	want      logs.Columns
	stats     *logs.ScanStats
	alive     func() error
	onCorrupt func(*table, int, error) error
	yield     func(*logs.Block) error

	cols     columns
	messages []string // joined ones
	out      output
}

func (a *anyScan) run() error {
	a.out = output{want: a.want}
	for i := range a.snap.plans {
		p := &a.snap.plans[i]
		for _, b := range a.snap.batches[i] {
			if err := a.batch(p, b); err != nil {
				return err
			}
		}
	}
	if err := a.out.flush(a.yield); err != nil {
		return err
	}
	for _, t := range a.snap.tables {
		for i := range a.snap.plans {
			p := &a.snap.plans[i]
			lo, hi := p.blockRange(t, a.stats)
			for block := lo; block < hi; block++ {
				if !p.wantsBlock(t.reader.Block(block), a.stats) || a.s.ruledOut(p, t, block, a.stats) {
					continue
				}
				if err := a.block(p, t, block); err != nil {
					return err
				}
			}
		}
	}
	return a.out.flush(a.yield)
}

func (a *anyScan) batch(p *groupPlan, b *batch) error {
	if !p.wantsBatch(b) {
		return nil
	}
	lo, hi := p.batchRange(b)
	countBatch(a.stats, b, lo, hi)
	for lo < hi {
		n := min(hi-lo, maxBlock-a.out.block.Len)
		a.out.addBatch(b, lo, n, 1)
		lo += n
		if a.out.block.Len == maxBlock {
			if err := a.alive(); err != nil {
				return err
			}
			if err := a.out.flush(a.yield); err != nil {
				return err
			}
		}
	}
	return nil
}

// countBatch counts events [lo, hi) of b as looked at.
func countBatch(stats *logs.ScanStats, b *batch, lo, hi int) {
	if lo >= hi {
		return
	}
	stats.Rows += int64(hi - lo)
	if hi-lo == len(b.timestamps) {
		stats.Bytes += b.bytes
		return
	}
	for _, m := range b.messages[lo:hi] {
		stats.Bytes += int64(len(m))
	}
}

// counted is what a block added to a scan's counts, for some number of events.
type counted struct {
	rows, bytes int64
	events      int
}

func countedSince(before logs.ScanStats, now *logs.ScanStats, events int) counted {
	return counted{now.Rows - before.Rows, now.Bytes - before.Bytes, events}
}

// takeBack uncounts events that are not delivered after all, since the block
// turned out to be damaged.
func (c counted) takeBack(stats *logs.ScanStats, events int) {
	if c.events > 0 {
		// Those that were delivered are not missing.
		stats.CorruptRows -= int64(c.events - events)
		stats.Rows -= c.rows * int64(events) / int64(c.events)
		stats.Bytes -= c.bytes * int64(events) / int64(c.events)
	}
}

// block delivers the wanted rows of one block: without a copy when they are
// one run of it, gathered with others when they are scattered.
func (a *anyScan) block(p *groupPlan, t *table, block int) error {
	if err := a.alive(); err != nil {
		return err
	}
	a.cols.reset()
	r := blockReader{t: t, block: block, cols: &a.cols}
	before := *a.stats
	lo, hi, sel, err := p.rows(r.meta(), &r, a.stats)
	if err == nil && lo < hi {
		err = a.read(&r)
	}
	if err != nil {
		*a.stats = before
		return asCorrupt(err, t, block, a.onCorrupt)
	}
	if lo >= hi {
		return nil
	}
	counted := countedSince(before, a.stats, hi-lo)
	for sel == nil && lo < hi {
		n := min(hi-lo, maxBlock)
		err := a.direct(p.group, lo, lo+n)
		if errors.Is(err, errJoin) {
			counted.takeBack(a.stats, hi-lo)
			return asCorrupt(err, t, block, a.onCorrupt)
		}
		if err != nil {
			return err
		}
		if lo += n; lo < hi {
			if err := a.alive(); err != nil {
				return err
			}
		}
	}
	for lo < hi {
		n := min(hi-lo, maxBlock-a.out.block.Len)
		if err := a.out.addRows(p.group, &a.cols, sel, lo, n, 1); err != nil {
			counted.takeBack(a.stats, hi-lo)
			return asCorrupt(err, t, block, a.onCorrupt)
		}
		lo += n
		if a.out.block.Len == maxBlock {
			if err := a.out.flush(a.yield); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *anyScan) read(r *blockReader) error {
	if a.want&logs.ColTimestamp != 0 {
		if _, err := r.Timestamps(); err != nil {
			return err
		}
	}
	if a.want&logs.ColSeq != 0 {
		if _, err := r.Seqs(); err != nil {
			return err
		}
	}
	return r.wanted(a.want)
}

// direct delivers rows [lo, hi) of the block just read.
func (a *anyScan) direct(g logs.GroupID, lo, hi int) error {
	// What is gathered uses buffers of its own, so the order does not matter.
	b := logs.Block{Len: hi - lo}
	if a.want&logs.ColGroup != 0 {
		b.Groups = a.out.groupColumn(g, hi-lo)
	}
	if a.want&logs.ColStream != 0 {
		b.Streams = a.cols.streams[lo:hi]
	}
	if a.want&logs.ColTimestamp != 0 {
		b.Timestamps = a.cols.timestamps[lo:hi]
	}
	if a.want&logs.ColIngested != 0 {
		b.Ingested = a.cols.ingested[lo:hi]
	}
	if a.want&logs.ColSeq != 0 {
		b.Seqs = a.cols.seqs[lo:hi]
	}
	if a.want&logs.ColMessage != 0 {
		var err error
		if b.Messages, err = a.cols.slice(a.messages[:0], lo, hi); err != nil {
			return err
		}
		if a.cols.joiner != nil {
			a.messages = b.Messages
		}
	}
	return a.yield(&b)
}

// asCorrupt hands damage to onCorrupt and returns any other error as it is.
func asCorrupt(err error, t *table, block int, onCorrupt func(*table, int, error) error) error {
	if errors.Is(err, logs.ErrCorrupt) {
		return onCorrupt(t, block, fmt.Errorf("segment %s, block %d: %w", t.name, block, err))
	}
	return fmt.Errorf("read segment %s, block %d: %w", t.name, block, err)
}
