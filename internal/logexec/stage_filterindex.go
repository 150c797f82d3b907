package logexec

import (
	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// filterIndex keeps events that were ingested since their group is indexed by the
// field, whatever times they tell of. AWS: "filterIndex" of the Logs Insights
// commands, "Create field indexes".
func (c *compiler) filterIndex(cmd *insights.FilterIndex) {
	since := map[logs.GroupID]int64{}
	name := cmd.Field.Name()
	for _, g := range c.req.Groups {
		if c.req.Indexes == nil {
			break
		}
		if ms, ok := c.req.Indexes.Since(g.ID, name); ok {
			since[g.ID] = ms
		}
	}
	if len(since) == 0 && len(c.req.Groups) > 0 {
		c.fail(cmd.Span, "none of the log groups is indexed by %s; filterIndex needs an index policy with that field", name)
	}
	cond := c.cond(cmd.Cond)
	c.src.needs |= logs.ColGroup | logs.ColIngested
	c.addRowwise("filterIndex", func(next sink, r *row) error {
		from, ok := since[r.ev.group]
		if !ok || r.ev.ingested < from || !cond(r) {
			return nil
		}
		return next.push(r)
	})
}
