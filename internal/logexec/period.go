package logexec

import (
	"time"

	"skywatch/internal/lang/insights"
)

const dayMs = 24 * 60 * 60 * 1000

var unitMs = map[insights.Unit]int64{insights.Millisecond: 1, insights.Second: 1000, insights.Minute: 60 * 1000,
	insights.Hour: 60 * 60 * 1000, insights.Day: dayMs, insights.Week: 7 * dayMs}

var unitMonths = map[insights.Unit]int64{insights.Month: 1, insights.Quarter: 3, insights.Year: 12}

// mondayMs is the Monday of the week of 1970-01-01, a Thursday.
const mondayMs = -3 * dayMs

// grid rounds timestamps to a period.
type grid struct {
	size   int64 // milliseconds; 0 when months count
	origin int64
	months int64
}

func newGrid(p *insights.Period) grid {
	n := int64(p.Capped())
	if m, ok := unitMonths[p.Unit]; ok {
		return grid{months: n * m}
	}
	g := grid{size: n * unitMs[p.Unit]}
	if p.Unit == insights.Week {
		g.origin = mondayMs
	}
	return g
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// floor is the start of the bucket that holds ms.
func (g grid) floor(ms int64) int64 {
	if g.months == 0 {
		return floorDiv(ms-g.origin, g.size)*g.size + g.origin
	}
	t := time.UnixMilli(ms).UTC()
	m := int64(t.Year()-1970)*12 + int64(t.Month()) - 1
	return monthStart(floorDiv(m, g.months) * g.months)
}

// ceil is ms when it starts a bucket, else the start of the next one.
func (g grid) ceil(ms int64) int64 {
	f := g.floor(ms)
	switch {
	case f == ms:
		return ms
	case g.months == 0:
		return f + g.size
	}
	t := time.UnixMilli(f).UTC()
	return monthStart(int64(t.Year()-1970)*12 + int64(t.Month()) - 1 + g.months)
}

// monthStart is the first millisecond of the month m months after 1970-01.
func monthStart(m int64) int64 {
	return time.Date(1970, time.Month(1+m), 1, 0, 0, 0, 0, time.UTC).UnixMilli()
}

// mover moves timestamps by a period, n times; nil gives one that does not.
func mover(p *insights.Period, n int64) func(ms int64) int64 {
	if p == nil {
		return func(ms int64) int64 { return ms }
	}
	if m, ok := unitMonths[p.Unit]; ok {
		months := n * m * int64(p.Count)
		return func(ms int64) int64 { return time.UnixMilli(ms).UTC().AddDate(0, int(months), 0).UnixMilli() }
	}
	by := n * unitMs[p.Unit] * int64(p.Count)
	return func(ms int64) int64 { return ms + by }
}

// next is the start of the bucket behind the one that starts at ms.
func (g grid) next(ms int64) int64 {
	if g.months == 0 {
		return ms + g.size
	}
	return g.ceil(ms + 1)
}
