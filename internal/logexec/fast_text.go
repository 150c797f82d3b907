package logexec

import (
	"bytes"
	"slices"

	"skywatch/internal/colenc"
	"skywatch/internal/logtype"
)

// Looking for a text in the messages of a template without joining them. A
// needle stands in the static text (then it is in every message), inside the
// text of one variable, or across a border. The first is decided once, the
// second by column (once per value of a dictionary); whether the third can be
// is asked of the needle's letters and the borders. Only where a column or a
// border leaves it open are messages joined and looked at.

// containing answers which of the rows hold the needle.
func (u *unit) containing(n needle, in []uint32) []uint32 {
	if u.tpl == nil || u.tpl.Raw && n.fold {
		return u.verify(in, n.in)
	}
	for _, s := range u.tpl.Static {
		if n.in(s) {
			return in
		}
	}
	wants, begins := u.crossings(n)
	found := uint32Set{n: u.n}
	for _, w := range wants {
		u.match(w, n.fold, &found, in)
	}
	for k := range u.tpl.Columns {
		if u.tpl.Columns[k].Kind != logtype.KindCopy { // what it repeats is looked at
			u.match(want{k: k, mode: inside, text: n.text}, n.fold, &found, in)
		}
	}
	yes := found.of(in)
	if len(begins) > 0 {
		maybe := uint32Set{n: u.n}
		rest := without(in, yes)
		for _, w := range begins {
			u.match(w, n.fold, &maybe, rest)
		}
		yes = union(yes, u.verify(maybe.of(rest), n.in))
	}
	return yes
}

// verify joins the messages of the rows and asks each.
func (u *unit) verify(in []uint32, match func(string) bool) []uint32 {
	var out []uint32
	for i, o := range in {
		if u.w.ended(i) {
			return nil
		}
		if match(u.message(o)) {
			out = append(out, o)
		}
	}
	return out
}

// uint32Set is a set of ordinals below n, made when first needed.
type uint32Set struct {
	n    int
	bits []uint64
	all  bool
}

func (s *uint32Set) add(o uint32) {
	if s.bits == nil {
		s.bits = make([]uint64, (s.n+63)/64)
	}
	s.bits[o>>6] |= 1 << (o & 63)
}

// of are the members among in.
func (s *uint32Set) of(in []uint32) []uint32 {
	switch {
	case s.all:
		return in
	case s.bits == nil:
		return nil
	}
	var out []uint32
	for _, o := range in {
		if s.bits[o>>6]>>(o&63)&1 != 0 {
			out = append(out, o)
		}
	}
	return out
}

// same says whether a part of a text equals a part of the needle.
func (n needle) same(s, part string) bool {
	if len(s) != len(part) {
		return false
	}
	if !n.fold {
		return s == part
	}
	for i := range len(s) {
		if lowerByte(s[i]) != part[i] {
			return false
		}
	}
	return true
}

// lower is c as it would stand in the needle.
func (n needle) lower(c byte) byte {
	if n.fold {
		return lowerByte(c)
	}
	return c
}

// want is a condition on the text of one variable.
type want struct {
	k    int
	mode wantMode
	text string
}

type wantMode uint8

const (
	inside  wantMode = iota // the variable contains the text
	atEnd                   // it ends with it
	atStart                 // it begins with it
	equals
)

func (w *want) holds(s string, fold bool) bool {
	n := needle{w.text, fold}
	switch w.mode {
	case atEnd:
		return len(s) >= len(w.text) && n.same(s[len(s)-len(w.text):], w.text)
	case atStart:
		return len(s) >= len(w.text) && n.same(s[:len(w.text)], w.text)
	case equals:
		return n.same(s, w.text)
	}
	return n.in(s)
}

// may says whether some text that the hint is of may be as wanted.
func (w *want) may(h *logtype.TextHint, fold bool) bool {
	n := len(w.text)
	switch {
	case n == 0:
		return true
	case (w.mode == atStart || w.mode == equals) && !h.MayBegin(w.text[0], fold),
		(w.mode == atEnd || w.mode == equals) && !h.MayEnd(w.text[n-1], fold):
		return false
	}
	return h.MayHold(w.text, fold)
}

// hint is what is known of the texts of a variable, nil for nothing.
func (u *unit) hint(k int) *logtype.TextHint { return u.typed().Hint(u.t, k) }

