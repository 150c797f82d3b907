package logtype

import (
	"encoding/binary"

	"skywatch/internal/colenc"
)

// version is the first byte of a block. 1: first.
const version = 1

// Sizes up to which a part stands in the header: there it is compressed
// together with everything else that is small, and read with it.
const (
	inlineInts    = 96
	inlineStrings = 2048
)

// packer writes a block: a header and the large parts behind it.
type packer struct {
	level  colenc.Level
	header []byte
	body   []byte

	scratch []byte
	nums    []int64
	codes   []int64
	values  []string
	refs    []int64
	moments []int64
	ids     []UUID
	dict    dict
	list    colenc.Strings
}

// grow returns dst with length n, reallocated when it is too small.
func grow[T any](dst []T, n int) []T {
	if cap(dst) < n {
		return make([]T, n, n+n/4)
	}
	return dst[:n]
}

func (p *packer) byte(b byte)      { p.header = append(p.header, b) }
func (p *packer) uvarint(v uint64) { p.header = binary.AppendUvarint(p.header, v) }
func (p *packer) string(s string) {
	p.uvarint(uint64(len(s)))
	p.header = append(p.header, s...)
}

// part writes encoded bytes: uvarint length*2+1 and the bytes, or length*2 and
// the bytes in the body.
func (p *packer) part(b []byte) {
	if len(b) <= inlineInts {
		p.inline(b)
		return
	}
	p.uvarint(uint64(len(b)) << 1)
	p.body = append(p.body, b...)
}

func (p *packer) inline(b []byte) {
	p.uvarint(uint64(len(b))<<1 | 1)
	p.header = append(p.header, b...)
}

func (p *packer) ints(values []int64) {
	p.scratch = colenc.AppendInts(p.scratch[:0], values, p.level)
	p.part(p.scratch)
}

func (p *packer) strings(s *colenc.Strings) {
	if len(s.Bytes) <= inlineStrings {
		p.scratch = colenc.AppendStrings(p.scratch[:0], s, colenc.Plain)
		p.inline(p.scratch)
		return
	}
	p.scratch = colenc.AppendStrings(p.scratch[:0], s, p.level)
	p.part(p.scratch)
}

// AppendBlock appends the block of all messages since the last Reset, which
// has to follow before more are added.
func (e *Encoder) AppendBlock(dst []byte) []byte { return append(dst, e.appendBlock(nil)...) }

func (e *Encoder) appendBlock(dst []byte) []byte {
	p := &e.pack
	p.header, p.body = p.header[:0], p.body[:0]
	// Which template has which leaves; the raw one is the last.
	all := e.groups()
	var groups []*group
	raw := &group{leaves: []uint32{0}, rows: e.leaves[0].rows}
	for _, g := range all {
		if g.worth() {
			groups = append(groups, g)
		} else {
			raw.leaves = append(raw.leaves, g.leaves...)
			raw.rows += g.rows
		}
	}
	if raw.rows > 0 {
		groups = append(groups, raw)
	}
	of := make([]int64, len(e.leaves))
	starts := make([]int, len(groups)+1)
	for t, g := range groups {
		for _, l := range g.leaves {
			of[l] = int64(t)
		}
		starts[t+1] = starts[t] + g.rows
	}
	rows := make([]uint32, len(e.rows))
	ids := make([]int64, len(e.rows))
	at := append([]int(nil), starts...)
	for i := range e.rows {
		t := of[e.rows[i].leaf]
		ids[i] = t
		rows[at[t]] = uint32(i)
		at[t]++
	}
	p.ints(ids)
	p.uvarint(uint64(len(groups)))
	for t, g := range groups {
		e.template(g, rows[starts[t]:starts[t+1]], g == raw)
	}
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, uint64(len(e.rows)))
	dst = binary.AppendUvarint(dst, uint64(e.bytes))
	if e.depth == 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.uuids.list)))
	}
	dst = binary.AppendUvarint(dst, uint64(len(p.header)))
	level := e.level
	if e.depth > 0 && len(p.header)+len(p.body) <= inlineStrings {
		level = colenc.Plain // small enough to be compressed with the header around it
	}
	p.scratch = colenc.AppendBytes(p.scratch[:0], p.header, level)
	dst = binary.AppendUvarint(dst, uint64(len(p.scratch)))
	dst = append(dst, p.scratch...)
	if e.depth == 0 {
		for i := range e.uuids.list {
			dst = append(dst, e.uuids.list[i][:]...)
		}
	}
	return append(dst, p.body...)
}

