package logstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/segment"
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
		if err := s.maintain(s.ctx, s.width); err != nil && s.ctx.Err() == nil {
			s.backgroundError("compact", err)
		}
	}
}

// Compact merges and frees until there is nothing to do, as the background
// does by itself when the store has rest.
func (s *Store) Compact(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	return s.maintain(ctx, func() int { return quietWidth })
}

func (s *Store) maintain(ctx context.Context, width func() int) error {
	if err := s.compacting.acquire(ctx); err != nil {
		return err
	}
	defer s.compacting.release()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		j := s.pick(width())
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
		out, err = s.merge(ctx, j)
		if errors.Is(err, logtype.ErrVerify) {
			for _, t := range j.tables {
				t.damaged.Store(true) // they stay as they are, and are not tried again and again
			}
		}
		if err != nil {
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

// giveWay is how much longer than it worked a merge rests while flushes follow
// each other closely, unless it is one that must be.
const giveWay = 3

// merge writes what is alive in the tables of j into one segment; nil when
// nothing is. A damaged block ends it: its table is left as it is from then on.
func (s *Store) merge(ctx context.Context, j *job) (*table, error) {
	w, err := s.createTable(segment.Compact)
	if err != nil {
		return nil, err
	}
	for _, g := range groupsOf(j.tables) {
		began := time.Now()
		if err := s.mergeGroup(ctx, j, g, w); err != nil {
			w.abort()
			return nil, err
		}
		if len(j.tables) < busyWidth && s.busy() {
			sleep(ctx, giveWay*time.Since(began))
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
