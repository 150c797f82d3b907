package insights

import "strconv"

// MaxLimit is the largest number of rows a query can ask for.
const MaxLimit = 100000

// Limit ends the result after N rows; with Any it does not matter which.
type Limit struct {
	Span
	N   int
	Any bool
}

func (c *Limit) Name() string { return "limit" }
func (c *Limit) Pos() Span    { return c.Span }
func (c *Limit) String() string {
	if c.Any {
		return "limit any " + strconv.Itoa(c.N)
	}
	return "limit " + strconv.Itoa(c.N)
}

func (p *parser) limit(start int) (Command, error) {
	c := &Limit{}
	var err error
	if c.Any, err = p.accept("any"); err != nil {
		return nil, err
	}
	if p.tok.kind != tokNumber {
		return nil, p.unexpected("a number of rows after limit")
	}
	if c.N, err = strconv.Atoi(p.tok.text); err != nil || c.N < 1 || c.N > MaxLimit {
		return nil, errorAt(p.tok.Span, "limit %s is out of range, want a whole number from 1 to %d", p.tok.text, MaxLimit)
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	c.Span = Span{start, p.end}
	return c, nil
}
