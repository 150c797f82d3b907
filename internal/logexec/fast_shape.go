package logexec

import (
	"math/bits"
	"strings"

	"skywatch/internal/logtype"
)

// What is known of a variable's texts without looking at one: the bytes they
// consist of, what may stand in each place, and the range of numbers.

// byteSet is a set of bytes.
type byteSet [4]uint64

func setOf(s string) (b byteSet) {
	for i := range len(s) {
		b[s[i]>>6] |= 1 << (s[i] & 63)
	}
	return b
}

func (b *byteSet) with(o byteSet) byteSet {
	for i := range o {
		o[i] |= b[i]
	}
	return o
}

// has says whether c is in the set; fold takes c, which is in lower case then,
// for either case.
func (b *byteSet) has(c byte, fold bool) bool {
	return b[c>>6]>>(c&63)&1 != 0 || fold && c >= 'a' && c <= 'z' && b[(c-32)>>6]>>((c-32)&63)&1 != 0
}

func (b *byteSet) consists(s string, fold bool) bool {
	for i := range len(s) {
		if !b.has(s[i], fold) {
			return false
		}
	}
	return true
}

var (
	numberBytes  = setOf("0123456789.-")
	uuidBytes    = setOf("0123456789abcdef-")
	addressBytes = setOf("0123456789.")
	timeBytes    = setOf("0123456789-/:.,T JanFebMarAprMayJunJulAugSepOctNovDec")
	hexBytes     = setOf("0123456789abcdefABCDEF")
	everyByte    = byteSet{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
)

// alphabet is which bytes the text of a variable may hold, not to be written to;
// any when nothing is known of them.
func alphabet(c *logtype.Column) (letters *byteSet, any bool) {
	switch c.Kind {
	case logtype.KindNumber:
		letters = &numberBytes
		for i := range c.Forms {
			if c.Forms[i].IsText {
				more := letters.with(setOf(c.Forms[i].Text))
				letters = &more
			}
		}
	case logtype.KindUUID:
		letters = &uuidBytes
	case logtype.KindIPv4:
		letters = &addressBytes
	case logtype.KindTime:
		letters = &timeBytes
	case logtype.KindPattern:
		all := hexBytes.with(setOf(c.Pattern))
		letters = &all
	default:
		return &everyByte, true
	}
	return letters, false
}

// mayMatch says whether some text of a variable may be as wanted, without
// decoding it.
func mayMatch(c *logtype.Column, w *want, fold bool) bool {
	letters, any := alphabet(c)
	if any {
		return true
	}
	if !letters.consists(w.text, fold) {
		return false
	}
	if c.Kind == logtype.KindNumber {
		return mayBeNumber(c, w)
	}
	shape := c.Shape()
	if shape == nil {
		return true
	}
	from, to := 0, len(shape)-len(w.text)
	switch {
	case to < 0 || w.mode == equals && to != 0:
		return false
	case w.mode == atStart:
		to = 0
	case w.mode == atEnd:
		from = to
	}
	for ; from <= to; from++ {
		k := 0
		for k < len(w.text) && shape[from+k].Allows(w.text[k], fold) {
			k++
		}
		if k == len(w.text) {
			return true
		}
	}
	return false
}

// mayBeNumber says whether some number of the column may be written as wanted.
func mayBeNumber(c *logtype.Column, w *want) bool {
	lo, hi, ok := c.Bounds()
	if !ok || c.IsRelative() {
		return true
	}
	most := max(digitsOf(lo), digitsOf(hi))
	run, plain := longestDigits(w.text)
	for i := range c.Forms {
		f := &c.Forms[i]
		switch {
		case f.IsText:
			if strings.Contains(strings.ToLower(f.Text), strings.ToLower(w.text)) {
				return true
			}
			continue
		case lo >= 0 && strings.IndexByte(w.text, '-') >= 0, f.Scale == 0 && strings.IndexByte(w.text, '.') >= 0:
			continue
		case run > max(most-int(f.Scale), int(f.Width), int(f.Scale), 1):
			continue
		case plain && lo >= 0 && f.Scale == 0 && f.Width == 0 && (w.mode == atStart || w.mode == equals) && !mayBegin(w, lo, hi, most):
			continue
		}
		return true
	}
	return false
}

// mayBegin says whether a number between lo and hi, of most digits at most,
// begins with digits, or is them.
func mayBegin(w *want, lo, hi int64, most int) bool {
	if len(w.text) > 1 && w.text[0] == '0' || len(w.text) > 18 {
		return w.text[0] != '0'
	}
	first, last := int64(0), int64(0)
	for i := range len(w.text) {
		first = first*10 + int64(w.text[i]-'0')
	}
	last = first
	for n := len(w.text); n <= most; n++ {
		if first <= hi && last >= lo {
			return true
		}
		if w.mode == equals || first == 0 || last > (1<<62)/10 {
			return w.mode != equals && first != 0
		}
		first, last = first*10, last*10+9
	}
	return false
}

// digitsOf is how many digits a number has.
func digitsOf(n int64) int {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	d := 1
	for bits.Len64(u) > 3 || u > 9 {
		u /= 10
		d++
	}
	return d
}

// longestDigits is the longest run of digits in s; plain says that s is nothing
// else.
func longestDigits(s string) (longest int, plain bool) {
	run := 0
	for i := range len(s) {
		if s[i]-'0' > 9 {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest, len(s) > 0 && longest == len(s)
}
