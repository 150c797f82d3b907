package insights

// AddTotals adds the sum of each row's numbers as a column, the sums of the
// columns as a last row, or both.
type AddTotals struct {
	Span
	Total    string // the name of the new column
	Row, Col bool
	Fields   []*Field // none means all columns
}

func (c *AddTotals) Name() string { return "addtotals" }
func (c *AddTotals) Pos() Span    { return c.Span }
func (c *AddTotals) String() string {
	s := "addtotals fieldname=" + printName(c.Total) + " row=" + (&Bool{Value: c.Row}).String() + " col=" + (&Bool{Value: c.Col}).String()
	if len(c.Fields) > 0 {
		s += " " + printFields(c.Fields)
	}
	return s
}

func (p *parser) addTotals(start int) (Command, error) {
	c := &AddTotals{Total: "Total", Row: true}
	for {
		ok, err := p.option("fieldname")
		if err == nil && ok {
			if c.Total, err = p.name("after fieldname="); err == nil {
				continue
			}
		}
		if err == nil {
			if ok, err = p.option("row"); err == nil && ok {
				if c.Row, err = p.boolean("row"); err == nil {
					continue
				}
			}
		}
		if err == nil {
			if ok, err = p.option("col"); err == nil && ok {
				if c.Col, err = p.boolean("col"); err == nil {
					continue
				}
			}
		}
		if err != nil {
			return nil, err
		}
		break
	}
	if p.tok.kind == tokWord {
		var err error
		if c.Fields, err = p.fieldList("in addtotals"); err != nil {
			return nil, err
		}
	}
	c.Span = Span{start, p.end}
	return c, nil
}