// alphabet is which bytes the text of a variable may hold, not to be written to;
// any when nothing is known of them.
func (u *unit) alphabet(k int) (letters *byteSet, any bool) {
	letters, any = alphabet(variable(u.tpl, k))
	if any {
		if h := u.hint(k); h != nil {
			return (*byteSet)(&h.Letters), false
		}
	}
	return letters, any
}

// reach says that the text read so far may end with the first p bytes of the
// needle, of which variable k, unless it is -1, is from to to.
type reach struct {
	p, k     int
	mode     wantMode
	from, to int
}

// crossings answers in which ways the needle can stand across borders between
// static text and variables: each is a condition on one variable. Where it could
// touch several variables, begins has the condition on the first of them, and
// the messages have to be asked.
func (u *unit) crossings(n needle) (wants, begins []want) {
	tpl, l := u.tpl, len(n.text)
	var rooms [2][8]reach
	open, next := rooms[0][:0], rooms[1][:0]
	for k, s := range tpl.Static {
		if s != "" {
			next = next[:0]
			for _, o := range open {
				switch rest := n.text[o.p:]; {
				case len(s) >= len(rest):
					if n.same(s[:len(rest)], rest) {
						wants = append(wants, want{o.k, o.mode, n.text[o.from:o.to]})
					}
				case n.same(s, rest[:len(s)]):
					o.p += len(s)
					next = append(next, o)
				}
			}
			last := n.lower(s[len(s)-1])
			for p := 1; p < l && p <= len(s); p++ {
				if n.text[p-1] == last && n.same(s[len(s)-p:], n.text[:p]) {
					next = append(next, reach{p: p, k: -1})
				}
			}
			open, next = next, open
		}
		if k == len(tpl.Columns) {
			break
		}
		letters, any := u.alphabet(k)
		if len(open) == 0 && !letters.has(n.text[0], n.fold) {
			continue // most variables
		}
		empty := any // only text may be
		if h := u.hint(k); h != nil {
			empty = h.Empty
		}
		// follows says whether byte q of the needle can come behind the variable.
		after, last := tpl.Static[k+1], k+1 == len(tpl.Columns)
		follows := func(q int) bool {
			if after == "" {
				return !last
			}
			return n.same(after[:1], n.text[q:q+1])
		}
		of := k
		if c := &tpl.Columns[k]; c.Kind == logtype.KindCopy {
			of = c.Of
		}
		next = next[:0]
		for _, o := range append(open, reach{k: -1}) {
			for q := o.p; q <= l; q++ {
				if q == o.p && (o.p == 0 || !empty) {
					continue
				}
				if q > o.p && !letters.has(n.text[q-1], n.fold) {
					break
				}
				switch {
				case q == l && o.p == 0, q < l && !follows(q):
				case o.k >= 0:
					if w := (want{o.k, o.mode, n.text[o.from:o.to]}); !slices.Contains(begins, w) {
						begins = append(begins, w)
					}
				case q == l:
					wants = append(wants, want{of, atStart, n.text[o.p:]})
				case o.p == 0:
					next = append(next, reach{q, of, atEnd, 0, q})
				default:
					next = append(next, reach{q, of, equals, o.p, q})
				}
			}
		}
		open, next = next, open
	}
	return wants, begins
}

// variable is the column of a variable, that which it repeats for a copy.
func variable(tpl *logtype.Template, k int) *logtype.Column {
	c := &tpl.Columns[k]
	if c.Kind == logtype.KindCopy {
		return &tpl.Columns[c.Of]
	}
	return c
}

