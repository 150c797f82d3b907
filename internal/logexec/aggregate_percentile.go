package logexec

import "math"

// percentileAgg is pct, and median, which is pct(f, 50): nearest-rank percentiles
// of the numbers and texts that look like one, which it holds as they are while
// they are few, then counted in a sketch. Nothing without any. AWS: "Aggregation
// functions in the stats command", which does not say how it interpolates.
type percentileAgg struct {
	exact  []float64
	sketch *sketch
	placed []int32 // ranks that stand at their places in exact, ascending
	few    [2]float64
}

// room makes exact begin in the state itself: many groups have few numbers.
func (a *percentileAgg) room() {
	if a.exact == nil {
		a.exact = a.few[:0]
	}
	a.placed = nil
}

func (a *percentileAgg) add(c *aggCall, r *row) (grown int64) {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	return a.see(f)
}

// see adds a number and answers by how many bytes the state grew.
func (a *percentileAgg) see(f float64) (grown int64) {
	if a.sketch == nil && len(a.exact) < maxExact {
		a.room()
		before := a.grownTo(a.exact)
		a.exact = append(a.exact, f)
		return a.grownTo(a.exact) - before
	}
	if a.sketch == nil {
		grown = a.toSketch()
	}
	return grown + a.sketch.add(f)
}

// seeAll adds numbers.
func (a *percentileAgg) seeAll(nums []float64) (grown int64) {
	if a.sketch == nil && len(nums) > 0 {
		n := min(len(nums), maxExact-len(a.exact))
		a.room()
		before := a.grownTo(a.exact)
		a.exact = append(a.exact, nums[:n]...)
		grown = a.grownTo(a.exact) - before
		if nums = nums[n:]; len(nums) > 0 {
			grown += a.toSketch()
		}
	}
	for _, f := range nums {
		grown += a.sketch.add(f)
	}
	return grown
}

// seeSome adds the numbers at places.
func (a *percentileAgg) seeSome(nums []float64, at []uint32) (grown int64) {
	var run [256]float64
	for len(at) > 0 {
		n := min(len(at), len(run))
		for i, o := range at[:n] {
			run[i] = nums[o]
		}
		grown += a.seeAll(run[:n])
		at = at[n:]
	}
	return grown
}

// toSketch gives up the exact values.
func (a *percentileAgg) toSketch() (grown int64) {
	a.sketch = newSketch()
	for _, f := range a.exact {
		grown += a.sketch.add(f)
	}
	grown -= a.grownTo(a.exact)
	a.exact = nil
	return grown
}

// at is a percentile, nothing when there are no numbers.
func (a *percentileAgg) at(percent float64) value {
	n := int64(len(a.exact))
	if a.sketch != nil {
		n = a.sketch.total
	}
	if n == 0 {
		return value{}
	}
	rank := max(1, int64(math.Ceil(percent/100*float64(n))))
	if a.sketch != nil {
		return num(a.sketch.rank(rank))
	}
	return num(a.place(int(rank - 1)))
}

// place finds the number of a rank, from 0. Ranks asked for before bound where
// it can be.
func (a *percentileAgg) place(k int) float64 {
	lo, hi, i := 0, len(a.exact), 0
	for ; i < len(a.placed) && int(a.placed[i]) <= k; i++ {
		lo = int(a.placed[i])
	}
	if i < len(a.placed) {
		hi = int(a.placed[i])
	}
	f := selectRank(a.exact[lo:hi], k-lo)
	a.placed = append(a.placed, 0)
	copy(a.placed[i+1:], a.placed[i:])
	a.placed[i] = int32(k)
	return f
}

func (a *percentileAgg) merge(o aggregate) (grown int64) {
	b := o.(*percentileAgg)
	if b.sketch == nil {
		return a.seeAll(b.exact) - a.grownTo(b.exact)
	}
	if a.sketch == nil {
		grown = a.toSketch()
	}
	return grown + a.sketch.merge(b.sketch) - b.sketch.bytes()
}

// grownTo is by how much a state with such numbers has grown: the first ones
// are in the state itself.
func (a *percentileAgg) grownTo(exact []float64) int64 {
	return int64(max(0, cap(exact)-len(a.few))) * 8
}
