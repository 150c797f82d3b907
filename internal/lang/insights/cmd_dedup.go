package insights

import "strings"

// Dedup keeps the first row for each combination of the keys' values.
type Dedup struct {
	Span
	Keys []*Field
}

func (c *Dedup) Name() string { return "dedup" }
func (c *Dedup) Pos() Span    { return c.Span }
func (c *Dedup) String() string {
	keys := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		keys[i] = k.String()
	}
	return "dedup " + strings.Join(keys, ", ")
}

func (p *parser) dedup(start int) (Command, error) {
	c := &Dedup{}
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		f, ok := e.(*Field)
		if !ok {
			return nil, errorAt(e.Pos(), "dedup takes field names; name the expression in fields first")
		}
		c.Keys = append(c.Keys, f)
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			c.Span = Span{start, p.end}
			return c, nil
		}
	}
}
