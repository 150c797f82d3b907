package metricstore

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"time"

	"skywatch/internal/metrics"
)

// runFan is how many runs of similar size (within a factor of four) a partition
// may have before they are merged: a point is rewritten at most log4 of the
// partition's size times, and a read looks at few runs.
const runFan = 4

// A day that is over and has been quiet for quietTime becomes one run, unless
// what came late is below a quietShare-th of it: so reads of history look at
// one run, and a trickle of late data does not rewrite days again and again.
const (
	quietTime  = 10 * time.Minute
	quietShare = 8
)

// compactor merges and coarsens segments until ctx ends.
func (s *Store) compactor(ctx context.Context) { s.repeat(ctx, s.mergeC, s.compactAll) }

// compactAll does whatever merging and retention is due.
func (s *Store) compactAll(ctx context.Context) error {
	s.compactMu.Lock()
	defer s.compactMu.Unlock()
	for ctx.Err() == nil && !s.closed.Load() {
		task := s.pick()
		if task == nil {
			return nil
		}
		began := time.Now()
		e, err := s.compact(ctx, task)
		if err != nil {
			err = fmt.Errorf("compact %s: %w", task.what, storeError(err))
			if ctx.Err() == nil {
				s.opts.Events(Event{Kind: EventFailed, What: task.what, Err: err, Duration: time.Since(began)})
			}
			return err
		}
		s.compactions.Add(1)
		e.Duration = time.Since(began)
		s.opts.Events(e)
	}
	return ctx.Err()
}

// compaction is a piece of work: segments of one partition to be replaced by
// their merge, or to be dropped.
type compaction struct {
	what     string
	segments []*segment
	drop     bool
}

// pick chooses the most useful work, nil when none is due. The compactor is the
// only one that removes segments, so they stay valid without references.
func (s *Store) pick() *compaction {
	keep := s.opts.Retention.at(s.opts.Now())
	s.mu.RLock()
	segments := s.segments
	s.mu.RUnlock()

	var expired []*segment
	for _, seg := range segments {
		if keep.expired(&seg.segmentMeta) {
			expired = append(expired, seg)
		}
	}
	if len(expired) > 0 {
		return &compaction{what: "expired segments", segments: expired, drop: true}
	}
	now := s.opts.Now()
	var best []*segment
	bestRuns := 0
	for i := 0; i < len(segments); {
		n := i + 1
		for n < len(segments) && segments[n].start == segments[i].start {
			n++
		}
		l, runs := pickRuns(segments[i:n])
		if over := (segments[i].start+partitionLength+3600)*1000 <= now; runs == 0 && over && s.quiet(segments[i].start, now) {
			l, runs = pickQuiet(segments[i:n])
		}
		if runs > bestRuns {
			best, bestRuns = l, runs
		}
		i = n
	}
	if best != nil {
		return &compaction{what: fmt.Sprintf("%d runs of %s", bestRuns, dayName(best[0].start)), segments: best}
	}
	for _, seg := range segments {
		if keep.coarsens(&seg.segmentMeta) {
			// The whole partition: its other runs are as old.
			var all []*segment
			for _, other := range segments {
				if other.start == seg.start {
					all = append(all, other)
				}
			}
			return &compaction{what: "retention of " + dayName(seg.start), segments: all}
		}
	}
	return nil
}

func dayName(start int64) string { return time.Unix(start, 0).UTC().Format(time.DateOnly) }

// pickRuns returns the segments of the runs of a partition to merge: those of
// the smallest size class that has runFan runs, and all smaller ones.
func pickRuns(segments []*segment) ([]*segment, int) {
	size := map[uint64]int64{}
	for _, seg := range segments {
		size[seg.run] += seg.size
	}
	if len(size) < runFan {
		return nil, 0
	}
	class := func(n int64) int { return bits.Len64(uint64(n)>>12) / 2 }
	classes := map[int]int{}
	for _, n := range size {
		classes[class(n)]++
	}
	levels := make([]int, 0, len(classes))
	for c := range classes {
		levels = append(levels, c)
	}
	slices.Sort(levels)
	runs := 0 // the smaller ones come along, they cost little
	for _, c := range levels {
		runs += classes[c]
		if classes[c] < runFan {
			continue
		}
		var out []*segment
		for _, seg := range segments {
			if class(size[seg.run]) <= c {
				out = append(out, seg)
			}
		}
		return out, runs
	}
	return nil, 0
}

