package insights

// FilterIndex keeps the rows of log groups whose index policy has the field,
// for which the condition on it holds.
type FilterIndex struct {
	Span
	Field *Field
	Cond  Expr // Field = value or Field in [values]
}

func (c *FilterIndex) Name() string   { return "filterIndex" }
func (c *FilterIndex) Pos() Span      { return c.Span }
func (c *FilterIndex) String() string { return "filterIndex " + c.Cond.String() }

func (p *parser) filterIndex(start int) (Command, error) {
	e, err := p.expr()
	if err != nil {
		return nil, err
	}
	c := &FilterIndex{Span: Span{start, p.end}, Cond: e}
	var values []Expr
	switch e := e.(type) {
	case *Binary:
		if e.Op == "=" {
			c.Field, _ = e.L.(*Field)
			values = []Expr{e.R}
		}
	case *In:
		if !e.Not && e.Sub == nil {
			c.Field, _ = e.X.(*Field)
			values = e.List
		}
	}
	if c.Field == nil {
		return nil, errorAt(e.Pos(), "%s cannot use an index, expected field = value or field in [values]", e)
	}
	for _, v := range values {
		if u, ok := v.(*Unary); ok && u.Op == "-" {
			v = u.X
		}
		switch v.(type) {
		case *Number, *String, *Bool:
		default:
			return nil, errorAt(v.Pos(), "%s is no constant, expected one in filterIndex", v)
		}
	}
	return c, nil
}
