package logtype

import (
	"math/bits"
	"sync/atomic"

	"skywatch/internal/colenc"
)

// TextHint says what the texts of a variable can hold, without decoding them:
// "no" is certain, "yes" may be wrong. A block makes it of a column when that
// has been decoded for a search ([Block.Learn]) and keeps it as long as it is
// open, so that the next search, for whatever text, can leave the column alone.
// Nothing of it is written to files. It is immutable.
type TextHint struct {
	// Letters are the bytes that the texts consist of, First and Last those that
	// they begin and end with: bit c&63 of word c>>6 for byte c.
	Letters, First, Last [4]uint64
	// Empty says that some text is empty.
	Empty bool

	// grams is a set of 2^log bits with bit hintHash(g)>>(32-log) set for each
	// n bytes g, in lower case, that follow each other; nil when these are too
	// many to tell texts apart. n is 3, or 4 where there are more of three than
	// tell texts apart: ids of random letters, which are the largest columns.
	grams []uint64
	log   uint8
	n     uint8
}

const (
	// A set has hintBits bits per gram or more, up to 2^maxHintLog in all. One
	// of four bytes has as many per byte of the texts, up to 2^maxWideLog, and
	// none is made where these would be less than half of that.
	hintBits   = 4
	minHintLog = 6
	maxHintLog = 13
	maxWideLog = 20
	hintBase   = 160 // bytes of a hint besides its grams
)

func hintHash(g uint32) uint32 {
	g *= 0x9e3779b1
	g ^= g >> 15
	return g * 0x85ebca6b
}

var lowerASCII = func() (t [256]byte) {
	for c := range t {
		if t[c] = byte(c); c >= 'A' && c <= 'Z' {
			t[c] += 'a' - 'A'
		}
	}
	return t
}()

// newTextHint makes the hint of texts, of at most most bytes. Grams are taken
// across the borders between them as well: that only makes more.
func newTextHint(s *colenc.Strings, most int) *TextHint {
	h := &TextHint{n: 3}
	from := uint32(0)
	for _, end := range s.Ends {
		if from == end {
			h.Empty = true
			continue
		}
		a, z := s.Bytes[from], s.Bytes[end-1]
		h.First[a>>6] |= 1 << (a & 63)
		h.Last[z>>6] |= 1 << (z & 63)
		from = end
	}
	var letters [256]bool
	var set [1 << (maxHintLog - 6)]uint64
	g := uint32(0)
	for i, c := range s.Bytes {
		letters[c] = true
		if g = (g<<8 | uint32(lowerASCII[c])) & 0xffffff; i >= 2 {
			k := hintHash(g) >> (32 - maxHintLog)
			set[k>>6] |= 1 << (k & 63)
		}
	}
	for c, is := range letters {
		if is {
			h.Letters[c>>6] |= 1 << (c & 63)
		}
	}
	count := 0
	for _, w := range set {
		count += bits.OnesCount64(w)
	}
	if count > 1<<(maxHintLog-1) {
		h.wide(s.Bytes, most-hintBase)
		return h
	}
	h.log = minHintLog
	for h.log < maxHintLog && 1<<h.log < hintBits*count {
		h.log++
	}
	h.grams = make([]uint64, 1<<(h.log-6))
	for i, w := range set {
		for ; w != 0; w &= w - 1 {
			k := (i<<6 | bits.TrailingZeros64(w)) >> (maxHintLog - h.log)
			h.grams[k>>6] |= 1 << (k & 63)
		}
	}
	return h
}

// wide makes the set of four bytes each, of at most room bytes.
func (h *TextHint) wide(text []byte, room int) {
	h.log = maxHintLog
	for h.log < maxWideLog && 1<<h.log < hintBits*len(text) {
		h.log++
	}
	if bits := 1 << h.log; bits < hintBits/2*len(text) || bits/8 > room {
		return
	}
	h.n, h.grams = 4, make([]uint64, 1<<(h.log-6))
	g := uint32(0)
	for i, c := range text {
		if g = g<<8 | uint32(lowerASCII[c]); i >= 3 {
			k := hintHash(g) >> (32 - h.log)
			h.grams[k>>6] |= 1 << (k & 63)
		}
	}
}