// pickQuiet returns all segments of a quiet partition if merging them is worth
// it.
func pickQuiet(segments []*segment) ([]*segment, int) {
	size := map[uint64]int64{}
	total, largest := int64(0), int64(0)
	for _, seg := range segments {
		size[seg.run] += seg.size
		total += seg.size
		largest = max(largest, size[seg.run])
	}
	if len(size) < 2 || (total-largest)*quietShare < largest {
		return nil, 0
	}
	return segments, len(size)
}

// quiet reports whether no head has been written to the partition for a while.
func (s *Store) quiet(start, now int64) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	last, ok := s.lastFlush[start]
	return !ok || now-last >= quietTime.Milliseconds()
}

// compact carries a piece of work out.
func (s *Store) compact(ctx context.Context, task *compaction) (e Event, err error) {
	out := s.newOutput()
	defer func() {
		if err != nil {
			out.abandon()
		}
	}()
	if task.drop {
		err = s.edit(out, nil, task.segments, nil)
		return Event{Kind: EventExpired, What: task.what, Files: len(task.segments)}, err
	}
	if err := s.mergeSegments(ctx, task.segments, out); err != nil {
		return e, err
	}
	if err := s.edit(out, nil, task.segments, nil); err != nil {
		return e, err
	}
	e = Event{Kind: EventCompacted, What: task.what, Files: len(out.metas)}
	for _, m := range out.metas {
		e.Points += m.points
		e.Bytes += m.size
	}
	return e, nil
}

// mergeSegments writes the merge of segments of one partition as one run.
func (s *Store) mergeSegments(ctx context.Context, segments []*segment, out *output) error {
	keep := s.opts.Retention.at(s.opts.Now())
	inputs := make([]*segmentCursor, len(segments))
	for i, seg := range segments {
		idx, err := seg.loadIndex()
		if err != nil {
			return err
		}
		inputs[i] = &segmentCursor{seg: seg, idx: idx}
	}
	out.begin(segments[0].start)
	var c chunk
	var buf []byte
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		id := metrics.SeriesID(0)
		for _, in := range inputs {
			if in.next < len(in.idx.ids) && (id == 0 || in.idx.ids[in.next] < id) {
				id = in.idx.ids[in.next]
			}
		}
		if id == 0 {
			return out.end()
		}
		var lists [][]point
		for _, in := range inputs {
			if in.next == len(in.idx.ids) || in.idx.ids[in.next] != id {
				continue
			}
			points, err := in.take(&c, &buf, s.reportCorrupt)
			if err != nil {
				return err
			}
			lists = append(lists, points)
		}
		if err := out.add(id, mergeSorted(lists), keep); err != nil {
			return err
		}
	}
}

// segmentCursor walks over the series of a segment.
type segmentCursor struct {
	seg  *segment
	idx  *segmentIndex
	next int
}

// take returns the points of the next series at its finest resolution. When
// that block is damaged the next coarser one stands in.
func (in *segmentCursor) take(c *chunk, buf *[]byte, corrupt func(error)) ([]point, error) {
	pos := in.next
	in.next++
	mask := in.idx.mask[pos]
	for t := range tiers {
		if mask>>t&1 == 0 {
			continue
		}
		var points []point
		ok := true
		err := in.seg.read(in.idx, []blockWant{{pos: pos, tier: t}}, buf,
			func(_ blockWant, err error) { ok = false; corrupt(err) },
			func(_ blockWant, b []byte) error {
				var err error
				if points, err = decodePoints(b, in.seg.start, resolutions[t], c); err != nil {
					ok = false
					corrupt(fmt.Errorf("%s: series %d at %d s: %w", in.seg.name, in.idx.ids[pos], resolutions[t], err))
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
		if ok {
			return points, nil
		}
	}
	return nil, nil
}

// reportCorrupt counts and reports a block that was left out.
func (s *Store) reportCorrupt(err error) {
	s.corrupt.Add(1)
	s.opts.Events(Event{Kind: EventCorrupt, What: "block", Err: err})
}
