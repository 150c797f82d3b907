package logtype

import (
	"sort"
	"strings"

	"github.com/cespare/xxhash/v2"

	"skywatch/internal/colenc"
)

// column encodes the values of one variable over the rows of a template and
// appends the column to the header. The first value decides which types are
// tried; a type is taken only when every value is written exactly as it would
// write it.
func (e *Encoder) column(class byte, name string, values []string, moments, refs []int64, layout Layout) {
	p := &e.pack
	p.string(name)
	v := values[0]
	switch class {
	case holeTime:
		e.moments(layout, moments, refs)
		return
	case holeUUID:
		if e.uuidColumn(values) {
			return
		}
	case holeIPv4:
		if e.ipv4Column(values) {
			return
		}
	}
	if len(v) <= maxDigits+2 && e.numberColumn(values, refs) {
		return
	}
	switch {
	case len(v) == uuidLen && v[8] == '-':
		if e.uuidColumn(values) {
			return
		}
	case len(v) >= 8 && len(v) <= 30:
		if l, _, n := parseTime(v); n == len(v) && e.timeColumn(l, values, refs) {
			return
		}
		if _, n := parseIPv4(v); n == len(v) && e.ipv4Column(values) {
			return
		}
	}
	if e.dictColumn(values) || e.patternColumn(values) || e.nestedColumn(values, refs) {
		return
	}
	e.textColumn(values)
}

func (e *Encoder) ints(n int) []int64 {
	if cap(e.pack.nums) < n {
		e.pack.nums = make([]int64, n)
	}
	return e.pack.nums[:n]
}

// moments encodes values that count in units of a layout, as they are or as
// differences to the reference times.
func (e *Encoder) moments(l Layout, values, refs []int64) {
	rel := e.ints(len(values))
	for i, v := range values {
		rel[i] = v - l.fromMillis(refs[i])
		if l.TimeOfDay() { // the nearer way around midnight
			day := daySeconds * l.UnitsPerSecond()
			if rel[i] < -day/2 {
				rel[i] += day
			} else if rel[i] >= day/2 {
				rel[i] -= day
			}
		}
	}
	p := &e.pack
	p.byte(byte(KindTime))
	p.uvarint(uint64(l))
	p.relative(values, rel, 1)
}

// relative writes the smaller of two encodings of a column: flag 0 and the
// values themselves, or the flag and the differences to the reference times.
func (p *packer) relative(values, rel []int64, flag byte) {
	p.scratch = colenc.AppendInts(p.scratch[:0], values, p.level)
	plain := len(p.scratch)
	p.scratch = colenc.AppendInts(p.scratch, rel, p.level)
	if len(p.scratch)-plain < plain {
		p.byte(flag)
		p.part(p.scratch[plain:])
		return
	}
	p.byte(0)
	p.part(p.scratch[:plain])
}

func (e *Encoder) timeColumn(l Layout, values []string, refs []int64) bool {
	out := make([]int64, len(values))
	for i, s := range values {
		l2, v, n := parseTime(s)
		if l2 != l || n != len(s) {
			return false
		}
		out[i] = v
	}
	e.moments(l, out, refs)
	return true
}

func (e *Encoder) uuidColumn(values []string) bool {
	for _, s := range values { // before any of them gets a number
		if _, ok := parseUUID(s); !ok {
			return false
		}
	}
	out := e.ints(len(values))
	for i, s := range values {
		if i > 0 && s == values[i-1] {
			out[i] = out[i-1]
			continue
		}
		u, _ := parseUUID(s)
		out[i] = e.uuids.code(u)
	}
	e.pack.byte(byte(KindUUID))
	e.pack.ints(out)
	return true
}

func (e *Encoder) ipv4Column(values []string) bool {
	out := e.ints(len(values))
	for i, s := range values {
		v, n := parseIPv4(s)
		if n != len(s) || n == 0 {
			return false
		}
		out[i] = v
	}
	e.pack.byte(byte(KindIPv4))
	e.pack.ints(out)
	return true
}

