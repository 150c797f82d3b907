package insights

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokEOF    tokenKind = iota
	tokWord             // keyword, function name or field; path holds its segments
	tokNumber           // 12, 0.5, 1e9
	tokPeriod           // 5m, 30s
	tokString           // value holds what the quotes enclose, unescaped
	tokRegex            // value holds what the slashes enclose, as written
	tokOp               // operators and punctuation
)

type token struct {
	Span
	kind  tokenKind
	text  string   // as written
	value string   // of strings and regexes
	path  []string // of words
	bare  bool     // of words: no backticks, no index: may be a keyword
}

// is reports whether the token is the keyword or operator s (keywords in any case).
func (t token) is(s string) bool {
	switch t.kind {
	case tokWord:
		return t.bare && strings.EqualFold(t.text, s)
	case tokOp:
		return t.text == s
	}
	return false
}

// describe names the token in error messages.
func (t token) describe() string {
	switch t.kind {
	case tokEOF:
		return "end of query"
	case tokString:
		return "string " + t.text
	case tokNumber:
		return "number " + t.text
	case tokPeriod:
		return "period " + t.text
	case tokRegex:
		return "regular expression " + t.text
	}
	return strconv.Quote(t.text)
}

// reserved words are not field names without backticks.
var reserved = map[string]bool{"and": true, "or": true, "not": true, "in": true, "like": true,
	"as": true, "by": true, "asc": true, "desc": true, "true": true, "false": true}

func isReserved(s string) bool { return reserved[strings.ToLower(s)] }

// lexer cuts text into tokens on demand: a slash is a division or the start of
// a regular expression, and only the parser knows which it expects.
type lexer struct {
	text string
	pos  int
}

// skipBlank moves over white space and comments.
func (l *lexer) skipBlank() {
	for l.pos < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		switch {
		case unicode.IsSpace(r):
			l.pos += n
		case r == '#':
			if i := strings.IndexByte(l.text[l.pos:], '\n'); i >= 0 {
				l.pos += i + 1
			} else {
				l.pos = len(l.text)
			}
		default:
			return
		}
	}
}

func isWordRune(r rune) bool {
	return r == '_' || r == '@' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' ||
		r >= utf8.RuneSelf && r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}

// operators, the longer ones first.
var operators = []string{"==", "!=", "<=", ">=", "=~", "|", ",", "(", ")", "[", "]", "{", "}", ":", "=", "<", ">", "+", "-", "*", "/", "%", "^", "!"}

func (l *lexer) next() (token, error) {
	l.skipBlank()
	start := l.pos
	if start >= len(l.text) {
		return token{Span: Span{start, start}, kind: tokEOF}, nil
	}
	r, n := utf8.DecodeRuneInString(l.text[start:])
	switch {
	case r == '"' || r == '\'':
		return l.str()
	case r == '`' || isWordRune(r):
		return l.word()
	}
	for _, op := range operators {
		if strings.HasPrefix(l.text[start:], op) {
			l.pos += len(op)
			return token{Span: Span{start, l.pos}, kind: tokOp, text: op}, nil
		}
	}
	if strings.HasPrefix(l.text[start:], "&&") {
		return token{}, errorAt(Span{start, start + 2}, "unexpected \"&&\", expected and")
	}
	return token{}, errorAt(Span{start, start + n}, "unexpected character %q; field names with it need backticks", l.text[start:start+n])
}

