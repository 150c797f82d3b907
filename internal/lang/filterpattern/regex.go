package filterpattern

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// maxRegexes is the most regular expressions in one JSON or delimited pattern.
const maxRegexes = 2

// regex is one %…% with the text as written.
type regex struct {
	source  string
	re      *regexp.Regexp
	literal string // every match contains it; may be empty
}

func (r *regex) match(s string) bool {
	return (r.literal == "" || strings.Contains(s, r.literal)) && r.re.MatchString(s)
}

func (r *regex) String() string { return "%" + r.source + "%" }

// regexPattern = "%" regex "%".
func (p *parser) regexPattern() (*Pattern, error) {
	re, err := p.regex()
	if err != nil {
		return nil, err
	}
	p.blanks()
	if !p.end() {
		return nil, p.unexpected("the end of the pattern (a regular expression stands alone)")
	}
	pattern := &Pattern{kind: Regex, regex: re, regexes: 1}
	if re.literal != "" {
		pattern.required = []string{re.literal}
	}
	return pattern, nil
}

const (
	regexSymbols   = ":_#=@/;,- " // literals beside letters and digits
	regexOperators = `^$?[]{}|\*+.`
	regexClasses   = "dDsSwW"
)

// regex takes a %…%, allowing exactly the documented elements, and compiles
// it. The positions in its errors are those of the pattern text.
func (p *parser) regex() (*regex, error) {
	open := p.pos
	p.pos++
	start := p.pos
	var out strings.Builder // the text for Go's compiler
	inClass := false
	for {
		if p.end() {
			return nil, p.errorAt(open, "the regular expression is not closed with %%")
		}
		c := p.text[p.pos]
		at := p.pos
		switch {
		case c == '%':
			source := p.text[start:p.pos]
			p.pos++
			if source == "" {
				return nil, p.errorAt(open, "the regular expression is empty")
			}
			return p.compileRegex(open, source, out.String())
		case c == '\\':
			p.pos++
			n := escapeLength(p.text[p.pos:])
			if n == 0 {
				p.pos = min(p.pos+1, len(p.text))
				return nil, p.errorAt(at, "the escape %s is not supported in a regular expression", p.text[at:p.pos])
			}
			p.pos += n
			out.WriteString(p.text[at:p.pos])
			continue
		case c == '[' && inClass && strings.HasPrefix(p.text[p.pos+1:], ":"):
			p.pos += 2
			return nil, p.errorAt(at, "named classes such as [:alpha:] are not supported in a regular expression")
		case c == '[' && !inClass:
			inClass = true
			// A ] that comes first belongs to the class.
			for _, head := range []string{"[^]", "[]", "[^", "["} {
				if p.accept(head) {
					out.WriteString(head)
					break
				}
			}
			continue
		case c == ']' && inClass:
			inClass = false
		case c == '$' && !inClass:
			out.WriteString(`(?:\n?\z)`)
			p.pos++
			continue
		case c == '(' || c == ')':
			p.pos++
			return nil, p.errorAt(at, "groups with ( ) are not supported in a regular expression")
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z',
			strings.IndexByte(regexSymbols, c) >= 0, strings.IndexByte(regexOperators, c) >= 0:
		default:
			_, n := utf8.DecodeRuneInString(p.text[p.pos:])
			p.pos += n
			return nil, p.errorAt(at, "the character %q is not supported in a regular expression", p.text[at:p.pos])
		}
		out.WriteByte(c)
		p.pos++
	}
}

// escapeLength returns how many bytes after a backslash form a supported
// escape, 0 when none does.
func escapeLength(s string) int {
	if s == "" {
		return 0
	}
	c := s[0]
	switch {
	case c == 'x' && len(s) >= 3 && isHex(s[1]) && isHex(s[2]) && s[1] <= '7':
		return 3
	case strings.IndexByte(regexClasses, c) >= 0,
		strings.IndexByte(regexOperators, c) >= 0, strings.IndexByte(regexSymbols, c) >= 0:
		return 1
	}
	return 0
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (p *parser) compileRegex(open int, source, text string) (*regex, error) {
	p.regexes++
	if p.regexes > maxRegexes {
		return nil, p.errorAt(open, "a pattern can hold at most %d regular expressions", maxRegexes)
	}
	re, err := regexp.Compile(text)
	if err != nil {
		reason := err.Error()
		if se, ok := err.(*syntax.Error); ok {
			reason = se.Code.String()
			// The end anchor is longer in our text than in the user's.
			if expr := strings.ReplaceAll(se.Expr, `(?:\n?\z)`, "$"); expr != "" {
				reason += ": " + expr
			}
		}
		return nil, p.errorAt(open, "bad regular expression: %s", reason)
	}
	return &regex{source: source, re: re, literal: requiredLiteral(text)}, nil
}

// requiredLiteral returns the longest text that stands in every match of a
// regular expression, as far as its outermost sequence shows.
func requiredLiteral(text string) string {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return ""
	}
	tree = tree.Simplify()
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	best := ""
	for _, part := range parts {
		for part.Op == syntax.OpPlus || part.Op == syntax.OpCapture {
			part = part.Sub[0]
		}
		if part.Op == syntax.OpLiteral && part.Flags&syntax.FoldCase == 0 && len(string(part.Rune)) > len(best) {
			best = string(part.Rune)
		}
	}
	return best
}
