package logstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

const (
	// mergeWidth segments in a row of about one size are merged, so that an
	// event is rewritten once per power of mergeWidth its segment grows by.
	mergeWidth = 4

	// busyWidth takes its place while flushes follow each other closely: then
	// merging as eagerly would cost ingestion half as much as its own encoding
	// again, for segments that would soon be merged once more. Questions pay
	// for the few more segments until it is quiet.
	busyWidth = 12
	busyFlush = 10 * time.Second

	// maxMerge bounds the inputs of one merge, of each of which one block is
	// in memory.
	maxMerge = 16

	// smallestTier is the size in bytes up to which segments count as equally
	// small.
	smallestTier = 1 << 20
)

// runMaintenance looks for work after every flush and drop, and now and then
// because time alone makes events expire, until the store closes.
func (s *Store) runMaintenance() {
	ticker := time.NewTicker(s.opts.MaintainEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.maintainNow:
		case <-ticker.C:
		}
		// Tried again at the next tick, when the reason may have passed.
		if err := s.maintain(s.ctx, s.mergeWidth()); err != nil && s.ctx.Err() == nil {
			s.backgroundError("compact", err)
		}
	}
}

// Compact merges and frees until there is nothing to do, as the background
// does by itself.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	return s.maintain(ctx, mergeWidth)
}

// mergeWidth is how many segments of a size the background merges at least.
func (s *Store) mergeWidth() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.opts.Now(); now.Sub(s.flushTimes[0]) < 2*busyFlush && now.Sub(s.flushTimes[1]) < busyFlush {
		return busyWidth
	}
	return mergeWidth
}

func (s *Store) maintain(ctx context.Context, width int) error {
	if err := s.compacting.acquire(ctx); err != nil {
		return err
	}
	defer s.compacting.release()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		j := s.pick(width)
		if j == nil {
			return nil
		}
		err := s.compact(ctx, j)
		if errors.Is(err, logs.ErrCorrupt) {
			continue // reported; the damaged table is not picked again
		}
		if err != nil {
			return fmt.Errorf("compact: %w", classify(err))
		}
	}
}

// job is a compaction to do. Its tables are referenced.
type job struct {
	tables  []*table
	drops   *drops
	expired expiry
	allDead bool // nothing in tables is alive: no need to read them
}

// pick chooses the most rewarding compaction, or nil: first segments with
// nothing alive, then those half dead, then those of an old format, then rows
// of segments of one size.
func (s *Store) pick(width int) *job {
	j := &job{expired: s.expiry()}
	s.mu.Lock()
	defer s.mu.Unlock()
	j.drops = s.drops
	var halfDead, old *table
	for _, t := range s.tables {
		switch dead := j.deadRows(t); {
		case dead == t.reader.Rows():
			j.tables = append(j.tables, t)
		case 2*dead >= t.reader.Rows() && !t.damaged.Load():
			halfDead = t
		case t.reader.Version() < segment.Version && !t.damaged.Load():
			old = t
		}
	}
	switch {
	case len(j.tables) > 0:
		j.allDead = true
	case halfDead != nil:
		j.tables = []*table{halfDead}
	case old != nil:
		j.tables = []*table{old}
	default:
		j.tables = pickMerge(s.tables, s.opts.SegmentBytes, width)
	}
	if len(j.tables) == 0 {
		return nil
	}
	for _, t := range j.tables {
		t.ref()
	}
	return j
}

// deadRows returns how many of a table's events statistics show to be dropped
// or expired; the true number may be higher.
func (j *job) deadRows(t *table) int64 {
	dead := int64(0)
	groups := t.reader.Groups()
	for i := range groups {
		g := &groups[i]
		expired := j.expired(g.Group)
		if g.Last < expired || j.drops.coverGroup(g) {
			dead += g.Events
			continue
		}
		if g.First >= expired && len(j.drops.streams[g.Group]) == 0 {
			continue
		}
		byBlock := int64(0)
		for b := g.FirstBlock; b < g.FirstBlock+g.Blocks && t.reader.Block(b).Last.Timestamp < expired; b++ {
			byBlock += int64(t.reader.Block(b).Rows)
		}
		byStream := int64(0)
		for k := range g.Streams {
			if st := &g.Streams[k]; st.Last < expired || j.drops.coverStream(g.Group, st) {
				byStream += st.Events
			}
		}
		dead += max(byBlock, byStream) // they may be the same events
	}
	return dead
}

