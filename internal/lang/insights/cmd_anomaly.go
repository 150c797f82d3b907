package insights

// Anomaly scores each pattern of the pattern command before it.
type Anomaly struct{ Span }

func (c *Anomaly) Name() string   { return "anomaly" }
func (c *Anomaly) Pos() Span      { return c.Span }
func (c *Anomaly) String() string { return "anomaly" }

func (p *parser) anomaly(start int) (Command, error) { return &Anomaly{Span{start, p.end}}, nil }
