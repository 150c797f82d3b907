package logexec

import (
	"math"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logpattern"
)

func (c *compiler) pattern(cmd *insights.Pattern, rest []insights.Command) {
	p := &patternPlan{from: c.expr(cmd.Expr)}
	if len(rest) > 0 {
		switch next := rest[0].(type) {
		case *insights.Diff:
			c.compareWith(p, diffMover(next))
		case *insights.Anomaly:
			p.anomaly = true
		}
	}
	c.patterns(p)
}

// patterns adds the stage that groups by pattern.
func (c *compiler) patterns(p *patternPlan) {
	columns := []string{"@pattern", "@ratio", "@sampleCount", "@severityLabel"}
	switch {
	case p.compare:
		columns = append(columns, "@previousSampleCount", "@difference", "@differencePercent", "@differenceDescription")
	case p.anomaly:
		columns = append(columns, "@anomaly", "@anomalyScore", "@anomalyType", "@anomalyDescription")
		p.window = window{c.req.StartMs, c.req.EndMs}
		if p.timed = c.src != nil; p.timed {
			c.place = true
		}
	}
	p.max = c.req.MaxGroups
	p.scope = c.resultOf(columns...)
	c.add(stage{name: "pattern", blocking: true, make: func(next sink, b *budget) sink {
		return &patterner{patternPlan: p, next: next, budget: b, shapes: map[string]*shape{}, newest: -1}
	}})
}

// shape is a pattern with the events that have it.
type shape = logpattern.Shape[tally]

// tally is what is known of the events of a pattern.
type tally struct {
	count  float64 // in the query's time range
	before float64 // in the earlier range of a comparison
	spread *spread // for anomaly, nil else
}

// join adds what is known of a shape whose word became tokens.
func (t *tally) join(of *tally, tokens []int, word string) {
	t.count += of.count
	t.before += of.before
	t.spread = t.spread.join(of.spread, tokens, word, of.count)
}

type patternPlan struct {
	from    eval
	compare bool // with an earlier time range
	anomaly bool
	timed   bool // rows have a time
	window  window
	scope   *scope
	max     int
}

// patterner counts the events of each pattern.
type patterner struct {
	*patternPlan
	next          sink
	budget        *budget
	shapes        map[string]*shape
	shaper        logpattern.Shaper
	total         float64
	first, newest int // buckets of all events
}

func (s *patterner) push(r *row) error { return s.see(r, false) }

// earlier takes the rows of the earlier time range.
func (s *patterner) earlier() sink {
	return collector(func(r *row) error { return s.see(r, true) })
}

func (s *patterner) see(r *row, before bool) error {
	v := s.from(r)
	if v.kind == null || v.kind == tree {
		return nil
	}
	message := strings.TrimSpace(v.text())
	s.shaper.WantValues = s.anomaly
	s.shaper.Shape(message)
	sh, ok := s.shapes[string(s.shaper.Key)]
	if !ok {
		if len(s.shapes) >= s.max {
			return &LimitError{What: "patterns", Limit: int64(s.max), Unit: "patterns", Where: "pattern"}
		}
		sh = &shape{Pieces: logpattern.Pieces(message), Key: string(s.shaper.Key)}
		if s.anomaly {
			sh.Of.spread = newSpread(len(s.shaper.Values))
		}
		s.shapes[sh.Key] = sh
		if err := s.budget.take(int64(3*len(sh.Key)+len(sh.Pieces)*32+200), "pattern"); err != nil {
			return err
		}
	}
	if before {
		sh.Of.before++
		return nil
	}
	sh.Of.count++
	s.total++
	if s.anomaly {
		bucket := 0
		if s.timed {
			bucket = s.window.bucket(r.ev.pos.Timestamp)
		}
		if s.newest < 0 || bucket < s.first {
			s.first = bucket
		}
		s.newest = max(s.newest, bucket)
		return s.budget.take(sh.Of.spread.add(bucket, s.shaper.Values), "anomaly")
	}
	return nil
}

func (s *patterner) emit(next sink) error {
	shapes := make([]*shape, 0, len(s.shapes))
	for _, sh := range s.shapes {
		one := *sh
		shapes = append(shapes, &one)
	}
	shapes = logpattern.Merge(shapes, (*tally).join)
	slices.SortStableFunc(shapes, func(a, b *shape) int {
		x, y := a.Of.count, b.Of.count
		if s.compare {
			x, y = math.Abs(a.Of.count-a.Of.before), math.Abs(b.Of.count-b.Of.before)
		}
		return int(min(1, max(-1, y-x)))
	})
	r := row{vals: make([]value, s.scope.width)}
	return pushAll(next, len(shapes), func(i int) *row {
		sh := shapes[i]
		r.vals[0] = str(sh.Key)
		r.vals[1] = num(0)
		if s.total > 0 {
			r.vals[1] = num(rounded4(sh.Of.count / s.total))
		}
		r.vals[2] = num(sh.Of.count)
		r.vals[3] = str(logpattern.Severity(sh.Pieces))
		switch {
		case s.compare:
			difference(r.vals[4:8], &sh.Of)
		case s.anomaly:
			sh.Of.spread.verdict(r.vals[4:8], s, sh.Pieces)
		}
		return &r
	})
}

func (s *patterner) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.shapes = nil
	return s.next.finish()
}

// rounded4 is f with four decimals.
func rounded4(f float64) float64 { return math.Round(f*10000) / 10000 }
