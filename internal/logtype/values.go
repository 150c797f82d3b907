package logtype

import (
	"math"
	"strconv"
)

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// hexValue is the value of a hexadecimal digit, -1 for other bytes.
var hexValue = func() (t [256]int8) {
	for c := range t {
		switch {
		case c >= '0' && c <= '9':
			t[c] = int8(c - '0')
		case c >= 'a' && c <= 'f':
			t[c] = int8(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			t[c] = int8(c - 'A' + 10)
		default:
			t[c] = -1
		}
	}
	return t
}()

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
	uuidLen  = 36
	// traceLen is the length of an X-Ray trace id, 1-<8 digits>-<24 digits>.
	traceLen = 35
)

// UUID is the 16 bytes of a UUID.
type UUID [16]byte

// uuidValue is the value of a digit of a UUID, notDigit and more for other
// bytes; that of a digit in upper case has the bit upperDigit.
var uuidValue = func() (t [256]uint8) {
	for c := range t {
		switch v := hexValue[c]; {
		case v < 0:
			t[c] = notDigit
		case c >= 'A' && c <= 'F':
			t[c] = upperDigit | uint8(v)
		default:
			t[c] = uint8(v)
		}
	}
	return t
}()

const (
	upperDigit = 0x40
	notDigit   = 0x80
)

// parseUUID reads a UUID in lower case.
func parseUUID(s string) (u UUID, ok bool) {
	if len(s) != uuidLen || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return u, false
	}
	all := uint8(0)
	for k, i := range uuidDigits {
		x, y := uuidValue[s[i]], uuidValue[s[i+1]]
		all |= x | y
		u[k] = x<<4 | y&15
	}
	return u, all < upperDigit
}

// uuidDigits are where the bytes of a UUID stand in its text.
var uuidDigits = [16]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// Append appends the text of u in lower case.
func (u *UUID) Append(dst []byte) []byte {
	var t [uuidLen]byte
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	for k, i := range uuidDigits {
		t[i], t[i+1] = lowerHex[u[k]>>4], lowerHex[u[k]&15]
	}
	return append(dst, t[:]...)
}

// uuidAt says whether a UUID begins at i that no letter or digit follows: 'a'
// for lower case, 'A' for other case, 0 for none.
func uuidAt(s string, i, to int) byte {
	if i+uuidLen > to || s[i+8] != '-' || s[i+13] != '-' || s[i+18] != '-' || s[i+23] != '-' {
		return 0
	}
	if i+uuidLen < to && class[s[i+uuidLen]]&(alpha|digit) != 0 {
		return 0
	}
	s = s[i : i+uuidLen]
	all := uint8(0)
	for _, k := range uuidDigits {
		all |= uuidValue[s[k]] | uuidValue[s[k+1]]
	}
	switch {
	case all >= notDigit:
		return 0
	case all >= upperDigit:
		return 'A'
	}
	return 'a'
}

// traceAt says whether s begins with an X-Ray trace id.
func traceAt(s string) bool {
	if len(s) < traceLen || s[1] != '-' || s[10] != '-' || len(s) > traceLen && class[s[traceLen]]&(alpha|digit) != 0 {
		return false
	}
	for i := 2; i < traceLen; i++ {
		if i != 10 && hexValue[s[i]] < 0 {
			return false
		}
	}
	return true
}

// parseIPv4 reads four numbers without leading zeros that no letter, digit or
// point with a digit follows.
func parseIPv4(s string) (v int64, n int) {
	for part := 0; part < 4; part++ {
		if part > 0 {
			if n >= len(s) || s[n] != '.' {
				return 0, 0
			}
			n++
		}
		from, x := n, 0
		for n < len(s) && n-from < 4 && class[s[n]] == digit {
			x = x*10 + int(s[n]-'0')
			n++
		}
		if n == from || n-from > 3 || x > 255 || s[from] == '0' && n-from > 1 {
			return 0, 0
		}
		v = v<<8 | int64(x)
	}
	if n < len(s) && (class[s[n]]&(alpha|digit) != 0 || s[n] == '.' && n+1 < len(s) && class[s[n+1]] == digit) {
		return 0, 0
	}
	return v, n
}

func appendIPv4(dst []byte, v int64) []byte {
	for k := 24; k >= 0; k -= 8 {
		dst = strconv.AppendUint(dst, uint64(v>>k&255), 10)
		if k > 0 {
			dst = append(dst, '.')
		}
	}
	return dst
}

// Form is how the numbers of a column are written: Value, an integer of at
// most 18 digits, has Scale digits behind its point, and its whole part is
// filled up with zeros to at least Width digits (0: written as usual, at least
// one digit). A column whose numbers are not all written alike has several
// forms and a code per row. A form may instead be a fixed text, such as "-",
// that stands among the numbers.
type Form struct {
	Scale, Width uint8
	IsText       bool
	Text         string
}

const maxDigits = 18

var pow10 = func() (t [maxDigits + 1]int64) {
	t[0] = 1
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1] * 10
	}
	return t
}()

// number is a parsed number. whole is how many digits its whole part has, zero
// whether that begins with a zero it could do without.
type number struct {
	v     int64
	scale uint8
	whole uint8
	zero  bool
}

// parseNumber reads -?digits(.digits)? of at most 18 digits.
func parseNumber(s string) (n number, ok bool) {
	i := 0
	neg := len(s) > 0 && s[0] == '-'
	if neg {
		i = 1
	}
	if len(s)-i > maxDigits+1 || i == len(s) {
		return n, false
	}
	from, v := i, int64(0)
	for i < len(s) && s[i]-'0' <= 9 {
		v = v*10 + int64(s[i]-'0')
		i++
	}
	n.whole = uint8(i - from)
	if i < len(s) {
		if s[i] != '.' || i+1 == len(s) || i == from {
			return n, false
		}
		dot := i
		for i++; i < len(s); i++ {
			d := s[i] - '0'
			if d > 9 {
				return n, false
			}
			v = v*10 + int64(d)
		}
		n.scale = uint8(i - dot - 1)
	}
	if int(n.whole+n.scale) > maxDigits || n.whole == 0 || neg && v == 0 {
		return n, false
	}
	n.zero = s[from] == '0' && n.whole > 1
	if n.v = v; neg {
		n.v = -v
	}
	return n, true
}

// appendNumber writes v in form f.
func appendNumber(dst []byte, v int64, f *Form) []byte {
	if f.IsText {
		return append(dst, f.Text...)
	}
	if f.Scale == 0 && f.Width == 0 {
		if uint64(v) < 10 {
			return append(dst, byte('0'+v))
		}
		return strconv.AppendInt(dst, v, 10)
	}
	u := uint64(v)
	if v < 0 {
		dst = append(dst, '-')
		u = -u
	}
	var t [40]byte
	i := len(t)
	for k := f.Scale; k > 0; k-- {
		i--
		t[i] = byte('0' + u%10)
		u /= 10
	}
	if f.Scale > 0 {
		i--
		t[i] = '.'
	}
	for w := max(int(f.Width), 1); w > 0 || u > 0; w-- {
		i--
		t[i] = byte('0' + u%10)
		u /= 10
	}
	return append(dst, t[i:]...)
}

// formatFloat writes a computed number as query results do.
func formatFloat(f float64) string {
	if f == 0 || math.IsNaN(f) || math.IsInf(f, 0) {
		return "0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
