package insights

import "strings"

// Diff compares the patterns of the query's time range with those of an
// earlier range of the same length.
type Diff struct {
	Span
	With string // previousDay, previousWeek, previousMonth, or "" for the range just before
}

var diffRanges = []string{"previousDay", "previousWeek", "previousMonth"}

func (c *Diff) Name() string   { return "diff" }
func (c *Diff) Pos() Span      { return c.Span }
func (c *Diff) String() string { return strings.TrimSpace("diff " + c.With) }

func (p *parser) diff(start int) (Command, error) {
	c := &Diff{}
	for _, name := range diffRanges {
		if ok, err := p.accept(name); err != nil {
			return nil, err
		} else if ok {
			c.With = name
			break
		}
	}
	if c.With == "" && p.tok.kind == tokWord {
		return nil, p.unexpected("%s or nothing after diff", strings.Join(diffRanges, ", "))
	}
	c.Span = Span{start, p.end}
	return c, nil
}
