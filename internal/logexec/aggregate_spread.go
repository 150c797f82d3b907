package logexec

import (
	"math"
	"math/big"

	"skywatch/internal/exactsum"
)

// spreadAgg is variance, of a sample, or its square root, stddev: 0 for one
// number, nothing without any. AWS: "Aggregation functions in the stats command".
//
// The sum and the sum of the squares are
// exact, so nothing is lost where they are taken from each other.
type spreadAgg struct {
	n       int64
	sum     exactsum.Sum
	squares exactsum.Sum
	beyond  bool // a square is larger than any float
	root    bool
}

func (a *spreadAgg) add(c *aggCall, r *row) int64 {
	if f, ok := c.number(r); ok {
		a.see(f)
	}
	return 0
}

func (a *spreadAgg) see(f float64) {
	a.n++
	a.sum.Add(f)
	square := f * f
	if math.IsInf(square, 0) {
		a.beyond = true
		return
	}
	a.squares.Add(square)
	a.squares.Add(math.FMA(f, f, -square)) // what the square was rounded by
}

func (a *spreadAgg) result() value {
	switch {
	case a.n == 0 || a.beyond && a.n > 1:
		return value{}
	case a.n == 1:
		return num(0)
	}
	// (squares - sum*sum/n) / (n-1), rounded only in the divisions.
	const digits = 5000
	n := new(big.Float).SetInt64(a.n)
	sum := new(big.Float).SetPrec(digits).Set(a.sum.Exact())
	sum.Mul(sum, sum).Quo(sum, n)
	v := new(big.Float).SetPrec(digits).Set(a.squares.Exact())
	v.Sub(v, sum).Quo(v, n.SetInt64(a.n-1))
	f, _ := v.Float64()
	f = max(f, 0) // the rounding of the division may leave a trace below 0
	if a.root {
		return num(math.Sqrt(f))
	}
	return num(f)
}
