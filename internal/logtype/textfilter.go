package logtype

import (
	"fmt"
	"math/bits"
	"strings"

	"skywatch/internal/colenc"
)

// TextFilter says of a text whether some message of a block may hold it,
// without the block: "no" is certain, "yes" may be wrong. It is read with
// [OpenTextFilter] and asked with a [TextProbe]; it is immutable, and the zero
// value answers yes to everything.
//
// It knows two things of the messages, both without regard to the case of ASCII
// letters. Grams are runs of four letters (bytes from 0x80 on are letters) that
// are not four hexadecimal digits: the words of a block are few and repeat, so
// their grams are too, while digits and random ids would fill any filter. IDs
// are the UUIDs in it, wherever they stand.
//
// # Layout
//
//	byte  version, 1
//	byte  bit 0: some message holds a JSON escape of the form \uXXXX
//	byte  n, the binary logarithm of the bits of the gram set, 6 to 17; 0 when no
//	      set is kept because the grams are too many
//	2^n bits: bit gramHash(g)>>(32-n) is set for every gram g, lowest bit first
//	the IDs: a filter of package colenc, of no blocks when there are none
//
// Like a block it has no checksum of its own.
type TextFilter struct {
	escapes bool
	log     uint
	grams   []byte
	ids     colenc.Filter
	open    bool // false for the zero value
}

const textFilterVersion = 1

const (
	gramLen = 4
	// A gram set has gramBits bits per gram or more, up to 2^maxGramLog in all; a
	// set that would be half full is left out. Blocks of a simulated account
	// have 200 to 600 grams, those of S3 access logs up to 50,000: their ids are
	// random letters.
	gramBits   = 8
	minGramLog = 6
	maxGramLog = 17
)

// gramFold is the letter of a gram that a byte is, 0 for bytes that are none.
var gramFold = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z' || c >= 0x80:
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}()

func gramHash(g uint32) uint32 {
	g ^= g >> 15
	g *= 0x85ebca6b
	g ^= g >> 13
	return g * 0x9e3779b1
}

// eachGram calls yield with the hash of every gram of s.
func eachGram(s string, yield func(h uint32)) {
	g := uint32(0)
	plain, strong := -1, -gramLen // the last byte that is no letter, the last letter that is no hexadecimal digit
	for i := 0; i < len(s); i++ {
		c := gramFold[s[i]]
		if c == 0 {
			plain = i
			continue
		}
		g = g<<8 | uint32(c)
		if c > 'f' {
			strong = i
		}
		if i-plain >= gramLen && i-strong < gramLen {
			yield(gramHash(g))
		}
	}
}

// eachUUID calls yield with every UUID in s, in either case, whatever stands
// before and behind it.
func eachUUID(s string, yield func(id UUID)) {
	for i := 8; i+28 <= len(s); i++ {
		n := strings.IndexByte(s[i:len(s)-27], '-')
		if n < 0 {
			return
		}
		i += n
		if s[i+5] == '-' && s[i+10] == '-' && s[i+15] == '-' {
			if id, ok := foldedUUID(s[i-8 : i+28]); ok {
				yield(id)
				i += 27 // the first dash of another comes behind this one
			}
		}
	}
}

// foldedUUID reads a UUID in any case, whose dashes are known to be there.
func foldedUUID(s string) (u UUID, ok bool) {
	bad := int8(0)
	for k, i := range uuidDigits {
		x, y := hexValue[s[i]], hexValue[s[i+1]]
		bad |= x | y
		u[k] = byte(x)<<4 | byte(y)
	}
	return u, bad >= 0
}

// idHash is the hash of a UUID in a filter of package colenc, whose low and
// high bits must be independent.
func idHash(u *UUID) uint64 {
	a, b := uint64(0), uint64(0)
	for i := range 8 {
		a = a<<8 | uint64(u[i])
		b = b<<8 | uint64(u[i+8])
	}
	hi, lo := bits.Mul64(a^0x9e3779b97f4a7c15, b^0xbf58476d1ce4e5b9)
	h := (hi ^ lo ^ bits.RotateLeft64(a, 32) ^ b) * 0x94d049bb133111eb
	return max(h^h>>32, 1) // 0 is a free place in an idSet
}

// OpenTextFilter reads a filter. It refers to b. The error is
// [colenc.ErrCorrupt].
func OpenTextFilter(b []byte) (*TextFilter, error) {
	fail := func(what string) (*TextFilter, error) {
		return nil, fmt.Errorf("open text filter: %w: %s", colenc.ErrCorrupt, what)
	}
	if len(b) < 3 {
		return fail("it is cut")
	}
	if b[0] != textFilterVersion {
		return fail(fmt.Sprintf("version %d is unknown", b[0]))
	}
	f := &TextFilter{escapes: b[1]&1 != 0, log: uint(b[2]), open: true}
	if b[1] > 1 || f.log != 0 && (f.log < minGramLog || f.log > maxGramLog) {
		return fail(fmt.Sprintf("head % x", b[:3]))
	}
	b = b[3:]
	if f.log > 0 {
		n := 1 << f.log / 8
		if len(b) < n {
			return fail("it is cut")
		}
		f.grams, b = b[:n:n], b[n:]
	}
	var err error
	if f.ids, err = colenc.DecodeFilter(b); err != nil {
		return nil, fmt.Errorf("open text filter: %w", err)
	}
	return f, nil
}

// TextProbe is a text, prepared to be asked of filters.
type TextProbe struct {
	grams []uint32
	ids   []uint64
}

// NewTextProbe prepares a text; its case does not matter.
func NewTextProbe(text string) TextProbe {
	var p TextProbe
	eachGram(text, func(h uint32) { p.grams = append(p.grams, h) })
	eachUUID(text, func(id UUID) { p.ids = append(p.ids, idHash(&id)) })
	return p
}

// Empty says that no filter can answer no to the probe.
func (p *TextProbe) Empty() bool { return len(p.grams)+len(p.ids) == 0 }

// MayHold says whether some message of the block may hold the text of p.
func (f *TextFilter) MayHold(p *TextProbe) bool {
	if !f.open {
		return true
	}
	for _, h := range p.ids {
		if len(f.ids) == 0 || !f.ids.Has(h) {
			return false
		}
	}
	if f.log > 0 {
		for _, h := range p.grams {
			if h >>= 32 - f.log; f.grams[h>>3]>>(h&7)&1 == 0 {
				return false
			}
		}
	}
	return true
}

// MayDecode says whether a string in the JSON of some message may decode to p's
// text or to one that holds it. The text must be ASCII: other runes may stand
// for bytes that are no UTF-8.
func (f *TextFilter) MayDecode(p *TextProbe) bool { return f.escapes || f.MayHold(p) }

// Covers says whether the filter knows all that it must of a message of its
// block. It is for those who check files.
func (f *TextFilter) Covers(msg string) bool {
	p := NewTextProbe(msg)
	return f.MayHold(&p) && (!f.open || f.escapes || !hasEscape(msg))
}

func hasEscape(msg string) bool {
	return strings.IndexByte(msg, '\\') >= 0 && strings.Contains(msg, `\u`)
}
