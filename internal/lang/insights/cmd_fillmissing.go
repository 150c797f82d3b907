package insights

import "strings"

// FillMissing adds rows for the time bins that the stats before it left empty.
type FillMissing struct {
	Span
	With []FillValue
}

// FillValue is what the added rows have in a field; other fields are missing.
type FillValue struct {
	Value Expr // a constant
	Field *Field
}

func (c *FillMissing) Name() string { return "fillmissing" }
func (c *FillMissing) Pos() Span    { return c.Span }
func (c *FillMissing) String() string {
	parts := make([]string, len(c.With))
	for i, w := range c.With {
		parts[i] = w.Value.String() + " for " + w.Field.String()
	}
	if len(parts) == 0 {
		return "fillmissing"
	}
	return "fillmissing with " + strings.Join(parts, ", ")
}

func (p *parser) fillMissing(start int) (Command, error) {
	c := &FillMissing{}
	ok, err := p.accept("with")
	if err != nil {
		return nil, err
	}
	for ok {
		var w FillValue
		if w.Value, err = p.negation(); err != nil {
			return nil, err
		}
		v := w.Value
		if u, isUnary := v.(*Unary); isUnary && u.Op == "-" {
			v = u.X
		}
		switch v.(type) {
		case *Number, *String, *Bool:
		default:
			return nil, errorAt(w.Value.Pos(), "%s is no constant, expected one after with", w.Value)
		}
		if err := p.expect("for", "after the value of fillmissing"); err != nil {
			return nil, err
		}
		if w.Field, err = p.column("after for"); err != nil {
			return nil, err
		}
		c.With = append(c.With, w)
		if ok, err = p.accept(","); err != nil {
			return nil, err
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
