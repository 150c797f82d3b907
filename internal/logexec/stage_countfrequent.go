package logexec

import (
	"slices"

	"skywatch/internal/lang/insights"
)

// The counts are exact, although their column's name says otherwise.

func (c *compiler) countFrequent(cmd *insights.CountFrequent) {
	var names []string
	p := &frequentPlan{max: c.req.MaxGroups}
	for _, f := range cmd.Fields {
		p.keys = append(p.keys, c.field(f.Path))
		names = append(names, f.Name())
	}
	p.scope = c.resultOf(append(names, insights.ApproxCount)...)
	c.add(stage{name: "countFrequent", blocking: true, make: func(next sink, b *budget) sink {
		return &frequent{frequentPlan: p, next: next, budget: b, counts: map[string]*frequency{}}
	}})
}

type frequentPlan struct {
	keys  []eval
	scope *scope
	max   int
}

type frequency struct {
	keys []value
	n    float64
}

type frequent struct {
	*frequentPlan
	next   sink
	budget *budget
	counts map[string]*frequency
	key    []byte
}

func (s *frequent) push(r *row) error {
	s.key = s.key[:0]
	vals := make([]value, len(s.keys))
	for i, k := range s.keys {
		if vals[i] = k(r); vals[i].kind == tree {
			vals[i] = value{}
		}
		s.key = appendKey(s.key, &vals[i])
	}
	f, ok := s.counts[string(s.key)]
	if !ok {
		if len(s.counts) >= s.max {
			return &LimitError{What: "groups", Limit: int64(s.max), Unit: "groups", Where: "countFrequent"}
		}
		f = &frequency{keys: vals}
		s.counts[string(s.key)] = f
		if err := s.budget.take(int64(2*len(s.key)+len(vals)*valueBytes+96), "countFrequent"); err != nil {
			return err
		}
	}
	f.n++
	for i := range vals {
		// Values of one key show alike but may be of two kinds; rows come in any
		// order, and which came first must not show.
		if ok && keyRank(&vals[i]) > keyRank(&f.keys[i]) {
			f.keys[i] = vals[i]
		}
	}
	return nil
}

func (s *frequent) emit(next sink) error {
	all := make([]*frequency, 0, len(s.counts))
	for _, f := range s.counts {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *frequency) int {
		if a.n != b.n {
			return int(min(1, max(-1, b.n-a.n)))
		}
		return compareKeys(a.keys, b.keys)
	})
	r := row{vals: make([]value, s.scope.width)}
	return pushAll(next, len(all), func(i int) *row {
		n := copy(r.vals, all[i].keys)
		r.vals[n] = num(all[i].n)
		return &r
	})
}

func (s *frequent) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.counts = nil
	return s.next.finish()
}
