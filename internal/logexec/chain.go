package logexec

import (
	"errors"
	"slices"
	"sync"
)

// chain is the stages at work.
type chain struct {
	head  sink
	end   sink    // behind the last stage
	sinks []sink  // by stage
	out   *output // of a chain that makes the result

	workers []*chain   // that feed it at the end, while they are at work
	mu      sync.Mutex // of a worker's chain: held while rows go into it
}

// build makes the operators of stages from first up to last, exclusive, with
// end behind them.
func (p *plan) build(first, last int, end sink, b *budget) *chain {
	c := &chain{head: end, end: end, sinks: make([]sink, len(p.stages))}
	for i := last - 1; i >= first; i-- {
		if s := &p.stages[i]; s.many || s.blocking {
			c.head = &watch{next: c.head, budget: b}
		}
		c.head = p.stages[i].make(c.head, b)
		c.sinks[i] = c.head
	}
	return c
}

func (c *chain) push(r *row) error { return c.head.push(r) }
func (c *chain) finish() error     { return c.head.finish() }

func (c *chain) matched() int64 {
	for _, s := range c.sinks {
		if n, ok := s.(*counter); ok {
			return n.n
		}
	}
	return 0
}

// partial is what the result would be if the scan ended now: what the first
// blocking stage holds goes through a fresh chain of the stages behind it.
func (p *plan) partial(c *chain) [][]Cell {
	i := slices.IndexFunc(p.stages, func(s stage) bool { return s.blocking })
	if i < 0 {
		return slices.Clip(c.out.rows)
	}
	rows, err := p.partialOf(i, c)
	if err != nil {
		return nil // over the budget: the query itself will say so in time
	}
	return rows
}

// partialOf is partial of what a blocking stage holds.
func (p *plan) partialOf(stage int, c *chain) ([][]Cell, error) {
	resume := c.pause()
	defer resume()
	b := newBudget(c.out.budget.ctx, c.out.budget.max, nil)
	if of := c.out.budget.lease; of != nil {
		b.lease = of.pool.workPartial()
		defer b.lease.Release()
	}
	out := &output{plan: p, budget: b}
	rest := p.build(stage+1, len(p.stages), out, b)
	held, err := c.soFar(stage, p.stages[stage].make(rest.head, b))
	if err != nil {
		return nil, err
	}
	resume()
	if err := held.emit(rest.head); err != nil {
		return nil, err
	}
	return out.rows, rest.finish()
}

// counter counts the events whose rows pass. Once no more rows are wanted it
// goes on counting without passing them on.
type counter struct {
	next sink
	n    int64
	done bool
}

func (s *counter) push(r *row) error { return s.pass(r, s.next) }

// pass counts a row and pushes it into a sink behind the counter.
func (s *counter) pass(r *row, next sink) error {
	if !r.counted {
		r.counted = true
		s.n++
	}
	if s.done {
		return errDone
	}
	err := next.push(r)
	s.done = errors.Is(err, errDone)
	return err
}

func (s *counter) finish() error { return s.next.finish() }