// template writes one template and its columns.
func (e *Encoder) template(g *group, rows []uint32, raw bool) {
	p := &e.pack
	p.uvarint(uint64(len(rows)))
	p.values, p.refs, p.moments = grow(p.values, len(rows)), grow(p.refs, len(rows)), grow(p.moments, len(rows))
	values, refs, moments := p.values, p.refs, p.moments
	if raw {
		p.byte(flagRaw | byte(JSONUnknown) | byte(LineUnknown)<<2)
		p.uvarint(1)
		p.string("")
		p.string("")
		for i, r := range rows {
			values[i] = e.rows[r].msg
		}
		p.string("")
		e.textColumn(values)
		return
	}
	// sourceOf[l-base] are the sources of leaf l.
	base := g.leaves[0]
	sourceOf := make([][]source, g.leaves[len(g.leaves)-1]-base+1)
	for _, l := range g.leaves {
		lf := &e.leaves[l]
		sourceOf[l-base] = sources(nil, g.skel, e.arena[lf.from:lf.to])
	}
	holes := parseSkeleton(g.skel)
	first := sourceOf[0]
	toHole := make([]int, len(holes)) // from a leaf's hole to the template's
	names := make([]string, len(holes))
	leafNames := e.namesOf(e.rows[e.leaves[g.leaves[0]].first].msg)
	for k, s := range first {
		if s.hole >= 0 {
			toHole[s.hole] = k
			if s.hole < len(leafNames) {
				names[k] = leafNames[s.hole]
			}
		}
	}
	for i, r := range rows {
		refs[i] = e.refs[r]
	}
	same := make([]bool, len(holes))
	gather := func(k int) {
		leaf, src := uint32(0), source{}
		for i, r := range rows {
			rw := &e.rows[r]
			if rw.leaf != leaf {
				leaf, src = rw.leaf, sourceOf[rw.leaf-base][k]
			}
			if src.hole < 0 {
				values[i] = src.word
				continue
			}
			h := &e.holes[int(rw.hole)+src.hole]
			values[i] = rw.msg[h.from:h.to]
			moments[i] = h.val
		}
	}
	constant := make([]string, len(holes))
	columns := 0
	variable := make([]int, len(holes))
	for k := range holes {
		leaf, src := uint32(0), source{}
		same[k] = true
		for i, r := range rows { // as gather, but it ends at the first difference
			rw := &e.rows[r]
			if rw.leaf != leaf {
				leaf, src = rw.leaf, sourceOf[rw.leaf-base][k]
			}
			v := src.word
			if src.hole >= 0 {
				h := &e.holes[int(rw.hole)+src.hole]
				v = rw.msg[h.from:h.to]
			}
			if i == 0 {
				constant[k] = v
			} else if v != constant[k] {
				same[k] = false
				break
			}
		}
		if variable[k] = columns; same[k] {
			variable[k] = -1
		} else {
			columns++
		}
	}
	end := endOf(g.skel)
	fields := jsonFields(JSONKind(end[0]), holes, names)
	lskel := append([]byte(nil), g.skel...)
	if id := end[2]; id != noHole {
		lend := endOf(lskel)
		if lend[2] = byte(toHole[id]); toHole[id] >= noHole {
			lend[1] = lambdaUnknown
		}
	}
	lambda, known := lambdaFields(lskel, names)
	line := lineFields(LineKind(end[3]), names)
	flags := end[0] | end[3]<<2
	if known {
		flags |= flagLambda
	}
	p.byte(flags)
	p.uvarint(uint64(columns))
	static := []byte{}
	for k, h := range holes {
		static = append(static, h.before...)
		if same[k] {
			static = append(static, constant[k]...)
			continue
		}
		p.string(string(static))
		static = static[:0]
	}
	p.string(string(append(static, tail(g.skel)...)))
	for k, h := range holes {
		if same[k] {
			continue
		}
		if h.class == holeCopy {
			of := toHole[h.arg]
			p.string("")
			p.byte(byte(KindCopy))
			p.uvarint(uint64(variable[of]))
			continue
		}
		gather(k)
		if names[k] == more {
			names[k] = ""
		}
		e.column(h.class, names[k], values, moments, refs, Layout(h.arg))
	}
	for _, list := range [][]Field{fields, lambda, line} {
		p.uvarint(uint64(len(list)))
		for _, f := range list {
			if f.Var >= 0 {
				f.bind(holes, variable, constant)
			}
			p.field(&f)
		}
	}
}

