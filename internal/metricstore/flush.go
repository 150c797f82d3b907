package metricstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
)

const (
	// ageCheck is how often the flusher looks at the head's age and the
	// compactor at retention.
	ageCheck = 15 * time.Second
	// retryMin to retryMax is the pause after a failed flush or compaction.
	retryMin = time.Second
	retryMax = 10 * time.Second
	// maxKeysFiles are merged into one when a flush would add another.
	maxKeysFiles = 8
)

// flusher writes full and old heads until ctx ends.
func (s *Store) flusher(ctx context.Context) { s.repeat(ctx, s.flushC, s.flushDue) }

// repeat does work whenever wake says so and now and then by itself, until ctx
// ends. After a failure only the pause counts, which grows: appends that find
// the head full wake the flusher without end.
func (s *Store) repeat(ctx context.Context, wake <-chan struct{}, work func(context.Context) error) {
	defer s.workers.Done()
	tick := time.NewTicker(ageCheck)
	defer tick.Stop()
	pause := time.Duration(0)
	for {
		due, retry := wake, (<-chan time.Time)(nil)
		if pause > 0 {
			due, retry = nil, time.After(pause)
		}
		select {
		case <-ctx.Done():
			return
		case <-due:
		case <-tick.C:
		case <-retry:
		}
		if err := work(ctx); err != nil && ctx.Err() == nil {
			pause = min(max(2*pause, retryMin), retryMax)
		} else {
			pause = 0
		}
	}
}

// flushDue freezes the head when it is old and writes all frozen ones. A full
// head is frozen by the append that finds it so.
func (s *Store) flushDue(ctx context.Context) error {
	s.mu.RLock()
	head, waiting := s.head, len(s.frozen)
	s.mu.RUnlock()
	since := head.since.Load()
	old := since != 0 && s.opts.Now()-since >= s.opts.HeadAge.Milliseconds()
	if waiting < maxFrozen && old {
		if err := s.freeze(); err != nil {
			return err
		}
	}
	return s.writeFrozen(ctx)
}

// Flush writes everything acknowledged so far to segments and frees its
// write-ahead log. It is not needed for durability.
func (s *Store) Flush(ctx context.Context) error {
	if s.closed.Load() {
		return metrics.ErrClosed
	}
	// Room first: with the flusher far behind, freezing would go past the bound.
	if err := s.writeFrozen(ctx); err != nil {
		return err
	}
	if err := s.freeze(); err != nil {
		return err
	}
	return s.writeFrozen(ctx)
}

// freeze ends the current head and begins the next, at one point of the log.
func (s *Store) freeze() error {
	s.freezeMu.Lock()
	defer s.freezeMu.Unlock()
	return s.freezeLocked()
}

func (s *Store) freezeLocked() error {
	next := new(memtable)
	_, err := s.wal.Rotate(func(file uint64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.head.upTo = file
		s.frozen = append(slices.Clip(s.frozen), s.head)
		s.head = next
	})
	return storeError(err)
}

// writeFrozen writes the frozen heads, oldest first, until none is left.
func (s *Store) writeFrozen(ctx context.Context) error {
	s.flushMu.Lock()
	defer s.flushMu.Unlock()
	for {
		s.mu.RLock()
		var m *memtable
		if len(s.frozen) > 0 {
			m = s.frozen[0]
		}
		s.mu.RUnlock()
		if m == nil {
			return nil
		}
		if s.closed.Load() {
			return metrics.ErrClosed
		}
		m.pending.Wait()
		began := time.Now()
		metas, err := s.writeHead(ctx, m)
		s.mu.Lock()
		s.flushErr = err
		close(s.room) // wake who waits, also to be told of an error
		s.room = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			err = fmt.Errorf("flush: %w", storeError(err))
			if ctx.Err() == nil {
				s.opts.Events(Event{Kind: EventFailed, What: "flush", Err: err, Duration: time.Since(began)})
			}
			return err
		}
		s.flushes.Add(1)
		e := Event{Kind: EventFlushed, What: fmt.Sprintf("head up to log file %d", m.upTo), Points: m.points.Load(),
			Files: len(metas), Duration: time.Since(began)}
		for _, meta := range metas {
			e.Bytes += meta.size
		}
		s.opts.Events(e)
		if err := s.wal.Release(m.upTo); err != nil {
			s.opts.Events(Event{Kind: EventLeftOver, What: "write-ahead log", Err: err})
		}
		s.signal(s.mergeC)
	}
}

