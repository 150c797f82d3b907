package insights

// LogCompare compares the patterns of the messages with those of the same
// range, moved back by a period.
type LogCompare struct {
	Span
	Shift *Period
}

func (c *LogCompare) Name() string   { return "logcompare" }
func (c *LogCompare) Pos() Span      { return c.Span }
func (c *LogCompare) String() string { return "logcompare timeshift " + c.Shift.String() }

func (p *parser) logCompare(start int) (Command, error) {
	if err := p.expect("timeshift", "after logcompare"); err != nil {
		return nil, err
	}
	per, err := p.period("after timeshift")
	if err != nil {
		return nil, err
	}
	return &LogCompare{Span{start, p.end}, per}, nil
}
