package logtype

import "skywatch/internal/colenc"

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
	p := &e.pack
	ids := grow(p.ids, len(values)) // all of them before any gets a number
	p.ids = ids
	for i, s := range values {
		u, ok := parseUUID(s)
		if !ok {
			return false
		}
		ids[i] = u
	}
	out := e.ints(len(values))
	for i := range ids {
		if i > 0 && ids[i] == ids[i-1] {
			out[i] = out[i-1]
			continue
		}
		out[i] = e.uuids.code(ids[i])
	}
	p.byte(byte(KindUUID))
	p.ints(out)
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
	width, texts, alike := uint8(0), 0, true
	var scale uint8
	for i, s := range values {
		n, ok := parseNumber(s)
		if i == 0 {
			scale = n.scale
		}
		alike = alike && ok && n.scale == scale && !n.zero
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
	if alike {
		forms = []Form{{Scale: scale}}
	}
	for i, s := range values {
		if alike {
			break
		}
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
