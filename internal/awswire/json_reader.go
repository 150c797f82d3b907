package awswire

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"
)

// jsonReader reads AWS JSON (RFC 8259). Bytes of strings are passed through as
// they came; the mux has seen that they are UTF-8.
type jsonReader struct {
	buf     []byte
	pos     int
	first   bool   // directly after [ or {
	scratch []byte // unescaped strings, decoded blobs
}

var _ reader = (*jsonReader)(nil)

func newJSONReader(b []byte) *jsonReader { return &jsonReader{buf: b} }

// notUTF8 says where a body stops being UTF-8. CloudWatch refuses such JSON as
// well; to take it would mean answers later that its readers cannot decode, or
// that tell of other bytes than are kept.
func notUTF8(body []byte) error {
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && n == 1 {
			return syntaxErrorf("the byte 0x%02x at %d of the JSON is not UTF-8", body[i], i)
		}
		i += n
	}
	return nil
}

// space moves to the next byte that is not white space and returns it, 0 at
// the end.
func (r *jsonReader) space() byte {
	for r.pos < len(r.buf) {
		c := r.buf[r.pos]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return c
		}
		r.pos++
	}
	return 0
}

func (r *jsonReader) syntax(want string) error {
	if r.pos >= len(r.buf) {
		return syntaxErrorf("the JSON ends at byte %d where %s should stand", r.pos, want)
	}
	return syntaxErrorf("%q at byte %d of the JSON where %s should stand", rune(r.buf[r.pos]), r.pos, want)
}

// token names the type of the value that stands next, as AWS does.
func (r *jsonReader) token() string {
	switch c := r.space(); {
	case c == '"':
		return "STRING_VALUE"
	case c == '{':
		return "START_OBJECT"
	case c == '[':
		return "START_ARRAY"
	case c == 't':
		return "TRUE_VALUE"
	case c == 'f':
		return "FALSE_VALUE"
	case c == 'n':
		return "NULL_VALUE"
	case c == '-' || '0' <= c && c <= '9':
		return "NUMBER_VALUE"
	}
	return ""
}

// wrong is the error for a value that is not of type want.
func (r *jsonReader) wrong(want string) error {
	if t := r.token(); t != "" {
		return mismatch(t, want)
	}
	return r.syntax("a value")
}

func (r *jsonReader) literal(s string) bool {
	if len(r.buf)-r.pos >= len(s) && string(r.buf[r.pos:r.pos+len(s)]) == s {
		r.pos += len(s)
		r.first = false
		return true
	}
	return false
}

func (r *jsonReader) null() (bool, error) {
	if r.space() != 'n' {
		return false, nil
	}
	if r.literal("null") {
		return true, nil
	}
	return false, r.syntax("a value")
}

func (r *jsonReader) beginStruct() error {
	if r.space() != '{' {
		return r.wrong("a structure")
	}
	r.pos++
	r.first = true
	return nil
}

func (r *jsonReader) nextMember() ([]byte, bool, error) {
	c := r.space()
	if c == '}' {
		r.pos++
		r.first = false
		return nil, false, nil
	}
	if !r.first {
		if c != ',' {
			return nil, false, r.syntax("a comma or }")
		}
		r.pos++
		c = r.space()
	}
	if c != '"' {
		return nil, false, r.syntax("a member name")
	}
	r.first = false
	name, err := r.str()
	if err != nil {
		return nil, false, err
	}
	if r.space() != ':' {
		return nil, false, r.syntax("a colon")
	}
	r.pos++
	return name, true, nil
}

func (r *jsonReader) beginList() (int, error) {
	if r.space() != '[' {
		return 0, r.wrong("a list")
	}
	r.pos++
	r.first = true
	return -1, nil
}

func (r *jsonReader) nextItem() (bool, error) {
	c := r.space()
	if c == ']' {
		r.pos++
		r.first = false
		return false, nil
	}
	if r.first {
		r.first = false
		return true, nil
	}
	if c != ',' {
		return false, r.syntax("a comma or ]")
	}
	r.pos++
	return true, nil
}

func (r *jsonReader) beginMap() error {
	if r.space() != '{' {
		return r.wrong("a map")
	}
	r.pos++
	r.first = true
	return nil
}

func (r *jsonReader) nextKey() (string, bool, error) {
	b, ok, err := r.nextMember()
	return string(b), ok, err
}

func (r *jsonReader) readString() ([]byte, error) {
	if r.space() != '"' {
		return nil, r.wrong("a String")
	}
	return r.str()
}

func (r *jsonReader) appendString(dst []byte) ([]byte, error) {
	if r.space() != '"' {
		return dst, r.wrong("a String")
	}
	r.first = false
	r.pos++
	return r.unescape(dst)
}

func (r *jsonReader) readBool() (bool, error) {
	switch r.space() {
	case 't':
		if r.literal("true") {
			return true, nil
		}
		return false, r.syntax("a value")
	case 'f':
		if r.literal("false") {
			return false, nil
		}
		return false, r.syntax("a value")
	}
	return false, r.wrong("a Boolean")
}

func intTypeName(bits int) string {
	if bits == 32 {
		return "an Integer"
	}
	return "a Long"
}

func (r *jsonReader) readInt(bits int) (int64, error) {
	tok, err := r.number(intTypeName(bits))
	if err != nil {
		return 0, err
	}
	return integer(tok, bits)
}

