package insights

// Fields adds columns to the result.
type Fields struct {
	Span
	Items []Item
}

// Display fixes the columns of the result; the last one counts.
type Display struct {
	Span
	Items []Item
}

func (c *Fields) Name() string    { return "fields" }
func (c *Fields) Pos() Span       { return c.Span }
func (c *Fields) String() string  { return "fields " + printItems(c.Items) }
func (c *Display) Name() string   { return "display" }
func (c *Display) Pos() Span      { return c.Span }
func (c *Display) String() string { return "display " + printItems(c.Items) }

func (p *parser) fields(start int) (Command, error) {
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	return &Fields{Span{start, p.end}, items}, nil
}

func (p *parser) display(start int) (Command, error) {
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	return &Display{Span{start, p.end}, items}, nil
}
