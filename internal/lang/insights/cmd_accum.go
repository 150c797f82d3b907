package insights

// Accum gives each row the sum of a field's numbers up to it.
type Accum struct {
	Span
	Field *Field
	As    string // "" replaces the field
}

func (c *Accum) Name() string { return "accum" }
func (c *Accum) Pos() Span    { return c.Span }
func (c *Accum) String() string {
	if c.As == "" {
		return "accum " + c.Field.String()
	}
	return "accum " + c.Field.String() + " as " + printName(c.As)
}

func (p *parser) accum(start int) (Command, error) {
	c := &Accum{}
	var err error
	if c.Field, err = p.column("in accum"); err != nil {
		return nil, err
	}
	if ok, err := p.accept("as"); err != nil {
		return nil, err
	} else if ok {
		if c.As, err = p.name("after as"); err != nil {
			return nil, err
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
