package filterpattern

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parser is a position in a pattern text. Each form's file adds its grammar.
type parser struct {
	text      string
	pos       int
	regexes   int
	wildcards int // wildcard selectors seen, JSON only
	depth     int // open parentheses
}

func (p *parser) end() bool { return p.pos >= len(p.text) }

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.end() {
		return 0
	}
	return p.text[p.pos]
}

func (p *parser) has(s string) bool { return strings.HasPrefix(p.text[p.pos:], s) }

func (p *parser) accept(s string) bool {
	if !p.has(s) {
		return false
	}
	p.pos += len(s)
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (p *parser) blanks() {
	for !p.end() && isBlank(p.text[p.pos]) {
		p.pos++
	}
}

// errorAt makes an error over [start, p.pos), at least one byte long.
func (p *parser) errorAt(start int, format string, args ...any) error {
	return &Error{start, max(p.pos, min(start+1, len(p.text))), fmt.Sprintf(format, args...)}
}

// unexpected makes an error about the next character.
func (p *parser) unexpected(want string) error {
	if p.end() {
		return &Error{p.pos, p.pos, "the pattern ends where " + want + " is expected"}
	}
	r, n := utf8.DecodeRuneInString(p.text[p.pos:])
	return &Error{p.pos, p.pos + n, fmt.Sprintf("found %q where %s is expected", r, want)}
}

// keyword accepts a word in any case when no name character follows it.
func (p *parser) keyword(word string) bool {
	end := p.pos + len(word)
	if end > len(p.text) || !strings.EqualFold(p.text[p.pos:end], word) {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(p.text[end:]); end < len(p.text) && isNameRune(r) {
		return false
	}
	p.pos = end
	return true
}

func isNameRune(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// run takes the longest run of runes that ok accepts.
func (p *parser) run(ok func(rune) bool) string {
	start := p.pos
	for !p.end() {
		r, n := utf8.DecodeRuneInString(p.text[p.pos:])
		if r == utf8.RuneError && n == 1 || !ok(r) {
			break
		}
		p.pos += n
	}
	return p.text[start:p.pos]
}

// quoted takes a text in double quotes; \" and \\ stand for themselves without
// the backslash, any other backslash is literal.
func (p *parser) quoted() (string, error) {
	start := p.pos
	p.pos++
	var b strings.Builder
	for !p.end() {
		c := p.text[p.pos]
		switch {
		case c == '"':
			p.pos++
			return b.String(), nil
		case c == '\\' && (p.has(`\"`) || p.has(`\\`)):
			b.WriteByte(p.text[p.pos+1])
			p.pos += 2
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return "", p.errorAt(start, "the quote is not closed")
}

// quote is the inverse of quoted.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
	return b.String()
}