func (l *lexer) str() (token, error) {
	start, quote := l.pos, l.text[l.pos]
	var b strings.Builder
	for i := start + 1; i < len(l.text); i++ {
		switch c := l.text[i]; c {
		case quote:
			l.pos = i + 1
			return token{Span: Span{start, l.pos}, kind: tokString, text: l.text[start:l.pos], value: b.String()}, nil
		case '\\':
			if i++; i >= len(l.text) {
				break
			}
			switch c := l.text[i]; c {
			case '"', '\'', '\\':
				b.WriteByte(c)
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'r':
				b.WriteByte('\r')
			default:
				b.WriteByte('\\')
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
		}
	}
	return token{}, errorAt(Span{start, len(l.text)}, "the string that starts with %c has no closing quote", quote)
}

// quote prints a string so that str reads it back.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// regex reads a regular expression whose opening slash is at position start.
func (l *lexer) regex(start int) (token, error) {
	inClass := false
	for i := start + 1; i < len(l.text); i++ {
		switch l.text[i] {
		case '\\':
			i++
		case '[':
			inClass = true
		case ']':
			inClass = false
		case '/':
			if inClass {
				continue
			}
			l.pos = i + 1
			if r, n := utf8.DecodeRuneInString(l.text[l.pos:]); isWordRune(r) {
				return token{}, errorAt(Span{l.pos, l.pos + n}, "a flag after the closing slash is not supported; write /(?i)…/ instead")
			}
			return token{Span: Span{start, l.pos}, kind: tokRegex, text: l.text[start:l.pos], value: l.text[start+1 : i]}, nil
		}
	}
	return token{}, errorAt(Span{start, len(l.text)}, "the regular expression has no closing slash")
}

// word reads a keyword, a function name, a field with its path, a number or a
// period: they begin alike.
func (l *lexer) word() (token, error) {
	start := l.pos
	t := token{kind: tokWord, bare: true}
	for {
		seg, err := l.segment(&t)
		if err != nil {
			return token{}, err
		}
		t.path = append(t.path, seg)
		for !(len(t.path) == 1 && t.bare && isReserved(seg)) && l.index(&t) {
		}
		if l.pos+1 < len(l.text) && l.text[l.pos] == '.' {
			if r, _ := utf8.DecodeRuneInString(l.text[l.pos+1:]); r == '`' || isWordRune(r) {
				l.pos++
				continue
			}
		}
		break
	}
	if l.pos < len(l.text) && l.text[l.pos] == '.' {
		return token{}, errorAt(Span{start, l.pos + 1}, "%q ends with a dot, want a name after it", l.text[start:l.pos+1])
	}
	t.Span, t.text = Span{start, l.pos}, l.text[start:l.pos]
	if t.bare && strings.Trim(t.text, "@.") == "" {
		return token{}, errorAt(t.Span, "%q is no name, want letters or digits after it", t.text)
	}
	if c := t.text[0]; t.bare && c >= '0' && c <= '9' {
		return l.digits(t)
	}
	return t, nil
}

// segment reads one part of a path.
func (l *lexer) segment(t *token) (string, error) {
	start := l.pos
	if l.text[start] == '`' {
		t.bare = false
		end := strings.IndexByte(l.text[start+1:], '`')
		if end < 0 {
			return "", errorAt(Span{start, len(l.text)}, "the field name that starts with ` has no closing backtick")
		}
		l.pos = start + end + 2
		if end == 0 {
			return "", errorAt(Span{start, l.pos}, "empty field name between backticks")
		}
		return l.text[start+1 : l.pos-1], nil
	}
	for l.pos < len(l.text) {
		r, n := utf8.DecodeRuneInString(l.text[l.pos:])
		if !isWordRune(r) {
			break
		}
		l.pos += n
	}
	return l.text[start:l.pos], nil
}

// index reads "[0]" directly behind a segment.
func (l *lexer) index(t *token) bool {
	s := l.text[l.pos:]
	if len(s) < 3 || s[0] != '[' {
		return false
	}
	i := 1
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == 1 || i >= len(s) || s[i] != ']' {
		return false
	}
	t.path = append(t.path, s[1:i])
	t.bare = false
	l.pos += i + 1
	return true
}

// digits decides what a word that begins with a digit is.
func (l *lexer) digits(t token) (token, error) {
	if last := t.text[len(t.text)-1]; (last == 'e' || last == 'E') && l.pos+1 < len(l.text) &&
		(l.text[l.pos] == '+' || l.text[l.pos] == '-') && l.text[l.pos+1] >= '0' && l.text[l.pos+1] <= '9' {
		if _, err := strconv.ParseFloat(t.text[:len(t.text)-1], 64); err == nil {
			for l.pos++; l.pos < len(l.text) && l.text[l.pos] >= '0' && l.text[l.pos] <= '9'; l.pos++ {
			}
			t.End, t.text = l.pos, l.text[t.Start:l.pos]
		}
	}
	if strings.Trim(t.text, "0123456789.eE+-") == "" {
		if _, err := strconv.ParseFloat(t.text, 64); errors.Is(err, strconv.ErrRange) {
			return token{}, errorAt(t.Span, "number %s is out of range", t.text)
		} else if err != nil {
			return token{}, errorAt(t.Span, "%q is not a number", t.text)
		}
		t.kind = tokNumber
		return t, nil
	}
	unit := strings.TrimLeft(t.text, "0123456789")
	if _, ok := periodUnits[strings.ToLower(unit)]; ok {
		t.kind = tokPeriod
	}
	return t, nil
}