// integer reads a JSON number as an integer. 1e3 and 5.0 are integers too;
// 5.5 is not, since rounding it would be a silent change.
func integer(tok []byte, bits int) (int64, error) {
	if n, ok := shortInt(tok); ok && (bits == 64 || n == int64(int32(n))) {
		return n, nil
	}
	if n, err := strconv.ParseInt(string(tok), 10, bits); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(string(tok), 64)
	if err != nil {
		return 0, typeErrorf("the number %s is out of range for %s", clip(tok), intTypeName(bits))
	}
	return floatToInt(f, bits)
}

func floatToInt(f float64, bits int) (int64, error) {
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return 0, typeErrorf("the number %v can not be converted to %s", f, intTypeName(bits))
	}
	limit := math.Ldexp(1, bits-1)
	if f < -limit || f >= limit {
		return 0, typeErrorf("the number %v is out of range for %s", f, intTypeName(bits))
	}
	return int64(f), nil
}

// shortInt reads up to 18 digits with a sign.
func shortInt(tok []byte) (int64, bool) {
	digits := tok
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	var n int64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if tok[0] == '-' {
		n = -n
	}
	return n, true
}

// number consumes a JSON number and returns its text.
func (r *jsonReader) number(want string) ([]byte, error) {
	c := r.space()
	if c != '-' && (c < '0' || c > '9') {
		return nil, r.wrong(want)
	}
	start := r.pos
	if c == '-' {
		r.pos++
	}
	digits := func() bool {
		from := r.pos
		for r.pos < len(r.buf) && '0' <= r.buf[r.pos] && r.buf[r.pos] <= '9' {
			r.pos++
		}
		return r.pos > from
	}
	intStart := r.pos
	if !digits() {
		return nil, r.syntax("a digit")
	}
	if r.buf[intStart] == '0' && r.pos > intStart+1 {
		r.pos = intStart
		return nil, syntaxErrorf("a number with a leading zero at byte %d of the JSON", intStart)
	}
	if r.pos < len(r.buf) && r.buf[r.pos] == '.' {
		r.pos++
		if !digits() {
			return nil, r.syntax("a digit")
		}
	}
	if r.pos < len(r.buf) && r.buf[r.pos]|0x20 == 'e' {
		r.pos++
		if r.pos < len(r.buf) && (r.buf[r.pos] == '+' || r.buf[r.pos] == '-') {
			r.pos++
		}
		if !digits() {
			return nil, r.syntax("a digit")
		}
	}
	r.first = false
	return r.buf[start:r.pos], nil
}

func (r *jsonReader) readFloat() (float64, error) {
	if r.space() == '"' {
		b, err := r.str()
		if err != nil {
			return 0, err
		}
		switch string(b) {
		case "NaN":
			return math.NaN(), nil
		case "Infinity":
			return math.Inf(1), nil
		case "-Infinity":
			return math.Inf(-1), nil
		}
		return 0, mismatch("STRING_VALUE", "a Double")
	}
	tok, err := r.number("a Double")
	if err != nil {
		return 0, err
	}
	return float(tok)
}

func float(tok []byte) (float64, error) {
	if n, ok := shortInt(tok); ok && len(tok) < 16 && (n != 0 || tok[0] != '-') {
		return float64(n), nil // exact: below 2^53
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(tok), len(tok)), 64)
	if err != nil {
		return 0, typeErrorf("the number %s is out of range for a Double", clip(tok))
	}
	return f, nil
}

func (r *jsonReader) readTime() (time.Time, error) {
	if r.space() == '"' {
		b, err := r.str()
		if err != nil {
			return time.Time{}, err
		}
		return parseTime(string(b))
	}
	tok, err := r.number("a Timestamp")
	if err != nil {
		return time.Time{}, err
	}
	if n, ok := shortInt(tok); ok && n > -maxEpochSeconds && n < maxEpochSeconds {
		return time.Unix(n, 0).UTC(), nil
	}
	f, err := float(tok)
	if err != nil {
		return time.Time{}, err
	}
	return epochTime(f)
}

func (r *jsonReader) readBlob() ([]byte, error) {
	if r.space() != '"' {
		return nil, r.wrong("a Blob")
	}
	b, err := r.str()
	if err != nil {
		return nil, err
	}
	return decodeBase64(b)
}

func decodeBase64(b []byte) ([]byte, error) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b)
	if err != nil {
		return nil, typeErrorf("a blob that is not base64 (%v)", err)
	}
	return out[:n], nil
}

func (r *jsonReader) end() error {
	if r.space() != 0 || r.pos < len(r.buf) {
		return syntaxErrorf("%q at byte %d after the end of the JSON", rune(r.buf[r.pos]), r.pos)
	}
	return nil
}

func (r *jsonReader) skip() error { return r.skipValue(0) }

func (r *jsonReader) skipValue(depth int) error {
	if depth > maxDepth {
		return tooDeep()
	}
	switch c := r.space(); c {
	case '"':
		_, err := r.str()
		return err
	case '{':
		r.pos++
		r.first = true
		for {
			_, ok, err := r.nextMember()
			if err != nil || !ok {
				return err
			}
			if err := r.skipValue(depth + 1); err != nil {
				return err
			}
		}
	case '[':
		r.pos++
		r.first = true
		for {
			ok, err := r.nextItem()
			if err != nil || !ok {
				return err
			}
			if err := r.skipValue(depth + 1); err != nil {
				return err
			}
		}
	case 't', 'f', 'n':
		if r.literal("true") || r.literal("false") || r.literal("null") {
			return nil
		}
		return r.syntax("a value")
	default:
		if c != '-' && (c < '0' || c > '9') {
			return r.syntax("a value")
		}
		_, err := r.number("a number")
		return err
	}
}
