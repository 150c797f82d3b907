package metrics

import "math"

// A value's sketch bucket is ceil(log(v)/log(gamma)). math.Log would be most of
// the cost of filling a sketch, so log2 comes from a table of the mantissa's
// leading bits and a short series (see BenchmarkKeyOf); the error, below 1e-10,
// moves a value across a bucket's border only when it is that close to it.
const logTableBits = 7

var (
	logTable    [1 << logTableBits]float64 // log2 of the middle of each slot
	middleTable [1 << logTableBits]float64 // its inverse
	perLog2     = math.Ln2 / logGamma      // buckets per doubling
)

func init() {
	for i := range logTable {
		middle := 1 + (float64(i)+0.5)/(1<<logTableBits)
		logTable[i], middleTable[i] = math.Log2(middle), 1/middle
	}
}

// fastLog2 returns log2 of a positive normal number.
func fastLog2(v float64) float64 {
	bits := math.Float64bits(v)
	exponent := int(bits>>52) - 1023
	slot := bits >> (52 - logTableBits) & (1<<logTableBits - 1)
	mantissa := math.Float64frombits(bits&(1<<52-1) | 1023<<52)
	r := mantissa*middleTable[slot] - 1 // |r| <= 1/256
	return float64(exponent) + logTable[slot] + r*(1-r*(1./2-r*(1./3-r/4)))*math.Log2E
}

// keyOf returns the sketch bucket of a finite value.
func keyOf(v float64) int32 {
	m := math.Abs(v)
	if m < minMagnitude {
		return 0
	}
	i := int32(math.Ceil(fastLog2(min(m, maxMagnitude))*perLog2)) + keyOffset
	if v < 0 {
		return -i
	}
	return i
}
