package colenc

import (
	"encoding/binary"
	"math/bits"

	"github.com/cespare/xxhash/v2"
)

// Filter answers whether a set of hashes may hold one: "no" is certain, "yes"
// is wrong for about one in a hundred that are not in it (BitsPerKey bits per
// key; TestFilterFalsePositives measures it). It is a blocked Bloom filter: one
// key touches one block of 32 bytes.
//
// What is put in is decided by the caller: whole values ([HashValue]), words
// ([Tokens]) or three-letter sequences ([Trigrams]). For a needle the same
// functions give the hashes that must all be there.
type Filter []uint32 // blocks of 8 words

// BitsPerKey is the size a filter is given.
const BitsPerKey = 12

// filterBlocks bounds a filter to 16 MiB.
const filterBlocks = 1 << 19

// NewFilter returns an empty filter for about keys different hashes.
func NewFilter(keys int) Filter {
	blocks := (keys*BitsPerKey + 255) / 256
	return make(Filter, 8*min(max(blocks, 1), filterBlocks))
}

// odd are eight odd constants that spread a hash over the words of a block.
var odd = [8]uint32{0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1, 0xd3a2646d, 0xfd7046c5, 0xb55a4f09}

func (f Filter) block(h uint64) []uint32 {
	hi, _ := bits.Mul64(h, uint64(len(f)/8))
	return f[hi*8 : hi*8+8]
}

// Add puts a hash in.
func (f Filter) Add(h uint64) {
	b := f.block(h)
	for i, m := range odd {
		b[i] |= 1 << (uint32(h) * m >> 27)
	}
}

// Has says whether the hash may be in.
func (f Filter) Has(h uint64) bool {
	if len(f) == 0 {
		return true // no filter was kept: everything may be in
	}
	b := f.block(h)
	for i, m := range odd {
		if b[i]>>(uint32(h)*m>>27)&1 == 0 {
			return false
		}
	}
	return true
}

// HashValue is the hash of a whole value.
func HashValue[T string | []byte](v T) uint64 {
	switch v := any(v).(type) {
	case string:
		return xxhash.Sum64String(v)
	case []byte:
		return xxhash.Sum64(v)
	}
	panic("colenc: neither string nor bytes")
}

// TrigramHash is the hash of a sequence of three bytes.
func TrigramHash(a, b, c byte) uint64 {
	x := uint64(a) | uint64(b)<<8 | uint64(c)<<16
	x = (x + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>29) * 0x94d049bb133111eb
	return x ^ x>>32
}

// Tokens calls yield with the hash of each word of s: a longest run of ASCII
// letters, digits, underscores and bytes from 0x80 on.
func Tokens[T string | []byte](s T, yield func(h uint64)) {
	for i := 0; i < len(s); i++ {
		if !tokenByte[s[i]] {
			continue
		}
		from := i
		for i < len(s) && tokenByte[s[i]] {
			i++
		}
		yield(HashValue(s[from:i]))
	}
}

var tokenByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
	}
	return t
}()

// Trigrams calls yield with the hash of each three neighbouring bytes of s.
func Trigrams[T string | []byte](s T, yield func(h uint64)) {
	for i := 2; i < len(s); i++ {
		yield(TrigramHash(s[i-2], s[i-1], s[i]))
	}
}

// AppendFilter appends the filter: uvarint number of blocks, little-endian words.
func AppendFilter(dst []byte, f Filter) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(f)/8))
	for _, w := range f {
		dst = binary.LittleEndian.AppendUint32(dst, w)
	}
	return dst
}

// DecodeFilter reads a filter.
func DecodeFilter(b []byte) (Filter, error) {
	c := cursor{b: b}
	blocks := c.count(filterBlocks)
	if c.bad || len(c.b) != blocks*32 {
		return nil, corrupt("filter of %d blocks in %d bytes", blocks, len(c.b))
	}
	f := make(Filter, blocks*8)
	for i := range f {
		f[i] = binary.LittleEndian.Uint32(c.b[4*i:])
	}
	return f, nil
}
