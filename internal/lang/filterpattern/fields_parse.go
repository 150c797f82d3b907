package filterpattern

import (
	"slices"
	"strings"
)

// field is one place of a delimited pattern.
type field struct {
	name string
	expr *node // nil: no condition
}

// fieldList is a delimited pattern: head fields from the left, then, when
// ellipsis is set, any number of words, then tail fields up to the end.
type fieldList struct {
	head, tail []field
	ellipsis   bool
}

// fieldsPattern = "[" [ item { "," item } ] "]" ; item = "..." | field.
func (p *parser) fieldsPattern() (*Pattern, error) {
	p.pos++
	var list fieldList
	var names []string
	for {
		p.blanks()
		start := p.pos
		if p.accept("...") {
			if list.ellipsis {
				return nil, p.errorAt(start, "... can stand only once")
			}
			list.ellipsis = true
		} else {
			f, err := p.field()
			if err != nil {
				return nil, err
			}
			if slices.Contains(names, f.name) {
				return nil, p.errorAt(start, "the field name %q stands twice", f.name)
			}
			names = append(names, f.name)
			if list.ellipsis {
				list.tail = append(list.tail, f)
			} else {
				list.head = append(list.head, f)
			}
		}
		p.blanks()
		if p.accept("]") {
			break
		}
		if !p.accept(",") {
			return nil, p.unexpected("a comma or ]")
		}
	}
	p.blanks()
	if !p.end() {
		return nil, p.unexpected("the end of the pattern")
	}
	pattern := &Pattern{kind: Fields, fields: list, regexes: p.regexes}
	for _, f := range slices.Concat(list.head, list.tail) {
		if f.expr != nil {
			pattern.required = append(pattern.required, f.expr.required(fieldLiterals)...)
		}
	}
	return pattern, nil
}

// field = name [ op value ] { ( "&&" | "||" ) name op value }, parentheses
// allowed; the name is the same throughout.
func (p *parser) field() (field, error) {
	var f field
	named := 0
	expr, err := p.expression(func() (test, error) {
		start := p.pos
		name := p.run(isNameRune)
		switch {
		case name == "":
			return test{}, p.unexpected("a field name")
		case f.name == "":
			f.name = name
		case f.name != name:
			return test{}, p.errorAt(start, "the condition on field %q names field %q", f.name, name)
		}
		named++
		p.blanks()
		if c := p.peek(); c == ',' || c == ']' {
			return test{op: opNone}, nil
		}
		op, v, err := p.comparison(isBareField)
		return test{op: op, value: v}, err
	})
	if err != nil {
		return field{}, err
	}
	if expr.op == leaf && expr.test.op == opNone {
		return f, nil
	}
	expr.each(func(t *test) {
		if t.op == opNone {
			err = p.unexpected("a condition beside the others of field " + f.name)
		}
	})
	f.expr = expr
	return f, err
}

// isBareField: words as log lines hold them, as far as no other meaning of
// the character is near.
func isBareField(r rune) bool {
	return isNameRune(r) || strings.ContainsRune(".*+-/:@#;$", r)
}

// fieldLiterals returns what a message with the field's value contains.
func fieldLiterals(t *test) []string {
	if t.op != opEqual || t.value.isNumber { // 404 equals 404.0
		return nil
	}
	var kept []string
	for _, s := range t.value.literals() {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// String prints the pattern in canonical spelling.
func (l *fieldList) String() string {
	var items []string
	add := func(fields []field) {
		for _, f := range fields {
			items = append(items, f.String())
		}
	}
	add(l.head)
	if l.ellipsis {
		items = append(items, "...")
	}
	add(l.tail)
	return "[" + strings.Join(items, ", ") + "]"
}

func (f *field) String() string {
	if f.expr == nil {
		return f.name
	}
	return f.expr.textNamed(f.name+" ", precedenceOr)
}
