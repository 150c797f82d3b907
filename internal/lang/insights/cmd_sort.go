package insights

import "strings"

// Sort orders the rows by its keys, the first one most significant.
type Sort struct {
	Span
	Keys []SortKey
}

// SortKey is one key of a sort, ascending unless Desc.
type SortKey struct {
	Expr Expr
	Desc bool
}

func (c *Sort) Name() string { return "sort" }
func (c *Sort) Pos() Span    { return c.Span }
func (c *Sort) String() string {
	keys := make([]string, len(c.Keys))
	for i, k := range c.Keys {
		keys[i] = k.Expr.String() + " asc"
		if k.Desc {
			keys[i] = k.Expr.String() + " desc"
		}
	}
	return "sort " + strings.Join(keys, ", ")
}

func (p *parser) sort(start int) (Command, error) {
	c := &Sort{}
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		k := SortKey{Expr: e, Desc: p.tok.is("desc")}
		if k.Desc || p.tok.is("asc") {
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		c.Keys = append(c.Keys, k)
		if p.tok.is("as") {
			return nil, errorAt(p.tok.Span, "as in sort is not supported; name the expression in fields or stats first")
		}
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			c.Span = Span{start, p.end}
			return c, nil
		}
	}
}
