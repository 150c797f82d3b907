package insights

// Stats groups rows by the By items and computes the Items, expressions over
// aggregates, keys and earlier items, for each group.
type Stats struct {
	Span
	Items []Item
	By    []Item
}

func (c *Stats) Name() string { return "stats" }
func (c *Stats) Pos() Span    { return c.Span }
func (c *Stats) String() string {
	s := "stats " + printItems(c.Items)
	if len(c.By) > 0 {
		s += " by " + printItems(c.By)
	}
	return s
}

func (p *parser) stats(start int) (Command, error) {
	c := &Stats{}
	var err error
	if c.Items, err = p.items(); err != nil {
		return nil, err
	}
	if ok, err := p.accept("by"); err != nil {
		return nil, err
	} else if ok {
		if c.By, err = p.items(); err != nil {
			return nil, err
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
