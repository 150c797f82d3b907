package logexec

import (
	"slices"
	"strings"

	"skywatch/internal/logtype"
)

// extraction is a parse of @message: what it finds follows from the message
// alone, so it need not be done before somebody asks for it.
type extraction struct {
	slots []int
	// literals are what stands around the stars of a glob, nil for other
	// patterns.
	literals []string
	// test is whether the message holds a match of a regular expression, nil
	// for other patterns; groups are the captures that fill the slots.
	test   *textTest
	groups []int
	match  func(s string, out []value) bool
}

// extracts is the extraction in front of the stages that rows go into which
// fills a slot, nil when it is none.
func (w *partWorker) extracts(slot int) *extraction {
	for _, x := range w.front {
		if slices.Contains(x.slots, slot) {
			return x
		}
	}
	return nil
}

// extract matches the message of the row at work.
func (l *lateRow) extract(r *row, x *extraction) {
	found := l.w.found[:0]
	for range x.slots {
		found = append(found, value{})
	}
	l.w.found = found
	message := l.message(r)
	matched := x.match(message, found)
	if matched {
		pieces(found, len(message))
	}
	for i, s := range x.slots {
		r.vals[s] = value{}
		if matched {
			r.vals[s] = found[i]
		}
	}
}

// extract says what a parse finds in the unit's rows: each star of a glob, and
// each capture of a regular expression, is a field of the template when it
// stands at the same places of it in all rows; nothing when no row matches; else
// the messages have to be asked, one for each value when it follows from one
// variable.
func (u *unit) extract(x *extraction) {
	how := bindUnknown
	switch {
	case u.tpl == nil || u.tpl.Raw:
	case x.test != nil:
		how = u.matches(x)
	case x.literals != nil:
		how = u.stars(x)
	}
	if how != bindVar {
		for _, slot := range x.slots {
			u.binds[slot] = binding{kind: how}
		}
	}
}

// matches binds the captures of a regular expression. The answer is bindConst
// when no row matches, bindUnknown when nothing is known.
func (u *unit) matches(x *extraction) (how bindKind) {
	if x.test.needles != nil {
		some := slices.ContainsFunc(x.test.needles, func(n needle) bool { return len(u.containing(n, u.w.all(u.n))) > 0 })
		if !some && u.w.err == nil {
			return bindConst
		}
	}
	c := u.w.captureProgram(x)
	if c == nil || u.w.err != nil {
		return bindUnknown
	}
	for i, found := range u.captured(c) {
		b := binding{kind: found.how}
		switch {
		case found.on >= 0:
			b.k, b.via = found.on, x
		case found.how == bindVar:
			f := u.between(found.from, found.to)
			b = bindField(&f)
		}
		u.binds[x.slots[i]] = b
	}
	return bindVar
}

// bindField is the binding of a field.
func bindField(f *logtype.Field) binding {
	if f.Var < 0 {
		return binding{kind: bindConst, val: rendered(f.Render, f.Const)}
	}
	b := binding{kind: bindVar, k: f.Var, render: f.Render}
	if f.Last != f.Var || f.Before != "" || f.After != "" {
		b.span = f
	}
	return b
}

// stars binds the stars of a glob. The answer is bindConst when no row matches,
// bindUnknown when that depends on variables.
func (u *unit) stars(x *extraction) (how bindKind) {
	t := u.tpl
	from := place{}
	for i, lit := range x.literals {
		var at, end place
		switch {
		case i > 0 && i == len(x.literals)-1 && lit == "":
			at = place{len(t.Columns), len(t.Static[len(t.Columns)])}
			end = at
		default:
			where := u.search(lit, from, &at)
			if where != bindVar {
				return where
			}
			end = place{at.static, at.offset + len(lit)}
		}
		if i > 0 {
			f := u.between(from, at)
			u.binds[x.slots[i-1]] = bindField(&f)
		}
		from = end
	}
	return bindVar
}

// place is a place in the static text of a template.
type place struct{ static, offset int }

// between is what stands between two places.
func (u *unit) between(a, b place) logtype.Field {
	s := u.tpl.Static
	if a.static == b.static {
		return logtype.Field{Var: -1, Const: s[a.static][a.offset:b.offset]}
	}
	return logtype.Field{Var: a.static, Last: b.static - 1, Before: s[a.static][a.offset:], After: s[b.static][:b.offset]}
}

// maxLiteral bounds the literals whose matches are followed through variables.
const maxLiteral = 63

