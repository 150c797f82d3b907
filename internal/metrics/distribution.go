package metrics

import (
	"math"
	"slices"
)

// maxExact is how many distinct values a Distribution keeps exactly before it
// becomes a sketch. 128 holds most one-minute points of a function whole (a
// datum carries at most 150 values) and costs at most 2 KiB.
const maxExact = 128

// SketchError is the largest relative error of a value read back from a
// Distribution that has become a sketch.
const SketchError = 0.01

// The sketch puts a positive value v into the bucket i with
// gamma^(i-1) < v <= gamma^i and reads it back as 2*gamma^i/(gamma+1), which is
// at most SketchError away from every value of the bucket (the DDSketch
// mapping). A bucket's key is i+keyOffset for positive values, 0 for zero and
// -(i+keyOffset) for negative ones, so that keys order as values do.
// Magnitudes below minMagnitude count as zero; the largest valid sample is
// 2^360, so keys stay within ±keyMax and a sketch within some 50,000 buckets,
// a few hundred in practice.
const (
	gamma        = (1 + SketchError) / (1 - SketchError)
	keyOffset    = 13_000
	minMagnitude = 0x1p-360
	maxMagnitude = 0x1p+361
	keyMax       = 2 * keyOffset
)

var logGamma = math.Log(gamma)

// Distribution is a mergeable summary of raw samples that answers percentile
// and range questions: exact value and count pairs while there are at most 128
// distinct values, a sketch with a relative error of at most [SketchError] when
// there are more. Whether it is exact depends only on the set of distinct
// values, never on the order of adding and merging.
//
// The zero Distribution is the empty one. A nil *Distribution may be read (it
// is empty) but not written. It is not safe for concurrent writing.
//
// All questions share one model: the samples, sorted, lie side by side on a
// line of length N (the sum of their counts), each as wide as its count. The
// percentile p is the value found at p/100*N, that is the nearest-rank
// percentile: the smallest sample such that at least p percent of all samples
// are not above it. CloudWatch does not publish its method; nearest rank
// always answers a value that was really there, works for fractional counts,
// and agrees with ranges by percent, which cut that same line.
type Distribution struct {
	vals     []float64 // exact: ascending distinct values; nil once a sketch
	keys     []int32   // sketch: ascending bucket keys; nil while exact
	counts   []float64 // of vals or keys, all > 0
	total    float64   // sum of counts
	min, max float64   // of all samples, exact; meaningless while empty
	spare    []int32   // memory for keys, see Reset
}

// NewDistribution returns the distribution of the given samples. counts may be
// nil (each value once) or as long as values.
func NewDistribution(values, counts []float64) *Distribution {
	d := new(Distribution)
	d.AddAll(values, counts)
	return d
}

// DistributionOf returns the distribution that the datum's samples form: of
// its Values when it has any, of Count copies when the statistic set says that
// all samples are equal (Min == Max), nil when none can be known.
func DistributionOf(d *Datum) *Distribution {
	if len(d.Values) > 0 {
		return NewDistribution(d.Values, d.Counts)
	}
	return d.Stats.Distribution()
}

// Distribution returns the distribution that follows from the statistic set
// alone: Count copies of the value when Min == Max, otherwise nil. The empty
// set has the empty distribution.
func (s StatisticSet) Distribution() *Distribution {
	if s == (StatisticSet{}) {
		return new(Distribution)
	}
	if s.Min != s.Max {
		return nil
	}
	return NewDistribution([]float64{s.Min}, []float64{s.Count})
}

// Empty reports whether d holds no sample.
func (d *Distribution) Empty() bool { return d == nil || d.total == 0 }

// Exact reports whether d still knows every value exactly.
func (d *Distribution) Exact() bool { return d == nil || d.keys == nil }

// Count is the number of samples (the sum of their counts).
func (d *Distribution) Count() float64 {
	if d == nil {
		return 0
	}
	return d.total
}

// Size estimates the memory d holds, in bytes.
func (d *Distribution) Size() int {
	if d == nil {
		return 0
	}
	return 128 + 8*cap(d.vals) + 4*cap(d.keys) + 8*cap(d.counts)
}

// Clone returns an independent copy.
func (d *Distribution) Clone() *Distribution {
	if d == nil {
		return nil
	}
	c := &Distribution{total: d.total, min: d.min, max: d.max}
	c.vals, c.keys, c.counts = slices.Clone(d.vals), slices.Clone(d.keys), slices.Clone(d.counts)
	return c
}

// Reset empties d and keeps its memory for reuse.
func (d *Distribution) Reset() {
	spare := d.spare
	if d.keys != nil {
		spare = d.keys
	}
	*d = Distribution{vals: d.vals[:0], counts: d.counts[:0], spare: spare[:0]}
}

// Add adds count samples of the given value. Values that are not finite and
// counts that are not positive and finite are ignored: validation refuses them
// before they get here.
func (d *Distribution) Add(value, count float64) {
	if !(count > 0) || math.IsInf(count, 1) || math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	value += 0 // -0 becomes 0
	d.include(value, value, count)
	if d.keys != nil {
		d.addKey(keyOf(value), count)
		return
	}
	n := len(d.vals)
	i := n
	if n > 0 && d.vals[n-1] >= value {
		i, _ = slices.BinarySearch(d.vals, value)
		if d.vals[i] == value {
			d.counts[i] += count
			return
		}
	}
	if n == maxExact {
		d.toSketch()
		d.addKey(keyOf(value), count)
		return
	}
	d.vals = slices.Insert(d.vals, i, value)
	d.counts = slices.Insert(d.counts, i, count)
}

