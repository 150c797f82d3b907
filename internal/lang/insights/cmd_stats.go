package insights

// Stats groups rows by the By items and computes the Items, expressions over
// aggregates, keys and earlier items, for each group.
type Stats struct {
	Span
	Items  []Item
	By     []Item
	Offset *Period // moves the bins of bin() later by that much; nil for not at all
}

func (c *Stats) Name() string { return "stats" }
func (c *Stats) Pos() Span    { return c.Span }
func (c *Stats) String() string {
	s := "stats " + printItems(c.Items)
	if len(c.By) > 0 {
		s += " by " + printItems(c.By)
	}
	if c.Offset != nil {
		s += " offset " + c.Offset.String()
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
		at := p.tok.Span
		if ok, err := p.accept("offset"); err != nil {
			return nil, err
		} else if ok {
			if c.Offset, err = p.period("after offset"); err != nil {
				return nil, err
			}
			if !hasBin(c.By) {
				return nil, errorAt(at, "offset moves time bins, expected a bin() among the keys")
			}
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}

// hasBin says whether one of the keys is a bin.
func hasBin(by []Item) bool {
	for _, it := range by {
		if BinOf(it.Expr) != nil {
			return true
		}
	}
	return false
}

// BinOf is the period of a key that is a time bin, bin(p) or datefloor(t, p),
// nil for other keys.
func BinOf(e Expr) *Period {
	c, ok := e.(*Call)
	if !ok {
		return nil
	}
	switch c.Func.Name {
	case "bin":
		return c.Args[0].(*Period)
	case "datefloor":
		return c.Args[1].(*Period)
	}
	return nil
}
