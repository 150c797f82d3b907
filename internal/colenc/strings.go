package colenc

import (
	"encoding/binary"
	"math"
)

// Strings is a list of byte strings that lie behind each other in one buffer.
// The zero value is the empty list.
type Strings struct {
	Bytes []byte
	Ends  []uint32 // Ends[i] is where string i ends and string i+1 begins
}

// Len is the number of strings.
func (s *Strings) Len() int { return len(s.Ends) }

// At is string i, a part of Bytes.
func (s *Strings) At(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = s.Ends[i-1]
	}
	return s.Bytes[from:s.Ends[i]:s.Ends[i]]
}

// Append adds a string. The list holds at most 4 GiB.
func (s *Strings) Append(v string) {
	s.Bytes = append(s.Bytes, v...)
	if uint64(len(s.Bytes)) > math.MaxUint32 {
		panic("colenc: strings of more than 4 GiB in one column")
	}
	s.Ends = append(s.Ends, uint32(len(s.Bytes)))
}

// Reset empties the list and keeps its memory.
func (s *Strings) Reset() { s.Bytes, s.Ends = s.Bytes[:0], s.Ends[:0] }

// A string column's bytes:
//
//	1 plain   uvarint number; framed integer column: lengths; all bytes, compressed
//	          as AppendBytes does
//	2 prefix  uvarint number; framed integer column: how many bytes each shares with
//	          the string before it; framed integer column: how many follow; these
//	          bytes, compressed as AppendBytes does. For sorted dictionaries.
const (
	stringsPlain  = 1
	stringsPrefix = 2
)

// AppendStrings appends a column of strings to dst.
func AppendStrings(dst []byte, s *Strings, level Level) []byte {
	n := s.Len()
	ints := make([]int64, n)
	if shared := sharedPrefixes(ints, s); n >= 4 && shared > len(s.Bytes)/4 {
		dst = append(dst, stringsPrefix)
		dst = binary.AppendUvarint(dst, uint64(n))
		dst = appendFramed(dst, AppendInts(nil, ints, level))
		rest := make([]byte, 0, len(s.Bytes)-shared)
		for i := range ints {
			v := s.At(i)[ints[i]:]
			rest = append(rest, v...)
			ints[i] = int64(len(v))
		}
		dst = appendFramed(dst, AppendInts(nil, ints, level))
		return AppendBytes(dst, rest, level)
	}
	dst = append(dst, stringsPlain)
	dst = binary.AppendUvarint(dst, uint64(n))
	prev := uint32(0)
	for i, end := range s.Ends {
		ints[i] = int64(end - prev)
		prev = end
	}
	dst = appendFramed(dst, AppendInts(nil, ints, level))
	return AppendBytes(dst, s.Bytes, level)
}

// sharedPrefixes fills in how many bytes each string shares with the one
// before, and their sum when the list is sorted (0 otherwise: there zstd finds
// more than prefixes).
func sharedPrefixes(out []int64, s *Strings) (sum int) {
	var prev []byte
	for i := range out {
		v := s.At(i)
		k := 0
		for k < len(v) && k < len(prev) && v[k] == prev[k] {
			k++
		}
		if k < len(prev) && (k == len(v) || v[k] < prev[k]) {
			return 0
		}
		out[i] = int64(k)
		sum += k
		prev = v
	}
	return sum
}

// DecodeStrings reads a column of n strings of at most limit bytes together.
// The result may share memory with b; dst's buffers are reused where they are
// large enough.
func DecodeStrings(dst *Strings, b []byte, n, limit int) error {
	limit = min(limit, math.MaxUint32)
	c := cursor{b: b}
	enc, count := c.byte(), c.count(maxValues)
	if c.bad || count != n {
		return corrupt("string column of %d strings, want %d", count, n)
	}
	var shared []int64
	var err error
	switch enc {
	case stringsPlain:
	case stringsPrefix:
		if shared, err = DecodeInts(nil, c.framed(), n); err != nil {
			return err
		}
	default:
		return corrupt("string encoding %d is unknown", enc)
	}
	lens, err := DecodeInts(nil, c.framed(), n)
	if err != nil {
		return err
	}
	if c.bad {
		return corrupt("string column is cut")
	}
	total, prev := int64(0), int64(0)
	for i, l := range lens {
		if shared != nil {
			if l < 0 || shared[i] < 0 || shared[i] > prev {
				return corrupt("string %d of %d shares %d bytes of %d", i, n, shared[i], prev)
			}
			prev = shared[i] + l
			total += shared[i]
		}
		if l < 0 || l > int64(limit) || total > int64(limit) {
			return corrupt("string %d of %d has %d bytes", i, n, l)
		}
		if total += l; total > int64(limit) {
			return corrupt("strings of more than %d bytes", limit)
		}
	}
	raw, err := DecodeBytes(nil, c.b, limit)
	if err != nil {
		return err
	}
	dst.Ends = grow(dst.Ends, n)
	if shared == nil {
		if int64(len(raw)) != total {
			return corrupt("strings of %d bytes, want %d", len(raw), total)
		}
		end := uint32(0)
		for i, l := range lens {
			end += uint32(l)
			dst.Ends[i] = end
		}
		dst.Bytes = raw
		return nil
	}
	// dst.Bytes may share memory with the input of an earlier call.
	buf := make([]byte, 0, total)
	start := 0
	for i, l := range lens {
		if l > int64(len(raw)) {
			return corrupt("string %d of %d is cut", i, n)
		}
		at := len(buf)
		buf = append(buf, buf[start:start+int(shared[i])]...)
		buf = append(buf, raw[:l]...)
		raw = raw[l:]
		start = at
		dst.Ends[i] = uint32(len(buf))
	}
	if len(raw) != 0 {
		return corrupt("%d bytes behind the last string", len(raw))
	}
	dst.Bytes = buf
	return nil
}

// A fixed-width column's bytes: uvarint width, then all values, compressed as
// AppendBytes does.

// AppendFixed appends values of width bytes each, which lie behind each other
// in data.
func AppendFixed(dst, data []byte, width int, level Level) []byte {
	if width <= 0 || len(data)%width != 0 {
		panic("colenc: fixed-width column of a broken value")
	}
	dst = binary.AppendUvarint(dst, uint64(width))
	return AppendBytes(dst, data, level)
}

// DecodeFixed reads n values of width bytes. The result may share memory with b.
func DecodeFixed(scratch, b []byte, n, width int) ([]byte, error) {
	c := cursor{b: b}
	if w := c.uvarint(); c.bad || w != uint64(width) {
		return nil, corrupt("column of width %d, want %d", w, width)
	}
	raw, err := DecodeBytes(scratch, c.b, n*width)
	if err == nil && len(raw) != n*width {
		err = corrupt("%d bytes of width %d, want %d values", len(raw), width, n)
	}
	return raw, err
}