// MayHold says whether some text may hold s. fold takes s, which is in lower
// case then, for either case.
func (h *TextHint) MayHold(s string, fold bool) bool {
	for i := range len(s) {
		if !hasByte(&h.Letters, s[i], fold) {
			return false
		}
	}
	if h.grams == nil {
		return true
	}
	g, mask := uint32(0), ^uint32(0)>>(32-8*h.n)
	for i := range len(s) {
		if g = (g<<8 | uint32(lowerASCII[s[i]])) & mask; i >= int(h.n)-1 {
			k := hintHash(g) >> (32 - h.log)
			if h.grams[k>>6]>>(k&63)&1 == 0 {
				return false
			}
		}
	}
	return true
}

// MayBegin and MayEnd say whether some text may begin or end with c; fold is
// as in MayHold.
func (h *TextHint) MayBegin(c byte, fold bool) bool { return hasByte(&h.First, c, fold) }

func (h *TextHint) MayEnd(c byte, fold bool) bool { return hasByte(&h.Last, c, fold) }

func hasByte(set *[4]uint64, c byte, fold bool) bool {
	return set[c>>6]>>(c&63)&1 != 0 || fold && c >= 'a' && c <= 'z' && set[(c-32)>>6]>>((c-32)&63)&1 != 0
}

// kept is what an open block keeps of a column besides its bytes.
type kept struct {
	hint   atomic.Pointer[TextHint]
	nested atomic.Pointer[Block]
}

// Hint is what is known of the texts of variable k of template t; nil when
// nobody has decoded them or they are not kept as text.
func (b *Block) Hint(t, k int) *TextHint {
	if c := b.kept(t, k); c != nil {
		return c.hint.Load()
	}
	return nil
}

// Learn keeps what is to be known of a variable whose texts, or the values of
// whose dictionary, are s.
func (b *Block) Learn(t, k int, s *colenc.Strings) {
	if c := b.kept(t, k); c != nil && c.hint.Load() == nil {
		c.hint.Store(newTextHint(s, b.mostKept(b.variable(t, k))))
	}
}

// LearnLetters keeps the bytes that the texts of a variable consist of at most,
// when nothing is known of them yet.
func (b *Block) LearnLetters(t, k int, letters [4]uint64) {
	if c := b.kept(t, k); c != nil && c.hint.Load() == nil {
		every := [4]uint64{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
		c.hint.Store(&TextHint{Letters: letters, First: every, Last: every, Empty: true})
	}
}

func (b *Block) kept(t, k int) *kept {
	c := b.variable(t, k)
	if c.keep == 0 {
		return nil
	}
	return &b.columns[c.keep-1]
}

// variable is the column of a variable, that which it repeats for a copy.
func (b *Block) variable(t, k int) *Column {
	c := &b.Templates[t].Columns[k]
	if c.Kind == KindCopy {
		return &b.Templates[t].Columns[c.Of]
	}
	return c
}

// number gives the columns that may be kept a place in b.columns.
func (b *Block) number() {
	n := 0
	for t := range b.Templates {
		for k := range b.Templates[t].Columns {
			switch c := &b.Templates[t].Columns[k]; c.Kind {
			case KindDict, KindText, KindNested:
				n++
				c.keep = n
			}
		}
	}
	b.columns = make([]kept, n)
}

// mostKept is how many bytes may come to be kept of a column. Blocks inside of
// blocks keep no wide sets: they are kept themselves only as long as they are small.
func (b *Block) mostKept(c *Column) int {
	switch c.Kind {
	case KindText:
		return hintBase + mostGrams(c.bytes, b.depth == 0)
	case KindDict:
		return hintBase + mostGrams(2*len(c.parts[0]), b.depth == 0)
	case KindNested:
		return 256 + min(16<<10, 6*len(c.parts[0]))
	}
	return 0
}

// mostGrams is how many bytes the grams of texts of about size bytes may take.
func mostGrams(size int, wide bool) int {
	n := min(1<<maxHintLog/8, size)
	if wide && size >= 1<<(maxHintLog-1) { // else there are no more grams than that
		n = max(n, min(1<<maxWideLog/8, size))
	}
	return n
}

// Memory estimates the bytes of memory that an open block takes besides those
// it was opened from, with all that it may come to keep.
func (b *Block) Memory() int {
	n := 0
	if b.KeepsRows() {
		n += b.Rows
	}
	for i := range b.Templates {
		t := &b.Templates[i]
		n += 150 + 32*len(t.Static) + 240*len(t.Columns) + 60*(len(t.JSONFields)+len(t.LambdaFields))
		for k := range t.Columns {
			n += b.mostKept(&t.Columns[k])
		}
	}
	return n
}
