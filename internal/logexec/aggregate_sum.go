package logexec

import "skywatch/internal/exactsum"

// sumAgg is sum, sumOverTime and avg: of the numbers and texts that look like
// one, exact until it is read, so that no order of events shows. Nothing without
// any. AWS: "Aggregation functions in the stats command".
type sumAgg struct {
	sum  exactsum.Sum
	n    float64
	mean bool
}

func (a *sumAgg) add(c *aggCall, r *row) int64 {
	if f, ok := c.number(r); ok {
		a.sum.Add(f)
		a.n++
	}
	return 0
}

func (a *sumAgg) result() value {
	switch {
	case a.n == 0:
		return value{}
	case a.mean:
		return num(a.sum.Value() / a.n)
	}
	return num(a.sum.Value())
}
