package filterpattern

import (
	"math"
	"strconv"
	"strings"
)

// compareOp is an operator of a test.
type compareOp uint8

const (
	opEqual compareOp = iota
	opNotEqual
	opLess
	opGreater
	opLessEqual
	opGreaterEqual
	opIsNull
	opIsTrue
	opIsFalse
	opNotExists
	opNone // a delimited field without a condition
)

var opTexts = [...]string{"=", "!=", "<", ">", "<=", ">=", "IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS", ""}

func (op compareOp) ordered() bool { return op >= opLess && op <= opGreaterEqual }

// value is the right side of a test: a regular expression, a number or a text
// with wildcards.
type value struct {
	text     string // as meant, quotes removed
	quoted   bool
	regex    *regex
	number   number
	isNumber bool     // unquoted and numeric
	parts    []string // text split at *, when it holds any
}

// number compares exactly while both sides are integers that fit 64 bits.
type number struct {
	float float64
	int   int64
	whole bool
}

// parseNumber reads [sign] digits [. digits] [e [sign] digits].
func parseNumber(s string) (number, bool) {
	if s == "" || len(s) > 400 {
		return number{}, false
	}
	whole := true
	for i := range len(s) { // keeps out what ParseFloat takes beside: inf, nan, hex, underscores
		switch c := s[i]; {
		case c >= '0' && c <= '9', (c == '+' || c == '-') && i == 0:
		case c == '.', c == 'e', c == 'E', c == '+', c == '-':
			whole = false
		default:
			return number{}, false
		}
	}
	if whole { // otherwise ParseInt would allocate an error
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return number{float: float64(n), int: n, whole: true}, true
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(f, 0) {
		return number{}, false
	}
	return number{float: f}, true
}

func (a number) compare(b number) int {
	switch {
	case a.whole && b.whole && a.int < b.int, !(a.whole && b.whole) && a.float < b.float:
		return -1
	case a.whole && b.whole && a.int > b.int, !(a.whole && b.whole) && a.float > b.float:
		return 1
	}
	return 0
}

func (op compareOp) holds(order int) bool {
	switch op {
	case opEqual:
		return order == 0
	case opNotEqual:
		return order != 0
	case opLess:
		return order < 0
	case opGreater:
		return order > 0
	case opLessEqual:
		return order <= 0
	default:
		return order >= 0
	}
}

// anything reports whether the value is an unquoted * alone.
func (v *value) anything() bool { return !v.quoted && v.regex == nil && v.text == "*" }

// matchText reports whether s equals the text, its wildcards honoured, or
// matches the regular expression.
func (v *value) matchText(s string) bool {
	if v.regex != nil {
		return v.regex.match(s)
	}
	if v.parts == nil {
		return s == v.text
	}
	first, last := v.parts[0], v.parts[len(v.parts)-1]
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, part := range v.parts[1 : len(v.parts)-1] {
		i := strings.Index(s, part)
		if i < 0 {
			return false
		}
		s = s[i+len(part):]
	}
	return true
}

// literals returns texts that any s with matchText(s) contains.
func (v *value) literals() []string {
	switch {
	case v.regex != nil && v.regex.literal != "":
		return []string{v.regex.literal}
	case v.regex != nil:
		return nil
	case v.parts != nil:
		return v.parts
	}
	return []string{v.text}
}

func (v *value) String() string {
	switch {
	case v.regex != nil:
		return v.regex.String()
	case v.quoted:
		return quote(v.text)
	}
	return v.text
}

// comparison = op value. bare says which characters an unquoted value may hold.
func (p *parser) comparison(bare func(rune) bool) (compareOp, value, error) {
	start := p.pos
	op, ok := p.operator()
	if !ok {
		return 0, value{}, p.unexpected("one of = != < > <= >=")
	}
	p.blanks()
	at := p.pos
	v := value{}
	var err error
	switch p.peek() {
	case '"':
		v.quoted = true
		v.text, err = p.quoted()
	case '%':
		v.regex, err = p.regex()
	default:
		v.text = p.run(bare)
		if v.text == "" {
			err = p.unexpected("a value (in double quotes unless it is a plain word or number)")
		}
	}
	if err != nil {
		return 0, value{}, err
	}
	if v.regex == nil {
		if !v.quoted {
			v.number, v.isNumber = parseNumber(v.text)
		}
		if strings.Contains(v.text, "*") {
			v.parts = strings.Split(v.text, "*")
		}
	}
	if op.ordered() && !v.isNumber {
		return 0, value{}, &Error{at, p.pos, "the operator " + p.text[start:start+len(opTexts[op])] + " needs a number"}
	}
	return op, v, nil
}

func (p *parser) operator() (compareOp, bool) {
	for _, op := range []compareOp{opNotEqual, opLessEqual, opGreaterEqual, opEqual, opLess, opGreater} {
		if p.accept(opTexts[op]) {
			return op, true
		}
	}
	return 0, false
}
