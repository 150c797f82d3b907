package insights

// Filter keeps the rows for which Cond is true.
type Filter struct {
	Span
	Cond Expr
}

func (c *Filter) Name() string   { return "filter" }
func (c *Filter) Pos() Span      { return c.Span }
func (c *Filter) String() string { return "filter " + c.Cond.String() }

func (p *parser) filter(start int) (Command, error) {
	cond, err := p.expr()
	if err != nil {
		return nil, err
	}
	return &Filter{Span{start, p.end}, cond}, nil
}
