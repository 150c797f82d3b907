package insights

import "strings"

// FillDown gives rows that lack a field the value it had last.
type FillDown struct {
	Span
	Fields []Wildcard // none means all columns
}

// Wildcard is the name of a field, or a glob over names when it holds a star.
type Wildcard struct {
	Name string
	Glob bool
}

func (w Wildcard) String() string {
	if w.Glob {
		return w.Name
	}
	return printName(w.Name)
}

func (c *FillDown) Name() string { return "filldown" }
func (c *FillDown) Pos() Span    { return c.Span }
func (c *FillDown) String() string {
	s := "filldown"
	for _, f := range c.Fields {
		s += " " + f.String()
	}
	return s
}

func (p *parser) fillDown(start int) (Command, error) {
	c := &FillDown{}
	for p.tok.kind == tokWord || p.tok.is("*") {
		from, w := p.tok.Start, Wildcard{}
		if !p.tok.bare && p.tok.kind == tokWord {
			w.Name = (&Field{Path: p.tok.path}).Name()
			if err := p.advance(); err != nil {
				return nil, err
			}
		} else {
			for first := true; first || p.tok.Start == p.end && (p.tok.kind == tokWord && p.tok.bare || p.tok.is("*")); first = false {
				if err := p.advance(); err != nil {
					return nil, err
				}
			}
			w.Name = p.text[from:p.end]
			w.Glob = strings.Contains(w.Name, "*")
			if !w.Glob && isReserved(w.Name) {
				return nil, errorAt(Span{from, p.end}, "unexpected %q, expected a field in filldown", w.Name)
			}
		}
		c.Fields = append(c.Fields, w)
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if more && p.tok.kind != tokWord && !p.tok.is("*") {
			return nil, p.unexpected("a field after \",\" in filldown")
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
