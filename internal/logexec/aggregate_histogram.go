package logexec

import (
	"encoding/json"
	"slices"
	"strconv"
)

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
