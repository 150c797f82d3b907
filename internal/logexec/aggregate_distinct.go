package logexec

import (
	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"
)

// distinctAgg is count_distinct: the number of different values, which are
// different when they show differently; exact up to maxExact, then an estimate
// within about 1 %. Maps and lists do not count. AWS: "Aggregation functions in
// the stats command".
type distinctAgg struct {
	exact  map[uint64]struct{}
	sketch *hyperloglog.Sketch
}

func (a *distinctAgg) add(c *aggCall, r *row) int64 {
	v := c.arg(r)
	if v.kind == null || v.kind == tree {
		return 0
	}
	var key [64]byte // most fit; a buffer in each state would cost more than the state
	return a.hash(xxhash.Sum64(appendKey(key[:0], &v)))
}

// hash adds a value by its hash.
func (a *distinctAgg) hash(h uint64) int64 {
	if a.sketch != nil {
		a.sketch.InsertHash(h)
		return 0
	}
	if _, ok := a.exact[h]; ok {
		return 0
	}
	if a.exact == nil {
		a.exact = map[uint64]struct{}{}
	}
	before := distinctBytes(len(a.exact))
	a.exact[h] = struct{}{}
	if len(a.exact) <= maxExact {
		return distinctBytes(len(a.exact)) - before
	}
	// Not sparse, so that the estimate depends on nothing but the set.
	a.sketch = hyperloglog.NewNoSparse()
	for h := range a.exact {
		a.sketch.InsertHash(h)
	}
	a.exact = nil
	return distinctSketchBytes - before
}

// distinctSketchBytes is what a sketch of different values costs.
const distinctSketchBytes = 1 << 14

// distinctBytes is what n different values cost as they are.
func distinctBytes(n int) int64 {
	if n == 0 {
		return 0
	}
	return 120 + 24*int64(n) // a map begins with room for some
}

func (a *distinctAgg) result() value {
	if a.sketch != nil {
		return num(float64(a.sketch.Estimate()))
	}
	return num(float64(len(a.exact)))
}
