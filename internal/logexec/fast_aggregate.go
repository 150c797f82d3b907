package logexec

import "math"

// addMany adds a selection to call j of the groups; false when that has to be
// done row by row.
func addMany(gr *grouper, c *aggCall, j int, groups []*group, ids []int32, sel []uint32, vec *numberVec, u *unit) bool {
	if c.arg == nil {
		if _, ok := groups[0].aggs[j].(*countAgg); !ok {
			return false
		}
		if ids == nil {
			groups[0].aggs[j].(*countAgg).n += float64(len(sel))
			return true
		}
		counts := make([]int64, len(groups))
		for _, id := range ids {
			counts[id]++
		}
		for id, n := range counts {
			groups[id].aggs[j].(*countAgg).n += float64(n)
		}
		return true
	}
	if vec == nil {
		return false
	}
	if vec.nothing {
		return true // every aggregate of an argument leaves these rows out
	}
	switch groups[0].aggs[j].(type) {
	case *countAgg:
		if vec.kind != nil {
			break
		}
		return addMany(gr, &aggCall{}, j, groups, ids, sel, nil, u)
	case *sumAgg:
		aggs := aggsOf[*sumAgg](groups, j)
		if d := vec.digits; d != nil && d.whole {
			addWhole(aggs, d, ids, sel)
			return true
		}
		eachNumber(u.w, vec, ids, sel, func(id int32, f float64) {
			a := aggs[id]
			a.sum.Add(f)
			a.n++
		})
		return true
	case *spreadAgg:
		aggs := aggsOf[*spreadAgg](groups, j)
		eachNumber(u.w, vec, ids, sel, func(id int32, f float64) { aggs[id].see(f) })
		return true
	case *extremeAgg:
		if !vec.simple || vec.kind != nil {
			break
		}
		gr.grown += u.extremes(aggsOf[*extremeAgg](groups, j), c, ids, sel, vec)
		return true
	case *percentileAgg:
		aggs := aggsOf[*percentileAgg](groups, j)
		if vec.digits != nil && ids == nil {
			gr.grown += aggs[0].seeDigits(vec.digits, sel)
			return true
		}
		eachNumber(u.w, vec, ids, sel, func(id int32, f float64) { gr.grown += aggs[id].see(f) })
		return true
	}
	return false
}

func aggsOf[T aggregate](groups []*group, j int) []T {
	out := make([]T, len(groups))
	for i, g := range groups {
		out[i] = g.aggs[j].(T)
	}
	return out
}

func eachNumber(w *partWorker, vec *numberVec, ids []int32, sel []uint32, f func(id int32, x float64)) {
	nums := vec.floats(w)
	for i, o := range sel {
		if vec.kind != nil && vec.kind[o] != number {
			continue
		}
		id := int32(0)
		if ids != nil {
			id = ids[i]
		}
		f(id, nums[o])
	}
}

// addWhole adds whole numbers: as many at a time as fit into 64 bits.
func addWhole(aggs []*sumAgg, d *numberColumn, ids []int32, sel []uint32) {
	by := int64(d.by)
	if ids == nil {
		aggs[0].n += float64(len(sel))
		for len(sel) > 0 {
			run := sel[:min(len(sel), wholeRun)]
			sel = sel[len(run):]
			var sum int64
			for _, o := range run {
				sum += d.ints[o]
			}
			aggs[0].sum.AddInt(sum * by)
		}
		return
	}
	sums, counts := make([]int64, len(aggs)), make([]int64, len(aggs))
	for len(sel) > 0 {
		n := len(sel)
		if d.most > math.MaxInt64/int64(n) {
			n = min(n, wholeRun)
		}
		for i, o := range sel[:n] {
			id := ids[i]
			sums[id] += d.ints[o]
			counts[id]++
		}
		for id, k := range counts {
			if k > 0 {
				aggs[id].n += float64(k)
				aggs[id].sum.AddInt(sums[id] * by)
			}
		}
		clear(sums)
		clear(counts)
		sel, ids = sel[n:], ids[n:]
	}
}

// wholeRun numbers of less than 2^53 add up to less than 2^63.
const wholeRun = 512