// match adds the rows whose variable is as wanted.
func (u *unit) match(w want, fold bool, found *uint32Set, in []uint32) {
	c := &u.tpl.Columns[w.k]
	if !mayMatch(c, &w, fold) {
		return
	}
	if h := u.hint(w.k); h != nil && !w.may(h, fold) {
		return
	}
	switch c.Kind {
	case logtype.KindDict:
		u.matchDict(w, fold, found, in)
		return
	case logtype.KindText:
		_, v := u.column(w.k)
		if v == nil {
			return
		}
		u.typed().Learn(u.t, w.k, &v.Strings)
		if w.mode == inside && !fold {
			inTexts(v, w.text, found)
			return
		}
		for _, o := range in {
			if w.holds(unsafeString(v.Strings.At(int(o))), fold) {
				found.add(o)
			}
		}
		return
	case logtype.KindUUID:
		if w.mode == inside && isUUIDText(w.text) && !fold {
			u.withUUID(w.k, w.text, found)
			return
		}
		_, v := u.column(w.k)
		if v == nil {
			return
		}
		known := make([]int8, u.typed().UUIDs())
		var text [36]byte
		for _, o := range in {
			code := v.Ints[o]
			if known[code] == 0 {
				id := u.typed().UUID(int(code))
				known[code] = -1
				if w.holds(unsafeString(id.Append(text[:0])), fold) {
					known[code] = 1
				}
			}
			if known[code] > 0 {
				found.add(o)
			}
		}
		return
	case logtype.KindNested:
		// Whatever the mode, the text has to be in it.
		n := u.nested(w.k)
		if n == nil {
			return
		}
		if w.mode == inside {
			n.containing(needle{w.text, fold}, found)
			if u.hint(w.k) == nil {
				if letters, ok := n.letters(); ok {
					u.typed().LearnLetters(u.t, w.k, letters)
				}
			}
			return
		}
		some := uint32Set{n: u.n}
		n.containing(needle{w.text, fold}, &some)
		in = some.of(in)
	}
	for _, o := range in {
		if w.holds(unsafeString(u.bytes(w.k, o)), fold) {
			found.add(o)
		}
	}
}

// matchDict asks each value of a dictionary, and reads which row has which
// value only when one is as wanted.
func (u *unit) matchDict(w want, fold bool, found *uint32Set, in []uint32) {
	d := u.dictionary(w.k)
	if d == nil {
		return
	}
	u.typed().Learn(u.t, w.k, d)
	if w.mode == inside && !(needle{w.text, fold}).in(unsafeString(d.Bytes)) {
		return
	}
	has := make([]bool, d.Len())
	some := false
	for i := range has {
		has[i] = w.holds(unsafeString(d.At(i)), fold)
		some = some || has[i]
	}
	if !some {
		return
	}
	_, v := u.column(w.k)
	if v == nil {
		return
	}
	for _, o := range in {
		if has[v.Ints[o]] {
			found.add(o)
		}
	}
}

// dictionary is the values of a dictionary column; nil when it is damaged.
func (u *unit) dictionary(k int) *colenc.Strings {
	if u.cols != nil && u.cols[k] != nil {
		return &u.cols[k].Strings
	}
	w := u.w
	if err := u.typed().Dictionary(u.t, k, &w.dict); err != nil {
		w.fail(w.block.Corrupt(err))
		return nil
	}
	return &w.dict
}

// inTexts looks through all texts of a column at once.
func inTexts(v *logtype.Values, text string, found *uint32Set) {
	b, ends := v.Strings.Bytes, v.Strings.Ends
	row, from := 0, 0
	for {
		i := bytes.Index(b[from:], []byte(text))
		if i < 0 {
			return
		}
		at := from + i
		for row < len(ends) && int(ends[row]) <= at {
			row++
		}
		if row == len(ends) {
			return
		}
		if at+len(text) <= int(ends[row]) {
			found.add(uint32(row))
			from = int(ends[row])
		} else {
			from = at + 1
		}
	}
}

// withUUID adds the rows whose variable k is a UUID.
func (u *unit) withUUID(k int, text string, found *uint32Set) {
	code := u.w.uuid(text)
	if code < 0 {
		return
	}
	_, v := u.column(k)
	if v == nil {
		return
	}
	for o, c := range v.Ints {
		if c == code {
			found.add(uint32(o))
		}
	}
}

// uuid is the number of a UUID in the block, -1 when it is not there.
func (w *partWorker) uuid(text string) int64 {
	if w.idText == text && w.idBlock == w.block.Typed {
		return w.idCode
	}
	var id logtype.UUID
	for i, k := 0, 0; i < len(text); i++ {
		if text[i] == '-' {
			continue
		}
		d := text[i] - '0'
		if d > 9 {
			d = text[i] - 'a' + 10
		}
		id[k/2] = id[k/2]<<4 | d
		k++
	}
	w.idText, w.idBlock = text, w.block.Typed
	w.idCode = int64(w.block.Typed.FindUUID(id))
	return w.idCode
}
