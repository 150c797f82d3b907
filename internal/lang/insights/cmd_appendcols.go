package insights

import "strconv"

// AppendCols puts the columns of a subquery's rows beside those of the rows,
// first to first, second to second.
type AppendCols struct {
	Span
	Override bool // the subquery's values win over fields of the same name
	Max      int  // rows of the subquery
	Sub      *Query
}

func (c *AppendCols) Name() string { return "appendcols" }
func (c *AppendCols) Pos() Span    { return c.Span }
func (c *AppendCols) String() string {
	return "appendcols override=" + strconv.FormatBool(c.Override) + " max=" + strconv.Itoa(c.Max) + " (" + c.Sub.String() + ")"
}

func (p *parser) appendCols(start int) (Command, error) {
	c := &AppendCols{Max: 10000}
	for {
		if ok, err := p.option("override"); err != nil {
			return nil, err
		} else if ok {
			if c.Override, err = p.boolean("override"); err != nil {
				return nil, err
			}
			continue
		}
		if ok, err := p.option("max"); err != nil {
			return nil, err
		} else if ok {
			if c.Max, err = p.whole("max", 1, MaxLimit); err != nil {
				return nil, err
			}
			continue
		}
		break
	}
	var err error
	if c.Sub, err = p.subquery("appendcols"); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}
