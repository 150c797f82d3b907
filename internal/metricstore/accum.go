package metricstore

import "skywatch/internal/metrics"

// accum gathers the buckets of one series.
type accum struct {
	start, period int64 // milliseconds
	n             int
	stats         []metrics.StatisticSet
	dist          []*metrics.Distribution
	unknown       []bool // the samples of some point are not known

	// The bucket found last and its bounds: points come mostly in order.
	last     int
	from, to int64 // seconds: instants in [from, to) lie in bucket last

	touched [2]int // buckets in use: [lowest, highest+1)
}

func (a *accum) init(g metrics.Grid) {
	a.start, a.period, a.n = g.Start, g.Period, g.N
	a.stats = make([]metrics.StatisticSet, g.N)
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
	if s.Count == 0 {
		*s = metrics.StatisticSet{Count: c.count[i], Sum: c.sum[i], Min: c.min[i], Max: c.max[i]}
		return
	}
	s.Count += c.count[i]
	s.Sum += c.sum[i]
	s.Min = min(s.Min, c.min[i])
	s.Max = max(s.Max, c.max[i])
}

// addDist merges the samples of a point; d is not kept.
func (a *accum) addDist(b int, known bool, d *metrics.Distribution) {
	if a.dist == nil {
		a.dist = make([]*metrics.Distribution, a.n)
		a.unknown = make([]bool, a.n)
	}
	switch {
	case !known:
		a.unknown[b] = true
		a.dist[b] = nil
	case a.unknown[b]:
	case a.dist[b] == nil:
		a.dist[b] = d.Clone()
	default:
		a.dist[b].Merge(d)
	}
}

func (a *accum) addPoint(b int, p *point, withDist bool) {
	a.touch(b).Merge(metrics.StatisticSet{Count: p.count, Sum: p.sum, Min: p.min, Max: p.max})
	if !withDist {
		return
	}
	switch {
	case p.dist != nil:
		a.addDist(b, true, p.dist)
	case p.min != p.max:
		a.addDist(b, false, nil)
	case a.dist != nil && !a.unknown[b] && a.dist[b] != nil:
		a.dist[b].Add(p.min, p.count)
	default:
		a.addDist(b, true, metrics.NewDistribution([]float64{p.min}, []float64{p.count}))
	}
}

// take returns the non-empty buckets in *out's memory and empties a.
func (a *accum) take(withDist bool, out *[]metrics.Bucket) []metrics.Bucket {
	buckets := (*out)[:0]
	for b := a.touched[0]; b < a.touched[1]; b++ {
		if a.stats[b].Count == 0 {
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
