package logtype

import (
	"sort"
	"strings"

	"github.com/cespare/xxhash/v2"

	"skywatch/internal/colenc"
)

// dict finds the different values of a column. It gives up when there are so
// many that a dictionary cannot pay.
type dict struct {
	table []uint32
	first []uint32 // row of each different value, in the order they are met
	codes []int64
}

func (d *dict) build(values []string) bool {
	size := 64
	for size < 2*len(values) {
		size *= 2
	}
	if cap(d.table) < size {
		d.table = make([]uint32, size)
	}
	d.table = d.table[:size]
	clear(d.table)
	d.first, d.codes = d.first[:0], d.codes[:0]
	mask := uint64(size - 1)
	for i, s := range values {
		if i > 0 && s == values[i-1] {
			d.codes = append(d.codes, d.codes[i-1])
			continue
		}
		h := xxhash.Sum64String(s) & mask
		for d.table[h] != 0 && values[d.first[d.table[h]-1]] != s {
			h = (h + 1) & mask
		}
		if d.table[h] == 0 {
			if len(d.first) > 16+i/2+i/8 {
				return false
			}
			d.first = append(d.first, uint32(i))
			d.table[h] = uint32(len(d.first))
		}
		d.codes = append(d.codes, int64(d.table[h]-1))
	}
	return len(d.first) <= 4+len(values)/2
}

const (
	// sortedDict is up to how many values a dictionary is sorted. Larger ones
	// hold ids that repeat nearby: there the order of their first use makes
	// small differences between neighbours.
	sortedDict = 512
	// nestedMin is from how many values on text with structure is taken apart
	// rather than kept in a dictionary.
	nestedMin = 128
)

func (e *Encoder) dictColumn(values []string) bool {
	d := &e.pack.dict
	if !d.build(values) {
		return false
	}
	if len(d.first) > nestedMin && len(d.first) > len(values)/8 && e.structured(values) {
		return false
	}
	list := &e.pack.list
	list.Reset()
	if len(d.first) <= sortedDict {
		order := make([]int, len(d.first))
		for i := range order {
			order[i] = i
		}
		sort.Slice(order, func(i, j int) bool { return values[d.first[order[i]]] < values[d.first[order[j]]] })
		code := make([]int64, len(order))
		for i, k := range order {
			code[k] = int64(i)
			list.Append(values[d.first[k]])
		}
		for i, c := range d.codes {
			d.codes[i] = code[c]
		}
	} else {
		for _, r := range d.first {
			list.Append(values[r])
		}
	}
	p := &e.pack
	p.byte(byte(KindDict))
	p.uvarint(uint64(list.Len()))
	p.strings(list)
	p.ints(d.codes)
	return true
}

// structured says whether taking the values apart further is worth a try.
func (e *Encoder) structured(values []string) bool {
	if e.depth >= maxDepth {
		return false
	}
	step := max(1, len(values)/32)
	seen, good := 0, 0
	for i := 0; i < len(values); i += step {
		seen++
		parts := 0
		for k := 1; k < len(values[i]) && parts < 2; k++ {
			if class[values[i][k]]&(alpha|digit) == 0 && class[values[i][k-1]]&(alpha|digit) != 0 {
				parts++
			}
		}
		if parts >= 1 {
			good++
		}
	}
	return 2*good > seen
}

// maxDepth is how many blocks may lie in each other: a message, a string of its
// JSON, a path in that.
const maxDepth = 2

func (e *Encoder) nestedColumn(values []string, refs []int64) bool {
	if len(values) < 8 || !e.structured(values) {
		return false
	}
	if e.sub == nil {
		e.sub = &Encoder{level: e.level, depth: e.depth + 1, uuids: e.uuids}
		e.sub.pack.level = e.level
	}
	e.sub.Reset()
	blanks := 0
	for _, s := range values[:min(len(values), 16)] {
		if strings.IndexByte(s, ' ') >= 0 {
			blanks++
		}
	}
	e.sub.inPath = blanks < 8 || e.sub.depth == maxDepth
	for i, s := range values {
		e.sub.Add(s, refs[i])
	}
	b := e.sub.appendBlock(nil)
	p := &e.pack
	p.byte(byte(KindNested))
	if len(b) <= inlineStrings {
		p.inline(b)
	} else {
		p.part(b)
	}
	return true
}

// Patterns: ids of one length whose digits are hexadecimal and stand in the
// same places.
const (
	minPattern = 4
	maxPattern = 160
	// minIDs is how many digits have to vary in a text with structure: with
	// fewer it is made of small numbers rather than of an id.
	minIDs = 12
)

const (
	hexLower = 1 << iota
	hexUpper
	notHex
)

var hexKind = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
		case c >= 'a' && c <= 'f':
			t[c] = hexLower
		case c >= 'A' && c <= 'F':
			t[c] = hexUpper
		default:
			t[c] = notHex
		}
	}
	return t
}()

// hexPlaces says whether the places that vary hold digits of one case only.
func hexPlaces(differs, kinds []byte) bool {
	all := byte(0)
	for i, d := range differs {
		if d != 0 {
			all |= kinds[i]
		}
	}
	return all < hexLower|hexUpper
}

func (e *Encoder) patternColumn(values []string) bool {
	first := values[0]
	n := len(first)
	if n < minPattern || n > maxPattern {
		return false
	}
	// Per place: the bits in which values differ from the first, and the
	// kinds of all its bytes.
	var differs, kinds [maxPattern]byte
	for r, s := range values {
		if len(s) != n {
			return false
		}
		f, d, k := first[:n], differs[:n], kinds[:n]
		for i := range d {
			c := s[i]
			d[i] |= c ^ f[i]
			k[i] |= hexKind[c]
		}
		if r == 32 && !hexPlaces(d, k) {
			return false
		}
	}
	if !hexPlaces(differs[:n], kinds[:n]) {
		return false
	}
	var varies [maxPattern]bool
	var all byte
	count := 0
	for i := range n {
		if varies[i] = differs[i] != 0; varies[i] {
			count++
			all |= kinds[i]
		}
	}
	if count < minPattern || count < minIDs && e.structured(values) {
		return false
	}
	upper := all&hexUpper != 0
	p := &e.pack
	p.byte(byte(KindPattern))
	text, mask := []byte(first), make([]byte, (n+7)/8)
	for i := range n {
		if varies[i] {
			text[i] = '0'
			mask[i/8] |= 1 << (i % 8)
		}
	}
	p.string(string(text))
	p.string(string(mask))
	p.byte(map[bool]byte{true: 1}[upper])
	// Byte k of every value behind byte k-1 of every value: what ids share
	// (a time, a machine) stands in the same places.
	width := (count + 1) / 2
	raw := make([]byte, width*len(values))
	k := 0
	for i := range n {
		if !varies[i] {
			continue
		}
		plane, shift := raw[k/2*len(values):][:len(values)], uint(4*(1-k&1))
		for r, s := range values {
			plane[r] |= byte(hexValue[s[i]]) << shift
		}
		k++
	}
	p.scratch = colenc.AppendBytes(p.scratch[:0], raw, p.level)
	p.part(p.scratch)
	return true
}

func (e *Encoder) textColumn(values []string) {
	list := &e.pack.list
	list.Reset()
	for _, s := range values {
		list.Append(s)
	}
	e.pack.byte(byte(KindText))
	e.pack.uvarint(uint64(len(list.Bytes)))
	e.pack.strings(list)
}
