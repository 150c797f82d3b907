package colenc

import (
	"encoding/binary"
	"math/bits"
)

// PackedSize is the number of bytes that n values of w bits take.
func PackedSize(n int, w uint) int { return (n*int(w) + 7) / 8 }

// Pack appends the low w bits of each value, whose other bits are 0, least significant bit first, and
// fills the last byte with zeros.
func Pack(dst []byte, values []uint64, w uint) []byte {
	if w == 0 {
		return dst
	}
	var word uint64
	var have uint
	for _, v := range values {
		word |= v << have
		if have += w; have >= 64 {
			dst = binary.LittleEndian.AppendUint64(dst, word)
			have -= 64
			word = 0
			if have > 0 {
				word = v >> (w - have)
			}
		}
	}
	for ; have > 0; have -= min(have, 8) {
		dst = append(dst, byte(word))
		word >>= 8
	}
	return dst
}

// Unpack reads len(dst) values of w bits and adds base to each. b holds at least
// [PackedSize] bytes.
func Unpack[T int64 | uint64](dst []T, b []byte, w uint, base T) {
	if w == 0 {
		for i := range dst {
			dst[i] = base
		}
		return
	}
	mask := ^uint64(0) >> (64 - w)
	// The fast loops load eight bytes at once, so they stop before the last ones.
	i, bit := 0, uint(0)
	if w <= 57 {
		fast := min((len(b)-8)*8/int(w), len(dst))
		if w <= (64-7)/4 { // four values in one load
			for ; i+4 <= fast; i += 4 {
				v := binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7)
				to := dst[i : i+4 : i+4]
				to[0] = T(v&mask) + base
				to[1] = T(v>>(w&63)&mask) + base
				to[2] = T(v>>(2*w&63)&mask) + base
				to[3] = T(v>>(3*w&63)&mask) + base
				bit += 4 * w
			}
		} else if w <= (64-7)/2 {
			for ; i+2 <= fast; i += 2 {
				v := binary.LittleEndian.Uint64(b[bit>>3:]) >> (bit & 7)
				to := dst[i : i+2 : i+2]
				to[0] = T(v&mask) + base
				to[1] = T(v>>(w&63)&mask) + base
				bit += 2 * w
			}
		}
		for ; i < fast; i++ {
			dst[i] = T(binary.LittleEndian.Uint64(b[bit>>3:])>>(bit&7)&mask) + base
			bit += w
		}
	}
	for ; i < len(dst); i++ {
		dst[i] = T(unpackOne(b, bit, w, mask)) + base
		bit += w
	}
}

// unpackOne reads the w bits that begin at bit.
func unpackOne(b []byte, bit, w uint, mask uint64) uint64 {
	b = b[bit>>3:]
	shift := bit & 7
	if len(b) >= 9 {
		v := binary.LittleEndian.Uint64(b) >> shift
		if shift+w > 64 {
			v |= uint64(b[8]) << (64 - shift)
		}
		return v & mask
	}
	var v uint64
	for k := range min(len(b), 8) {
		v |= uint64(b[k]) << (8 * k)
	}
	return v >> shift & mask // at most 8 bytes left, so no ninth is needed
}

func width(v uint64) uint { return uint(bits.Len64(v)) }

func zigzag(v int64) uint64   { return uint64(v<<1) ^ uint64(v>>63) }
func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// cursor reads varints and slices from untrusted bytes; after a failure every
// read answers zero and bad stays set.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.bad = true
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) uvarint() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return 0
	}
	c.b = c.b[n:]
	return v
}

func (c *cursor) varint() int64 { return unzigzag(c.uvarint()) }

// count reads a number that is at most limit.
func (c *cursor) count(limit int) int {
	v := c.uvarint()
	if v > uint64(max(limit, 0)) {
		c.bad, c.b = true, nil
		return 0
	}
	return int(v)
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.bad, c.b = true, nil
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

// framed reads a slice behind its length.
func (c *cursor) framed() []byte { return c.take(c.count(len(c.b))) }

func appendFramed(dst, b []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(b)))
	return append(dst, b...)
}