// pickMerge returns the tables to merge: the first run of neighbours, of the
// smallest size possible, that are at least width. Only neighbours are
// merged, so that a segment covers one stretch of ingestion, and with it of
// time, and retention can free whole segments.
func pickMerge(tables []*table, limit int64, width int) []*table {
	for tier := int64(smallestTier); ; tier *= mergeWidth {
		var run []*table
		size := int64(0)
		for _, t := range tables {
			fits := t.size <= tier && !t.damaged.Load()
			if !fits || size+t.size > limit {
				if len(run) >= width {
					return run
				}
				run, size = nil, 0
			}
			if fits {
				run, size = append(run, t), size+t.size
			}
			if len(run) == maxMerge {
				return run
			}
		}
		if len(run) >= width {
			return run
		}
		if tier >= limit {
			return nil
		}
	}
}

// compact does a job and lets its tables go.
func (s *Store) compact(ctx context.Context, j *job) error {
	defer func() {
		for _, t := range j.tables {
			t.unref()
		}
	}()
	start := time.Now()
	var out *table
	if !j.allDead {
		var err error
		if out, err = s.merge(ctx, j); err != nil {
			return err
		}
	}
	c := change{remove: j.tables}
	info := CompactInfo{}
	for _, t := range j.tables {
		info.Inputs = append(info.Inputs, t.name)
		info.RowsIn += t.reader.Rows()
		info.BytesIn += t.size
	}
	if out != nil {
		c.add = []*table{out}
		info.Output, info.RowsOut, info.BytesOut = out.name, out.reader.Rows(), out.size
	}
	if err := s.apply(ctx, c); err != nil {
		if out != nil {
			out.unref() // the file stays: the manifest may list it
		}
		return err
	}
	s.mu.Lock()
	s.counters.compactions++
	s.mu.Unlock()
	info.Duration = time.Since(start)
	if s.opts.Listener.Compacted != nil {
		s.opts.Listener.Compacted(info)
	}
	return nil
}

// merge writes what is alive in the tables of j into one segment; nil when
// nothing is. A damaged block ends it: its table is left as it is from then on.
func (s *Store) merge(ctx context.Context, j *job) (*table, error) {
	w, err := s.createTable(segment.Compact)
	if err != nil {
		return nil, err
	}
	for _, g := range groupsOf(j.tables) {
		if err := s.mergeGroup(ctx, j, g, w); err != nil {
			w.abort()
			return nil, err
		}
	}
	if w.Rows() == 0 {
		w.abort()
		return nil, nil
	}
	return w.finish()
}

// groupsOf returns the groups in tables, ascending.
func groupsOf(tables []*table) []logs.GroupID {
	var ids []logs.GroupID
	for _, t := range tables {
		for _, g := range t.reader.Groups() {
			ids = append(ids, g.Group)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// mergeGroup adds the events of one group that are alive to w.
func (s *Store) mergeGroup(ctx context.Context, j *job, g logs.GroupID, w *tableWriter) error {
	// The end is exclusive, so an event at the very last millisecond of an
	// int64 would be left out: [logs.Scan] cannot ask for it either.
	p := groupPlan{group: g, start: j.expired(g), end: 1<<63 - 1}
	p.setDrops(j.drops)
	snap := &snapshot{plans: []groupPlan{p}, batches: make([][]*batch, 1), tables: j.tables}
	var stats logs.ScanStats
	m := newMerger(snap, false, logs.AllColumns, &stats)
	m.alive = ctx.Err
	m.onCorrupt = func(t *table, block int, err error) error {
		s.corrupted(t, block, err)
		return err
	}
	var row segment.Row
	return m.run(maxBlock, func(b *logs.Block) error {
		for i := range b.Len {
			row = segment.Row{Group: g, Stream: b.Streams[i], Timestamp: b.Timestamps[i],
				Ingested: b.Ingested[i], Seq: b.Seqs[i], Message: b.Messages[i]}
			if err := w.Add(&row); err != nil {
				return err
			}
		}
		return nil
	})
}
