package logexec

import "skywatch/internal/lang/insights"

// diff compares patterns. Behind pattern it is part of that stage; without it
// the patterns are those of the messages.
func (c *compiler) diff(cmd *insights.Diff, i int) {
	if i > 0 {
		if _, ok := c.req.Query.Commands[i-1].(*insights.Pattern); ok {
			return
		}
	}
	c.comparePatterns(diffMover(cmd))
}

func (c *compiler) comparePatterns(shift func(start, end int64) int64) {
	p := &patternPlan{from: c.field([]string{"@message"})}
	c.compareWith(p, shift)
	c.patterns(p)
}

// diffMover gives the start of the earlier time range.
func diffMover(cmd *insights.Diff) func(start, end int64) int64 {
	unit := map[string]insights.Unit{"previousDay": insights.Day, "previousWeek": insights.Week, "previousMonth": insights.Month}
	u, ok := unit[cmd.With]
	if !ok {
		return func(start, end int64) int64 { return start - (end - start) }
	}
	move := mover(&insights.Period{Count: 1, Unit: u}, -1)
	return func(start, _ int64) int64 { return move(start) }
}

// compareWith asks for a scan of the earlier range, which has the same length.
func (c *compiler) compareWith(p *patternPlan, shift func(start, end int64) int64) {
	p.compare = true
	start := shift(c.req.StartMs, c.req.EndMs)
	c.plan.baseline = &baseline{stage: len(c.plan.stages), start: start, end: start + c.req.EndMs - c.req.StartMs}
}

// difference fills the columns of a comparison.
func difference(out []value, t *tally) {
	d := t.count - t.before
	out[0], out[1], out[2] = num(t.before), num(d), value{}
	if t.before > 0 {
		out[2] = num(rounded4(d / t.before * 100))
	}
	switch {
	case t.before == 0:
		out[3] = str("New")
	case t.count == 0:
		out[3] = str("Gone")
	case d > 0:
		out[3] = str("Increase")
	case d < 0:
		out[3] = str("Decrease")
	default:
		out[3] = str("Same")
	}
}
