package metricstore

import (
	"slices"

	"skywatch/internal/metrics"
)

// accum gathers the buckets of one series.
type accum struct {
	start, period int64 // milliseconds
	n             int
	stats         []metrics.StatisticSet
	dist          []*metrics.Distribution // empty until wanted
	unknown       []bool                  // the samples of some point are not known

	// The bucket found last and its bounds: points come mostly in order.
	last     int
	from, to int64 // seconds: instants in [from, to) lie in bucket last

	touched [2]int // buckets in use: [lowest, highest+1)
}

// init makes a ready and empty; it keeps its memory.
func (a *accum) init(g metrics.Grid) {
	stats := slices.Grow(a.stats[:0], g.N)[:g.N]
	clear(stats)
	dist, unknown := a.dist[:0], a.unknown[:0]
	*a = accum{start: g.Start, period: g.Period, n: g.N, stats: stats, dist: dist, unknown: unknown}
	a.touched = [2]int{g.N, 0}
}

// bucket returns the bucket of an instant in seconds, -1 outside the grid.
func (a *accum) bucket(ts int64) int {
	if ts >= a.from && ts < a.to {
		return a.last
	}
	off := ts*1000 - a.start
	if off < 0 {
		return -1
	}
	b := off / a.period
	if b >= int64(a.n) {
		return -1
	}
	a.last = int(b)
	// Rounded up to whole seconds: instants are whole.
	a.from = -floor(-(a.start+b*a.period), 1000) / 1000
	a.to = -floor(-(a.start+(b+1)*a.period), 1000) / 1000
	return a.last
}

// within reports whether all instants of [ts, ts+res) lie in one bucket and in
// the span.
func (a *accum) within(ts, res int64, sp span) bool {
	if ts < sp.from || ts+res > sp.to {
		return false
	}
	b := a.bucket(ts)
	return b >= 0 && ts+res <= a.to
}

func (a *accum) touch(b int) *metrics.StatisticSet {
	if b < a.touched[0] {
		a.touched[0] = b
	}
	if b >= a.touched[1] {
		a.touched[1] = b + 1
	}
	return &a.stats[b]
}

func (a *accum) addStats(b int, c *chunk, i int) {
	s := a.touch(b)
	if *s == (metrics.StatisticSet{}) {
		*s = metrics.StatisticSet{Count: c.count[i], Sum: c.sum[i], Min: c.min[i], Max: c.max[i]}
		return
	}
	s.Count += c.count[i]
	s.Sum += c.sum[i]
	s.Min = min(s.Min, c.min[i])
	s.Max = max(s.Max, c.max[i])
}

func (a *accum) addPoint(b int, p *point, sink *distSink) {
	a.touch(b).Merge(metrics.StatisticSet{Count: p.count, Sum: p.sum, Min: p.min, Max: p.max})
	switch {
	case sink == nil:
	case p.dist != nil:
		sink.at(a, b).Merge(p.dist)
	case p.min != p.max:
		a.setUnknown(b)
	default:
		sink.at(a, b).Add(p.min, p.count)
	}
}

// setUnknown says that samples of the bucket are not known.
func (a *accum) setUnknown(b int) {
	a.wantDist()
	a.unknown[b] = true
	a.dist[b] = nil
}

func (a *accum) wantDist() {
	if len(a.dist) == 0 {
		a.dist = slices.Grow(a.dist, a.n)[:a.n]
		a.unknown = slices.Grow(a.unknown, a.n)[:a.n]
		clear(a.dist)
		clear(a.unknown)
	}
}

// distSink merges distributions into buckets. Points come bucket after bucket
// mostly, so it gathers those of one bucket and puts them there when the next
// one's turn has come.
type distSink struct {
	m metrics.Merger
	a *accum
	b int
}

// at returns the merger for a bucket.
func (s *distSink) at(a *accum, b int) *metrics.Merger {
	if s.a != a || s.b != b {
		s.flush()
		s.a, s.b = a, b
	}
	return &s.m
}

// reset empties the sink, whatever it was stopped at.
func (s *distSink) reset() {
	s.m.Take()
	s.a = nil
}

// flush puts what was gathered into its bucket.
func (s *distSink) flush() {
	if s.a == nil || s.m.Empty() {
		return
	}
	s.a.wantDist()
	d := s.m.Take()
	switch {
	case s.a.unknown[s.b]:
	case s.a.dist[s.b] == nil:
		s.a.dist[s.b] = d
	default:
		s.a.dist[s.b].Merge(d)
	}
}

// take returns the non-empty buckets in *out's memory and empties a.
func (a *accum) take(withDist bool, out *[]metrics.Bucket) []metrics.Bucket {
	buckets := (*out)[:0]
	for b := a.touched[0]; b < a.touched[1]; b++ {
		if a.stats[b].Count == 0 { // a correction alone says nothing
			a.stats[b] = metrics.StatisticSet{}
			if len(a.unknown) > 0 {
				a.dist[b], a.unknown[b] = nil, false
			}
			continue
		}
		bucket := metrics.Bucket{Index: b, Stats: a.stats[b]}
		if withDist {
			bucket.Dist = a.dist[b]
			a.dist[b] = nil
			a.unknown[b] = false
		}
		buckets = append(buckets, bucket)
		a.stats[b] = metrics.StatisticSet{}
	}
	a.touched = [2]int{a.n, 0}
	*out = buckets
	return buckets
}
