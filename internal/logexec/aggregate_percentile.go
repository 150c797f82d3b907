package logexec

import (
	"math"
	"slices"
)

// percentileAgg is pct, and median, which is pct(f, 50): nearest-rank percentiles
// of the numbers and texts that look like one, which it holds as they are while
// they are few, then counted in a sketch. Nothing without any. AWS: "Aggregation
// functions in the stats command", which does not say how it interpolates.
type percentileAgg struct {
	exact []float64  // the numbers, or the newest run of them; nil when there is a sketch
	few   [2]float64 // where exact begins: many groups have few numbers
	asked *percents  // what will be read; nil when nobody knows
	more  *manyNumbers
}

// percents are the percentiles that a query reads of one state.
type percents []float64

// manyNumbers is what only larger percentileAggs need.
type manyNumbers struct {
	runs   [][]float64 // of numbers before exact
	n      int         // in runs
	sketch *sketch     // instead of all numbers
	found  []float64   // by asked, nil when there are numbers since it was
}

// fewNumbers are sorted when one is wanted. They are in one run.
const fewNumbers = 32

// maxNumberRun is up to which length the newest run of numbers is moved when it
// grows, and how much longer than needed a new one is at most.
const maxNumberRun = 1024

// len is how many numbers it holds as they are.
func (a *percentileAgg) len() int {
	if a.more == nil {
		return len(a.exact)
	}
	return a.more.n + len(a.exact)
}

func (a *percentileAgg) add(c *aggCall, r *row) (grown int64) {
	f, ok := c.number(r)
	if !ok {
		return 0
	}
	return a.see(f)
}

// see adds a number and answers by how many bytes the state grew.
func (a *percentileAgg) see(f float64) (grown int64) {
	f += 0 // there is one zero
	if s := a.sketched(); s != nil {
		return s.add(f)
	}
	to, grown := a.extend(1)
	if to == nil {
		return grown + a.more.sketch.add(f)
	}
	to[0] = f
	return grown
}

// seeAll adds numbers.
func (a *percentileAgg) seeAll(nums []float64) (grown int64) {
	to, grown := a.extend(len(nums))
	if to == nil && len(nums) > 0 {
		for _, f := range nums {
			grown += a.more.sketch.add(f)
		}
		return grown
	}
	for i, f := range nums {
		to[i] = f + 0
	}
	return grown
}

// seeDigits adds the numbers of rows.
func (a *percentileAgg) seeDigits(d *numberColumn, sel []uint32) (grown int64) {
	to, grown := a.extend(len(sel))
	if to != nil {
		d.gather(to, sel)
		return grown
	}
	for _, o := range sel {
		grown += a.more.sketch.add(d.at(o))
	}
	return grown
}

func (a *percentileAgg) sketched() *sketch {
	if a.more == nil {
		return nil
	}
	a.more.found = nil
	return a.more.sketch
}

// extend makes room for n more numbers and answers by how many bytes that grew.
// to is nil when they go into the sketch.
func (a *percentileAgg) extend(n int) (to []float64, grown int64) {
	if a.sketched() != nil {
		return nil, 0
	}
	have := a.len()
	if have+n > maxExact {
		return nil, a.toSketch()
	}
	at := len(a.exact)
	if at+n > cap(a.exact) {
		switch before := a.bytesOf(a.exact); {
		case at == 0 && n <= len(a.few):
			a.exact = a.few[:0]
		case at+n <= maxNumberRun:
			a.exact = slices.Grow(a.exact, n)
			grown = a.bytesOf(a.exact) - before
		default:
			a.shelve(a.exact)
			a.exact = make([]float64, 0, max(n, min(have, maxNumberRun)))
			at, grown = 0, a.bytesOf(a.exact)
		}
	}
	a.exact = a.exact[:at+n]
	return a.exact[at:], grown
}

// shelve puts a run of numbers to those that do not change any more.
func (a *percentileAgg) shelve(run []float64) {
	if len(run) == 0 {
		return
	}
	if a.more == nil {
		a.more = &manyNumbers{}
	}
	a.more.runs = append(a.more.runs, run)
	a.more.n += len(run)
}

// bytesOf is what a run costs: the first numbers are in the state itself.
func (a *percentileAgg) bytesOf(run []float64) int64 {
	if cap(run) <= len(a.few) {
		return 0
	}
	return int64(cap(run)) * 8
}

// toSketch gives up the exact values.
func (a *percentileAgg) toSketch() (grown int64) {
	if a.more == nil {
		a.more = &manyNumbers{}
	}
	a.shelve(a.exact)
	s := newSketch()
	for _, run := range a.more.runs {
		for _, f := range run {
			grown += s.add(f)
		}
		grown -= a.bytesOf(run)
	}
	a.exact, a.more.runs, a.more.n, a.more.sketch = nil, nil, 0, s
	return grown
}

// at is a percentile, nothing when there are no numbers.
func (a *percentileAgg) at(percent float64) value {
	if a.more != nil && a.more.sketch != nil {
		s := a.more.sketch
		return num(s.rank(int64(rankOf(percent, int(s.total))) + 1))
	}
	n := a.len()
	switch {
	case n == 0:
		return value{}
	case n <= fewNumbers:
		slices.Sort(a.exact) // once: then it is
		return num(a.exact[rankOf(percent, n)])
	}
	if a.more == nil {
		a.more = &manyNumbers{}
	}
	i := -1
	if a.asked != nil {
		i = slices.Index(*a.asked, percent)
	}
	if i < 0 {
		return num(a.numbersAt([]float64{percent})[0])
	}
	if a.more.found == nil {
		a.more.found = a.numbersAt(*a.asked)
	}
	return num(a.more.found[i])
}

// numbersAt finds percentiles together.
func (a *percentileAgg) numbersAt(percents []float64) []float64 {
	ranks := make([]int, len(percents))
	for i, p := range percents {
		ranks[i] = rankOf(p, a.len())
	}
	return ofRanks(append(a.more.runs, a.exact), ranks)
}

// rankOf is the nearest rank of a percentile of n numbers, from 0.
func rankOf(percent float64, n int) int {
	return max(1, int(math.Ceil(percent/100*float64(n)))) - 1
}

func (a *percentileAgg) merge(o aggregate) (grown int64) {
	b := o.(*percentileAgg)
	if b.more != nil && b.more.sketch != nil {
		if a.sketched() == nil {
			grown = a.toSketch()
		}
		return grown + a.more.sketch.merge(b.more.sketch) - b.more.sketch.bytes()
	}
	grown = -b.bytesOf(b.exact)
	if b.more != nil {
		for _, run := range b.more.runs {
			grown += a.take(run) - b.bytesOf(run)
		}
	}
	return grown + a.take(b.exact)
}

// take adds the numbers of a run that is nobody else's from now on.
func (a *percentileAgg) take(run []float64) (grown int64) {
	if a.sketched() != nil || len(run) <= fewNumbers || a.len()+len(run) > maxExact {
		return a.seeAll(run)
	}
	a.shelve(run)
	return a.bytesOf(run)
}
