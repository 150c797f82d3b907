package logexec

import (
	"math"
	"math/big"
	"strings"
	"unsafe"

	"github.com/axiomhq/hyperloglog"
	"github.com/cespare/xxhash/v2"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// aggregate is the state of one aggregate of one group. add takes the row's
// argument and answers by how many bytes the state grew.
type aggregate interface {
	add(c *aggCall, r *row) int64
}

// answering is an aggregate with one result.
type answering interface {
	aggregate
	result() value
}

// aggCall is a compiled call of an aggregate.
type aggCall struct {
	arg   eval // nil for count(*)
	known operand
	// make prepares a grouper's source of states; they are cut from larger
	// allocations.
	make func() func() aggregate
	size int64 // bytes of a new state
}

// aggResult is what an aggregate of the query reads from a state. Percentiles
// of the same argument read the same one.
type aggResult struct {
	call int
	read func(aggregate) value
}

// states makes states of a type, which begin as copies of first.
func states[T any, P interface {
	*T
	aggregate
}](a *aggCall, first T) {
	a.size = int64(unsafe.Sizeof(first))
	a.make = func() func() aggregate {
		var free []T
		made := 0
		return func() aggregate {
			if len(free) == 0 {
				made = min(max(1, 2*made), 256)
				free = make([]T, made)
			}
			p := &free[0]
			free = free[1:]
			*p = first
			return P(p)
		}
	}
}

// statesKey is the same for calls that share their states.
func statesKey(call *insights.Call) string {
	if call.Func.Name == "pct" {
		return "pct " + call.Args[0].String()
	}
	return call.String()
}

// readerOf is how a call reads its state.
func readerOf(call *insights.Call) func(aggregate) value {
	if call.Func.Name == "pct" {
		p := call.Args[1].(*insights.Number).Value
		return func(a aggregate) value { return a.(*percentileAgg).at(p) }
	}
	return func(a aggregate) value { return a.(answering).result() }
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
		states(&a, countAgg{})
	case "sum", "sumOverTime":
		states(&a, sumAgg{})
	case "avg":
		states(&a, sumAgg{mean: true})
	case "min":
		states(&a, extremeAgg{sign: -1})
	case "max":
		states(&a, extremeAgg{sign: 1})
	case "sortsFirst":
		states(&a, sortsAgg{sign: -1})
	case "sortsLast":
		states(&a, sortsAgg{sign: 1})
	case "earliest":
		c.place = true
		states(&a, timeAgg{})
	case "latest":
		c.place = true
		states(&a, timeAgg{latest: true})
	case "rate":
		c.place = true
		per := mover(call.Args[1].(*insights.Period), 1)(0)
		states(&a, rateAgg{per: float64(per)})
	case "values":
		states(&a, valuesAgg{})
	case "topk":
		k := int(call.Args[0].(*insights.Number).Value)
		states(&a, valuesAgg{top: k})
	case "histogram":
		n := int(call.Args[1].(*insights.Number).Value)
		states(&a, histogramAgg{buckets: n})
	case "stddev":
		states(&a, spreadAgg{root: true})
	case "variance":
		states(&a, spreadAgg{})
	case "count_distinct":
		states(&a, distinctAgg{})
	case "pct":
		states(&a, percentileAgg{})
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

// replace puts a value in the place of another and answers by how many bytes
// that grew.
func replace(old *value, v value) (grown int64) {
	grown = int64(len(v.str) - len(old.str))
	*old = v
	return grown
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
		return replace(&a.best, v)
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
		a.at = r.ev.pos
		return replace(&a.val, v)
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
	if a.exact == nil {
		a.exact = map[uint64]struct{}{}
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
	return distinctSketchBytes - 24*maxExact
}

// distinctSketchBytes is what a sketch of different values costs.
const distinctSketchBytes = 1 << 14

func (a *distinctAgg) result() value {
	if a.sketch != nil {
		return num(float64(a.sketch.Estimate()))
	}
	return num(float64(len(a.exact)))
}
