package filterpattern

import "strings"

// jsonPattern = "{" expression "}".
func (p *parser) jsonPattern() (*Pattern, error) {
	p.pos++
	expr, err := p.expression(p.jsonTest)
	if err != nil {
		return nil, err
	}
	if !p.accept("}") {
		return nil, p.unexpected("&&, || or }")
	}
	p.blanks()
	if !p.end() {
		return nil, p.unexpected("the end of the pattern")
	}
	return &Pattern{kind: JSON, expr: expr, regexes: p.regexes, jsonNeed: expr.required(jsonLiterals)}, nil
}

// jsonTest = selector op value | selector "IS" ( "NULL" | "TRUE" | "FALSE" )
// | selector "NOT" "EXISTS".
func (p *parser) jsonTest() (test, error) {
	selector, err := p.selector()
	if err != nil {
		return test{}, err
	}
	t := test{selector: selector}
	p.blanks()
	start := p.pos
	switch {
	case p.keyword("IS"):
		p.blanks()
		switch {
		case p.keyword("NULL"):
			t.op = opIsNull
		case p.keyword("TRUE"):
			t.op = opIsTrue
		case p.keyword("FALSE"):
			t.op = opIsFalse
		case p.keyword("NOT"):
			return test{}, p.errorAt(start, "IS NOT is not supported")
		default:
			return test{}, p.unexpected("NULL, TRUE or FALSE after IS")
		}
		return t, nil
	case p.keyword("NOT"):
		p.blanks()
		if !p.keyword("EXISTS") {
			return test{}, p.unexpected("EXISTS after NOT")
		}
		t.op = opNotExists
		return t, nil
	case p.keyword("EXISTS"):
		return test{}, p.errorAt(start, "EXISTS alone is not supported: write = *")
	}
	t.op, t.value, err = p.comparison(isBareJSON)
	return t, err
}

// isBareJSON: plain words, numbers with sign and exponent, wildcards.
func isBareJSON(r rune) bool {
	return isNameRune(r) || r == '.' || r == '*' || r == '+' || r == '-'
}

// jsonLiterals returns what a message that passes the test contains, provided
// it spells no character as \uXXXX: the selector's names, and the value of an
// equality. Characters that have a short escape end a text's usefulness.
func jsonLiterals(t *test) []string {
	if t.op == opNotExists {
		return nil
	}
	var all []string
	for _, s := range t.selector.steps {
		if s.kind == stepName {
			all = append(all, s.name)
		}
	}
	if t.op == opEqual && !t.value.isNumber {
		all = append(all, t.value.literals()...)
	}
	kept := all[:0]
	for _, s := range all {
		plain := len(s) > 1 && !strings.ContainsFunc(s, func(r rune) bool {
			return r < ' ' || r == '"' || r == '\\' || r == '/' || r == 0xFFFD
		})
		if plain {
			kept = append(kept, s)
		}
	}
	return kept
}
