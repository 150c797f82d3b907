package logexec

// sortsAgg is sortsFirst or sortsLast: the value that stands first or last in the
// order of the sort command. Nothing without any; maps and lists do not count.
// AWS: "Non-aggregation functions in the stats command".
type sortsAgg struct {
	sign int
	best value
}

func (a *sortsAgg) add(c *aggCall, r *row) int64 {
	if v := c.arg(r); v.kind != null && v.kind != tree && beats(&v, &a.best, a.sign) {
		return replace(&a.best, v)
	}
	return 0
}
func (a *sortsAgg) result() value { return a.best }
