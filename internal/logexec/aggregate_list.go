package logexec

import (
	"encoding/json"
	"slices"
	"strconv"

	"skywatch/internal/logs"
)

// valuesAgg is values, the different values in sort order, or topk, the most
// frequent ones first (equally frequent ones in sort order).
type valuesAgg struct {
	seen map[string]*frequency
	top  int // 0 for all
	key  []byte
}

func (a *valuesAgg) add(c *aggCall, r *row) int64 {
	v := c.arg(r)
	if v.kind == null || v.kind == tree {
		return 0
	}
	a.key = appendKey(a.key[:0], &v)
	f, ok := a.seen[string(a.key)]
	if !ok {
		if a.seen == nil {
			a.seen = map[string]*frequency{}
		}
		f = &frequency{keys: []value{v}}
		a.seen[string(a.key)] = f
	}
	f.n++
	if ok {
		if keyRank(&v) > keyRank(&f.keys[0]) { // which came first must not show
			f.keys[0] = v
		}
		return 0
	}
	return frequencyBytes(len(a.key))
}

func (a *valuesAgg) merge(o aggregate) (grown int64) {
	for key, f := range o.(*valuesAgg).seen {
		mine, ok := a.seen[key]
		if !ok {
			if a.seen == nil {
				a.seen = map[string]*frequency{}
			}
			a.seen[key] = f
			continue
		}
		mine.n += f.n
		if keyRank(&f.keys[0]) > keyRank(&mine.keys[0]) {
			mine.keys[0] = f.keys[0]
		}
		grown -= frequencyBytes(len(key))
	}
	return grown
}

// frequencyBytes is what a value costs whose key has n bytes.
func frequencyBytes(n int) int64 { return int64(2*n) + valueBytes + 96 }

func (a *valuesAgg) result() value {
	all := make([]*frequency, 0, len(a.seen))
	for _, f := range a.seen {
		all = append(all, f)
	}
	slices.SortFunc(all, func(x, y *frequency) int {
		if a.top > 0 && x.n != y.n {
			return int(min(1, max(-1, y.n-x.n)))
		}
		return compareKeys(x.keys, y.keys)
	})
	if a.top > 0 && len(all) > a.top {
		all = all[:a.top]
	}
	list := make([]any, len(all))
	for i, f := range all {
		list[i] = toNode(f.keys[0])
	}
	return value{kind: tree, node: list}
}

// rateAgg is how much a number changes per period: the slope between the
// oldest and the newest event that has one. Two events of one time have none.
type rateAgg struct {
	per           float64 // milliseconds
	n             int
	first, last   logs.Position
	before, after float64
}

func (a *rateAgg) add(c *aggCall, r *row) int64 {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	a.merge(&rateAgg{n: 1, first: r.ev.pos, last: r.ev.pos, before: f, after: f})
	return 0
}

func (a *rateAgg) merge(o aggregate) int64 {
	b := o.(*rateAgg)
	if b.n == 0 {
		return 0
	}
	if a.n == 0 || b.first.Less(a.first) {
		a.first, a.before = b.first, b.before
	}
	if a.n == 0 || a.last.Less(b.last) {
		a.last, a.after = b.last, b.after
	}
	a.n += b.n
	return 0
}

func (a *rateAgg) result() value {
	if a.n == 0 || a.last.Timestamp == a.first.Timestamp {
		return value{}
	}
	return num((a.after - a.before) / float64(a.last.Timestamp-a.first.Timestamp) * a.per)
}

// histogramAgg counts numbers in equally wide ranges from the smallest to the
// largest. It must keep them all: the ranges are known at the end.
type histogramAgg struct {
	buckets int
	nums    []float64
}

func (a *histogramAgg) add(c *aggCall, r *row) int64 {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	before := cap(a.nums)
	a.nums = append(a.nums, f)
	return int64(cap(a.nums)-before) * 8
}

func (a *histogramAgg) merge(o aggregate) int64 {
	b, before := o.(*histogramAgg), cap(a.nums)
	a.nums = append(a.nums, b.nums...)
	return int64(cap(a.nums)-before-cap(b.nums)) * 8
}

// result is a map of "from-to" to the number of values; each range begins with
// its first border, the last one holds its second too.
func (a *histogramAgg) result() value {
	if len(a.nums) == 0 {
		return value{}
	}
	low, high := slices.Min(a.nums), slices.Max(a.nums)
	n := float64(a.buckets)
	width := high/n - low/n // high - low may be beyond a float
	m := map[string]any{}
	if width == 0 {
		m[formatNumber(low)+"-"+formatNumber(high)] = json.Number(formatNumber(float64(len(a.nums))))
		return value{kind: tree, node: m}
	}
	counts := make([]int, a.buckets)
	for _, f := range a.nums {
		counts[min(max(int(f/width-low/width), 0), a.buckets-1)]++
	}
	for i, c := range counts {
		from, to := low+float64(i)*width, low+float64(i+1)*width
		if i == a.buckets-1 {
			to = high
		}
		m[formatNumber(from)+"-"+formatNumber(to)] = json.Number(strconv.Itoa(c))
	}
	return value{kind: tree, node: m}
}

// toNode is a plain value as a member of a list.
func toNode(v value) any {
	if v.kind == number {
		return json.Number(v.text())
	}
	return v.text()
}
