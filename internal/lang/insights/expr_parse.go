package insights

import (
	"strconv"
	"strings"
)

// expr reads a whole expression.
func (p *parser) expr() (Expr, error) { return p.or() }

// deeper guards every way the grammar can recurse.
func (p *parser) deeper() error {
	if p.depth++; p.depth > maxDepth {
		return errorAt(p.tok.Span, "the expression nests deeper than %d levels", maxDepth)
	}
	return nil
}

func (p *parser) or() (Expr, error) {
	return p.chain(p.and, "or")
}

func (p *parser) and() (Expr, error) {
	return p.chain(p.not, "and")
}

// chain reads operands joined by any of ops, grouping to the left.
func (p *parser) chain(operand func() (Expr, error), ops ...string) (Expr, error) {
	left, err := operand()
	for err == nil {
		op := ""
		for _, o := range ops {
			if p.tok.is(o) {
				op = o
			}
		}
		if op == "" {
			return left, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = &Binary{Span: Span{left.Pos().Start, p.end}, Op: op, L: left, R: right}
	}
	return nil, err
}

func (p *parser) not() (Expr, error) {
	start := p.tok.Start
	if ok, err := p.accept("not"); err != nil {
		return nil, err
	} else if ok {
		if err := p.deeper(); err != nil {
			return nil, err
		}
		x, err := p.not()
		if err != nil {
			return nil, err
		}
		p.depth--
		return &Unary{Span: Span{start, p.end}, Op: "not", X: x}, nil
	}
	return p.comparison()
}

func (p *parser) comparison() (Expr, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	start := left.Pos().Start
	switch {
	case p.tok.is("not"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		switch {
		case p.tok.is("like"):
			return p.like(left, true)
		case p.tok.is("in"):
			return p.in(left, true)
		}
		return nil, p.unexpected("like or in after not")
	case p.tok.is("like"), p.tok.is("=~"):
		return p.like(left, false)
	case p.tok.is("in"):
		return p.in(left, false)
	case p.tok.kind == tokOp:
		op := p.tok.text
		if op == "==" {
			op = "="
		}
		if binaryPrec[op] != precCompare {
			return left, nil
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		right, err := p.sum()
		if err != nil {
			return nil, err
		}
		return &Binary{Span: Span{start, p.end}, Op: op, L: left, R: right}, nil
	}
	return left, nil
}

// like reads what follows like, not like or =~.
func (p *parser) like(left Expr, not bool) (Expr, error) {
	op := p.tok.text
	if err := p.advance(); err != nil {
		return nil, err
	}
	e := &Like{X: left, Not: not}
	switch {
	case p.tok.kind == tokString && op != "=~":
		e.Text = p.tok.value
	case p.tok.kind == tokString, p.tok.is("/"):
		if p.tok.kind == tokString {
			// "=~" means a regular expression however it is quoted.
			e.Pattern = escapeSlashes(p.tok.value)
		} else {
			if err := p.regexHere(); err != nil {
				return nil, err
			}
			e.Pattern = p.tok.value
		}
		re, err := compileRegex(p.tok.Span, e.Pattern)
		if err != nil {
			return nil, err
		}
		e.Regex = re
	default:
		return nil, p.unexpected("a \"string\" or a /regular expression/ after %s", op)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	e.Span = Span{left.Pos().Start, p.end}
	return e, nil
}

// escapeSlashes makes a pattern fit between slashes: a slash that is neither
// escaped nor in a character class would end it.
func escapeSlashes(pattern string) string {
	out := make([]byte, 0, len(pattern))
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			out = append(out, c)
			i++
		case c == '[':
			inClass = true
		case c == ']':
			inClass = false
		case c == '/' && !inClass:
			out = append(out, '\\')
		}
		out = append(out, pattern[i])
	}
	return string(out)
}

func (p *parser) in(left Expr, not bool) (Expr, error) {
	if err := p.advance(); err != nil {
		return nil, err
	}
	e := &In{X: left, Not: not}
	if p.tok.is("(") {
		next := p.peek()
		if !next.is("source") && (next.kind != tokWord || p.commandNamed(strings.ToLower(next.text)) == nil) {
			return nil, errorAt(p.tok.Span, "unexpected \"(\" after in, expected a list such as [\"a\", \"b\"] or a subquery such as (SOURCE \"group\" | fields f)")
		}
		var err error
		if e.Sub, err = p.subquery("in"); err != nil {
			return nil, err
		}
		e.Span = Span{left.Pos().Start, p.end}
		return e, nil
	}
	if err := p.expect("[", "after in"); err != nil {
		return nil, err
	}
	for {
		v, err := p.sum()
		if err != nil {
			return nil, err
		}
		e.List = append(e.List, v)
		if ok, err := p.accept("]"); err != nil {
			return nil, err
		} else if ok {
			e.Span = Span{left.Pos().Start, p.end}
			return e, nil
		}
		if !p.tok.is(",") {
			return nil, p.unexpected("\",\" or \"]\" in the list")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
}

func (p *parser) sum() (Expr, error) {
	return p.chain(p.product, "+", "-")
}

func (p *parser) product() (Expr, error) {
	return p.chain(p.negation, "*", "/", "%")
}

func (p *parser) negation() (Expr, error) {
	start := p.tok.Start
	if ok, err := p.accept("-"); err != nil {
		return nil, err
	} else if ok {
		if err := p.deeper(); err != nil {
			return nil, err
		}
		x, err := p.negation()
		if err != nil {
			return nil, err
		}
		p.depth--
		return &Unary{Span: Span{start, p.end}, Op: "-", X: x}, nil
	}
	return p.power()
}

func (p *parser) power() (Expr, error) {
	base, err := p.primary()
	if err != nil || !p.tok.is("^") {
		return base, err
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	exp, err := p.negation()
	if err != nil {
		return nil, err
	}
	p.depth--
	return &Binary{Span: Span{base.Pos().Start, p.end}, Op: "^", L: base, R: exp}, nil
}

func (p *parser) primary() (Expr, error) {
	t := p.tok
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch t.kind {
	case tokNumber:
		v, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, errorAt(t.Span, "number %s is out of range", t.text)
		}
		return &Number{Span: t.Span, Value: v, Text: t.text}, p.advance()
	case tokString:
		return &String{Span: t.Span, Value: t.value}, p.advance()
	case tokPeriod:
		per, err := newPeriod(t)
		if err != nil {
			return nil, err
		}
		return per, p.advance()
	case tokWord:
		return p.wordExpr(t)
	}
	switch {
	case t.is("("):
		if err := p.advance(); err != nil {
			return nil, err
		}
		if p.tok.is("source") {
			return nil, errorAt(p.tok.Span, "a subquery stands only behind in, join and appendcols")
		}
		x, err := p.expr()
		if err != nil {
			return nil, err
		}
		return x, p.expect(")", "to close the parenthesis")
	case t.is("!"):
		if err := p.advance(); err != nil {
			return nil, err
		}
		x, err := p.primary()
		if err != nil {
			return nil, err
		}
		return &Unary{Span: Span{t.Start, p.end}, Op: "not", X: x}, nil
	case t.is("*"):
		return nil, errorAt(t.Span, "unexpected \"*\", expected an expression; * stands only in count(*)")
	}
	return nil, p.unexpected("a field, a value or a function")
}

// wordExpr reads a constant, a function call or a field.
func (p *parser) wordExpr(t token) (Expr, error) {
	switch {
	case t.is("true"), t.is("false"):
		return &Bool{Span: t.Span, Value: t.is("true")}, p.advance()
	case t.bare && isReserved(t.text):
		return nil, p.unexpected("a field, a value or a function (a field of that name needs backticks)")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if t.bare && p.tok.is("(") {
		return p.call(t)
	}
	return &Field{Span: t.Span, Path: t.path}, nil
}

// call reads the arguments of a function and checks them against its entry.
func (p *parser) call(name token) (Expr, error) {
	fn, err := lookupFunction(name)
	if err != nil {
		return nil, err
	}
	c := &Call{Func: fn, Written: name.text}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for !p.tok.is(")") {
		if len(c.Args) > 0 {
			if !p.tok.is(",") {
				return nil, p.unexpected("\",\" or \")\" in the arguments of %s", fn.Name)
			}
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		var arg Expr
		if p.tok.is("*") && (fn.Name == "count" || fn.Name == "countOverTime") {
			arg = &Star{p.tok.Span}
			err = p.advance()
		} else {
			arg, err = p.expr()
		}
		if err != nil {
			return nil, err
		}
		c.Args = append(c.Args, arg)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	c.Span = Span{name.Start, p.end}
	if err := fn.check(c); err != nil {
		return nil, err
	}
	if fn.Name == "median" {
		c.Func, c.Args = functionsByName["pct"], append(c.Args, &Number{Span: c.Span, Value: 50, Text: "50"})
	}
	return c, nil
}
