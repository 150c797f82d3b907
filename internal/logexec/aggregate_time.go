package logexec

import "skywatch/internal/logs"

// timeAgg is earliest or latest: the value in the event with the smallest or
// largest @timestamp that has one; of events of one time the one that came first,
// or last. AWS: "Non-aggregation functions in the stats command".
type timeAgg struct {
	latest bool
	at     logs.Position
	val    value
}

func (a *timeAgg) add(c *aggCall, r *row) int64 {
	if a.val.kind != null && r.ev.pos.Less(a.at) == a.latest {
		return 0
	}
	if v := c.arg(r); v.kind != null {
		a.at = r.ev.pos
		return replace(&a.val, v)
	}
	return 0
}
func (a *timeAgg) result() value { return a.val }
