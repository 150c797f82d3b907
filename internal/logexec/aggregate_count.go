package logexec

// countAgg is count, also called countOverTime: the number of rows, or of those
// that have the argument; 0 without any. AWS: "Aggregation functions in the stats
// command".
type countAgg struct{ n float64 }

func (a *countAgg) add(c *aggCall, r *row) int64 {
	if c.arg != nil {
		if v := c.arg(r); v.kind == null {
			return 0
		}
	}
	a.n++
	return 0
}
func (a *countAgg) result() value { return num(a.n) }