// AddAll adds many samples; counts may be nil (each value once) or as long as
// values.
func (d *Distribution) AddAll(values, counts []float64) {
	if d.total == 0 && cap(d.vals) < len(values) && ascending(values, counts) {
		d.take(values, counts)
		return
	}
	for i, v := range values {
		c := 1.0
		if counts != nil {
			c = counts[i]
		}
		d.Add(v, c)
	}
}

// ascending reports whether values are few, distinct and sorted, and with their
// counts valid: as whoever has counted samples gives them.
func ascending(values, counts []float64) bool {
	n := len(values)
	if n == 0 || n > maxExact || math.IsInf(values[0], 0) || math.IsInf(values[n-1], 0) || values[0] != values[0] {
		return false
	}
	for i := 1; i < n; i++ {
		if !(values[i-1] < values[i]) {
			return false
		}
	}
	for _, c := range counts {
		if !(c > 0) || math.IsInf(c, 1) {
			return false
		}
	}
	return true
}

// take makes ascending values the samples of an empty distribution.
func (d *Distribution) take(values, counts []float64) {
	n := len(values)
	both := make([]float64, 2*n)
	d.vals, d.counts = both[:n:n], both[n:]
	for i, v := range values {
		d.vals[i] = v + 0 // -0 becomes 0
		d.counts[i] = 1
	}
	if counts != nil {
		copy(d.counts, counts)
	}
	d.min, d.max = d.vals[0], d.vals[n-1]
	for _, c := range d.counts {
		d.total += c
	}
}

// include widens min and max and the total.
func (d *Distribution) include(lo, hi, count float64) {
	if d.total == 0 {
		d.min, d.max = lo, hi
	} else {
		d.min, d.max = min(d.min, lo), max(d.max, hi)
	}
	d.total += count
}

// addKey adds to a bucket of the sketch.
func (d *Distribution) addKey(key int32, count float64) {
	i, found := slices.BinarySearch(d.keys, key)
	if found {
		d.counts[i] += count
		return
	}
	d.keys = slices.Insert(d.keys, i, key)
	d.counts = slices.Insert(d.counts, i, count)
}

// toSketch turns the exact pairs into buckets.
func (d *Distribution) toSketch() {
	keys := make([]int32, 0, len(d.vals)+32)
	n := 0
	for i, v := range d.vals {
		k := keyOf(v)
		if n > 0 && keys[n-1] == k {
			d.counts[n-1] += d.counts[i]
			continue
		}
		keys = append(keys, k)
		d.counts[n] = d.counts[i]
		n++
	}
	d.keys, d.counts, d.vals = keys, d.counts[:n], nil
}

// Merge adds every sample of o, which it does not change or keep.
func (d *Distribution) Merge(o *Distribution) {
	if o.Empty() {
		return
	}
	if d == o {
		o = o.Clone()
	}
	if d.keys == nil && o.keys == nil {
		d.mergeExact(o)
		return
	}
	if d.keys == nil {
		if d.total == 0 {
			d.keys = append(d.spare[:0], o.keys...)
			d.counts = append(d.counts[:0], o.counts...)
			d.total, d.min, d.max, d.vals, d.spare = o.total, o.min, o.max, nil, nil
			return
		}
		d.toSketch()
	}
	d.include(o.min, o.max, o.total)
	if o.keys != nil {
		d.keys, d.counts = mergeSorted(d.keys, d.counts, o.keys, o.counts)
		return
	}
	var buf [maxExact]int32
	keys, counts := buf[:0], make([]float64, 0, len(o.vals))
	for i, v := range o.vals {
		k := keyOf(v)
		if n := len(keys); n > 0 && keys[n-1] == k {
			counts[n-1] += o.counts[i]
			continue
		}
		keys, counts = append(keys, k), append(counts, o.counts[i])
	}
	d.keys, d.counts = mergeSorted(d.keys, d.counts, keys, counts)
}

func (d *Distribution) mergeExact(o *Distribution) {
	d.include(o.min, o.max, o.total)
	if len(o.vals) == 1 { // the frequent case: a one-sample point
		v, c := o.vals[0], o.counts[0]
		d.total -= c
		d.Add(v, c)
		return
	}
	d.vals, d.counts = mergeSorted(d.vals, d.counts, o.vals, o.counts)
	if len(d.vals) > maxExact {
		d.toSketch()
	}
}

// mergeSorted merges the ascending pairs (bk, bc) into (ak, ac) from the back,
// in place where the capacity suffices.
func mergeSorted[K int32 | float64](ak []K, ac []float64, bk []K, bc []float64) ([]K, []float64) {
	// Count the keys that only b has.
	fresh := 0
	for i, j := 0, 0; j < len(bk); {
		switch {
		case i == len(ak):
			fresh += len(bk) - j
			j = len(bk)
		case ak[i] < bk[j]:
			i++
		case ak[i] == bk[j]:
			i, j = i+1, j+1
		default:
			fresh, j = fresh+1, j+1
		}
	}
	i, j := len(ak)-1, len(bk)-1
	ak = slices.Grow(ak, fresh)[:len(ak)+fresh]
	ac = slices.Grow(ac, fresh)[:len(ac)+fresh]
	for w := len(ak) - 1; j >= 0; w-- {
		switch {
		case i < 0 || ak[i] < bk[j]:
			ak[w], ac[w] = bk[j], bc[j]
			j--
		case ak[i] == bk[j]:
			ak[w], ac[w] = ak[i], ac[i]+bc[j]
			i, j = i-1, j-1
		default:
			ak[w], ac[w] = ak[i], ac[i]
			i--
		}
	}
	return ak, ac
}

// valueOf returns the value a sketch bucket stands for.
func valueOf(key int32) float64 {
	switch {
	case key > 0:
		return math.Exp(float64(key-keyOffset)*logGamma) * (2 / (gamma + 1))
	case key < 0:
		return -valueOf(-key)
	}
	return 0
}
