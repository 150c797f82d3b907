package logexec

import (
	"context"
	"time"

	"skywatch/internal/lang/insights"
)

// Subqueries run before the query that holds them, over the same time range,
// within its memory. They know nothing of its rows.

// subqueryTime is how long one may take, as in AWS.
const subqueryTime = 30 * time.Second

// maxSubValues bounds the different values of in (subquery) and the different
// keys on the right of a join, as in AWS.
const maxSubValues = 50_000

// sub compiles a subquery, but for finish: the columns it needs may depend on
// the commands behind.
func (c *compiler) sub(q *insights.Query) *compiler {
	req := *c.req
	req.Query, req.Limit = q, 0
	if q.Source != nil {
		groups, ok := c.req.Sources[q.Source]
		if !ok {
			c.fail(q.Source.Span, "the log groups of this SOURCE are not known here")
		}
		req.Groups = groups
	}
	s := newCompiler(&req)
	s.inner = true
	s.plan.fault = c.plan.fault
	if err := s.commands(); err != nil && c.err == nil {
		c.err = err
	}
	return s
}

// subquery runs a compiled subquery into end.
func (e *execution) subquery(c *compiler, end func(*row) error) error {
	ctx, cancel := context.WithTimeoutCause(e.ctx, subqueryTime,
		&LimitError{What: "time", Limit: int64(subqueryTime / time.Second), Unit: "seconds", Where: "the subquery"})
	defer cancel()
	err := e.scan(ctx, c.plan, c.req.Groups, c.req.StartMs, c.req.EndMs,
		c.plan.build(0, len(c.plan.stages), collector(end), e.budget.until(ctx)))
	if err != nil && ctx.Err() != nil && e.ctx.Err() == nil {
		return context.Cause(ctx)
	}
	return err
}

// collector is the end of a subquery's chain.
type collector func(*row) error

func (f collector) push(r *row) error { return f(r) }
func (f collector) finish() error     { return nil }

// valueSet answers whether a value equals one of many.
type valueSet struct {
	texts   map[string]struct{}
	numbers map[float64][]value // by their number, also of texts
	n       int
}

func newValueSet() *valueSet {
	return &valueSet{texts: map[string]struct{}{}, numbers: map[float64][]value{}}
}

// add puts v into the set and says whether it was new.
func (s *valueSet) add(v value) bool {
	if v.kind == text {
		if _, ok := s.texts[v.str]; ok {
			return false
		}
		s.texts[v.str] = struct{}{}
	}
	if f, ok := v.number(); ok {
		for _, w := range s.numbers[f] {
			if w.kind == v.kind && w.str == v.str {
				return false
			}
		}
		s.numbers[f] = append(s.numbers[f], v)
	}
	s.n++
	return true
}

func (s *valueSet) has(v *value) bool {
	if v.kind == text {
		if _, ok := s.texts[v.str]; ok {
			return true
		}
	}
	if f, ok := v.number(); ok {
		for i := range s.numbers[f] {
			if equal(v, &s.numbers[f][i]) {
				return true
			}
		}
	}
	return false
}

// column compiles the subquery of in: the set is filled before the scan.
func (c *compiler) column(e *insights.In) *valueSet {
	set := newValueSet()
	sub := c.sub(e.Sub)
	cols := sub.visible()
	if len(cols) != 1 {
		c.fail(e.Span, "the subquery of in has %d columns, expected one, such as (SOURCE \"group\" | fields f)", len(cols))
		return set
	}
	get := sub.slot(cols[0].slot)
	sub.finish()
	c.plan.prepare = append(c.plan.prepare, func(x *execution) error {
		*set = *newValueSet()
		return x.subquery(sub, func(r *row) error {
			v := get(r)
			if v.kind == null || v.kind == tree || !set.add(v) {
				return nil
			}
			if set.n > maxSubValues {
				return &LimitError{What: "values", Limit: maxSubValues, Unit: "different values", Where: "the subquery of in"}
			}
			return x.budget.take(int64(len(v.str))+2*valueBytes, "the subquery of in")
		})
	})
	return set
}
