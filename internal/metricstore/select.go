package metricstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"skywatch/internal/metrics"
)

var _ metrics.Selector = (*Store)(nil)

const (
	// batchBuckets bounds the buckets that are gathered at once: 256 Ki of
	// them are some 12 MiB.
	batchBuckets = 256 << 10
	batchSeries  = 512

	// maxGrid bounds the buckets of a grid; a year of minutes fits.
	maxGrid = 1 << 20
)

// Select implements metrics.Selector. Distributions given to yield belong to
// the receiver. A damaged block is left out and reported as an event; an error
// is returned when an index or a file cannot be read.
//
// How it reads: each segment stores roll-ups, each of them complete. For every
// segment the coarsest one that fits the grid is read; where one of its periods
// lies across a bucket's border the next finer one is read for that stretch
// only, down to the finest that is kept, whose points count by their start.
func (s *Store) Select(ctx context.Context, ids []metrics.SeriesID, g metrics.Grid, withDist bool, yield func(metrics.SeriesID, []metrics.Bucket) error) error {
	if g.N <= 0 || len(ids) == 0 {
		return ctx.Err()
	}
	if g.Period <= 0 || g.N > maxGrid || !validInstant(g.Start/1000) || !validInstant(g.End()/1000) || g.Period > (1<<62)/int64(g.N) {
		return fmt.Errorf("select: grid %+v is out of range", g)
	}
	view, err := s.acquireView(g)
	if err != nil {
		return err
	}
	defer view.release()

	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	n := max(1, min(len(ids), batchSeries, batchBuckets/g.N))
	sel := selectionPool.Get().(*selection)
	defer selectionPool.Put(sel)
	sel.begin(s, view, g, withDist, n)
	for len(ids) > 0 {
		batch := ids[:min(n, len(ids))]
		ids = ids[len(batch):]
		if err := sel.gather(ctx, batch); err != nil {
			return fmt.Errorf("select: %w", err)
		}
		for i, id := range batch {
			if buckets := sel.accums[i].take(withDist, &sel.out); len(buckets) > 0 {
				if err := yield(id, buckets); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// view is what one read sees.
type view struct {
	tables   []*memtable
	segments []*segment
}

// acquireView returns the tables and the segments that may touch the grid.
func (s *Store) acquireView(g metrics.Grid) (*view, error) {
	from, to := secondsOf(g)
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed.Load() {
		return nil, metrics.ErrClosed
	}
	v := &view{tables: append(slices.Clone(s.frozen), s.head)}
	for _, seg := range s.segments {
		// A roll-up point begins up to an hour before the first point.
		if seg.first < to && seg.last >= from {
			seg.acquire()
			v.segments = append(v.segments, seg)
		}
	}
	return v, nil
}

func (v *view) release() {
	for _, seg := range v.segments {
		_ = seg.release() // a failed close of a file that was only read loses nothing
	}
}

// secondsOf returns the instants [from, to) whose milliseconds lie on the grid.
func secondsOf(g metrics.Grid) (from, to int64) {
	return -floor(-g.Start, 1000) / 1000, -floor(-g.End(), 1000) / 1000
}

// selection is the state of one Select.
type selection struct {
	store    *Store
	view     *view
	grid     metrics.Grid
	withDist bool
	accums   []accum
	chunk    chunk
	buf      []byte
	sink     distSink
	wants    []blockWant
	out      []metrics.Bucket
}

var selectionPool = sync.Pool{New: func() any { return new(selection) }}

// begin makes q ready for batches of n series.
func (q *selection) begin(s *Store, v *view, g metrics.Grid, withDist bool, n int) {
	q.store, q.view, q.grid, q.withDist = s, v, g, withDist
	q.accums = slices.Grow(q.accums[:0], n)[:n]
	for i := range q.accums {
		q.accums[i].init(g)
	}
	q.sink.reset()
}

// gather fills the accums with the batch's points.
func (q *selection) gather(ctx context.Context, batch []metrics.SeriesID) error {
	from, to := secondsOf(q.grid)
	sink := &q.sink
	if !q.withDist {
		sink = nil
	}
	defer q.sink.flush()
	for _, seg := range q.view.segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := q.readSegment(seg, batch, from, to); err != nil {
			return err
		}
	}
	for _, m := range q.view.tables {
		for i, id := range batch {
			m.read(id, from, to, func(points []point) {
				a := &q.accums[i]
				for j := range points {
					if b := a.bucket(points[j].ts); b >= 0 {
						a.addPoint(b, &points[j], sink)
					}
				}
			})
		}
	}
	return ctx.Err()
}

// task is what is left to read of one series of a segment: instants of spans
// at the given tier.
type task struct {
	pos   int
	accum int
	tier  int
	spans []span // ascending, disjoint
}

// span is a range of instants in seconds, [from, to).
type span struct{ from, to int64 }

func (q *selection) readSegment(seg *segment, batch []metrics.SeriesID, from, to int64) error {
	idx, err := seg.loadIndex()
	if err != nil {
		return err
	}
	all := []span{{from, to}}
	var tasks []task
	pos := 0
	for i, id := range batch {
		p, found := idx.find(id, pos)
		pos = p
		if found {
			tasks = append(tasks, task{pos: p, accum: i, tier: q.coarsest(idx.mask[p]), spans: all})
		}
	}
	for len(tasks) > 0 {
		if tasks, err = q.readTasks(seg, idx, tasks); err != nil {
			return err
		}
	}
	return nil
}

// coarsest returns the tier to begin with for a series that has those of mask:
// the coarsest whose periods lie within buckets, all or at least most of them.
func (q *selection) coarsest(mask byte) int {
	finest := -1
	for t := tiers - 1; t >= 0; t-- {
		if mask>>t&1 == 0 {
			continue
		}
		res := resolutions[t] * 1000
		if q.grid.Period%res == 0 && q.grid.Start%res == 0 || q.grid.Period >= 4*res {
			return t
		}
		finest = t
	}
	return finest
}

// readTasks reads the blocks of tasks and returns what must be read again at a
// finer tier.
func (q *selection) readTasks(seg *segment, idx *segmentIndex, tasks []task) (again []task, err error) {
	q.wants = q.wants[:0]
	for i, t := range tasks {
		q.wants = append(q.wants, blockWant{pos: t.pos, tier: t.tier, tag: i})
	}
	slices.SortFunc(q.wants, func(a, b blockWant) int { return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.pos, b.pos)) })
	finer := func(t task, spans []span) (task, bool) {
		for f := t.tier - 1; f >= 0; f-- {
			if idx.mask[t.pos]>>f&1 != 0 {
				return task{pos: t.pos, accum: t.accum, tier: f, spans: spans}, true
			}
		}
		return task{}, false
	}
	// A damaged roll-up is replaced by the finer points it came from.
	damaged := func(w blockWant, err error) {
		q.store.reportCorrupt(err)
		if t, ok := finer(tasks[w.tag], tasks[w.tag].spans); ok {
			again = append(again, t)
		}
	}
	err = seg.read(idx, q.wants, &q.buf, damaged, func(w blockWant, block []byte) error {
		t := tasks[w.tag]
		_, hasFiner := finer(t, nil)
		split, err := q.addBlock(seg, t, block, hasFiner)
		if err != nil {
			if !errors.Is(err, metrics.ErrCorrupt) {
				return err
			}
			q.store.reportCorrupt(fmt.Errorf("%s: series %d at %d s: %w", seg.name, idx.ids[t.pos], resolutions[t.tier], err))
		}
		if len(split) > 0 {
			if f, ok := finer(t, split); ok {
				again = append(again, f)
			}
		}
		return nil
	})
	return again, err
}

// addBlock adds the points of a block that lie in the task's spans to their
// buckets and returns the periods that lie across a border, unless nothing
// finer exists.
func (q *selection) addBlock(seg *segment, t task, block []byte, hasFiner bool) (split []span, err error) {
	a := &q.accums[t.accum]
	res := resolutions[t.tier]
	spans := t.spans
	// A period that begins before the first span may reach into it.
	reach := int64(0)
	if hasFiner {
		reach = res - 1
	}
	for k := range spans {
		sp := spans[k]
		err = decodeBlock(block, seg.start, res, sp.from-reach, sp.to, &q.chunk, func(c *chunk) error {
			for i := range c.n {
				ts := c.ts[i]
				if ts >= sp.to {
					break // instants ascend
				}
				use := ts >= sp.from && ts < sp.to
				if hasFiner && ts < sp.to && ts+res > sp.from && !a.within(ts, res, sp) {
					split = append(split, span{max(ts, sp.from), min(ts+res, sp.to)})
					use = false
				}
				bucket := -1
				if use {
					bucket = a.bucket(ts)
				}
				if !q.withDist {
					if bucket >= 0 {
						a.addStats(bucket, c, i)
					}
					continue
				}
				if err := q.mergeSamples(a, bucket, c, i); err != nil {
					return err
				}
				if bucket >= 0 {
					a.addStats(bucket, c, i)
				}
			}
			return nil
		})
		if err != nil {
			return split, err
		}
	}
	return split, nil
}

// mergeSamples merges the samples of a chunk's point into a bucket. It reads
// them also when the point is outside (bucket -1): they lie in order.
func (q *selection) mergeSamples(a *accum, bucket int, c *chunk, i int) error {
	switch {
	case c.min[i] == c.max[i]:
		if bucket >= 0 {
			q.sink.at(a, bucket).Add(c.min[i], c.count[i])
		}
		return nil
	case !c.hasDist(i):
		if bucket >= 0 {
			a.setUnknown(bucket)
		}
		return nil
	case bucket < 0:
		return c.skip()
	}
	rest, err := q.sink.at(a, bucket).Decode(c.samples.b)
	if err != nil {
		q.sink.m.Take()
		return err
	}
	c.samples.b = rest
	return nil
}
