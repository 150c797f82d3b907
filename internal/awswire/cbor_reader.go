package awswire

import (
	"encoding/binary"
	"math"
	"time"
	"unicode/utf8"
)

// CBOR major types (RFC 8949), in the top three bits of the first byte; the
// low five hold a small argument, or the size of the argument that follows, or
// 31 for "indefinite".
const (
	cborUint   = 0
	cborNegInt = 1
	cborBytes  = 2
	cborText   = 3
	cborArray  = 4
	cborMap    = 5
	cborTag    = 6
	cborSimple = 7

	cborIndefinite = 31
	cborBreak      = 0xff
)

// cborReader reads Smithy RPC v2 CBOR: definite and indefinite lengths, any
// numeric width for any number, tag 1 on timestamps. Tags that mean nothing to
// a member are read through.
type cborReader struct {
	buf     []byte
	pos     int
	open    []int64 // what is left in each open map (in pairs) or array; -1: until the break
	scratch []byte
}

var _ reader = (*cborReader)(nil)

func newCBORReader(b []byte) *cborReader { return &cborReader{buf: b} }

func errCBOREnd(at int) error { return syntaxErrorf("the CBOR ends at byte %d inside a value", at) }

// head reads the first byte and argument of an item. For floats the argument
// holds the raw bits and info tells their width.
func (r *cborReader) head() (major, info byte, arg uint64, err error) {
	if r.pos >= len(r.buf) {
		return 0, 0, 0, errCBOREnd(r.pos)
	}
	c := r.buf[r.pos]
	major, info = c>>5, c&0x1f
	rest := r.buf[r.pos+1:]
	size := 0
	switch {
	case info < 24:
		arg = uint64(info)
	case info == 24:
		if size = 1; len(rest) >= size {
			arg = uint64(rest[0])
		}
	case info == 25:
		if size = 2; len(rest) >= size {
			arg = uint64(binary.BigEndian.Uint16(rest))
		}
	case info == 26:
		if size = 4; len(rest) >= size {
			arg = uint64(binary.BigEndian.Uint32(rest))
		}
	case info == 27:
		if size = 8; len(rest) >= size {
			arg = binary.BigEndian.Uint64(rest)
		}
	case info == cborIndefinite && (major == cborBytes || major == cborText || major == cborArray || major == cborMap):
	default:
		return 0, 0, 0, syntaxErrorf("the byte 0x%02x at %d starts no CBOR value", c, r.pos)
	}
	if len(rest) < size {
		return 0, 0, 0, errCBOREnd(len(r.buf))
	}
	r.pos += 1 + size
	return major, info, arg, nil
}

// value reads the head of a value, through any tags.
func (r *cborReader) value() (major, info byte, arg uint64, err error) {
	for range maxDepth {
		major, info, arg, err = r.head()
		if err != nil || major != cborTag {
			return major, info, arg, err
		}
	}
	return 0, 0, 0, syntaxErrorf("too many CBOR tags in a row at byte %d", r.pos)
}

// typeName names what was read for an error.
func cborTypeName(major, info byte) string {
	switch major {
	case cborUint, cborNegInt:
		return "NUMBER_VALUE"
	case cborBytes:
		return "BYTES_VALUE"
	case cborText:
		return "STRING_VALUE"
	case cborArray:
		return "START_ARRAY"
	case cborMap:
		return "START_OBJECT"
	}
	switch info {
	case 20:
		return "FALSE_VALUE"
	case 21:
		return "TRUE_VALUE"
	case 22, 23:
		return "NULL_VALUE"
	case 25, 26, 27:
		return "NUMBER_VALUE"
	}
	return "a CBOR simple value"
}

func (r *cborReader) null() (bool, error) {
	if r.pos < len(r.buf) {
		if c := r.buf[r.pos]; c == 0xf6 || c == 0xf7 {
			r.pos++
			return true, nil
		}
	}
	return false, nil
}

// begin opens a map or an array and returns the number of entries claimed.
func (r *cborReader) begin(want byte, name string) (int, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return 0, err
	}
	if major != want {
		return 0, mismatch(cborTypeName(major, info), name)
	}
	if info == cborIndefinite {
		r.open = append(r.open, -1)
		return -1, nil
	}
	// Every entry takes at least one byte, a pair two.
	if arg > uint64(len(r.buf)-r.pos) {
		return 0, syntaxErrorf("CBOR with %d entries claimed at byte %d, but only %d bytes left", arg, r.pos, len(r.buf)-r.pos)
	}
	r.open = append(r.open, int64(arg))
	return int(arg), nil
}

// more reports whether the innermost open map or array has another entry and
// closes it when not.
func (r *cborReader) more() (bool, error) {
	top := len(r.open) - 1
	switch left := r.open[top]; {
	case left > 0:
		r.open[top]--
		return true, nil
	case left == 0:
		r.open = r.open[:top]
		return false, nil
	}
	if r.pos >= len(r.buf) {
		return false, errCBOREnd(r.pos)
	}
	if r.buf[r.pos] == cborBreak {
		r.pos++
		r.open = r.open[:top]
		return false, nil
	}
	return true, nil
}

func (r *cborReader) beginStruct() error {
	_, err := r.begin(cborMap, "a structure")
	return err
}

func (r *cborReader) nextMember() ([]byte, bool, error) {
	ok, err := r.more()
	if err != nil || !ok {
		return nil, false, err
	}
	major, info, arg, err := r.value()
	if err != nil {
		return nil, false, err
	}
	if major != cborText {
		return nil, false, syntaxErrorf("a CBOR map key that is not a text string before byte %d", r.pos)
	}
	name, err := r.bytes(major, info, arg)
	return name, true, err
}

