package insights

// Unnest makes a row for each element of a list.
type Unnest struct {
	Span
	Expr Expr
	Into string
}

func (c *Unnest) Name() string   { return "unnest" }
func (c *Unnest) Pos() Span      { return c.Span }
func (c *Unnest) String() string { return "unnest " + c.Expr.String() + " into " + printName(c.Into) }

func (p *parser) unnest(start int) (Command, error) {
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.expect("into", "after the list of unnest"); err != nil {
		return nil, err
	}
	name, err := p.name("after into")
	if err != nil {
		return nil, err
	}
	return &Unnest{Span{start, p.end}, e, name}, nil
}
