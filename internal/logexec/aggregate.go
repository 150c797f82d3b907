package logexec

import (
	"math"
	"math/big"
	"strings"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// aggregate is the state of one aggregate of one group. add takes the row's
// argument and answers by how many bytes the state grew.
type aggregate interface {
	add(c *aggCall, r *row) int64
	result() value
}

// aggCall is a compiled call of an aggregate.
type aggCall struct {
	arg   eval // nil for count(*)
	known operand
	make  func() aggregate
}

func (c *compiler) aggregate(call *insights.Call) aggCall {
	var a aggCall
	subject := 0
	if call.Func.Name == "topk" {
		subject = 1
	}
	if len(call.Args) > subject {
		if _, star := call.Args[subject].(*insights.Star); !star {
			a.known = c.operand(call.Args[subject], func() { a.arg = c.expr(call.Args[subject]) })
		}
	}
	switch call.Func.Name {
	case "count", "countOverTime":
		a.make = func() aggregate { return new(countAgg) }
	case "sum", "sumOverTime":
		a.make = func() aggregate { return new(sumAgg) }
	case "avg":
		a.make = func() aggregate { return &sumAgg{mean: true} }
	case "min":
		a.make = func() aggregate { return &extremeAgg{sign: -1} }
	case "max":
		a.make = func() aggregate { return &extremeAgg{sign: 1} }
	case "sortsFirst":
		a.make = func() aggregate { return &sortsAgg{sign: -1} }
	case "sortsLast":
		a.make = func() aggregate { return &sortsAgg{sign: 1} }
	case "earliest":
		c.place = true
		a.make = func() aggregate { return &timeAgg{} }
	case "latest":
		c.place = true
		a.make = func() aggregate { return &timeAgg{latest: true} }
	case "rate":
		c.place = true
		per := mover(call.Args[1].(*insights.Period), 1)(0)
		a.make = func() aggregate { return &rateAgg{per: float64(per)} }
	case "values":
		a.make = func() aggregate { return &valuesAgg{seen: map[string]*frequency{}} }
	case "topk":
		k := int(call.Args[0].(*insights.Number).Value)
		a.make = func() aggregate { return &valuesAgg{seen: map[string]*frequency{}, top: k} }
	case "histogram":
		n := int(call.Args[1].(*insights.Number).Value)
		a.make = func() aggregate { return &histogramAgg{buckets: n} }
	case "stddev":
		a.make = func() aggregate { return &spreadAgg{root: true} }
	case "variance":
		a.make = func() aggregate { return &spreadAgg{} }
	case "count_distinct":
		a.make = func() aggregate { return &distinctAgg{exact: map[uint64]struct{}{}} }
	case "pct":
		p := call.Args[1].(*insights.Number).Value
		a.make = func() aggregate { return &percentileAgg{percent: p} }
	default:
		panic("aggregate " + call.Func.Name + " has no implementation")
	}
	return a
}

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

// number evaluates the argument as a number.
func (c *aggCall) number(r *row) (float64, bool) {
	v := c.arg(r)
	return v.number()
}

type sumAgg struct {
	sum  exactSum
	n    float64
	mean bool
}

func (a *sumAgg) add(c *aggCall, r *row) int64 {
	if f, ok := c.number(r); ok {
		a.sum.add(f)
		a.n++
	}
	return 0
}

func (a *sumAgg) result() value {
	switch {
	case a.n == 0:
		return value{}
	case a.mean:
		return num(a.sum.value() / a.n)
	}
	return num(a.sum.value())
}

// extremeAgg is min or max: of the numbers if there are any, else of the texts.
type extremeAgg struct {
	sign   int
	best   value
	letter value
}

func (a *extremeAgg) add(c *aggCall, r *row) int64 {
	a.see(c.arg(r))
	return 0
}

func (a *extremeAgg) see(v value) {
	if _, ok := v.number(); ok {
		if beats(&v, &a.best, a.sign) {
			a.best = v
		}
	} else if v.kind == text && beats(&v, &a.letter, a.sign) {
		a.letter = v
	}
}

// beats says whether v takes the place of best. Of values that are equal but
// written in several ways, such as 1 and 1.0, always the same one wins,
// whichever comes first.
func beats(v, best *value, sign int) bool {
	if best.kind == null {
		return true
	}
	c := compare(v, best) * sign
	if c == 0 && *v != *best {
		if c = strings.Compare(best.text(), v.text()); c == 0 {
			c = int(best.kind) - int(v.kind)
		}
	}
	return c > 0
}

func (a *extremeAgg) result() value {
	if a.best.kind != null {
		return a.best
	}
	return a.letter
}

// sortsAgg is sortsFirst or sortsLast.
type sortsAgg struct {
	sign int
	best value
}

func (a *sortsAgg) add(c *aggCall, r *row) int64 {
	if v := c.arg(r); v.kind != null && v.kind != tree && beats(&v, &a.best, a.sign) {
		a.best = v
	}
	return 0
}
func (a *sortsAgg) result() value { return a.best }

// timeAgg is earliest or latest.
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
		a.val, a.at = v, r.ev.pos
	}
	return 0
}
func (a *timeAgg) result() value { return a.val }

