package colenc

import (
	"encoding/binary"
	"math/bits"
)

// Bitmap is a set of rows, bit i%64 of word i/64. Bits from the number of rows
// on must be 0; every method keeps that as long as its arguments do.
type Bitmap []uint64

// NewBitmap returns the empty set over n rows.
func NewBitmap(n int) Bitmap { return make(Bitmap, (n+63)/64) }

// Set puts row i into the set.
func (b Bitmap) Set(i int) { b[i>>6] |= 1 << (i & 63) }

// Clear takes row i out of the set.
func (b Bitmap) Clear(i int) { b[i>>6] &^= 1 << (i & 63) }

// Has reports whether row i is in the set.
func (b Bitmap) Has(i int) bool { return b[i>>6]>>(i&63)&1 != 0 }

// SetRange sets the rows [from, to).
func (b Bitmap) SetRange(from, to int) {
	for from < to && from&63 != 0 {
		b.Set(from)
		from++
	}
	for ; from+64 <= to; from += 64 {
		b[from>>6] = ^uint64(0)
	}
	for ; from < to; from++ {
		b.Set(from)
	}
}

// And keeps what is also in c, which has the same rows.
func (b Bitmap) And(c Bitmap) {
	for i := range b {
		b[i] &= c[i]
	}
}

// Or adds what is in c, which has the same rows.
func (b Bitmap) Or(c Bitmap) {
	for i := range b {
		b[i] |= c[i]
	}
}

// AndNot takes out what is in c, which has the same rows.
func (b Bitmap) AndNot(c Bitmap) {
	for i := range b {
		b[i] &^= c[i]
	}
}

// Count is the number of rows in the set.
func (b Bitmap) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// AppendRows appends the rows of the set, ascending.
func (b Bitmap) AppendRows(dst []uint32) []uint32 {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint32(i<<6+bits.TrailingZeros64(w)))
		}
	}
	return dst
}

// A bitmap's bytes:
//
//	1 words  uvarint rows, little-endian words
//	2 runs   uvarint rows, then uvarint lengths of runs that are alternately out of
//	         the set (may be 0) and in it, up to the last row
const (
	bitmapWords = 1
	bitmapRuns  = 2
)

// AppendBitmap appends the set over n rows to dst.
func AppendBitmap(dst []byte, b Bitmap, n int) []byte {
	start := len(dst)
	plain := len(b) * 8
	out := append(dst, bitmapRuns)
	out = binary.AppendUvarint(out, uint64(n))
	head := len(out)
	for i, in := 0, false; i < n && len(out)-head < plain; in = !in {
		end := b.next(i, n, !in)
		out = binary.AppendUvarint(out, uint64(end-i))
		i = end
	}
	if len(out)-head < plain {
		return out
	}
	out[start] = bitmapWords
	out = out[:head]
	for _, w := range b {
		out = binary.LittleEndian.AppendUint64(out, w)
	}
	return out
}

// next is the first row from i on whose membership is in, n when there is none.
func (b Bitmap) next(i, n int, in bool) int {
	for i < n {
		w := b[i>>6]
		if !in {
			w = ^w
		}
		if w >>= i & 63; w != 0 {
			return min(i+bits.TrailingZeros64(w), n)
		}
		i = (i | 63) + 1
	}
	return n
}

// DecodeBitmap reads a set over n rows.
func DecodeBitmap(b []byte, n int) (Bitmap, error) {
	c := cursor{b: b}
	enc, rows := c.byte(), c.count(maxValues)
	if c.bad || rows != n {
		return nil, corrupt("bitmap of %d rows, want %d", rows, n)
	}
	out := NewBitmap(n)
	switch enc {
	case bitmapWords:
		if len(c.b) != len(out)*8 {
			return nil, corrupt("bitmap of %d bytes, want %d", len(c.b), len(out)*8)
		}
		for i := range out {
			out[i] = binary.LittleEndian.Uint64(c.b[8*i:])
		}
		if n&63 != 0 && out[len(out)-1]>>(n&63) != 0 {
			return nil, corrupt("bitmap has rows behind the last")
		}
		return out, nil
	case bitmapRuns:
		for i, in := 0, false; i < n; in = !in {
			l := c.count(n - i)
			if c.bad || l == 0 && i > 0 {
				return nil, corrupt("run in bitmap at row %d", i)
			}
			if in {
				out.SetRange(i, i+l)
			}
			i += l
		}
		if len(c.b) != 0 {
			return nil, corrupt("%d bytes behind a bitmap", len(c.b))
		}
		return out, nil
	}
	return nil, corrupt("bitmap encoding %d is unknown", enc)
}
