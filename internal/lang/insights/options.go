package insights

import (
	"strconv"
	"strings"
)

// What several commands share: name=value options, plain field names, words
// and subqueries.

// peek is the token behind the lookahead. What cannot be a token is the end.
func (p *parser) peek() token {
	save := p.lexer
	t, err := p.next()
	p.lexer = save
	if err != nil {
		return token{}
	}
	return t
}

// option consumes name "=" when that is what comes; the value is the lookahead
// then. An option stands once in a command.
func (p *parser) option(name string) (bool, error) {
	if !p.tok.is(name) || !p.peek().is("=") {
		return false, nil
	}
	if p.given[name] {
		return false, errorAt(p.tok.Span, "%s= is given twice", name)
	}
	p.given[name] = true
	if err := p.advance(); err != nil {
		return false, err
	}
	return true, p.advance()
}

// boolean reads true or false, the value of an option.
func (p *parser) boolean(option string) (bool, error) {
	v := p.tok.is("true")
	if !v && !p.tok.is("false") {
		return false, p.unexpected("true or false after %s=", option)
	}
	return v, p.advance()
}

// whole reads a whole number within bounds.
func (p *parser) whole(what string, least, most int) (int, error) {
	if p.tok.kind != tokNumber {
		return 0, p.unexpected("a whole number as %s", what)
	}
	n, err := strconv.Atoi(p.tok.text)
	if err != nil || n < least || n > most {
		return 0, errorAt(p.tok.Span, "%s %s is out of range, want a whole number from %d to %d", what, p.tok.text, least, most)
	}
	return n, p.advance()
}

// period reads a period.
func (p *parser) period(where string) (*Period, error) {
	if p.tok.kind != tokPeriod {
		return nil, p.unexpected("a period such as 30m, 1h or 7d %s", where)
	}
	per, err := newPeriod(p.tok)
	if err != nil {
		return nil, err
	}
	return per, p.advance()
}

// column reads a plain field name.
func (p *parser) column(where string) (*Field, error) {
	if p.tok.kind != tokWord || p.tok.bare && isReserved(p.tok.text) {
		return nil, p.unexpected("a field %s", where)
	}
	f := &Field{Span: p.tok.Span, Path: p.tok.path}
	return f, p.advance()
}

// fieldList reads field {"," field}.
func (p *parser) fieldList(where string) (list []*Field, err error) {
	for {
		f, err := p.column(where)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
		if more, err := p.accept(","); err != nil || !more {
			return list, err
		}
	}
}

// label reads a word or a string: the name of a table or of a column in one.
func (p *parser) label(what string) (string, error) {
	if p.tok.kind == tokString {
		v := p.tok.value
		return v, p.advance()
	}
	if p.tok.kind != tokWord || p.tok.bare && isReserved(p.tok.text) {
		return "", p.unexpected("%s", what)
	}
	v := (&Field{Path: p.tok.path}).Name()
	return v, p.advance()
}

// printLabel prints what label reads.
func printLabel(s string) string {
	for _, r := range s {
		if !isWordRune(r) {
			return quote(s)
		}
	}
	if s == "" || s[0] >= '0' && s[0] <= '9' || isReserved(s) {
		return quote(s)
	}
	return s
}

func printFields(list []*Field) string {
	parts := make([]string, len(list))
	for i, f := range list {
		parts[i] = f.String()
	}
	return strings.Join(parts, ", ")
}

// subquery reads a whole query in parentheses; where says whose it is.
func (p *parser) subquery(where string) (*Query, error) {
	open := p.tok.Span
	if err := p.expect("(", "before the subquery of "+where); err != nil {
		return nil, err
	}
	if p.inside {
		return nil, errorAt(open, "a subquery inside a subquery is not possible; there is one level")
	}
	p.inside = true
	q, err := p.pipeline(true)
	if err != nil {
		return nil, err
	}
	p.inside = false
	q.Text = p.text[open.End:p.tok.Start]
	return q, p.expect(")", "to close the subquery of "+where)
}
