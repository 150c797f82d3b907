package logexec

import "skywatch/internal/logs"

// rateAgg is how much a number changes per period: the slope between the
// oldest and the newest event that has one. Two events of one time have none.
type rateAgg struct {
	per           float64 // milliseconds
	n             int
	first, last   logs.Position
	before, after float64
}

func (a *rateAgg) add(c *aggCall, r *row) int64 {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	a.merge(&rateAgg{n: 1, first: r.ev.pos, last: r.ev.pos, before: f, after: f})
	return 0
}

func (a *rateAgg) merge(o aggregate) int64 {
	b := o.(*rateAgg)
	if b.n == 0 {
		return 0
	}
	if a.n == 0 || b.first.Less(a.first) {
		a.first, a.before = b.first, b.before
	}
	if a.n == 0 || a.last.Less(b.last) {
		a.last, a.after = b.last, b.after
	}
	a.n += b.n
	return 0
}

func (a *rateAgg) result() value {
	if a.n == 0 || a.last.Timestamp == a.first.Timestamp {
		return value{}
	}
	return num((a.after - a.before) / float64(a.last.Timestamp-a.first.Timestamp) * a.per)
}