// extremes finds the row with the least or largest number of each group and
// shows its value to the aggregate.
func (u *unit) extremes(aggs []*extremeAgg, c *aggCall, ids []int32, sel []uint32, vec *numberVec) (grown int64) {
	best := make([]int32, len(aggs))
	for i := range best {
		best[i] = -1
	}
	sign := aggs[0].sign
	if d := vec.digits; d != nil && d.whole { // as numbers, and never equal when those differ
		furthest(best, d.ints, int64(sign), ids, sel)
	} else {
		furthest(best, vec.floats(u.w), float64(sign), ids, sel)
	}
	for id, o := range best {
		if o >= 0 {
			grown += aggs[id].see(c.arg(u.w.fields(u, uint32(o))))
		}
	}
	return grown
}

// furthest finds the row of the largest number times sign, by group.
func furthest[T int64 | float64](best []int32, nums []T, sign T, ids []int32, sel []uint32) {
	if ids == nil {
		at := sel[0]
		for _, o := range sel {
			if nums[o]*sign > nums[at]*sign {
				at = o
			}
		}
		best[0] = int32(at)
		return
	}
	for i, o := range sel {
		if b := best[ids[i]]; b < 0 || nums[o]*sign > nums[b]*sign {
			best[ids[i]] = int32(o)
		}
	}
}

// merger is an aggregate that can take over what another one of the same kind
// has seen, and answers by how many bytes it grew, less what the other one had
// grown by. The order in which parts are merged does not show in the result.
type merger interface {
	aggregate
	merge(other aggregate) (grown int64)
}

func (a *countAgg) merge(o aggregate) int64 { a.n += o.(*countAgg).n; return 0 }

func (a *sumAgg) merge(o aggregate) int64 {
	b := o.(*sumAgg)
	a.n += b.n
	a.sum.Merge(&b.sum)
	return 0
}

func (a *extremeAgg) merge(o aggregate) (grown int64) {
	b := o.(*extremeAgg)
	if b.best.kind != null {
		grown += a.see(b.best)
	}
	if b.letter.kind != null {
		grown += a.see(b.letter)
	}
	return grown - int64(len(b.best.str)+len(b.letter.str))
}

func (a *sortsAgg) merge(o aggregate) int64 {
	if b := o.(*sortsAgg); b.best.kind != null && beats(&b.best, &a.best, a.sign) {
		return replace(&a.best, b.best) - int64(len(b.best.str))
	}
	return -int64(len(o.(*sortsAgg).best.str))
}

func (a *timeAgg) merge(o aggregate) int64 {
	if b := o.(*timeAgg); b.val.kind != null && (a.val.kind == null || b.at.Less(a.at) != a.latest) {
		a.at = b.at
		return replace(&a.val, b.val) - int64(len(b.val.str))
	}
	return -int64(len(o.(*timeAgg).val.str))
}

func (a *spreadAgg) merge(o aggregate) int64 {
	b := o.(*spreadAgg)
	a.n += b.n
	a.beyond = a.beyond || b.beyond
	a.sum.Merge(&b.sum)
	a.squares.Merge(&b.squares)
	return 0
}

func (a *distinctAgg) merge(o aggregate) (grown int64) {
	b := o.(*distinctAgg)
	if b.sketch != nil {
		if a.sketch == nil {
			for h := range a.exact {
				b.sketch.InsertHash(h)
			}
			grown = -distinctBytes(len(a.exact))
			a.sketch, a.exact = b.sketch, nil
			return grown
		}
		if err := a.sketch.Merge(b.sketch); err != nil {
			panic("sketches of one precision do not merge: " + err.Error())
		}
		return -distinctSketchBytes
	}
	for h := range b.exact {
		grown += a.hash(h)
	}
	return grown - distinctBytes(len(b.exact))
}

// absorb takes over the rows of another sorter of the same plan and budget.
func (s *sorter) absorb(t *sorter) {
	for i := range t.rows {
		s.rows = append(s.rows, t.rows[i])
		if s.top > 0 && len(s.rows) >= 2*s.top+64 {
			s.cut()
		}
	}
	t.rows = nil
}
