package insights

import "strconv"

// MaxLag is how many rows autoregress can look back.
const MaxLag = 1000

// AutoRegress gives each row the values that a field had in rows before it.
type AutoRegress struct {
	Span
	Field    *Field
	As       string // "" when not given
	From, To int    // how many rows back
}

func (c *AutoRegress) Name() string { return "autoregress" }
func (c *AutoRegress) Pos() Span    { return c.Span }
func (c *AutoRegress) String() string {
	s := "autoregress " + c.Field.String()
	if c.As != "" {
		s += " as " + printName(c.As)
	}
	s += " p=" + strconv.Itoa(c.From)
	if c.To > c.From {
		s += "-" + strconv.Itoa(c.To)
	}
	return s
}

// Names are the fields made, for From to To rows back: the alias when there is
// one field, else the alias or the field's name with _p and the number.
func (c *AutoRegress) Names() []string {
	base := c.As
	if base == "" {
		base = c.Field.Name()
	} else if c.From == c.To {
		return []string{base}
	}
	var names []string
	for i := c.From; i <= c.To; i++ {
		names = append(names, base+"_p"+strconv.Itoa(i))
	}
	return names
}

func (p *parser) autoRegress(start int) (Command, error) {
	c := &AutoRegress{From: 1, To: 1}
	var err error
	if c.Field, err = p.column("in autoregress"); err != nil {
		return nil, err
	}
	if ok, err := p.accept("as"); err != nil {
		return nil, err
	} else if ok {
		if c.As, err = p.name("after as"); err != nil {
			return nil, err
		}
	}
	if ok, err := p.option("p"); err != nil {
		return nil, err
	} else if ok {
		if c.From, err = p.whole("p", 1, MaxLag); err != nil {
			return nil, err
		}
		c.To = c.From
		if ok, err := p.accept("-"); err != nil {
			return nil, err
		} else if ok {
			if c.To, err = p.whole("the end of p", c.From, MaxLag); err != nil {
				return nil, err
			}
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
