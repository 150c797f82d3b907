package metricstore

import (
	"encoding/binary"
	"math"
	"math/bits"

	"skywatch/internal/colenc"
)

// Columns of a chunk. Every column knows its length from outside (n values).
//
// Integer column:
//
//	byte     width w of a packed value in bits (0 to 57); bit 7: differences
//	varint   base: the smallest value; with differences: the first value
//	varint   (with differences only) the smallest difference
//	bits     n (or n-1) values of w bits less the base, least significant bit
//	         first, padded to a byte
//
// Number column:
//
//	byte     form: 0 to 3: integers divided by 10^form, as an integer column;
//	         4: floats
//	floats   each XORed with the one before: byte 0 when equal, else
//	         (significant bytes 1..8)<<4 | (zero bytes below them 0..7) and the
//	         significant bytes, little-endian
const (
	columnDiff   = 0x80
	maxWidth     = 57 // more than values of 2^54 and their differences need
	formFloat    = 4
	maxExactInt  = 1 << 53
	decimalForms = 4
)

var pow10 = [decimalForms]float64{1, 10, 100, 1000}

// appendInts appends an integer column; |v| <= 2^54.
func appendInts(b []byte, vals []int64) []byte {
	if len(vals) == 0 {
		return b
	}
	lo, hi := vals[0], vals[0]
	dlo, dhi := int64(math.MaxInt64), int64(math.MinInt64)
	for i, v := range vals {
		lo, hi = min(lo, v), max(hi, v)
		if i > 0 {
			d := v - vals[i-1]
			dlo, dhi = min(dlo, d), max(dhi, d)
		}
	}
	width := bits.Len64(uint64(hi - lo))
	if len(vals) > 1 {
		if dw := bits.Len64(uint64(dhi - dlo)); dw < width {
			b = append(b, byte(dw)|columnDiff)
			b = binary.AppendVarint(b, vals[0])
			b = binary.AppendVarint(b, dlo)
			return appendPacked(b, len(vals)-1, dw, func(i int) uint64 { return uint64(vals[i+1] - vals[i] - dlo) })
		}
	}
	b = append(b, byte(width))
	b = binary.AppendVarint(b, lo)
	return appendPacked(b, len(vals), width, func(i int) uint64 { return uint64(vals[i] - lo) })
}

// appendPacked packs n values. Pieces of 64 end at a byte, whatever the width.
func appendPacked(b []byte, n, width int, value func(int) uint64) []byte {
	var piece [64]uint64
	for at := 0; at < n; at += len(piece) {
		k := min(len(piece), n-at)
		for i := range k {
			piece[i] = value(at + i)
		}
		b = colenc.Pack(b, piece[:k], uint(width))
	}
	return b
}

// reader reads encoded bytes with sticky failure: after the first bad read
// everything reads as zero and bad is true.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

func (r *reader) uvarint() uint64 {
	if len(r.b) > 0 && r.b[0] < 0x80 {
		c := r.b[0]
		r.b = r.b[1:]
		return uint64(c)
	}
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// length reads a uvarint that counts things of at least one byte each, so it
// cannot be more than what is left.
func (r *reader) length() int {
	v := r.uvarint()
	if v > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(v)
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	s := r.b[:n:n]
	r.b = r.b[n:]
	return s
}

func (r *reader) float() float64 {
	b := r.bytes(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (r *reader) string() string { return string(r.bytes(r.length())) }

// ints reads an integer column into dst.
func (r *reader) ints(dst []int64) {
	if len(dst) == 0 {
		return
	}
	head := r.byte()
	width := int(head &^ columnDiff)
	if width > maxWidth {
		r.bad, r.b = true, nil
		return
	}
	base := r.varint()
	if head&columnDiff == 0 {
		r.unpack(dst, width, base)
		return
	}
	dlo := r.varint()
	dst[0] = base
	r.unpack(dst[1:], width, dlo)
	for i := 1; i < len(dst); i++ {
		dst[i] += dst[i-1]
	}
}

// unpack reads packed values and adds base to each.
func (r *reader) unpack(dst []int64, width int, base int64) {
	if src := r.bytes(colenc.PackedSize(len(dst), uint(width))); !r.bad {
		colenc.Unpack(dst, src, uint(width), base)
	}
}

// decimalForm returns the smallest exponent e such that every value is an
// integer divided by 10^e, exactly, or formFloat.
func decimalForm(vals []float64) int {
	e := 0
	for i := 0; i < len(vals); i++ {
		k := math.RoundToEven(vals[i] * pow10[e])
		if math.Abs(k) <= maxExactInt && k/pow10[e] == vals[i] {
			continue
		}
		if e++; e == decimalForms {
			return formFloat
		}
		i = -1 // all again with the finer unit
	}
	return e
}

// appendNumbers appends a number column. scratch is for len(vals) integers.
func appendNumbers(b []byte, vals []float64, scratch []int64) []byte {
	e := decimalForm(vals)
	b = append(b, byte(e))
	if e != formFloat {
		ints := scratch[:len(vals)]
		for i, v := range vals {
			ints[i] = int64(math.RoundToEven(v * pow10[e]))
		}
		return appendInts(b, ints)
	}
	prev := uint64(0)
	for _, v := range vals {
		u := math.Float64bits(v)
		x := u ^ prev
		prev = u
		if x == 0 {
			b = append(b, 0)
			continue
		}
		low := bits.TrailingZeros64(x) / 8
		n := 8 - bits.LeadingZeros64(x)/8 - low
		b = append(b, byte(n<<4|low))
		x >>= 8 * low
		for range n {
			b = append(b, byte(x))
			x >>= 8
		}
	}
	return b
}

// numbers reads a number column into dst.
func (r *reader) numbers(dst []float64, scratch []int64) {
	form := int(r.byte())
	switch {
	case form < decimalForms:
		ints := scratch[:len(dst)]
		r.ints(ints)
		if form == 0 {
			for i, k := range ints {
				dst[i] = float64(k)
			}
			return
		}
		unit := pow10[form]
		for i, k := range ints {
			dst[i] = float64(k) / unit
		}
	case form == formFloat:
		prev := uint64(0)
		for i := range dst {
			head := r.byte()
			if head != 0 {
				n, low := int(head>>4), int(head&15)
				if n > 8 || n == 0 || low+n > 8 {
					r.bad, r.b = true, nil
					return
				}
				x := uint64(0)
				for j, c := range r.bytes(n) {
					x |= uint64(c) << (8 * j)
				}
				prev ^= x << (8 * low)
			}
			dst[i] = math.Float64frombits(prev)
		}
	default:
		r.bad, r.b = true, nil
	}
}
