// Package exactsum adds floating-point numbers without rounding: numbers go in one
// at a time (Add, AddInt), sums of parts are joined (Merge), and only what comes
// out (Value) is rounded. So a sum does not depend on the order of its numbers, on
// how many goroutines added them, or on which executor did.
package exactsum

import (
	"math"
	"math/big"
	"math/bits"
)

// Sum is a sum of numbers; the zero value is 0. Numbers of usual size are kept in a
// fixed-point number of 128 bits, whose last bit is worth 2^-64; others go into a
// big one. It must not be copied once it has numbers, and belongs to one goroutine
// at a time.
type Sum struct {
	hi  uint64
	lo  uint64
	big *big.Int // in units of 2^-bigShift; nil when not needed
}

const (
	fixedShift = 64   // bits behind the point of the 128
	bigShift   = 1074 // bits behind the point of the smallest float
)

// Add adds a finite number.
func (s *Sum) Add(f float64) {
	b := math.Float64bits(f)
	exp := int(b>>52) & 0x7ff
	m := b & (1<<52 - 1)
	if exp == 0 {
		exp = 1
	} else {
		m |= 1 << 52
	}
	// f is m * 2^(exp-1075); in units of 2^-64 that is m << shift.
	shift := exp - 1075 + fixedShift
	if shift < 0 {
		if m == 0 {
			return
		}
		if tz := bits.TrailingZeros64(m); tz+shift >= 0 {
			m, shift = m>>-shift, 0
		} else {
			s.addBig(f)
			return
		}
	} else if shift > 124-53 {
		s.addBig(f)
		return
	}
	var hi, lo uint64
	if shift < 64 {
		lo = m << shift
		hi = m >> (64 - shift) // 0 for shift 0: Go shifts by 64 to 0
	} else {
		hi = m << (shift - 64)
	}
	if b>>63 != 0 {
		s.sub128(hi, lo)
	} else {
		s.add128(hi, lo)
	}
}

func (s *Sum) add128(hi, lo uint64) {
	l, c := bits.Add64(s.lo, lo, 0)
	h, _ := bits.Add64(s.hi, hi, c)
	if int64(h) < 0 && int64(s.hi) >= 0 && int64(hi) >= 0 {
		s.spill()
		l, h = lo, hi
	}
	s.lo, s.hi = l, h
}

func (s *Sum) sub128(hi, lo uint64) {
	l, c := bits.Sub64(s.lo, lo, 0)
	h, _ := bits.Sub64(s.hi, hi, c)
	if int64(h) >= 0 && int64(s.hi) < 0 && int64(hi) >= 0 {
		s.spill()
		l, c = bits.Sub64(0, lo, 0)
		h, _ = bits.Sub64(0, hi, c)
	}
	s.lo, s.hi = l, h
}

// AddInt adds a whole number, as it is.
func (s *Sum) AddInt(v int64) {
	if v < 0 {
		s.sub128(uint64(-v), 0) // also right for the smallest one
		return
	}
	s.add128(uint64(v), 0)
}

// spill moves the 128 bits into the big number.
func (s *Sum) spill() {
	if s.big == nil {
		s.big = new(big.Int)
	}
	s.big.Add(s.big, s.fixed())
	s.hi, s.lo = 0, 0
}

// fixed is the 128 bits in units of the big number.
func (s *Sum) fixed() *big.Int {
	v := big.NewInt(int64(s.hi))
	v.Lsh(v, 64)
	v.Add(v, new(big.Int).SetUint64(s.lo))
	return v.Lsh(v, bigShift-fixedShift)
}

func (s *Sum) addBig(f float64) {
	if s.big == nil {
		s.big = new(big.Int)
	}
	mant, exp := math.Frexp(f)
	v := big.NewInt(int64(math.Ldexp(mant, 53)))
	// The smallest floats have zeros at the end of their 53 bits.
	if shift := exp - 53 + bigShift; shift >= 0 {
		v.Lsh(v, uint(shift))
	} else {
		v.Rsh(v, uint(-shift))
	}
	s.big.Add(s.big, v)
}

// Merge adds t.
func (s *Sum) Merge(t *Sum) {
	if t.big != nil {
		if s.big == nil {
			s.big = new(big.Int)
		}
		s.big.Add(s.big, t.big)
	}
	if int64(t.hi) >= 0 {
		s.add128(t.hi, t.lo)
		return
	}
	lo, c := bits.Sub64(0, t.lo, 0)
	hi, _ := bits.Sub64(0, t.hi, c)
	if int64(hi) < 0 { // the smallest number has no opposite
		if s.big == nil {
			s.big = new(big.Int)
		}
		s.big.Add(s.big, t.fixed())
		return
	}
	s.sub128(hi, lo)
}

// Exact is the sum as a big.Float that holds it without rounding.
func (s *Sum) Exact() *big.Float {
	v := s.fixed()
	if s.big != nil {
		v.Add(v, s.big)
	}
	f := new(big.Float).SetPrec(uint(max(v.BitLen(), 64))).SetInt(v)
	return f.SetMantExp(f, -bigShift)
}

// Value is the sum, rounded to the nearest float.
func (s *Sum) Value() float64 {
	if s.big == nil && s.lo == 0 && int64(s.hi) < 1<<53 && int64(s.hi) > -1<<53 {
		return float64(int64(s.hi))
	}
	f, _ := s.Exact().Float64()
	return f
}