// search finds the first occurrence of a literal from a place on. The answer is
// bindVar when it stands at the same place in all rows, bindConst when it is in
// none, bindUnknown when it depends on variables.
//
// Bit p of a set stands for the first p bytes of the literal being the last
// ones before the place reached: in all rows (sure), or maybe in some (maybe).
func (u *unit) search(lit string, from place, at *place) bindKind {
	if lit == "" {
		*at = from
		return bindVar
	}
	if len(lit) > maxLiteral {
		return bindUnknown
	}
	full := uint64(1) << len(lit)
	sure, maybe := uint64(1), uint64(1)
	for i := from.static; ; i++ {
		text := u.tpl.Static[i]
		o := 0
		if i == from.static {
			o = from.offset
		}
		if sure|maybe == 1 { // nothing begun: the usual search is faster
			if k := strings.IndexByte(text[o:], lit[0]); k < 0 {
				o = len(text)
			} else {
				o += k
			}
		}
		for ; o < len(text); o++ {
			sure, maybe = follow(sure, lit, text[o]), follow(maybe, lit, text[o])
			if sure&full != 0 {
				*at = place{i, o + 1 - len(lit)}
				return bindVar
			}
			if maybe&full != 0 {
				return bindUnknown
			}
		}
		if i == len(u.tpl.Columns) {
			return bindConst
		}
		a := u.charset(i)
		if u.w.err != nil {
			return bindUnknown
		}
		next := uint64(1)
		for reached := maybe; reached != 0; {
			reached = a.follow(reached, lit) &^ next
			next |= reached
		}
		if a.empty {
			next |= maybe
		}
		sure, maybe = 1, next
		if maybe&full != 0 {
			return bindUnknown
		}
	}
}

// follow is the set behind one more byte.
func follow(set uint64, lit string, c byte) uint64 {
	next := uint64(1)
	for p := 0; p < len(lit); p++ {
		if set>>p&1 != 0 && lit[p] == c {
			next |= 2 << p
		}
	}
	return next
}

// charset is which bytes the texts of a variable may hold, and whether one may
// be empty.
type charset struct {
	bytes [4]uint64
	empty bool
}

func (a *charset) add(s string) {
	for i := 0; i < len(s); i++ {
		a.bytes[s[i]>>6] |= 1 << (s[i] & 63)
	}
}

func (a *charset) has(c byte) bool { return a.bytes[c>>6]>>(c&63)&1 != 0 }

// follow is the set behind one more byte of the charset.
func (a *charset) follow(set uint64, lit string) (next uint64) {
	for p := 0; p < len(lit); p++ {
		if set>>p&1 != 0 && a.has(lit[p]) {
			next |= 2 << p
		}
	}
	return next
}

// charset is that of variable k. What it has to look at is remembered.
func (u *unit) charset(k int) *charset {
	if u.letters == nil {
		u.letters = make([]*charset, len(u.tpl.Columns))
	}
	if u.letters[k] == nil {
		a := &charset{}
		u.letters[k] = a
		if h := u.hint(k); h != nil && !h.Empty { // else less may be known than can be
			a.bytes = h.Letters
			return a
		}
		if err := a.column(u.w, u.w.block.Typed, u.t, k); err != nil {
			u.w.fail(u.w.block.Corrupt(err))
		}
	}
	return u.letters[k]
}

const (
	decimals     = "0123456789"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// column adds what a column may hold. Dictionaries and texts are looked at.
func (a *charset) column(w *partWorker, b *logtype.Block, t, k int) error {
	c := &b.Templates[t].Columns[k]
	if c.Kind == logtype.KindCopy {
		k = c.Of
		c = &b.Templates[t].Columns[k]
	}
	switch c.Kind {
	case logtype.KindNumber:
		a.add(decimals + "-.")
		for i := range c.Forms {
			a.add(c.Forms[i].Text)
			a.empty = a.empty || c.Forms[i].IsText && c.Forms[i].Text == ""
		}
	case logtype.KindTime:
		a.add(decimals + lowerLetters + upperLetters + c.Layout.Punctuation())
	case logtype.KindUUID:
		a.add(decimals + "abcdef-")
	case logtype.KindIPv4:
		a.add(decimals + ".")
	case logtype.KindPattern:
		a.add(c.Pattern + decimals + "abcdefABCDEF")
	case logtype.KindDict:
		if err := b.Dictionary(t, k, &w.dict); err != nil {
			return err
		}
		b.Learn(t, k, &w.dict)
		a.texts(w.dict.Bytes, w.dict.Ends)
	case logtype.KindText:
		var v logtype.Values
		if err := b.Column(t, k, &v); err != nil {
			return err
		}
		b.Learn(t, k, &v.Strings)
		a.texts(v.Strings.Bytes, v.Strings.Ends)
	case logtype.KindNested:
		var v logtype.Values
		if err := b.Column(t, k, &v); err != nil {
			return err
		}
		for n := range v.Nested.Templates {
			tpl := &v.Nested.Templates[n]
			bare := true
			for _, s := range tpl.Static {
				a.add(s)
				bare = bare && s == ""
			}
			for k := range tpl.Columns {
				var part charset
				if err := part.column(w, v.Nested, n, k); err != nil {
					return err
				}
				for i := range a.bytes {
					a.bytes[i] |= part.bytes[i]
				}
				bare = bare && part.empty
			}
			a.empty = a.empty || bare
		}
	default:
		for i := range a.bytes {
			a.bytes[i] = ^uint64(0)
		}
		a.empty = true
	}
	return nil
}

func (a *charset) texts(text []byte, ends []uint32) {
	a.add(unsafeString(text))
	from := uint32(0)
	for _, end := range ends {
		a.empty = a.empty || end == from
		from = end
	}
}
