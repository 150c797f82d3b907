package awswire

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// jsonReader reads AWS JSON (RFC 8259). Bytes of strings are passed through as
// they came, also when they are not UTF-8: log messages may hold any bytes.
type jsonReader struct {
	buf     []byte
	pos     int
	first   bool   // directly after [ or {
	scratch []byte // unescaped strings, decoded blobs
}

var _ reader = (*jsonReader)(nil)

func newJSONReader(b []byte) *jsonReader { return &jsonReader{buf: b} }

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

// plain returns how many bytes of b come before the first quote, backslash or
// control character. It looks at eight bytes at a time: in each byte of the
// word, subtracting sets the high bit where the byte was small enough.
func plain(b []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		quotes := w ^ ones*'"'
		slashes := w ^ ones*'\\'
		found := ((quotes - ones) &^ quotes) | ((slashes - ones) &^ slashes) | ((w - ones*0x20) &^ w)
		if found &= highs; found != 0 {
			// The lowest bit set is exact; higher ones may be borrows.
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c == '"' || c == '\\' || c < ' ' {
			break
		}
	}
	return i
}

// str reads a string, standing on its opening quote.
func (r *jsonReader) str() ([]byte, error) {
	r.first = false
	r.pos++
	n := plain(r.buf[r.pos:])
	if end := r.pos + n; end < len(r.buf) && r.buf[end] == '"' {
		s := r.buf[r.pos:end]
		r.pos = end + 1
		return s, nil
	}
	out := append(r.scratch[:0], r.buf[r.pos:r.pos+n]...)
	r.pos += n
	for {
		if r.pos >= len(r.buf) {
			return nil, syntaxErrorf("the JSON ends inside a string")
		}
		switch c := r.buf[r.pos]; {
		case c == '"':
			r.pos++
			r.scratch = out
			return out, nil
		case c == '\\':
			var err error
			if out, err = r.escape(out); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, syntaxErrorf("the unescaped control character 0x%02x at byte %d inside a JSON string", c, r.pos)
		}
		n := plain(r.buf[r.pos:])
		out = append(out, r.buf[r.pos:r.pos+n]...)
		r.pos += n
	}
}

// escape appends what the escape sequence at pos stands for.
func (r *jsonReader) escape(out []byte) ([]byte, error) {
	if r.pos+1 >= len(r.buf) {
		return nil, syntaxErrorf("the JSON ends inside a string")
	}
	c := r.buf[r.pos+1]
	r.pos += 2
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'n':
		return append(out, '\n'), nil
	case 't':
		return append(out, '\t'), nil
	case 'r':
		return append(out, '\r'), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'u':
		u, ok := r.hex4(r.pos)
		if !ok {
			return nil, syntaxErrorf("a bad \\u escape at byte %d of the JSON", r.pos-2)
		}
		r.pos += 4
		if utf16.IsSurrogate(u) {
			// Half of a pair on its own becomes U+FFFD.
			pair := rune(utf8.RuneError)
			if bytes.HasPrefix(r.buf[r.pos:], []byte(`\u`)) {
				if low, ok := r.hex4(r.pos + 2); ok {
					if pair = utf16.DecodeRune(u, low); pair != utf8.RuneError {
						r.pos += 6
					}
				}
			}
			u = pair
		}
		return utf8.AppendRune(out, u), nil
	}
	return nil, syntaxErrorf("the unknown escape \\%c at byte %d of the JSON", c, r.pos-2)
}

func (r *jsonReader) hex4(at int) (rune, bool) {
	if at+4 > len(r.buf) {
		return 0, false
	}
	var u rune
	for _, c := range r.buf[at : at+4] {
		switch {
		case '0' <= c && c <= '9':
			u = u<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			u = u<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return u, true
}

func (r *jsonReader) skip() error { return r.skipValue(0) }

func (r *jsonReader) skipValue(depth int) error {
	if depth > maxDepth {
		return &limitError{"values are nested deeper than " + strconv.Itoa(maxDepth) + " levels"}
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

// clip shortens user text for an error message.
func clip(b []byte) string {
	const most = 64
	if len(b) <= most {
		return string(b)
	}
	return string(b[:most]) + "…"
}

// quote quotes user text for an error message, shortened.
func quote(s string) string { return strconv.Quote(clip([]byte(s))) }

// parseNumber reads a decimal number and refuses the other forms that
// strconv.ParseFloat knows (hexadecimal, underscores, "inf").
func parseNumber(s string) (float64, bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', c == '.', c == '-', c == '+', c == 'e', c == 'E':
		default:
			return 0, false
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}
