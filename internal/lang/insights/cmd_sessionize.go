package insights

// Sessionize numbers the sessions of the rows: those with the same keys and no
// pause longer than MaxSpan between one and the next.
type Sessionize struct {
	Span
	Fields  []*Field
	MaxSpan *Period
	As      string
}

func (c *Sessionize) Name() string { return "sessionize" }
func (c *Sessionize) Pos() Span    { return c.Span }
func (c *Sessionize) String() string {
	return "sessionize " + printFields(c.Fields) + " maxspan " + c.MaxSpan.String() + " as " + printName(c.As)
}

func (p *parser) sessionize(start int) (Command, error) {
	c := &Sessionize{MaxSpan: &Period{Count: 30, Unit: Minute, Text: "30m"}, As: "session_id"}
	var err error
	if c.Fields, err = p.fieldList("in sessionize"); err != nil {
		return nil, err
	}
	if ok, err := p.accept("maxspan"); err != nil {
		return nil, err
	} else if ok {
		if _, err := p.accept("="); err != nil {
			return nil, err
		}
		if c.MaxSpan, err = p.period("after maxspan"); err != nil {
			return nil, err
		}
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