// bind turns the holes of a field into variables, now that those which never
// vary are static text.
func (f *Field) bind(holes []skelHole, variable []int, constant []string) {
	text, from, to := "", f.Var, f.Last
	f.Var = -1
	for k := from; k <= to; k++ {
		if k > from {
			text += holes[k].before
		}
		if variable[k] < 0 {
			text += constant[k]
			continue
		}
		if f.Var < 0 {
			f.Var, f.Before = variable[k], text
		}
		f.Last = variable[k]
		text = ""
	}
	if f.Var < 0 {
		f.Const = text
		return
	}
	f.After = text
}

func (p *packer) field(f *Field) {
	p.string(f.Name)
	p.byte(byte(f.Render))
	p.uvarint(uint64(f.Var + 1))
	if f.Var < 0 {
		p.string(f.Const)
		return
	}
	p.uvarint(uint64(f.Last - f.Var))
	p.string(f.Before)
	p.string(f.After)
}

// Flags of a template; the low two bits are its JSONKind, the next two its
// LineKind.
const (
	flagRaw    = 0x10
	flagLambda = 0x20
)

// skelHole is one hole of a skeleton.
type skelHole struct {
	before string // static text since the hole before it
	class  byte
	arg    int
}

func parseSkeleton(skel []byte) []skelHole {
	var out []skelHole
	from := 0
	var static []byte
	for i := 0; i < len(skel); {
		if skel[i] != 0 {
			i++
			continue
		}
		static = append(static, skel[from:i]...)
		c := skel[i+1]
		if isHole(c) {
			h := skelHole{before: string(static), class: c}
			if markLen(c) == 4 {
				h.arg = int(skel[i+2])<<8 | int(skel[i+3])
			}
			out = append(out, h)
			static = static[:0]
		}
		i += markLen(c)
		from = i
	}
	return out
}

// tail is the static text behind the last hole.
func tail(skel []byte) []byte {
	var static []byte
	for i := 0; i < len(skel); {
		if skel[i] != 0 {
			static = append(static, skel[i])
			i++
			continue
		}
		if isHole(skel[i+1]) {
			static = static[:0]
		}
		i += markLen(skel[i+1])
	}
	return static
}

// namesOf scans a message once more to name its holes.
func (e *Encoder) namesOf(msg string) []string {
	n := len(e.holes)
	e.named = true
	e.scan(msg)
	e.named, e.holes = false, e.holes[:n]
	return e.names
}

// jsonFields are the discovered fields of a template's JSON.
func jsonFields(kind JSONKind, holes []skelHole, names []string) []Field {
	if kind != JSONWhole && kind != JSONFragment {
		return nil
	}
	var out []Field
	seen, n := map[string]bool{}, 0
	for k, h := range holes {
		r := RenderString
		switch h.class {
		case holeString:
		case holeValue:
			r = RenderValue
		default:
			continue
		}
		if n++; n > maxJSONFields {
			break
		}
		if seen[names[k]] {
			continue
		}
		seen[names[k]] = true
		out = append(out, Field{Name: names[k], Render: r, Var: k, Last: k})
	}
	return out
}

// lineFields are the discovered fields of a line of a known kind.
func lineFields(kind LineKind, names []string) []Field {
	if kind != LineFields && kind != LineExecution {
		return nil
	}
	var out []Field
	for k, n := range names {
		switch {
		case n == more && len(out) > 0:
			out[len(out)-1].Last = k
		case n != "":
			r := RenderDash
			if kind == LineExecution {
				r = RenderText
			} else if n == s3Names[s3Sent] {
				r = RenderDashZero
			}
			out = append(out, Field{Name: n, Render: r, Var: k, Last: k})
		}
	}
	return out
}