func (r *cborReader) beginList() (int, error) { return r.begin(cborArray, "a list") }

func (r *cborReader) nextItem() (bool, error) { return r.more() }

func (r *cborReader) beginMap() error {
	_, err := r.begin(cborMap, "a map")
	return err
}

func (r *cborReader) nextKey() (string, bool, error) {
	b, ok, err := r.nextMember()
	return string(b), ok, err
}

// bytes reads the content of a byte or text string whose head has been read.
func (r *cborReader) bytes(major, info byte, arg uint64) ([]byte, error) {
	if info != cborIndefinite {
		if arg > uint64(len(r.buf)-r.pos) {
			return nil, errCBOREnd(len(r.buf))
		}
		b := r.buf[r.pos : r.pos+int(arg)]
		r.pos += int(arg)
		return b, nil
	}
	out := r.scratch[:0]
	for {
		if r.pos >= len(r.buf) {
			return nil, errCBOREnd(r.pos)
		}
		if r.buf[r.pos] == cborBreak {
			r.pos++
			r.scratch = out
			return out, nil
		}
		m, i, n, err := r.head()
		if err != nil {
			return nil, err
		}
		if m != major || i == cborIndefinite {
			return nil, syntaxErrorf("a CBOR string chunk of another type before byte %d", r.pos)
		}
		if n > uint64(len(r.buf)-r.pos) {
			return nil, errCBOREnd(len(r.buf))
		}
		out = append(out, r.buf[r.pos:r.pos+int(n)]...)
		r.pos += int(n)
	}
}

func (r *cborReader) readString() ([]byte, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return nil, err
	}
	if major != cborText {
		return nil, mismatch(cborTypeName(major, info), "a String")
	}
	b, err := r.bytes(major, info, arg)
	if err == nil && !utf8.Valid(b) {
		return nil, syntaxErrorf("the CBOR text string before byte %d is not UTF-8", r.pos)
	}
	return b, err
}

func (r *cborReader) appendString(dst []byte) ([]byte, error) {
	b, err := r.readString()
	return append(dst, b...), err
}

func (r *cborReader) readBlob() ([]byte, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return nil, err
	}
	if major != cborBytes {
		return nil, mismatch(cborTypeName(major, info), "a Blob")
	}
	return r.bytes(major, info, arg)
}

func (r *cborReader) readBool() (bool, error) {
	major, info, _, err := r.value()
	if err != nil {
		return false, err
	}
	if major == cborSimple && (info == 20 || info == 21) {
		return info == 21, nil
	}
	return false, mismatch(cborTypeName(major, info), "a Boolean")
}

func (r *cborReader) readInt(bits int) (int64, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return 0, err
	}
	switch {
	case major == cborUint && arg < 1<<(bits-1):
		return int64(arg), nil
	case major == cborNegInt && arg < 1<<(bits-1):
		return -1 - int64(arg), nil
	case major == cborUint || major == cborNegInt:
		return 0, typeErrorf("a number out of range for %s", intTypeName(bits))
	}
	if f, ok := cborFloat(major, info, arg); ok {
		return floatToInt(f, bits)
	}
	return 0, mismatch(cborTypeName(major, info), intTypeName(bits))
}

func (r *cborReader) readFloat() (float64, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return 0, err
	}
	if f, ok := cborFloat(major, info, arg); ok {
		return f, nil
	}
	return 0, mismatch(cborTypeName(major, info), "a Double")
}

// cborFloat returns any number as a float64.
func cborFloat(major, info byte, arg uint64) (float64, bool) {
	switch major {
	case cborUint:
		return float64(arg), true
	case cborNegInt:
		return -1 - float64(arg), true
	case cborSimple:
		switch info {
		case 25:
			return halfFloat(uint16(arg)), true
		case 26:
			return float64(math.Float32frombits(uint32(arg))), true
		case 27:
			return math.Float64frombits(arg), true
		}
	}
	return 0, false
}

// halfFloat converts an IEEE 754 binary16.
func halfFloat(h uint16) float64 {
	exp, frac := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(frac, -24)
	case 31:
		if f = math.Inf(1); frac != 0 {
			return math.NaN()
		}
	default:
		f = math.Ldexp(frac+1024, exp-25)
	}
	if h&0x8000 != 0 {
		f = -f
	}
	return f
}

func (r *cborReader) readTime() (time.Time, error) {
	major, info, arg, err := r.value()
	if err != nil {
		return time.Time{}, err
	}
	if major == cborText {
		b, err := r.bytes(major, info, arg)
		if err != nil {
			return time.Time{}, err
		}
		return parseTime(string(b))
	}
	if f, ok := cborFloat(major, info, arg); ok {
		return epochTime(f)
	}
	return time.Time{}, mismatch(cborTypeName(major, info), "a Timestamp")
}

func (r *cborReader) skip() error { return r.skipValue(0) }

func (r *cborReader) skipValue(depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	at := r.pos
	major, info, arg, err := r.value()
	if err != nil {
		return err
	}
	switch major {
	case cborBytes, cborText:
		_, err := r.bytes(major, info, arg)
		return err
	case cborArray, cborMap:
		r.pos = at
		if _, err := r.begin(major, ""); err != nil {
			return err
		}
		for {
			ok, err := r.more()
			if err != nil || !ok {
				return err
			}
			if major == cborMap {
				if err := r.skipValue(depth + 1); err != nil {
					return err
				}
			}
			if err := r.skipValue(depth + 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *cborReader) end() error {
	if r.pos < len(r.buf) {
		return syntaxErrorf("%d bytes after the end of the CBOR", len(r.buf)-r.pos)
	}
	return nil
}
