package awswire

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

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
	out, err := r.unescape(r.scratch[:0])
	r.scratch = out
	return out, err
}

// unescape appends the string whose opening quote was read to out.
func (r *jsonReader) unescape(out []byte) ([]byte, error) {
	for {
		n := plain(r.buf[r.pos:])
		out = append(out, r.buf[r.pos:r.pos+n]...)
		r.pos += n
		if r.pos >= len(r.buf) {
			return out, syntaxErrorf("the JSON ends inside a string")
		}
		switch c := r.buf[r.pos]; {
		case c == '"':
			r.pos++
			return out, nil
		case c == '\\':
			var err error
			if out, err = r.escape(out); err != nil {
				return out, err
			}
		default:
			return out, syntaxErrorf("the unescaped control character 0x%02x at byte %d inside a JSON string", c, r.pos)
		}
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
			// Half of a pair on its own becomes U+FFFD: no UTF-8 stands for it.
			// JavaScript sends one where it cut a text inside a character, and
			// the rest of the request should not be lost for that.
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
