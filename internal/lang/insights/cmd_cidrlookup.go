package insights

// CIDRLookup adds columns of the table row whose address range holds the
// field's address; of several ranges the smallest.
type CIDRLookup struct {
	Span
	Table  string
	Field  *Field
	Column string // of the ranges; "" for the first column that holds only ranges
	New    bool   // OUTPUTNEW: fill only what is missing
	Output []LookupOutput
}

func (c *CIDRLookup) Name() string { return "cidrlookup" }
func (c *CIDRLookup) Pos() Span    { return c.Span }
func (c *CIDRLookup) String() string {
	s := "cidrlookup " + printLabel(c.Table) + " " + c.Field.String()
	if c.Column != "" {
		s += " as " + printLabel(c.Column)
	}
	if c.New {
		return s + " OUTPUTNEW " + printOutput(c.Output)
	}
	return s + " OUTPUT " + printOutput(c.Output)
}

func (p *parser) cidrLookup(start int) (Command, error) {
	c := &CIDRLookup{}
	var err error
	if c.Table, err = p.label("the name of a lookup table"); err != nil {
		return nil, err
	}
	if c.Field, err = p.column("with an address"); err != nil {
		return nil, err
	}
	if ok, err := p.accept("as"); err != nil {
		return nil, err
	} else if ok {
		if c.Column, err = p.label("a column of the lookup table"); err != nil {
			return nil, err
		}
	}
	if c.New, err = p.accept("outputnew"); err != nil {
		return nil, err
	}
	if !c.New {
		if !p.tok.is("output") {
			return nil, p.unexpected("OUTPUT or OUTPUTNEW in cidrlookup")
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
	}
	if c.Output, err = p.output(); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}
