package insights

// RelevantFields ranks fields by how differently they are filled in the rows
// for which the condition holds and in the others.
type RelevantFields struct {
	Span
	Fields []*Field // none means all
	Cond   Expr
}

func (c *RelevantFields) Name() string { return "relevantfields" }
func (c *RelevantFields) Pos() Span    { return c.Span }
func (c *RelevantFields) String() string {
	s := "relevantfields "
	if len(c.Fields) > 0 {
		s += printFields(c.Fields) + " "
	}
	return s + "where " + c.Cond.String()
}

func (p *parser) relevantFields(start int) (Command, error) {
	c := &RelevantFields{}
	var err error
	if !p.tok.is("where") {
		if c.Fields, err = p.fieldList("or where in relevantfields"); err != nil {
			return nil, err
		}
	}
	if err := p.expect("where", "before the condition of relevantfields"); err != nil {
		return nil, err
	}
	if c.Cond, err = p.expr(); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}
