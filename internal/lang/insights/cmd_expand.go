package insights

// Expand makes a row for each element of the JSON array in a field, which is
// replaced by the element.
type Expand struct {
	Span
	Field *Field
}

func (c *Expand) Name() string   { return "expand" }
func (c *Expand) Pos() Span      { return c.Span }
func (c *Expand) String() string { return "expand " + c.Field.String() }

func (p *parser) expand(start int) (Command, error) {
	f, err := p.column("in expand")
	if err != nil {
		return nil, err
	}
	return &Expand{Span{start, p.end}, f}, nil
}
