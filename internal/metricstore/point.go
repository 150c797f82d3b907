package metricstore

import (
	"cmp"
	"slices"

	"skywatch/internal/metrics"
)

// point is the merge of all samples of one series at one instant. What is
// known of the samples themselves has three forms:
//
//	min == max            all are equal, the distribution follows (dist is nil)
//	dist != nil           the distribution
//	dist == nil, min<max  unknown: some writer gave only a statistic set
//
// Unknown absorbs: merged with anything it stays unknown. A count of 0 is a
// correction, see [metrics.Datum]; its min and max differ.
type point struct {
	ts                   int64 // seconds, start of the instant
	count, sum, min, max float64
	dist                 *metrics.Distribution
}

// pointSize is the memory of a point in a memtable besides its distribution.
const pointSize = 48

// merge adds q's samples to p, whose dist p owns. It does not change or keep
// q's.
func (p *point) merge(q *point) {
	if p.min == p.max && q.min == q.max && p.min == q.min {
		p.count += q.count
		p.sum += q.sum
		return
	}
	pKnown, qKnown := p.known(), q.known()
	switch {
	case !pKnown || !qKnown:
		p.dist = nil
	case q.dist != nil:
		if p.dist == nil {
			d := q.dist.Clone()
			d.Add(p.min, p.count)
			p.dist = d
		} else {
			p.dist.Merge(q.dist)
		}
	default:
		if p.dist == nil {
			p.dist = metrics.NewDistribution([]float64{p.min}, []float64{p.count})
		}
		p.dist.Add(q.min, q.count)
	}
	p.count += q.count
	p.sum += q.sum
	p.min = min(p.min, q.min)
	p.max = max(p.max, q.max)
}

// known reports whether the distribution of p's samples is known.
func (p *point) known() bool { return p.dist != nil || p.min == p.max }

// floor returns the largest multiple of step that is not above t.
func floor(t, step int64) int64 {
	r := t % step
	if r < 0 {
		r += step
	}
	return t - r
}

// rollup merges sorted points onto instants of res seconds. The result shares
// distributions with points where nothing was merged; nobody may change them.
func rollup(points []point, res int64) []point {
	return rollupUntil(points, res, func(int64) bool { return true })
}

// rollupUntil is rollup for the points whose instant old accepts; the others
// stay as they are. An instant is accepted or not as a whole, old being
// monotonous.
func rollupUntil(points []point, res int64, old func(instant int64) bool) []point {
	out := make([]point, 0, len(points)/2+1)
	owned := false
	for i := range points {
		p := points[i]
		if t := floor(p.ts, res); old(t) {
			p.ts = t
		}
		if n := len(out); n > 0 && out[n-1].ts == p.ts {
			last := &out[n-1]
			if !owned {
				last.dist = last.dist.Clone()
				owned = true
			}
			last.merge(&p)
			continue
		}
		out = append(out, p)
		owned = false
	}
	return out
}

// mergeSorted merges lists of points, each sorted with distinct instants, into
// one. It takes over the lists and their distributions.
func mergeSorted(lists [][]point) []point {
	switch len(lists) {
	case 0:
		return nil
	case 1:
		return lists[0]
	}
	total := 0
	for _, l := range lists {
		total += len(l)
	}
	all := make([]point, 0, total)
	sorted := true
	for _, l := range lists {
		if len(all) > 0 && len(l) > 0 && l[0].ts <= all[len(all)-1].ts {
			sorted = false
		}
		all = append(all, l...)
	}
	if sorted {
		return all
	}
	return sortPoints(all)
}

// sortPoints sorts points by instant and merges equal ones, in place.
func sortPoints(points []point) []point {
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.ts, b.ts) })
	n := 0
	for i := range points {
		if n > 0 && points[n-1].ts == points[i].ts {
			points[n-1].merge(&points[i])
			continue
		}
		points[n] = points[i]
		n++
	}
	clear(points[n:])
	return points[:n]
}
