package insights

import "strings"

// Sort orders the rows by its keys, the first one most significant.
type Sort struct {
	Span
	Keys []SortKey
}

// SortKey is one key of a sort, ascending unless Desc. A key that the query
// names (sort e as n) is a field here: the parser puts fields e as n before the
// sort.
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
	var named []Item
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		if ok, err := p.accept("as"); err != nil {
			return nil, err
		} else if ok {
			f := &Field{Span: p.tok.Span, Path: p.tok.path}
			if _, err := p.name("after as"); err != nil {
				return nil, err
			}
			named = append(named, Item{Expr: e, Name: f.Name(), Aliased: true})
			e = f
		}
		if call, ok := e.(*Call); ok && call.Func.Name == "bin" {
			return nil, errorAt(call.Span, "%s cannot be sorted by as it is, expected a name for it, as in stats count(*) by %s as t | sort t", call, call)
		}
		k := SortKey{Expr: e, Desc: p.tok.is("desc")}
		if k.Desc || p.tok.is("asc") {
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		c.Keys = append(c.Keys, k)
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			c.Span = Span{start, p.end}
			p.named = named
			return c, nil
		}
	}
}
