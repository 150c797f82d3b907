package insights

// Unmask adds columns as fields does, with what a data protection policy masks
// shown.
type Unmask struct {
	Span
	Items []Item
}

func (c *Unmask) Name() string   { return "unmask" }
func (c *Unmask) Pos() Span      { return c.Span }
func (c *Unmask) String() string { return "unmask " + printItems(c.Items) }

func (p *parser) unmask(start int) (Command, error) {
	items, err := p.items()
	if err != nil {
		return nil, err
	}
	return &Unmask{Span{start, p.end}, items}, nil
}
