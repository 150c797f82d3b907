package metrics

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// The keys of a sketch of real samples lie close together and most counts are
// small, so packing the counts of all keys from the first to the last takes
// half the space of listing keys, and adds up several times as fast.

// denseWidth returns the width of the counts, and whether the dense form is
// shorter than the other. Counts are whole numbers.
func (d *Distribution) denseWidth() (width int, ok bool) {
	largest, sparse := 0.0, 0
	for i, c := range d.counts {
		largest = max(largest, c)
		sparse += 2 // a byte each for key and count, more when either is large
		if c >= 128 {
			sparse += (bits.Len64(uint64(c)) - 1) / 7
		}
		if i > 0 && d.keys[i]-d.keys[i-1] >= 128 {
			sparse++
		}
	}
	width = bits.Len64(uint64(largest))
	n := int(d.keys[len(d.keys)-1]-d.keys[0]) + 1
	return width, width <= 53 && n*width/8 < sparse
}

func (d *Distribution) appendDense(b []byte, width int) []byte {
	first, last := d.keys[0], d.keys[len(d.keys)-1]
	b = append(b, distDense)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(d.min))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(d.max))
	b = binary.AppendVarint(b, int64(first))
	b = binary.AppendUvarint(b, uint64(last-first+1))
	b = append(b, byte(width))
	acc, n := uint64(0), 0
	put := func(v uint64) {
		acc |= v << n // width <= 53 and n < 8: nothing is lost
		for n += width; n >= 8; n -= 8 {
			b = append(b, byte(acc))
			acc >>= 8
		}
	}
	next := first
	for i, k := range d.keys {
		for ; next < k; next++ {
			put(0)
		}
		put(uint64(d.counts[i]))
		next++
	}
	if n > 0 {
		b = append(b, byte(acc))
	}
	return b
}

// denseHead is a dense sketch before its counts are unpacked.
type denseHead struct {
	min, max float64
	first    int32
	n, width int
	bits     []byte
}

// denseHead reads and checks everything but the counts.
func (r *distReader) denseHead() (h denseHead) {
	h.min, h.max = r.float(), r.float()
	first, n, width := r.varint(), r.uvarint(), r.byte()
	if r.bad || !(h.min <= h.max) || math.IsInf(h.min, 0) || math.IsInf(h.max, 0) ||
		first < -keyMax || first > keyMax || n == 0 || n > uint64(keyMax-first+1) || width < 1 || width > 53 {
		r.bad = true
		return h
	}
	h.first, h.n, h.width = int32(first), int(n), int(width)
	size := (h.n*h.width + 7) / 8
	if size > len(r.b) {
		r.bad = true
		return h
	}
	h.bits, r.b = r.b[:size], r.b[size:]
	return h
}

// bitReader unpacks counts.
type bitReader struct {
	b     []byte
	width int
	mask  uint64
}

func (u *bitReader) at(i int) uint64 {
	bit := i * u.width
	at := bit >> 3
	if at+8 <= len(u.b) {
		return binary.LittleEndian.Uint64(u.b[at:]) >> (bit & 7) & u.mask
	}
	return u.tail(at) >> (bit & 7) & u.mask
}

// tail reads the last bytes as if zeros followed.
func (u *bitReader) tail(at int) uint64 {
	var pad [8]byte
	copy(pad[:], u.b[at:])
	return binary.LittleEndian.Uint64(pad[:])
}

func (d *Distribution) decodeDense(r *distReader) {
	h := r.denseHead()
	if r.bad {
		return
	}
	d.min, d.max = h.min, h.max
	keys, counts := d.spare[:0], d.counts[:0]
	d.spare = nil
	u := bitReader{b: h.bits, width: h.width, mask: 1<<h.width - 1}
	for i := range h.n {
		if c := u.at(i); c != 0 {
			keys = append(keys, h.first+int32(i))
			counts = append(counts, float64(c))
			d.total += float64(c)
		}
	}
	if keys == nil {
		keys = []int32{}
	}
	d.keys, d.counts = keys, counts
	// Without its ends it would not be what Append writes.
	if len(keys) == 0 || keys[0] != h.first || keys[len(keys)-1] != h.first+int32(h.n)-1 {
		r.bad = true
	}
}
