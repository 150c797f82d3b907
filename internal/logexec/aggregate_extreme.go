package logexec

// extremeAgg is min or max: of the numbers and timestamps if there are any, else
// of the texts. Nothing without any. AWS: "Aggregation functions in the stats
// command".
type extremeAgg struct {
	sign   int
	best   value
	letter value
}

func (a *extremeAgg) add(c *aggCall, r *row) int64 {
	return a.see(c.arg(r))
}

func (a *extremeAgg) see(v value) (grown int64) {
	best := &a.best
	if _, ok := v.number(); !ok {
		if best = &a.letter; v.kind != text {
			return 0
		}
	}
	if !beats(&v, best, a.sign) {
		return 0
	}
	return replace(best, v)
}

func (a *extremeAgg) result() value {
	if a.best.kind != null {
		return a.best
	}
	return a.letter
}
