package logtype

import (
	"math/bits"

	"skywatch/internal/colenc"
)

// textFilterBuilder collects what the filter of a block must know. Of a message
// whose skeleton is known it looks at the holes only, and at as much around
// them as a gram can reach: the rest has been seen in the skeleton's first
// message.
type textFilterBuilder struct {
	escapes bool
	grams   [1 << (maxGramLog - 6)]uint64 // a set of 2^maxGramLog bits, halved when it is written
	ids     idSet
}

func (b *textFilterBuilder) reset() {
	b.escapes = false
	clear(b.grams[:])
	b.ids.reset()
}

// message takes one message. holes are those of its skeleton; whole asks for all of its text to be looked at.
func (b *textFilterBuilder) message(msg string, holes []hole, whole bool) {
	if !b.escapes {
		b.escapes = hasEscape(msg)
	}
	eachUUID(msg, func(id UUID) { b.ids.add(idHash(&id)) })
	if whole {
		b.text(msg)
		return
	}
	for i := range holes {
		from, to := int(holes[i].from), int(holes[i].to)
		// A gram reaches over a border only from letter to letter.
		if from == to || gramFold[msg[from]] != 0 {
			from = max(0, from-gramLen+1)
		}
		if holes[i].from == holes[i].to || gramFold[msg[to-1]] != 0 {
			to = min(len(msg), to+gramLen-1)
		}
		if to-from >= gramLen {
			b.text(msg[from:to])
		}
	}
}

// text is eachGram with the set in place of the call. It looks at the last of
// four bytes first: most of what varies is digits, and one that is no letter
// rules out all grams it could be in.
func (b *textFilterBuilder) text(s string) {
	for i := 0; i+gramLen <= len(s); {
		four := s[i : i+gramLen]
		c3 := gramFold[four[3]]
		if c3 == 0 {
			i += 4
			continue
		}
		c2 := gramFold[four[2]]
		if c2 == 0 {
			i += 3
			continue
		}
		c1 := gramFold[four[1]]
		if c1 == 0 {
			i += 2
			continue
		}
		c0 := gramFold[four[0]]
		if c0 == 0 {
			i++
			continue
		}
		// A run of letters. strong has a bit for each of the last four that is
		// no hexadecimal digit.
		g := uint32(c0)<<24 | uint32(c1)<<16 | uint32(c2)<<8 | uint32(c3)
		strong := strongLetter[c0]<<3 | strongLetter[c1]<<2 | strongLetter[c2]<<1 | strongLetter[c3]
		for i += gramLen; ; i++ {
			if strong&15 != 0 {
				h := gramHash(g) >> (32 - maxGramLog)
				b.grams[h>>6] |= 1 << (h & 63)
			}
			if i == len(s) {
				return
			}
			c := gramFold[s[i]]
			if c == 0 {
				i++
				break
			}
			g = g<<8 | uint32(c)
			strong = strong<<1 | strongLetter[c]
		}
	}
}

// strongLetter is 1 for the letters of grams that are no hexadecimal digits.
var strongLetter = func() (t [256]uint8) {
	for c := 'f' + 1; c < 256; c++ {
		t[c] = 1
	}
	return t
}()

// AppendTextFilter appends the filter of all messages since the last Reset.
func (e *Encoder) AppendTextFilter(dst []byte) []byte {
	b := e.filter
	flags := byte(0)
	if b.escapes {
		flags = 1
	}
	count := 0
	for _, w := range b.grams {
		count += bits.OnesCount64(w)
	}
	log := uint(minGramLog)
	for log < maxGramLog && 1<<log < gramBits*count {
		log++
	}
	if count > 1<<(maxGramLog-1) {
		dst = append(dst, textFilterVersion, flags, 0)
	} else {
		dst = append(dst, textFilterVersion, flags, byte(log))
		from := len(dst)
		dst = append(dst, make([]byte, 1<<log/8)...)
		set := dst[from:]
		for i, w := range b.grams {
			for ; w != 0; w &= w - 1 {
				h := (i<<6 | bits.TrailingZeros64(w)) >> (maxGramLog - log)
				set[h>>3] |= 1 << (h & 7)
			}
		}
	}
	if b.ids.n == 0 {
		return colenc.AppendFilter(dst, nil)
	}
	f := colenc.NewFilter(b.ids.n)
	b.ids.each(f.Add)
	return colenc.AppendFilter(dst, f)
}

// idSet is a set of hashes but 0.
type idSet struct {
	table []uint64 // open addressing; 0 is a free place
	n     int
	last  uint64
}

func (s *idSet) reset() {
	s.n, s.last = 0, 0
	if len(s.table) == 0 || len(s.table) > 1<<16 {
		s.table = make([]uint64, 1<<8)
		return
	}
	clear(s.table)
}

func (s *idSet) add(h uint64) {
	if h == s.last {
		return
	}
	s.last = h
	if !s.put(h) {
		return
	}
	if s.n++; 2*s.n > len(s.table) {
		old := s.table
		s.table = make([]uint64, 4*len(old))
		for _, h := range old {
			if h != 0 {
				s.put(h)
			}
		}
	}
}

func (s *idSet) put(h uint64) bool {
	mask := uint64(len(s.table) - 1)
	i := h & mask
	for ; s.table[i] != 0; i = (i + 1) & mask {
		if s.table[i] == h {
			return false
		}
	}
	s.table[i] = h
	return true
}

func (s *idSet) each(yield func(h uint64)) {
	for _, h := range s.table {
		if h != 0 {
			yield(h)
		}
	}
}
