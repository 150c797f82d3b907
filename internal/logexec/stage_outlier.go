package logexec

import (
	"math"
	"slices"

	"skywatch/internal/lang/insights"
)

func (c *compiler) outlier(cmd *insights.Outlier) {
	p := &outlierPlan{cmd: cmd, mark: -1}
	for _, f := range cmd.Fields {
		p.gets = append(p.gets, c.field(f.Path))
	}
	for _, f := range cmd.Fields {
		p.slots = append(p.slots, c.replace(f.Name()))
	}
	if cmd.Mark {
		p.mark = c.define(insights.OutlierMark)
		c.show(insights.OutlierMark, p.mark)
	}
	keep := c.keep()
	c.add(stage{name: "outlier", blocking: true, make: func(next sink, b *budget) sink {
		return &outlierSink{outlierPlan: p, next: next, budget: b, keep: keep()}
	}})
}

type outlierPlan struct {
	cmd   *insights.Outlier
	gets  []eval
	slots []int
	mark  int
}

// outlierSink holds all rows: the bounds are those of all their values.
type outlierSink struct {
	*outlierPlan
	next   sink
	budget *budget
	keep   []int
	rows   []keyed // with the fields' values as keys
}

func (s *outlierSink) push(r *row) error {
	k := keyed{keys: make([]value, len(s.gets))}
	for i, get := range s.gets {
		k.keys[i] = get(r)
	}
	k.row = r.clone(s.keep)
	s.rows = append(s.rows, k)
	return s.budget.take(rowBytes(k.row)+int64(len(k.keys))*valueBytes, "outlier")
}

// bounds are the smallest and largest value of field i that is no outlier.
func (s *outlierSink) bounds(i int) (low, high float64) {
	var nums []float64
	for _, r := range s.rows {
		if f, ok := r.keys[i].number(); ok {
			nums = append(nums, f)
		}
	}
	if len(nums) == 0 {
		return math.Inf(-1), math.Inf(1)
	}
	slices.Sort(nums)
	q1, q3 := nums[nearestRank(25, len(nums))], nums[nearestRank(75, len(nums))]
	width := s.cmd.Param * (q3 - q1)
	low, high = math.Inf(-1), q3+width
	if s.cmd.UseLower {
		low = q1 - width
	}
	return low, high
}

// nearestRank is the index of a percentile among n sorted values.
func nearestRank(percent float64, n int) int {
	return max(1, int(math.Ceil(percent/100*float64(n)))) - 1
}

func (s *outlierSink) emit(next sink) error {
	low, high := make([]float64, len(s.gets)), make([]float64, len(s.gets))
	for i := range s.gets {
		low[i], high[i] = s.bounds(i)
	}
	var out []*row
	for _, r := range s.rows {
		is := false
		for i, v := range r.keys {
			if f, ok := v.number(); ok && (f < low[i] || f > high[i]) {
				is = true
				v = num(min(max(f, low[i]), high[i]))
			}
			r.row.vals[s.slots[i]] = v
		}
		if is && s.cmd.Remove {
			continue
		}
		if s.mark >= 0 {
			r.row.vals[s.mark] = truth(is)
		}
		out = append(out, r.row)
	}
	return pushAll(next, len(out), func(i int) *row { return out[i] })
}

func (s *outlierSink) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.rows = nil
	return s.next.finish()
}