const (
	maxForms    = 12
	maxFormText = 12 // bytes of a text among numbers
)

func (e *Encoder) numberColumn(values []string, refs []int64) bool {
	out := e.ints(len(values))
	// A width is what numbers with zeros in front are filled up to.
	width, texts := uint8(0), 0
	for i, s := range values {
		n, ok := parseNumber(s)
		switch {
		case ok && n.zero && width == 0:
			width = n.whole
		case !ok && len(s) > maxFormText:
			return false
		case !ok:
			if texts++; texts > 8+i/2 {
				return false
			}
		}
		out[i] = n.v
	}
	if texts > len(values)/2 {
		return false
	}
	var forms []Form
	codes := e.pack.codes[:0]
	last := -1
	for i, s := range values {
		n, ok := parseNumber(s)
		f := Form{Scale: n.scale}
		switch {
		case !ok:
			f = Form{IsText: true, Text: s}
			out[i] = 0
			if i > 0 {
				out[i] = out[i-1]
			}
		case n.zero:
			f.Width = n.whole
		case width > 0 && n.whole >= width:
			f.Width = width
		}
		if last < 0 || forms[last] != f {
			last = -1
			for k := range forms {
				if forms[k] == f {
					last = k
				}
			}
			if last < 0 {
				if len(forms) == maxForms {
					return false
				}
				last = len(forms)
				forms = append(forms, f)
			}
		}
		codes = append(codes, int64(last))
	}
	e.pack.codes = codes
	p := &e.pack
	p.byte(byte(KindNumber))
	p.uvarint(uint64(len(forms)))
	for _, f := range forms {
		if f.IsText {
			p.byte(1)
			p.string(f.Text)
		} else {
			p.byte(0)
			p.byte(f.Scale)
			p.byte(f.Width)
		}
	}
	unit := relativeUnit(out[0], refs[0])
	if len(forms) == 1 && unit != 0 {
		rel := make([]int64, len(out))
		for i, v := range out {
			rel[i] = v - floorDiv(refs[i], unit)
		}
		flag := byte(1)
		if unit == 1000 {
			flag = 2
		}
		p.relative(out, rel, flag)
	} else {
		p.byte(0)
		p.ints(out)
	}
	if len(forms) > 1 {
		p.ints(codes)
	}
	return true
}

// relativeUnit says whether v looks like a count of milliseconds (1) or
// seconds (1000) near ref, 0 when like neither.
func relativeUnit(v, ref int64) int64 {
	const near = 2 * dayMillis
	switch {
	case ref < near:
	case v-ref < near && ref-v < near:
		return 1
	case v-ref/1000 < near/1000 && ref/1000-v < near/1000:
		return 1000
	}
	return 0
}

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
)

func (e *Encoder) patternColumn(values []string) bool {
	first := values[0]
	n := len(first)
	if n < minPattern || n > maxPattern {
		return false
	}
	var varies [maxPattern]bool
	var lower, upper bool
	for _, s := range values {
		if len(s) != n {
			return false
		}
		for i := 0; i < n; i++ {
			if s[i] != first[i] && !varies[i] {
				varies[i] = true
			}
		}
	}
	count := 0
	for i := range n {
		if varies[i] {
			count++
		}
	}
	if count < minPattern {
		return false
	}
	for _, s := range values {
		for i := 0; i < n; i++ {
			if !varies[i] {
				continue
			}
			c := s[i]
			switch {
			case c >= '0' && c <= '9':
			case c >= 'a' && c <= 'f':
				lower = true
			case c >= 'A' && c <= 'F':
				upper = true
			default:
				return false
			}
		}
		if lower && upper {
			return false
		}
	}
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
	for r, s := range values {
		k := 0
		for i := 0; i < n; i++ {
			if !varies[i] {
				continue
			}
			h := byte(hexValue[s[i]])
			if k&1 == 0 {
				h <<= 4
			}
			raw[k/2*len(values)+r] |= h
			k++
		}
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
