// Package jsontext reads and writes the small pieces of JSON as text, in place:
// where a string, a number or a value ends, what a string says, how a string is
// written. It builds no trees and allocates nothing but texts with escapes.
//
// The functions that read take a text and an index, and answer the index behind
// what begins there, or -1. There are two kinds. [String], [Number] and [Value]
// check the grammar in full; they accept what encoding/json accepts. [SkipString]
// and [SkipValue] look for the end only: they are for text that was checked, and
// for text of which a field is wanted whatever the rest may be.
package jsontext

import (
	"strings"
	"unicode/utf8"
)

// Blank returns the index of the first byte from i on that is no white space.
func Blank(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// plain marks the bytes of a string that stand for themselves.
var plain = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return t
}()

// String returns the index behind the string that begins at i, quotes included,
// or -1 when none does. Bytes that are not UTF-8 are let through.
func String(s string, i int) int {
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; i < len(s); i++ {
		c := s[i]
		if plain[c] {
			continue
		}
		if c == '"' {
			return i + 1
		}
		if c != '\\' {
			return -1
		}
		if i++; i >= len(s) {
			return -1
		}
		switch s[i] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		case 'u':
			if _, ok := hex4(s, i+1); !ok {
				return -1
			}
			i += 4
		default:
			return -1
		}
	}
	return -1
}

// hex4 reads the four hexadecimal digits at i.
func hex4(s string, i int) (r rune, ok bool) {
	if i+4 > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// Number returns the index behind the number that begins at i, or -1 when none
// does. What follows it is not looked at.
func Number(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i = digits(s, i); i < 0 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		if i = digits(s, i+1); i < 0 {
			return -1
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		return digits(s, i)
	}
	return i
}

// digits returns the index behind one or more digits, or -1.
func digits(s string, i int) int {
	start := i
	for i < len(s) && s[i]-'0' <= 9 {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// Scalar returns the index behind the string, number, true, false or null that
// begins at i, or -1 when none does.
func Scalar(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return String(s, i)
	case 't':
		return word(s, i, "true")
	case 'f':
		return word(s, i, "false")
	case 'n':
		return word(s, i, "null")
	}
	return Number(s, i)
}

func word(s string, i int, w string) int {
	if strings.HasPrefix(s[i:], w) {
		return i + len(w)
	}
	return -1
}

// Value returns the index behind the value that begins at i, or -1 when none
// does or its objects and arrays nest deeper than depth.
func Value(s string, i, depth int) int {
	if i >= len(s) || s[i] != '{' && s[i] != '[' {
		return Scalar(s, i)
	}
	if depth--; depth < 0 {
		return -1
	}
	object, closing := s[i] == '{', s[i]+2 // in ASCII for both
	i = Blank(s, i+1)
	if i < len(s) && s[i] == closing {
		return i + 1
	}
	for {
		if object {
			if i = String(s, i); i < 0 {
				return -1
			}
			if i = Blank(s, i); i >= len(s) || s[i] != ':' {
				return -1
			}
			i = Blank(s, i+1)
		}
		if i = Value(s, i, depth); i < 0 {
			return -1
		}
		if i = Blank(s, i); i >= len(s) {
			return -1
		}
		if s[i] == closing {
			return i + 1
		}
		if s[i] != ',' {
			return -1
		}
		i = Blank(s, i+1)
	}
}

// SkipString returns the index behind the string that begins at i, or -1 when
// none begins there or it does not end.
func SkipString(s string, i int) int {
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

// SkipValue returns the index behind the value that begins at i, or -1 when none
// begins there or it does not end. A scalar that is no string goes up to the
// next byte that can follow one.
func SkipValue(s string, i int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return SkipString(s, i)
	case '{', '[':
		for depth := 0; i < len(s); i++ {
			switch s[i] {
			case '"':
				if i = SkipString(s, i) - 1; i < 0 {
					return -1
				}
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return -1
	}
	start := i
	for i < len(s) && !ends(s[i]) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}

// ends reports whether c can follow a value.
func ends(c byte) bool {
	switch c {
	case ',', ']', '}', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// Unquote returns what a string says. raw is what [String] accepted, quotes
// included. Without escapes it is a part of raw. With escapes, lone surrogates
// and bytes that are not UTF-8 become U+FFFD, as in encoding/json; what String
// does not accept gives some text.
func Unquote(raw string) string {
	raw = raw[1 : len(raw)-1]
	i := strings.IndexByte(raw, '\\')
	if i < 0 {
		return raw
	}
	b := appendValid(make([]byte, 0, len(raw)), raw[:i])
	for len(raw) > i+1 {
		c := raw[i+1]
		i += 2
		switch c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r, ok := hex4(raw, i)
			if !ok {
				r = utf8.RuneError
			} else if i += 4; isSurrogate(r) {
				var n int
				r, n = pair(r, raw[i:])
				i += n
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
		}
		raw = raw[i:]
		if i = strings.IndexByte(raw, '\\'); i < 0 {
			i = len(raw)
		}
		b = appendValid(b, raw[:i])
	}
	return string(b)
}

func isSurrogate(r rune) bool { return 0xd800 <= r && r < 0xe000 }

// pair joins the surrogate r with the escape in front of rest, which is n bytes
// long, or makes it U+FFFD.
func pair(r rune, rest string) (joined rune, n int) {
	if r < 0xdc00 && strings.HasPrefix(rest, `\u`) {
		if low, ok := hex4(rest, 2); ok && 0xdc00 <= low && low < 0xe000 {
			return (r-0xd800)<<10 + (low - 0xdc00) + 0x10000, 6
		}
	}
	return utf8.RuneError, 0
}

// appendValid appends s with each byte that is not UTF-8 as U+FFFD.
func appendValid(b []byte, s string) []byte {
	if utf8.ValidString(s) {
		return append(b, s...)
	}
	for _, r := range s {
		b = utf8.AppendRune(b, r)
	}
	return b
}

// Text is Unquote of what [SkipValue] found: false when that is no string or has
// escapes that are none.
func Text(raw string) (text string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' || strings.IndexByte(raw, '\\') >= 0 && String(raw, 0) != len(raw) {
		return "", false
	}
	return Unquote(raw), true
}

// Members calls visit with the members of the object that s begins with, until
// visit returns false. key is what the name says, "" where its escapes are none;
// value is the member's text, which [SkipValue] found. Members reports whether
// the object was whole as far as it looked.
func Members(s string, visit func(key, value string) bool) bool {
	i := Blank(s, 0)
	if i >= len(s) || s[i] != '{' {
		return false
	}
	i = Blank(s, i+1)
	if i < len(s) && s[i] == '}' {
		return true
	}
	for {
		end := SkipString(s, i)
		if end < 0 {
			return false
		}
		key, _ := Text(s[i:end])
		if i = Blank(s, end); i >= len(s) || s[i] != ':' {
			return false
		}
		i = Blank(s, i+1)
		if end = SkipValue(s, i); end < 0 {
			return false
		}
		if !visit(key, s[i:end]) {
			return true
		}
		if i = Blank(s, end); i >= len(s) || s[i] != '}' && s[i] != ',' {
			return false
		}
		if s[i] == '}' {
			return true
		}
		i = Blank(s, i+1)
	}
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD: JSON has no other way.
func AppendString[S string | []byte](b []byte, s S) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf && plain[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			b = append(append(b, s[from:i]...), "\ufffd"...)
		} else {
			b = appendEscape(append(b, s[from:i]...), c)
		}
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
