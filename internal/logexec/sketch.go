package logexec

import (
	"maps"
	"math"
	"slices"
)

// sketchError is the largest relative error of a percentile over many values.
const sketchError = 0.005

// sketch counts values in buckets whose borders grow by a constant factor, so
// that any value read back is within sketchError of the true one: bucket i
// holds the magnitudes in (gamma^(i-1), gamma^i]. Equal sets of values give
// equal sketches, in whatever order they come.
type sketch struct {
	positive, negative map[int32]int64
	zero, total        int64
}

const gamma = (1 + sketchError) / (1 - sketchError)

var logGamma = math.Log(gamma)

func newSketch() *sketch {
	return &sketch{positive: map[int32]int64{}, negative: map[int32]int64{}}
}

// add counts a finite value and answers whether it opened a bucket.
func (s *sketch) add(f float64) bool {
	s.total++
	m := s.positive
	switch {
	case f == 0:
		s.zero++
		return false
	case f < 0:
		m, f = s.negative, -f
	}
	i := int32(math.Ceil(math.Log(f) / logGamma))
	m[i]++
	return m[i] == 1
}

// rank reads the value at a rank from 1 to total.
func (s *sketch) rank(n int64) float64 {
	middle := func(i int32) float64 { return 2 * math.Pow(gamma, float64(i)) / (gamma + 1) }
	keys := slices.Sorted(maps.Keys(s.negative))
	slices.Reverse(keys)
	for _, k := range keys {
		if n -= s.negative[k]; n <= 0 {
			return -middle(k)
		}
	}
	if n -= s.zero; n <= 0 {
		return 0
	}
	for _, k := range slices.Sorted(maps.Keys(s.positive)) {
		if n -= s.positive[k]; n <= 0 {
			return middle(k)
		}
	}
	return 0
}

// merge adds the counts of another sketch.
func (s *sketch) merge(o *sketch) {
	for i, n := range o.positive {
		s.positive[i] += n
	}
	for i, n := range o.negative {
		s.negative[i] += n
	}
	s.zero += o.zero
	s.total += o.total
}
