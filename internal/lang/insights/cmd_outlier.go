package insights

import "strconv"

// Outlier removes or clamps values far outside the quartiles of a field.
type Outlier struct {
	Span
	Remove   bool    // else the value is set to the bound
	Param    float64 // multiple of the distance between the quartiles
	UseLower bool    // small values count too
	Mark     bool    // add the column is_outlier
	Fields   []*Field
}

func (c *Outlier) Name() string { return "outlier" }
func (c *Outlier) Pos() Span    { return c.Span }
func (c *Outlier) String() string {
	s := "outlier action=transform"
	if c.Remove {
		s = "outlier action=remove"
	}
	s += " param=" + strconv.FormatFloat(c.Param, 'f', -1, 64) + " uselower=" + strconv.FormatBool(c.UseLower) + " mark=" + strconv.FormatBool(c.Mark)
	for _, f := range c.Fields {
		s += " " + f.String()
	}
	return s
}

func (p *parser) outlier(start int) (Command, error) {
	c := &Outlier{Param: 2.5}
	for {
		if ok, err := p.option("action"); err != nil {
			return nil, err
		} else if ok {
			c.Remove = p.tok.is("remove")
			if !c.Remove && !p.tok.is("transform") {
				return nil, p.unexpected("remove or transform after action=")
			}
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		if ok, err := p.option("param"); err != nil {
			return nil, err
		} else if ok {
			v, err := strconv.ParseFloat(p.tok.text, 64)
			if p.tok.kind != tokNumber || err != nil || v < 0 || v > 1e6 {
				return nil, p.unexpected("a number from 0 to 1000000 after param=")
			}
			c.Param = v
			if err := p.advance(); err != nil {
				return nil, err
			}
			continue
		}
		if ok, err := p.option("uselower"); err != nil {
			return nil, err
		} else if ok {
			if c.UseLower, err = p.boolean("uselower"); err != nil {
				return nil, err
			}
			continue
		}
		if ok, err := p.option("mark"); err != nil {
			return nil, err
		} else if ok {
			if c.Mark, err = p.boolean("mark"); err != nil {
				return nil, err
			}
			continue
		}
		break
	}
	for more := true; more || p.tok.kind == tokWord; {
		f, err := p.column("in outlier")
		if err != nil {
			return nil, err
		}
		c.Fields = append(c.Fields, f)
		if more, err = p.accept(","); err != nil {
			return nil, err
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
