package metrics

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// The binary form of a distribution, which says its own length:
//
//	byte     kind: 0 empty, 1 exact, 2 sketch, 3 dense sketch
//	         (other values: later versions)
//	exact:
//	  byte     flags: low nibble value form, high nibble count form
//	  uvarint  n, pairs (1 to 128)
//	  values   form 0: n × float64, little-endian
//	           form 1+e (e 0 to 3): the values are integers k divided by 10^e:
//	           zigzag varint k[0], then n-1 uvarint differences (>= 1)
//	  counts   form 0: none, all 1; form 1: n × uvarint; form 2: n × float64
//	sketch:
//	  byte     count form, in the high nibble; low nibble 0
//	  float64  min, float64 max
//	  uvarint  n, buckets
//	  keys     zigzag varint key[0], then n-1 uvarint differences (>= 1)
//	  counts   as above
//
//	dense sketch (whole counts, written when it is the shorter one):
//	  float64  min, float64 max
//	  varint   first key
//	  uvarint  n, keys from the first to the last
//	  byte     width w of a count in bits (1 to 53)
//	  bits     n counts, 0 for keys that are not there, least significant bit
//	           first, padded to a byte
//
// There is no checksum: the container has one.
const (
	distEmpty  = 0
	distExact  = 1
	distSketch = 2
	distDense  = 3

	countsOne     = 0
	countsInteger = 1
	countsFloat   = 2

	maxInteger = 1 << 53 // integers up to here are exact as float64
)

var pow10 = [4]float64{1, 10, 100, 1000}

// Append appends the binary form of d to b.
func (d *Distribution) Append(b []byte) []byte {
	if d.Empty() {
		return append(b, distEmpty)
	}
	counts := countForm(d.counts)
	if d.keys != nil && counts != countsFloat {
		if width, ok := d.denseWidth(); ok {
			return d.appendDense(b, width)
		}
	}
	if d.keys != nil {
		b = append(b, distSketch, counts<<4)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(d.min))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(d.max))
		b = binary.AppendUvarint(b, uint64(len(d.keys)))
		for i, k := range d.keys {
			if i == 0 {
				b = binary.AppendVarint(b, int64(k))
			} else {
				b = binary.AppendUvarint(b, uint64(k-d.keys[i-1]))
			}
		}
		return appendCounts(b, counts, d.counts)
	}
	form := valueForm(d.vals)
	b = append(b, distExact, form|counts<<4)
	b = binary.AppendUvarint(b, uint64(len(d.vals)))
	prev := int64(0)
	for i, v := range d.vals {
		if form == 0 {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			continue
		}
		k := int64(math.Round(v * pow10[form-1]))
		if i == 0 {
			b = binary.AppendVarint(b, k)
		} else {
			b = binary.AppendUvarint(b, uint64(k-prev))
		}
		prev = k
	}
	return appendCounts(b, counts, d.counts)
}

// valueForm returns 1+e for the smallest e such that every value is exactly an
// integer divided by 10^e, or 0. values are ascending.
func valueForm(values []float64) byte {
	e := 0
	for _, v := range values {
		for ; ; e++ {
			if e == len(pow10) {
				return 0
			}
			k := math.Round(v * pow10[e])
			if math.Abs(k) <= maxInteger && k/pow10[e] == v {
				break
			}
		}
	}
	// An early value that fitted a smaller e must fit the final one too.
	for _, v := range values {
		k := math.Round(v * pow10[e])
		if math.Abs(k) > maxInteger || k/pow10[e] != v {
			return 0
		}
	}
	return byte(1 + e)
}

func countForm(counts []float64) byte {
	form := byte(countsOne)
	for _, c := range counts {
		if c == 1 {
			continue
		}
		if c != math.Trunc(c) || c > maxInteger {
			return countsFloat
		}
		form = countsInteger
	}
	return form
}

func appendCounts(b []byte, form byte, counts []float64) []byte {
	switch form {
	case countsInteger:
		for _, c := range counts {
			b = binary.AppendUvarint(b, uint64(c))
		}
	case countsFloat:
		for _, c := range counts {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c))
		}
	}
	return b
}

// distReader reads the binary form with sticky failure.
type distReader struct {
	b   []byte
	bad bool
}

func (r *distReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	c := r.b[0]
	r.b = r.b[1:]
	return c
}

// uvarint returns 0 when it fails.
func (r *distReader) uvarint() uint64 {
	v, b := uint64(0), r.b
	for i, c := range b[:min(len(b), binary.MaxVarintLen64)] {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			if i == binary.MaxVarintLen64-1 && c > 1 {
				break // more than 64 bits
			}
			r.b = b[i+1:]
			return v
		}
	}
	r.bad, r.b = true, nil
	return 0
}

