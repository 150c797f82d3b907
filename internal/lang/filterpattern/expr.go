package filterpattern

// node is a tree of tests joined by && and ||.
type node struct {
	op   nodeOp
	kids []*node // and, or: two or more
	test test    // leaf
}

type nodeOp uint8

const (
	leaf nodeOp = iota
	and
	or
)

// test is one condition. JSON patterns use selector; in a delimited pattern
// the field is known from the place.
type test struct {
	selector *Selector
	op       compareOp
	value    value
}

// each calls f for every test.
func (n *node) each(f func(*test)) {
	if n.op == leaf {
		f(&n.test)
	}
	for _, k := range n.kids {
		k.each(f)
	}
}

const maxDepth = 100 // nested parentheses; a pattern of 1024 characters could ask for 500

// expression = and { "||" and } ; and = primary { "&&" primary } ;
// primary = "(" expression ")" | test.
func (p *parser) expression(parseTest func() (test, error)) (*node, error) {
	return p.joined(or, "||", func() (*node, error) {
		return p.joined(and, "&&", func() (*node, error) {
			p.blanks()
			if p.peek() != '(' {
				t, err := parseTest()
				return &node{test: t}, err
			}
			start := p.pos
			p.pos++
			if p.depth++; p.depth > maxDepth {
				return nil, p.errorAt(start, "more than %d nested parentheses", maxDepth)
			}
			n, err := p.expression(parseTest)
			if err != nil {
				return nil, err
			}
			p.depth--
			if !p.accept(")") {
				return nil, p.unexpected("&&, || or )")
			}
			return n, nil
		})
	})
}

func (p *parser) joined(op nodeOp, token string, operand func() (*node, error)) (*node, error) {
	n, err := operand()
	if err != nil {
		return nil, err
	}
	for p.blanks(); p.accept(token); p.blanks() {
		k, err := operand()
		if err != nil {
			return nil, err
		}
		if n.op != op || len(n.kids) == 0 {
			n = &node{op: op, kids: []*node{n}}
		}
		n.kids = append(n.kids, k)
	}
	return n, nil
}

const (
	precedenceOr = iota
	precedenceAnd
)

// text prints the tree; outer is the precedence of what stands around it.
func (n *node) text(outer int) string { return n.textNamed("", outer) }

// textNamed prints the tree with a subject before each test.
func (n *node) textNamed(subject string, outer int) string {
	if n.op == leaf {
		return subject + n.test.String()
	}
	token, inner := " && ", precedenceAnd+1
	if n.op == or {
		token, inner = " || ", precedenceAnd
	}
	s := ""
	for i, k := range n.kids {
		if i > 0 {
			s += token
		}
		s += k.textNamed(subject, inner)
	}
	if n.op == or && outer > precedenceOr || n.op == and && outer > precedenceAnd {
		s = "(" + s + ")"
	}
	return s
}

// String prints the test without a subject's name when it has no selector.
func (t *test) String() string {
	subject := ""
	if t.selector != nil {
		subject = t.selector.String() + " "
	}
	if t.op >= opIsNull {
		return subject + opTexts[t.op]
	}
	return subject + opTexts[t.op] + " " + t.value.String()
}

// required returns texts that everything matching the tree contains.
func (n *node) required(of func(*test) []string) []string {
	switch n.op {
	case leaf:
		return of(&n.test)
	case and:
		var all []string
		for _, k := range n.kids {
			all = append(all, k.required(of)...)
		}
		return all
	}
	return nil
}