// spreadAgg is the sample variance. The sum and the sum of the squares are
// exact, so nothing is lost where they are taken from each other.
type spreadAgg struct {
	n       int64
	sum     exactSum
	squares exactSum
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
	a.sum.add(f)
	square := f * f
	if math.IsInf(square, 0) {
		a.beyond = true
		return
	}
	a.squares.add(square)
	a.squares.add(math.FMA(f, f, -square)) // what the square was rounded by
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
	sum := new(big.Float).SetPrec(digits).Set(a.sum.exact())
	sum.Mul(sum, sum).Quo(sum, n)
	v := new(big.Float).SetPrec(digits).Set(a.squares.exact())
	v.Sub(v, sum).Quo(v, n.SetInt64(a.n-1))
	f, _ := v.Float64()
	f = max(f, 0) // the rounding of the division may leave a trace below 0
	if a.root {
		return num(math.Sqrt(f))
	}
	return num(f)
}

// maxExact is how many values of a group percentiles and distinct counts keep
// as they are.
const maxExact = 16384

type distinctAgg struct {
	exact  map[uint64]struct{}
	sketch *hyperloglog.Sketch
	key    []byte
}

func (a *distinctAgg) add(c *aggCall, r *row) int64 {
	v := c.arg(r)
	if v.kind == null || v.kind == tree {
		return 0
	}
	a.key = appendKey(a.key[:0], &v)
	return a.hash(xxhash.Sum64(a.key))
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
	a.exact[h] = struct{}{}
	if len(a.exact) <= maxExact {
		return 24
	}
	// Not sparse, so that the estimate depends on nothing but the set.
	a.sketch = hyperloglog.NewNoSparse()
	for h := range a.exact {
		a.sketch.InsertHash(h)
	}
	a.exact = nil
	return 0
}

func (a *distinctAgg) result() value {
	if a.sketch != nil {
		return num(float64(a.sketch.Estimate()))
	}
	return num(float64(len(a.exact)))
}

// percentileAgg is the nearest-rank percentile.
type percentileAgg struct {
	percent float64
	exact   []float64
	sketch  *sketch
}

// bucketBytes is what a bucket of a sketch costs.
const bucketBytes = 32

func (a *percentileAgg) add(c *aggCall, r *row) (grown int64) {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	return a.see(f)
}

func (a *percentileAgg) see(f float64) (grown int64) {
	if a.sketch == nil && len(a.exact) < maxExact {
		a.exact = append(a.exact, f)
		return 8
	}
	if a.sketch == nil {
		grown = a.toSketch()
	}
	if a.sketch.add(f) {
		grown += bucketBytes
	}
	return grown
}

// toSketch gives up the exact values.
func (a *percentileAgg) toSketch() (grown int64) {
	a.sketch = newSketch()
	for _, f := range a.exact {
		if a.sketch.add(f) {
			grown += bucketBytes
		}
	}
	grown -= int64(len(a.exact)) * 8
	a.exact = nil
	return grown
}

func (a *percentileAgg) result() value {
	n := int64(len(a.exact))
	if a.sketch != nil {
		n = a.sketch.total
	}
	if n == 0 {
		return value{}
	}
	rank := max(1, int64(math.Ceil(a.percent/100*float64(n))))
	if a.sketch != nil {
		return num(a.sketch.rank(rank))
	}
	return num(selectRank(a.exact, int(rank-1)))
}
