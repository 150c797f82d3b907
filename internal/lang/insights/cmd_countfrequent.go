package insights

// CountFrequent counts the rows of each combination of values, most frequent
// first.
type CountFrequent struct {
	Span
	Fields []*Field
}

func (c *CountFrequent) Name() string   { return "countFrequent" }
func (c *CountFrequent) Pos() Span      { return c.Span }
func (c *CountFrequent) String() string { return "countFrequent " + printFields(c.Fields) }

func (p *parser) countFrequent(start int) (Command, error) {
	list, err := p.fieldList("in countFrequent")
	if err != nil {
		return nil, err
	}
	return &CountFrequent{Span{start, p.end}, list}, nil
}
