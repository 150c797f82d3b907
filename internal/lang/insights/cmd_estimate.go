package insights

// Estimate tells what the query would scan, without running it.
type Estimate struct{ Span }

func (c *Estimate) Name() string   { return "estimate" }
func (c *Estimate) Pos() Span      { return c.Span }
func (c *Estimate) String() string { return "estimate" }

func (p *parser) estimate(start int) (Command, error) { return &Estimate{Span{start, p.end}}, nil }
