package logexec

import (
	"bytes"
	"strings"

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
	if u.tpl == nil {
		return u.verify(in, n.in)
	}
	for _, s := range u.tpl.Static {
		if n.in(s) {
			return in
		}
	}
	if u.crosses(n) {
		return u.verify(in, n.in)
	}
	found := uint32Set{n: u.n}
	for k := range u.tpl.Columns {
		if u.tpl.Columns[k].Kind == logtype.KindCopy {
			continue // what it repeats is looked at
		}
		if !u.inColumn(n, k, &found, in) {
			return u.verify(in, n.in)
		}
	}
	return found.of(in)
}

// verify joins the messages of the rows and asks each.
func (u *unit) verify(in []uint32, match func(string) bool) []uint32 {
	var out []uint32
	for _, o := range in {
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

// alphabet is which bytes the text of a variable may hold. Case is folded for
// needles that fold, so both cases are given.
func alphabet(c *logtype.Column) (letters string, any bool) {
	switch c.Kind {
	case logtype.KindNumber:
		letters = "0123456789.-"
		for i := range c.Forms {
			letters += c.Forms[i].Text
		}
	case logtype.KindUUID:
		letters = "0123456789abcdef-"
	case logtype.KindIPv4:
		letters = "0123456789."
	case logtype.KindTime:
		letters = "0123456789-/:.,T JanFebMarAprMayJunJulAugSepOctNovDec"
	case logtype.KindPattern:
		letters = c.Pattern + "0123456789abcdefABCDEF"
	default:
		return "", true
	}
	return letters, false
}

// within says whether s consists of letters.
func within(s, letters string, fold bool) bool {
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(letters, s[i]) >= 0 || fold && s[i] >= 'a' && s[i] <= 'z' && strings.IndexByte(letters, s[i]-32) >= 0 {
			continue
		}
		return false
	}
	return true
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

// crosses says whether the needle could stand across a border between static
// text and variables. It errs on the side of yes.
func (u *unit) crosses(n needle) bool {
	l := len(n.text)
	// open[p]: what has been read so far may end with the first p bytes.
	open, next := make([]bool, l), make([]bool, l)
	for k, s := range u.tpl.Static {
		if s != "" { // text
			clear(next)
			for p := 1; p < l; p++ {
				if !open[p] {
					continue
				}
				rest := n.text[p:]
				if len(s) >= len(rest) {
					if n.same(s[:len(rest)], rest) {
						return true
					}
				} else if n.same(s, rest[:len(s)]) {
					next[p+len(s)] = true
				}
			}
			for p := 1; p < l && p <= len(s); p++ {
				if n.same(s[len(s)-p:], n.text[:p]) {
					next[p] = true
				}
			}
			open, next = next, open
		}
		if k == len(u.tpl.Columns) {
			break
		}
		// A variable: it may be empty, hold any run of the needle, or begin
		// with its rest.
		c := u.variable(k)
		clear(next)
		for p := 0; p < l; p++ {
			if p > 0 {
				if !open[p] {
					continue
				}
				next[p] = true // empty
			}
			for q := p + 1; q <= l; q++ {
				if !u.mayHold(c, n, p, q) {
					break
				}
				if q < l {
					next[q] = true
				} else if p > 0 {
					return true
				}
			}
		}
		open, next = next, open
	}
	return false
}

func (u *unit) variable(k int) int {
	if c := &u.tpl.Columns[k]; c.Kind == logtype.KindCopy {
		return c.Of
	}
	return k
}

// mayHold says whether variable k could hold the bytes p to q of the needle,
// at its start or at its end.
func (u *unit) mayHold(k int, n needle, p, q int) bool {
	part := n.text[p:q]
	c := &u.tpl.Columns[k]
	if letters, any := alphabet(c); !any {
		return within(part, letters, n.fold)
	}
	if c.Kind != logtype.KindDict || c.Distinct > maxDictChecks {
		return true
	}
	_, v := u.column(k)
	if v == nil {
		return true
	}
	for i := range c.Distinct {
		s := v.Strings.At(i)
		if len(s) < len(part) {
			continue
		}
		// The first part of a needle ends a value, the last one begins it; what
		// is in the middle is a whole value.
		if p == 0 && n.sameBytes(s[len(s)-len(part):], part) || p > 0 && n.sameBytes(s[:len(part)], part) {
			return true
		}
	}
	return false
}

// maxDictChecks is up to how many values a dictionary is asked at borders.
const maxDictChecks = 1024

func (n needle) sameBytes(s []byte, part string) bool { return n.same(unsafeString(s), part) }

// inColumn adds the rows whose variable k holds the needle; false when it
// cannot tell.
func (u *unit) inColumn(n needle, k int, found *uint32Set, in []uint32) bool {
	c := &u.tpl.Columns[k]
	if letters, any := alphabet(c); !any && !within(n.text, letters, n.fold) {
		return true
	}
	switch c.Kind {
	case logtype.KindDict:
		_, v := u.column(k)
		if v == nil {
			return true
		}
		if !n.fold && !bytes.Contains(v.Strings.Bytes, []byte(n.text)) {
			return true
		}
		has := make([]bool, c.Distinct)
		some := false
		for i := range has {
			has[i] = n.in(unsafeString(v.Strings.At(i)))
			some = some || has[i]
		}
		if some {
			for _, o := range in {
				if has[v.Ints[o]] {
					found.add(o)
				}
			}
		}
		return true
	case logtype.KindText:
		_, v := u.column(k)
		if v == nil {
			return true
		}
		if n.fold {
			for _, o := range in {
				if n.in(unsafeString(v.Strings.At(int(o)))) {
					found.add(o)
				}
			}
			return true
		}
		u.inTexts(v, n.text, found)
		return true
	case logtype.KindUUID:
		if len(n.text) == 36 && !n.fold && isUUIDText(n.text) {
			u.withUUID(k, n.text, found)
			return true
		}
	case logtype.KindNested:
		_, v := u.column(k)
		if v == nil {
			return true
		}
		return !mayContain(v.Nested, n)
	}
	return false
}

// inTexts looks through all texts of a column at once.
func (u *unit) inTexts(v *logtype.Values, text string, found *uint32Set) {
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

// mayContain says whether a nested block could hold the needle anywhere.
func mayContain(b *logtype.Block, n needle) bool {
	u := unit{}
	for t := range b.Templates {
		tpl := &b.Templates[t]
		for _, s := range tpl.Static {
			if n.in(s) {
				return true
			}
		}
		u.tpl = tpl
		if u.crossesWidely(n) {
			return true
		}
		var v logtype.Values
		for k := range tpl.Columns {
			c := &tpl.Columns[k]
			if c.Kind == logtype.KindCopy {
				continue
			}
			if letters, any := alphabet(c); !any {
				if within(n.text, letters, n.fold) {
					return true
				}
				continue
			}
			if b.Column(t, k, &v) != nil {
				return true // whoever joins the messages will see the damage
			}
			switch c.Kind {
			case logtype.KindNested:
				if mayContain(v.Nested, n) {
					return true
				}
			default:
				if n.in(unsafeString(v.Strings.Bytes)) {
					return true
				}
			}
		}
	}
	return false
}

// crossesWidely is crosses without a look at dictionaries.
func (u *unit) crossesWidely(n needle) bool {
	blind := unit{tpl: &logtype.Template{Static: u.tpl.Static, Columns: append([]logtype.Column(nil), u.tpl.Columns...)}}
	for k := range blind.tpl.Columns {
		if c := &blind.tpl.Columns[k]; c.Kind == logtype.KindDict {
			c.Kind = logtype.KindText
		}
	}
	return blind.crosses(n)
}
