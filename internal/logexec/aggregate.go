package logexec

import (
	"strings"
	"unsafe"

	"skywatch/internal/lang/insights"
)

// aggregate is the state of one aggregate of one group. add takes the row's
// argument and answers by how many bytes the state grew. Each type of state is
// one file aggregate_<name>.go; aggregates that differ in a sign or in what they
// read at the end, such as min and max, share one.
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
	rows  bool // it counts rows, whatever is in them
	known operand
	// make prepares a grouper's source of states; they are cut from larger
	// allocations.
	make func() func() aggregate
	size int64 // bytes of a new state

	percents *percents // of pct
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

// readerOf is how a call reads its state, which is of states.
func readerOf(call *insights.Call, states *aggCall) func(aggregate) value {
	if call.Func.Name == "pct" {
		p := call.Args[1].(*insights.Number).Value
		*states.percents = append(*states.percents, p)
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
		a.rows = a.arg == nil
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
		a.percents = &percents{}
		states(&a, percentileAgg{asked: a.percents})
	default:
		panic("aggregate " + call.Func.Name + " has no implementation")
	}
	return a
}

// number evaluates the argument as a number.
func (c *aggCall) number(r *row) (float64, bool) {
	v := c.arg(r)
	return v.number()
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

// maxExact is how many values of a group percentiles and distinct counts keep
// as they are.
const maxExact = 16384
