package logexec

import (
	"encoding/binary"
	"slices"
	"strings"

	"skywatch/internal/logtype"
)

// textColumn reads the texts of a variable.
type textColumn struct {
	u      *unit
	k      int
	values *logtype.Values
	nested *logtype.Joiner
}

// textColumn prepares to read variable k. Text that is itself taken apart is
// joined by itself, so that the rest of the messages stays undecoded.
func (u *unit) textColumn(k int) *textColumn {
	c, v := u.column(k)
	t := &textColumn{u: u, k: k}
	if v == nil {
		return t
	}
	switch c.Kind {
	case logtype.KindText:
		t.values = v
	case logtype.KindNested:
		refs := make([]int64, u.n)
		if v.Nested.Relative() {
			times := u.w.timestamps()
			for i := range refs {
				refs[i] = times[u.blockRow(uint32(i))]
			}
		}
		var err error
		if t.nested, err = logtype.NewJoiner(v.Nested, refs); err != nil {
			u.w.fail(u.w.block.Corrupt(err))
			t.nested = nil
		}
	}
	return t
}

// append appends the text of a row.
func (t *textColumn) append(dst []byte, ord uint32) []byte {
	switch {
	case t.nested != nil:
		out, err := t.nested.Append(dst, int(ord))
		if err != nil {
			t.u.w.fail(t.u.w.block.Corrupt(err))
			return dst
		}
		return out
	case t.values != nil:
		return append(dst, t.values.Strings.At(int(ord))...)
	}
	return append(dst, t.u.bytes(t.k, ord)...)
}

// manyTexts says whether a binding is the text of a variable of which most rows
// may have one of their own.
func (u *unit) manyTexts(b *binding) bool {
	if b.kind != bindVar || b.span != nil || b.via != nil || b.render != logtype.RenderText {
		return false
	}
	c, _ := u.column(b.k)
	return c.Kind == logtype.KindText || c.Kind == logtype.KindNested || c.Kind == logtype.KindPattern
}

// groupsByText finds the groups of rows of which only key i varies, a text: by
// its bytes, without numbering the texts of the unit first.
func (u *unit) groupsByText(g *grouper, keys []keyIDs, i int, sel []uint32) (ids []int32, groups []*group, err error) {
	col := u.textColumn(keys[i].text.k)
	if u.w.err != nil {
		return nil, nil, u.w.err
	}
	g.key = g.key[:0]
	var behind []byte
	for j := range keys {
		switch {
		case j == i:
			g.vals[j] = value{kind: text}
			continue
		case j < i:
			g.key = appendKey(g.key, &keys[j].vals[0])
		default:
			behind = appendKey(behind, &keys[j].vals[0])
		}
		g.vals[j] = keys[j].vals[0]
	}
	front := slices.Clone(g.key)
	g.units++
	ids = make([]int32, len(sel))
	w := u.w
	for from := 0; from < len(sel); from += len(w.keys) {
		run := sel[from:min(from+len(w.keys), len(sel))]
		// The memory of many groups is far away: fetching it for a run of keys
		// step by step lets the processor wait for them at once.
		w.keyText = w.keyText[:0]
		for n, ord := range run {
			k := &w.keys[n]
			w.keyBuf = col.append(w.keyBuf[:0], ord)
			k.from = len(w.keyText)
			w.keyText = binary.AppendUvarint(append(append(w.keyText, front...), 2), uint64(len(w.keyBuf)))
			k.text = len(w.keyText)
			w.keyText = append(w.keyText, w.keyBuf...)
			k.behind = len(w.keyText)
			w.keyText = append(w.keyText, behind...)
			k.to = len(w.keyText)
			k.hash = hashKey(w.keyText[k.from:k.to])
		}
		if w.err != nil {
			return nil, nil, w.err
		}
		for n := range run {
			k := &w.keys[n]
			k.group = g.table.parts[homeOf(k.hash)].guess(k.hash)
		}
		for n := range run {
			k := &w.keys[n]
			g.key = append(g.key[:0], w.keyText[k.from:k.to]...)
			gr := k.group
			if gr == nil || gr.hash != k.hash || gr.key != string(g.key) {
				gr = g.table.parts[homeOf(k.hash)].find(k.hash, g.key)
			}
			if gr == nil {
				if gr, err = g.create(k.hash); err != nil {
					return nil, nil, err
				}
				gr.keys[i] = str(gr.key[k.text-k.from : k.behind-k.from])
			}
			if gr.unit != g.units {
				gr.unit, gr.place = g.units, int32(len(groups))
				gr.upgrade(g.vals)
				groups = append(groups, gr)
			}
			ids[from+n] = gr.place
		}
	}
	return ids, groups, nil
}

// rowKey is the key of a row: where it and the text that varies stand.
type rowKey struct {
	from, text, behind, to int
	hash                   uint64
	group                  *group
}

// equality is a comparison of a field with a text, by = or !=.
type equality struct {
	text string
	not  bool
}

// equal answers which rows of a plain text are the wanted one (or not); ok is
// false when the binding is of another kind.
func (u *unit) equal(e *equality, b *binding, in []uint32) (out []uint32, ok bool) {
	if !u.manyTexts(b) {
		return nil, false
	}
	var yes []uint32
	c, v := u.column(b.k)
	if v == nil {
		return nil, true
	}
	if c.Kind != logtype.KindNested || mayBe(v.Nested, e.text) {
		col := u.textColumn(b.k)
		var buf []byte
		for _, ord := range in {
			if buf = col.append(buf[:0], ord); string(buf) == e.text {
				yes = append(yes, ord)
			}
		}
	}
	if e.not {
		return without(in, yes), true
	}
	return yes, true
}

// mayBe says whether a row of a block can be a text, from the static text of
// its templates alone.
func mayBe(b *logtype.Block, text string) bool {
	for t := range b.Templates {
		tpl := &b.Templates[t]
		if tpl.Raw {
			return true
		}
		static := 0
		for _, s := range tpl.Static {
			static += len(s)
		}
		last := tpl.Static[len(tpl.Static)-1]
		if static <= len(text) && strings.HasPrefix(text, tpl.Static[0]) && strings.HasSuffix(text, last) {
			return true
		}
	}
	return false
}