func (r *distReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *distReader) float() float64 {
	if len(r.b) < 8 {
		r.bad = true
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return v
}

// Decode replaces d by the distribution at the front of b, reusing d's memory,
// and returns what follows it. The error is ErrCorrupt; d is then empty.
func (d *Distribution) Decode(b []byte) (rest []byte, err error) {
	d.Reset()
	r := distReader{b: b}
	switch kind := r.byte(); {
	case r.bad:
		return nil, fmt.Errorf("decode distribution: no bytes: %w", ErrCorrupt)
	case kind == distEmpty:
		return r.b, nil
	case kind == distExact:
		d.decodeExact(&r)
	case kind == distSketch:
		d.decodeSketch(&r)
	case kind == distDense:
		d.decodeDense(&r)
	default:
		return nil, fmt.Errorf("decode distribution: unknown kind %d: %w", kind, ErrCorrupt)
	}
	if r.bad {
		d.Reset()
		return nil, fmt.Errorf("decode distribution: malformed: %w", ErrCorrupt)
	}
	return r.b, nil
}

func (d *Distribution) decodeExact(r *distReader) {
	flags := r.byte()
	form := int(flags & 15)
	n := r.uvarint()
	if r.bad || form > len(pow10) || n == 0 || n > maxExact || n > uint64(len(r.b)) {
		r.bad = true
		return
	}
	k := int64(0)
	for i := range int(n) {
		var v float64
		switch {
		case form == 0:
			v = r.float()
		case i == 0:
			k = r.varint()
			v = float64(k) / pow10[form-1]
		default:
			step := r.uvarint()
			if step > 2*maxInteger {
				r.bad = true
				return
			}
			k += int64(step)
			v = float64(k) / pow10[form-1]
		}
		if r.bad || k > maxInteger || k < -maxInteger || math.IsNaN(v) || math.IsInf(v, 0) || i > 0 && v <= d.vals[i-1] {
			r.bad = true
			return
		}
		d.vals = append(d.vals, v)
	}
	d.min, d.max = d.vals[0], d.vals[n-1]
	d.decodeCounts(r, flags>>4, int(n))
}

func (d *Distribution) decodeSketch(r *distReader) {
	flags := r.byte()
	d.min, d.max = r.float(), r.float()
	n := r.uvarint()
	if r.bad || flags&15 != 0 || n == 0 || n > 2*keyMax+1 || n > uint64(len(r.b)) ||
		!(d.min <= d.max) || math.IsInf(d.min, 0) || math.IsInf(d.max, 0) {
		r.bad = true
		return
	}
	d.keys, d.spare = d.spare[:0], nil
	if uint64(cap(d.keys)) < n {
		d.keys = make([]int32, 0, n)
	}
	key := r.varint()
	if r.bad || key > keyMax || key < -keyMax {
		r.bad = true
		return
	}
	keys := append(d.keys, int32(key))
	for range n - 1 {
		step := r.uvarint()
		if step-1 >= 2*keyMax { // also 0, and what reading failed to give
			r.bad = true
			return
		}
		key += int64(step)
		keys = append(keys, int32(key))
	}
	d.keys = keys
	if key > keyMax { // keys ascend: the last is the largest
		r.bad = true
		return
	}
	d.decodeCounts(r, flags>>4, int(n))
}

func (d *Distribution) decodeCounts(r *distReader, form byte, n int) {
	if form > countsFloat {
		r.bad = true
		return
	}
	counts, total := slices.Grow(d.counts[:0], n), 0.0
	for range n {
		c := 1.0
		switch form {
		case countsInteger:
			c = float64(r.uvarint())
		case countsFloat:
			c = r.float()
		}
		if !(c > 0) || math.IsInf(c, 1) { // also what reading failed to give
			r.bad = true
			return
		}
		counts = append(counts, c)
		total += c
	}
	d.counts, d.total = counts, total
	if math.IsInf(d.total, 1) {
		r.bad = true
	}
}

// SkipDistribution returns what follows the distribution at the front of b,
// which it does not check beyond its length.
func SkipDistribution(b []byte) (rest []byte, err error) {
	r := distReader{b: b}
	kind := r.byte()
	switch kind {
	case distEmpty:
	case distDense:
		r.denseHead()
	case distExact, distSketch:
		flags := r.byte()
		if kind == distSketch {
			r.skip(16)
		}
		n := r.uvarint()
		if n > uint64(len(r.b)) {
			r.bad = true
			break
		}
		if kind == distExact && flags&15 == 0 {
			r.skip(8 * int(n))
		} else {
			r.skipVarints(int(n))
		}
		switch flags >> 4 {
		case countsInteger:
			r.skipVarints(int(n))
		case countsFloat:
			r.skip(8 * int(n))
		}
	default:
		r.bad = true
	}
	if r.bad {
		return nil, fmt.Errorf("skip distribution: malformed: %w", ErrCorrupt)
	}
	return r.b, nil
}

func (r *distReader) skip(n int) {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return
	}
	r.b = r.b[n:]
}

func (r *distReader) skipVarints(n int) {
	for i, c := range r.b {
		if n == 0 {
			r.b = r.b[i:]
			return
		}
		if c < 0x80 {
			n--
		}
	}
	r.bad, r.b = n > 0, nil
}