// writeHead writes a frozen head to segments, one run for each partition, and
// publishes them in place of the head.
func (s *Store) writeHead(ctx context.Context, m *memtable) (metas []segmentMeta, err error) {
	keep := s.opts.Retention.at(s.opts.Now())
	out := s.newOutput()
	defer func() {
		if err != nil {
			out.abandon()
		}
	}()
	// Which days occur, and a list of the series that have points.
	type part struct {
		id     metrics.SeriesID
		points []point
	}
	days := map[int64][]part{}
	for id, end := metrics.SeriesID(1), m.maxID(); id < end; id++ {
		points := m.all(id)
		for len(points) > 0 {
			day := floor(points[0].ts, partitionLength)
			n := sort.Search(len(points), func(i int) bool { return points[i].ts >= day+partitionLength })
			days[day] = append(days[day], part{id, points[:n]})
			points = points[n:]
		}
	}
	starts := make([]int64, 0, len(days))
	for day := range days {
		starts = append(starts, day)
	}
	slices.Sort(starts)
	for _, day := range starts {
		out.begin(day)
		for _, p := range days[day] {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := out.add(p.id, p.points, keep); err != nil {
				return nil, err
			}
		}
		if err := out.end(); err != nil {
			return nil, err
		}
	}
	err = s.edit(out, func(st *state) error {
		st.walFrom = m.upTo + 1
		return s.saveRegistry(out, st)
	}, nil, func() {
		s.frozen = slices.Delete(slices.Clone(s.frozen), 0, 1)
		now := s.opts.Now()
		maps.DeleteFunc(s.lastFlush, func(_, at int64) bool { return now-at >= quietTime.Milliseconds() })
		for day := range days {
			s.lastFlush[day] = now
		}
	})
	return out.metas, err
}

// saveRegistry writes the definitions that no keys file has yet and the bounds
// of all series, for the next state.
func (s *Store) saveRegistry(out *output, st *state) error {
	fresh, upTo := s.registry.from(st.keysUpTo)
	if len(fresh) > 0 && len(st.keys) >= maxKeysFiles {
		fresh, upTo = s.registry.from(0)
		for _, k := range st.keys {
			out.drop(s.path(k, keysSuffix))
		}
		st.keys = nil
	}
	if len(fresh) > 0 {
		number := s.fileNumber()
		name := s.path(number, keysSuffix)
		if err := writeSealed(s.fs, name, keysMagic, encodeKeys(fresh)); err != nil {
			return err
		}
		out.files = append(out.files, name)
		st.keys = append(slices.Clone(st.keys), number)
		st.keysUpTo = upTo
	}
	all, _ := s.registry.from(0)
	// Bounds may name only series that the keys files define.
	all = slices.DeleteFunc(all, func(e *entry) bool { return e.id > st.keysUpTo })
	number := s.fileNumber()
	name := s.path(number, boundsSuffix)
	if err := writeSealed(s.fs, name, boundsMagic, encodeBounds(all)); err != nil {
		return err
	}
	out.files = append(out.files, name)
	if st.bounds != 0 {
		out.drop(s.path(st.bounds, boundsSuffix))
	}
	st.bounds = number
	return nil
}

func (s *Store) fileNumber() uint64 {
	s.nextFile++
	return s.nextFile - 1
}

// edit publishes the output's segments instead of those of replaced: it makes
// the files' names durable, saves the next manifest, which change may alter
// further, and then swaps the view; swap is called with the view's lock held.
//
// When it fails the view is as before. The manifest may then be either one
// after a crash, so the files of both stay: the new ones are removed after the
// next manifest that was saved for sure.
func (s *Store) edit(out *output, change func(*state) error, replaced []*segment, swap func()) error {
	s.editMu.Lock()
	defer s.editMu.Unlock()
	next := *s.state
	gone := map[uint64]bool{}
	for _, seg := range replaced {
		gone[seg.number] = true
		out.drop(seg.name)
	}
	next.segments = slices.DeleteFunc(slices.Clone(next.segments), func(m segmentMeta) bool { return gone[m.number] })
	next.segments = append(next.segments, out.metas...)
	if change != nil {
		if err := change(&next); err != nil {
			return err
		}
	}
	next.nextFile, next.nextRun = s.nextFile, s.nextRun
	fresh := make([]*segment, 0, len(out.metas))
	fail := func(err error) error {
		for _, seg := range fresh {
			_ = seg.release()
		}
		return err
	}
	for _, m := range out.metas {
		seg, err := openSegment(s.fs, s.path(m.number, segmentSuffix), m)
		if err != nil {
			return fail(err)
		}
		fresh = append(fresh, seg)
	}
	if err := s.fs.SyncDir(s.dir); err != nil {
		return fail(err)
	}
	if err := manifest.Save(s.fs, s.dir, ManifestKind, stateVersion, next.encode()); err != nil {
		out.uncertain = true
		s.orphans = append(s.orphans, out.files...)
		return fail(err)
	}
	s.state = &next

	s.mu.Lock()
	if swap != nil {
		swap()
	}
	segments := slices.DeleteFunc(slices.Clone(s.segments), func(seg *segment) bool { return gone[seg.number] })
	segments = append(segments, fresh...)
	sortSegments(segments)
	s.segments = segments
	s.mu.Unlock()

	var errs []error
	for _, seg := range replaced {
		errs = append(errs, seg.release())
	}
	for _, name := range append(out.dropped, s.orphans...) {
		errs = append(errs, s.fs.Remove(name))
	}
	s.orphans = nil
	if err := errors.Join(errs...); err != nil {
		s.opts.Events(Event{Kind: EventLeftOver, What: "old files", Err: err}) // the next Open removes them
	}
	return nil
}
