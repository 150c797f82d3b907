package logexec

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

func (c *compiler) relevantFields(cmd *insights.RelevantFields) {
	p := &relevantPlan{cond: c.cond(cmd.Cond), skip: map[string]bool{}}
	insights.Walk(cmd.Cond, func(e insights.Expr) bool {
		if f, ok := e.(*insights.Field); ok {
			p.skip[f.Name()] = true // trivially relevant
		}
		return true
	})
	for _, f := range cmd.Fields {
		p.named = append(p.named, relevantField{f.Name(), c.field(f.Path)})
		delete(p.skip, f.Name())
	}
	if len(cmd.Fields) == 0 {
		for _, n := range slices.Sorted(maps.Keys(c.names)) {
			p.named = append(p.named, relevantField{n, c.named(n)})
		}
		if c.src != nil {
			for _, n := range []string{"@log", "@logStream"} {
				p.named = append(p.named, relevantField{n, c.named(n)})
			}
			c.src.needs |= logs.ColMessage | logs.ColGroup | logs.ColStream
			p.src, p.message = c.src, c.named("@message")
		}
	}
	p.scope = c.resultOf("@fieldName", "@relevanceScore", "@topRelevanceContributors", "@conditionalMedian", "@baselineMedian")
	c.add(stage{name: "relevantfields", blocking: true, make: func(next sink, b *budget) sink {
		return &relevance{relevantPlan: p, next: next, budget: b, fields: map[string]*fieldStat{}}
	}})
}

type relevantField struct {
	name string
	get  eval
}

type relevantPlan struct {
	cond    cond
	named   []relevantField
	src     *source // to look at every field of the event, nil not to
	message eval
	skip    map[string]bool
	scope   *scope
}

// relevance compares, for each field, the rows for which the condition holds
// (1) with the others (0).
type relevance struct {
	*relevantPlan
	next   sink
	budget *budget
	rows   [2]float64
	fields map[string]*fieldStat
}

type fieldStat struct {
	values  map[string]*[2]float64
	numbers [2][]float64
	present [2]float64
	texts   bool // some value is no number
}

func (s *relevance) push(r *row) error {
	side := 0
	if s.cond(r) {
		side = 1
	}
	s.rows[side]++
	seen := map[string]bool{}
	for _, f := range s.named {
		if v := f.get(r); v.kind != null && v.kind != tree && !s.skip[f.name] && !seen[f.name] {
			seen[f.name] = true
			if err := s.see(f.name, &v, side); err != nil {
				return err
			}
		}
	}
	if s.src == nil || s.src.labels[r.ev.group].undiscovered {
		return nil
	}
	msg := s.message(r)
	if msg.kind == null {
		return nil // the row of column totals is no event
	}
	for _, f := range StreamFields(msg.str, s.src.labels[r.ev.group].name, s.src.stream(r.ev.stream)) {
		if s.skip[f.Name] || seen[f.Name] {
			continue
		}
		seen[f.Name] = true
		v := str(f.Value)
		if err := s.see(f.Name, &v, side); err != nil {
			return err
		}
	}
	return nil
}

func (s *relevance) see(name string, v *value, side int) error {
	st, ok := s.fields[name]
	size := int64(0)
	if !ok {
		st = &fieldStat{values: map[string]*[2]float64{}}
		s.fields[name] = st
		size += int64(len(name)) + 200
	}
	st.present[side]++
	if f, ok := v.number(); ok {
		st.numbers[side] = append(st.numbers[side], f)
		size += 8
	} else {
		st.texts = true
	}
	text := v.text()
	n, ok := st.values[text]
	if !ok {
		size += int64(len(text)) + 80
		n = new([2]float64)
		st.values[strings.Clone(text)] = n // not the whole message
	}
	n[side]++
	return s.budget.take(size, "relevantfields")
}

// ranked is a field with its score.
type ranked struct {
	name  string
	score float64
	stat  *fieldStat
}

func (s *relevance) emit(next sink) error {
	var list []ranked
	if s.rows[0] > 0 && s.rows[1] > 0 {
		for name, st := range s.fields {
			if !st.isIdentifier() {
				list = append(list, ranked{name, rounded4(st.score(s.rows)), st})
			}
		}
	}
	slices.SortFunc(list, func(a, b ranked) int {
		return cmp.Or(cmp.Compare(b.score, a.score), strings.Compare(a.name, b.name))
	})
	r := row{vals: make([]value, s.scope.width)}
	return pushAll(next, len(list), func(i int) *row {
		f := list[i]
		r.vals[0], r.vals[1] = str(f.name), num(f.score)
		r.vals[2], r.vals[3], r.vals[4] = value{}, value{}, value{}
		if f.stat.texts {
			r.vals[2] = str(f.stat.contributors(s.rows))
		} else {
			r.vals[3], r.vals[4] = median(f.stat.numbers[1]), median(f.stat.numbers[0])
		}
		return &r
	})
}

// isIdentifier says whether almost every row has a value of its own, which
// tells rows apart but explains nothing.
func (st *fieldStat) isIdentifier() bool {
	present := st.present[0] + st.present[1]
	return st.texts && present > 20 && float64(len(st.values)) > present/2
}

// score is the distance of the two distributions, from 0 to 1: for numbers the
// largest gap between their cumulative shares (Kolmogorov–Smirnov), for texts
// half the sum of the gaps between the values' shares; at least the gap between
// the shares of rows that have the field.
func (st *fieldStat) score(rows [2]float64) float64 {
	presence := math.Abs(st.present[1]/rows[1] - st.present[0]/rows[0])
	if st.texts {
		sum := math.Abs((rows[1]-st.present[1])/rows[1] - (rows[0]-st.present[0])/rows[0])
		for _, v := range slices.Sorted(maps.Keys(st.values)) {
			n := st.values[v]
			sum += math.Abs(n[1]/rows[1] - n[0]/rows[0])
		}
		return max(presence, sum/2)
	}
	a, b := st.numbers[0], st.numbers[1]
	slices.Sort(a)
	slices.Sort(b)
	gap := 0.0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		at := min(a[i], b[j])
		for i < len(a) && a[i] <= at {
			i++
		}
		for j < len(b) && b[j] <= at {
			j++
		}
		gap = max(gap, math.Abs(float64(i)/float64(len(a))-float64(j)/float64(len(b))))
	}
	return max(presence, gap)
}

// contributors are the three values whose shares differ most.
func (st *fieldStat) contributors(rows [2]float64) string {
	type shift struct {
		value string
		a, b  float64
	}
	var list []shift
	for v, n := range st.values {
		list = append(list, shift{v, n[1] / rows[1], n[0] / rows[0]})
	}
	slices.SortFunc(list, func(x, y shift) int {
		return cmp.Or(cmp.Compare(math.Abs(y.a-y.b), math.Abs(x.a-x.b)), strings.Compare(x.value, y.value))
	})
	var parts []string
	for _, s := range list[:min(3, len(list))] {
		parts = append(parts, fmt.Sprintf("%s (%s%% vs %s%%)", s.value, formatNumber(rounded4(s.a*100)), formatNumber(rounded4(s.b*100))))
	}
	return strings.Join(parts, ", ")
}

// median sorts the numbers.
func median(nums []float64) value {
	if len(nums) == 0 {
		return value{}
	}
	slices.Sort(nums)
	return num(nums[nearestRank(50, len(nums))])
}

func (s *relevance) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.fields = nil
	return s.next.finish()
}
