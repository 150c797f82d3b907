package logexec

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"

	"skywatch/internal/logtype"
)

// Many texts that a stats groups by are themselves taken apart into a sentence
// and its variables, such as the path of an object. Such a key is packed: the
// number of its sentence and up to 128 bits of variables stand for the text,
// which is made only for groups that are shown (packed_settle.go). Numbers of a
// sentence hold for the query, so that blocks with templates and dictionaries of
// their own agree on them.

// keyShape is the sentence of packed keys, and the other keys beside that text,
// which are the same in all its rows.
type keyShape struct {
	key           int     // which of the keys is the text
	vals          []value // the other keys
	front, behind []byte  // as grouping keys: those before the text, those behind it

	static []string // around the variables, one more than these
	vars   []keyVar
	bits   uint // of each variable
}

// keyVar is what a variable of a shape is.
type keyVar struct {
	kind   logtype.Kind
	scale  uint8
	layout logtype.Layout
}

// packedKey is a key without its text. The variables lie in hi and lo as one
// number, the last one lowest.
type packedKey struct {
	hi, lo uint64
	shape  uint32
	hash   uint32 // the low bits of hashed, once it is in a packedTable
}

// noShape is that of rows whose text does not pack.
const noShape = ^uint32(0)

// maxShapes bounds the shapes of one query; maxShapeVars the variables of one.
const (
	maxShapes    = 1 << 12
	maxShapeVars = 8
)

// keyShapes are the shapes of a query. Its workers share them.
type keyShapes struct {
	mu     sync.Mutex
	byName map[string]uint32
	list   []*keyShape
}

// number is the number of a shape, noShape when there are too many.
func (k *keyShapes) number(s *keyShape) uint32 {
	name := s.name()
	k.mu.Lock()
	defer k.mu.Unlock()
	if n, ok := k.byName[name]; ok {
		return n
	}
	if len(k.list) == maxShapes {
		return noShape
	}
	if k.byName == nil {
		k.byName = map[string]uint32{}
	}
	n := uint32(len(k.list))
	k.byName[name] = n
	k.list = append(k.list, s)
	return n
}

// all are the shapes so far, by number.
func (k *keyShapes) all() []*keyShape {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.list)
}

// name is different for different shapes.
func (s *keyShape) name() string {
	b := binary.AppendUvarint(nil, uint64(s.key))
	for _, part := range [][]byte{s.front, s.behind} {
		b = append(binary.AppendUvarint(b, uint64(len(part))), part...)
	}
	for i := range s.vals { // numbers and texts with the same letters are one grouping key
		b = append(b, byte(s.vals[i].kind), byte(keyRank(&s.vals[i])))
	}
	for i, text := range s.static {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
		if i < len(s.vars) {
			v := &s.vars[i]
			b = binary.AppendUvarint(append(b, byte(v.kind), v.scale), uint64(v.layout))
		}
	}
	return string(b)
}

// A number is packed as the digits of its text with a 1 before them, which keeps
// zeros in front, and its sign.

const maxNumberDigits = 18

var tens = func() (t [maxNumberDigits + 1]uint64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = 10 * t[i-1]
	}
	return t
}()

// packNumber packs a number of a form; ok is false for what is not a number of
// at most maxNumberDigits digits.
func packNumber(n int64, f *logtype.Form) (code uint64, ok bool) {
	sign, digits := uint64(0), uint64(n)
	if n < 0 {
		sign, digits = 1, -digits
	}
	width := int(f.Scale) + max(1, int(f.Width))
	if width > maxNumberDigits || digits >= tens[maxNumberDigits] {
		return 0, false
	}
	if digits >= tens[width] {
		width = bits.Len64(digits) * 1233 >> 12 // about the logarithm, at most one too small
		if digits >= tens[width] {
			width++
		}
	}
	return (tens[width]+digits)<<1 | sign, true
}

// appendPacked appends the text of a variable.
func (v *keyVar) appendPacked(dst []byte, code uint64) []byte {
	switch v.kind {
	case logtype.KindTime:
		return logtype.AppendMoment(dst, v.layout, int64(code>>1)^-int64(code&1))
	case logtype.KindIPv4:
		return logtype.AppendIPv4(dst, int64(code))
	}
	if code&1 != 0 {
		dst = append(dst, '-')
	}
	var room [20]byte
	digits := strconv.AppendUint(room[:0], code>>1, 10)[1:]
	if v.scale == 0 {
		return append(dst, digits...)
	}
	point := len(digits) - int(v.scale)
	return append(append(append(dst, digits[:point]...), '.'), digits[point:]...)
}

// has says whether the text of a variable may hold a byte. No such text is
// empty.
func (v *keyVar) has(c byte) bool {
	if c >= '0' && c <= '9' {
		return true
	}
	switch v.kind {
	case logtype.KindNumber:
		return c == '-' || c == '.' && v.scale > 0
	case logtype.KindIPv4:
		return c == '.'
	}
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(v.layout.Punctuation(), c) >= 0
}

// appendText appends the text of a packed key.
func (s *keyShape) appendText(dst []byte, k *packedKey) []byte {
	hi, lo := k.hi, k.lo
	var codes [maxShapeVars]uint64
	for i := len(s.vars) - 1; i >= 0; i-- {
		if s.bits == 64 {
			codes[i], lo, hi = lo, hi, 0
			continue
		}
		codes[i] = lo & (1<<s.bits - 1)
		lo, hi = lo>>s.bits|hi<<(64-s.bits), hi>>s.bits
	}
	for i := range s.vars {
		dst = s.vars[i].appendPacked(append(dst, s.static[i]...), codes[i])
	}
	return append(dst, s.static[len(s.vars)]...)
}

// delimited says whether the text of variable i ends before the first byte that
// it cannot hold, whatever the row.
func (s *keyShape) delimited(i int) bool {
	if after := s.static[i+1]; after != "" {
		return !s.vars[i].has(after[0])
	}
	return i == len(s.vars)-1
}

// certain says that no two packed keys of the shape have the same text.
func (s *keyShape) certain() bool {
	for i := range s.vars {
		if !s.delimited(i) {
			return false
		}
	}
	return true
}

// meets says whether a text of s may be one of o as well; false is certain.
func (s *keyShape) meets(o *keyShape) bool {
	if s.key != o.key {
		return true // that depends on the other keys, too
	}
	if string(s.front) != string(o.front) || string(s.behind) != string(o.behind) {
		return false
	}
	for i := 0; ; i++ {
		a, b := s.static[i], o.static[i]
		n := min(len(a), len(b))
		if a[:n] != b[:n] {
			return false
		}
		a, b = a[n:], b[n:]
		endA, endB := i == len(s.vars), i == len(o.vars)
		switch {
		case a == "" && b == "" && endA && endB:
			return true
		case a == "" && endA || b == "" && endB:
			return false // and the other one goes on
		case a == "" && b == "" && s.vars[i] == o.vars[i] && s.delimited(i) && o.delimited(i):
			continue // the same text up to there
		case a == "" && b != "" && !s.vars[i].has(b[0]), b == "" && a != "" && !o.vars[i].has(a[0]):
			return false
		}
		a, b = s.static[len(s.vars)], o.static[len(o.vars)]
		return strings.HasSuffix(a, b) || strings.HasSuffix(b, a)
	}
}
