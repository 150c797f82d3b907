package insights

// Pattern groups the rows by the shape of a text: what its variable parts leave.
type Pattern struct {
	Span
	Expr Expr
}

func (c *Pattern) Name() string { return "pattern" }
func (c *Pattern) Pos() Span    { return c.Span }

func (c *Pattern) String() string { return "pattern " + c.Expr.String() }

func (p *parser) pattern(start int) (Command, error) {
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	return &Pattern{Span{start, p.end}, e}, nil
}
