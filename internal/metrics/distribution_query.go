package metrics

import "math"

// at returns the value of pair i: exact, or the bucket's representative kept
// within the samples' true bounds.
func (d *Distribution) at(i int) float64 {
	if d.keys == nil {
		return d.vals[i]
	}
	return min(max(valueOf(d.keys[i]), d.min), d.max)
}

// Quantile returns the percentile p (0 to 100) by nearest rank, within
// [SketchError] of the true sample once d is a sketch; p 0 is the minimum, p
// 100 the maximum, both exact. The empty distribution has no percentiles: NaN.
func (d *Distribution) Quantile(p float64) float64 {
	switch {
	case d.Empty() || math.IsNaN(p):
		return math.NaN()
	case p <= 0:
		return d.min
	case p >= 100:
		return d.max
	}
	// The tolerance keeps p 10 of ten samples the first one although 10/100*10
	// may come out a hair above 1.
	rank := p/100*d.total - d.total*1e-12
	cum := 0.0
	for i, c := range d.counts {
		if cum += c; cum >= rank {
			return d.at(i)
		}
	}
	return d.max
}

// InRange returns the count and the sum of the samples v with lo < v <= hi.
// Use infinities for an open side. Of a sketch, a bucket that holds a bound
// counts as if all its samples equalled the bound.
func (d *Distribution) InRange(lo, hi float64) (count, sum float64) {
	if d.Empty() {
		return 0, 0
	}
	inside := func(i int) bool { return d.vals[i] > lo && d.vals[i] <= hi }
	if d.keys != nil {
		loKey, hiKey := int32(math.MinInt32), int32(math.MaxInt32)
		switch {
		case lo >= d.max:
			return 0, 0
		case lo >= d.min:
			loKey = keyOf(lo)
		}
		switch {
		case hi < d.min:
			return 0, 0
		case hi < d.max:
			hiKey = keyOf(hi)
		}
		inside = func(i int) bool { return d.keys[i] > loKey && d.keys[i] <= hiKey }
	}
	for i, c := range d.counts {
		if inside(i) {
			count += c
			sum += c * d.at(i)
		}
	}
	return count, sum
}

// InPercentiles returns the count and the sum of the samples between the
// percentiles a and b (0 <= a <= b <= 100). A sample across a bound counts with
// the part of it that lies inside, so count is (b-a)/100 of all samples.
func (d *Distribution) InPercentiles(a, b float64) (count, sum float64) {
	if d.Empty() {
		return 0, 0
	}
	lo, hi := max(a, 0)/100*d.total, min(b, 100)/100*d.total
	cum := 0.0
	for i, c := range d.counts {
		part := min(cum+c, hi) - max(cum, lo)
		cum += c
		if part > 0 {
			count += part
			sum += part * d.at(i)
		}
		if cum >= hi {
			break
		}
	}
	return count, sum
}

// Each calls f with the pairs in ascending order of value; of a sketch, with
// the buckets' representatives.
func (d *Distribution) Each(f func(value, count float64)) {
	if d == nil {
		return
	}
	for i, c := range d.counts {
		f(d.at(i), c)
	}
}
