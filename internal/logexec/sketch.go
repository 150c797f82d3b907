package logexec

import "math"

// sketchError is the largest relative error of a percentile over many values,
// but for those closer to 0 than 2^-1022.
const sketchError = 0.005

// sketch counts values in buckets that are cut from the bits of a float: its
// exponent and the first bits of its mantissa, so that each power of two is cut
// into equally wide buckets. A value read back is the middle of its bucket, at
// most 1/256 off. Equal sets of values give equal sketches, in whatever order
// and parts they come.
type sketch struct {
	positive, negative buckets
	zero, total        int64
}

const (
	bucketShift = 52 - 7 // what is left of a float's bits are 7 of the mantissa
	shelfLen    = 32     // buckets that are made together
	shelfBytes  = shelfLen * 8
)

// buckets are counts by bucket, in shelves of which those between the lowest
// and the highest used one have a place.
type buckets struct {
	first   int // the number of shelves[0]
	shelves []*[shelfLen]int64
}

func newSketch() *sketch { return new(sketch) }

// add counts a finite value and answers by how many bytes the sketch grew.
func (s *sketch) add(f float64) (grown int64) {
	s.total++
	b := math.Float64bits(f)
	of := &s.positive
	if b>>63 != 0 {
		of, b = &s.negative, b&^(1<<63)
	}
	if b == 0 {
		s.zero++
		return 0
	}
	i := int(b >> bucketShift)
	if k := i/shelfLen - of.first; k >= 0 && k < len(of.shelves) && of.shelves[k] != nil {
		of.shelves[k][i%shelfLen]++
		return 0
	}
	shelf, grown := of.shelf(i / shelfLen)
	shelf[i%shelfLen]++
	return grown
}

// shelf is the shelf of a number, made when it is not there.
func (b *buckets) shelf(n int) (shelf *[shelfLen]int64, grown int64) {
	switch {
	case len(b.shelves) == 0:
		b.first, b.shelves = n, make([]*[shelfLen]int64, 1)
		grown = 8
	case n < b.first:
		more := b.first - n
		b.shelves = append(make([]*[shelfLen]int64, more, more+len(b.shelves)), b.shelves...)
		b.first = n
		grown = int64(more) * 8
	case n-b.first >= len(b.shelves):
		more := n - b.first + 1 - len(b.shelves)
		b.shelves = append(b.shelves, make([]*[shelfLen]int64, more)...)
		grown = int64(more) * 8
	}
	at := &b.shelves[n-b.first]
	if *at == nil {
		*at = new([shelfLen]int64)
		grown += shelfBytes
	}
	return *at, grown
}

// bytes is what the buckets cost.
func (s *sketch) bytes() (n int64) {
	for _, b := range []*buckets{&s.positive, &s.negative} {
		for _, shelf := range b.shelves {
			if n += 8; shelf != nil {
				n += shelfBytes
			}
		}
	}
	return n
}

// rank reads the value at a rank from 1 to total.
func (s *sketch) rank(n int64) float64 {
	for k := len(s.negative.shelves) - 1; k >= 0; k-- {
		shelf := s.negative.shelves[k]
		for i := shelfLen - 1; shelf != nil && i >= 0; i-- {
			if n -= shelf[i]; n <= 0 {
				return -bucketMiddle((s.negative.first+k)*shelfLen + i)
			}
		}
	}
	if n -= s.zero; n <= 0 {
		return 0
	}
	for k, shelf := range s.positive.shelves {
		for i := 0; shelf != nil && i < shelfLen; i++ {
			if n -= shelf[i]; n <= 0 {
				return bucketMiddle((s.positive.first+k)*shelfLen + i)
			}
		}
	}
	return 0
}

// bucketMiddle is the float in the middle of bucket i.
func bucketMiddle(i int) float64 {
	return math.Float64frombits(uint64(i)<<bucketShift | 1<<(bucketShift-1))
}

// merge adds the counts of another sketch.
func (s *sketch) merge(o *sketch) (grown int64) {
	grown = s.positive.merge(&o.positive) + s.negative.merge(&o.negative)
	s.zero += o.zero
	s.total += o.total
	return grown
}

func (b *buckets) merge(o *buckets) (grown int64) {
	for k, from := range o.shelves {
		if from == nil {
			continue
		}
		to, more := b.shelf(o.first + k)
		grown += more
		for i, n := range from {
			to[i] += n
		}
	}
	return grown
}
