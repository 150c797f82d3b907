package logexec

import "skywatch/internal/lang/insights"

// funcBin is bin(period): the event's time, rounded down to the period; moved
// later by the offset of a stats. AWS: "Datetime functions".
func funcBin(c *compiler, call *insights.Call, _ []eval) eval {
	g := newGrid(call.Args[0].(*insights.Period))
	// The event's own time, also when a command used the name again. The
	// language has checked that there are events.
	slot, _ := c.sourceSlot("@timestamp")
	if move := c.offset; move != nil {
		return rounded(c.slot(slot), func(ms int64) int64 { return move(g.floor(ms)) })
	}
	return rounded(c.slot(slot), g.floor)
}
