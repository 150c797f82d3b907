package logexec

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// plan is a compiled query: how to scan, and the recipe of the chain of stages.
// It holds no state of a run except the source's caches, so chains built from
// it must not run at the same time.
type plan struct {
	events  *source
	order   logs.Order
	columns logs.Columns
	stages  []stage
	count   *counter // the stage that counts matched events

	output  []column
	pointer int // slot of @ptr, -1 when rows are no events
	limit   int
}

// column is a column of the result.
type column struct {
	name string
	slot int
}

// stage is the recipe of one operator.
type stage struct {
	name     string
	blocking bool // holds rows until finish; its sink is a blocker
	make     func(next sink, b *budget) sink
	// What the columnar path knows of the stage, nil for other stages.
	filter *predicate
	stats  *statsPlan
}

// sink is an operator at work. push takes a row that stays the pusher's; it
// answers errDone when no further row can change the result. finish says that
// no more rows come; it is called once, also after errDone.
type sink interface {
	push(*row) error
	finish() error
}

// blocker is a sink that holds rows. emit pushes what it holds into next
// without changing its own state, for partial results.
type blocker interface {
	sink
	emit(next sink) error
}

// compiler turns commands into stages.
type compiler struct {
	req  *Request
	src  *source // nil behind stats
	plan *plan

	names   map[string]int // names that commands made, to slots
	sources map[string]int // discovered fields, to slots
	slots   int
	used    map[int]bool // slots read by the stage that is being compiled
	uses    []map[int]bool

	columns   []column       // of fields and stats
	displayed []column       // of the last display
	dropped   *insights.Sort // a sort that asks for the order of the scan
	group     *statsPlan     // the last stats, whose rows the slots are of; nil before
	// special compiles what means something else inside a stats item: its
	// aggregates and keys.
	special func(insights.Expr) (eval, bool)
}

func compile(req *Request) (*plan, error) {
	p := &plan{pointer: -1}
	c := &compiler{req: req, plan: p, src: newSource(req), names: map[string]int{}, sources: map[string]int{}, used: map[int]bool{}}
	p.events = c.src
	commands := req.Query.Commands
	matchedAfter := leadingFilters(commands)
	if matchedAfter == 0 {
		c.countHere()
	}
	for i, cmd := range commands {
		if err := c.command(cmd); err != nil {
			return nil, err
		}
		if i+1 == matchedAfter {
			c.countHere()
		}
	}
	if err := c.finish(); err != nil {
		return nil, err
	}
	p.order = c.scanOrder(commands)
	p.columns = p.events.needs
	if p.order == logs.NewestFirst || needsPosition(commands) {
		p.columns |= logs.ColTimestamp | logs.ColSeq
	}
	return p, nil
}

// leadingFilters is the number of commands after which an event counts as
// matched: up to the last filter before anything that groups, orders or ends.
func leadingFilters(commands []insights.Command) int {
	n := 0
	for i, cmd := range commands {
		switch cmd.(type) {
		case *insights.Filter:
			n = i + 1
		case *insights.Stats, *insights.Sort, *insights.Limit, *insights.Dedup:
			return n
		}
	}
	return n
}

// scanOrder is newest first unless an arbitrary order gives the same rows:
// before stats and sort nothing depends on it but limit and dedup.
func (c *compiler) scanOrder(commands []insights.Command) logs.Order {
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *insights.Stats:
			return logs.AnyOrder
		case *insights.Sort:
			if c.dropped != cmd {
				return logs.AnyOrder
			}
		case *insights.Limit:
			if cmd.Any {
				return logs.AnyOrder
			}
			return logs.NewestFirst
		case *insights.Dedup:
			return logs.NewestFirst
		}
	}
	return logs.NewestFirst
}

// needsPosition says whether a stage looks at the place of events: sort to
// break ties, earliest and latest to find theirs.
func needsPosition(commands []insights.Command) bool {
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *insights.Sort:
			return true
		case *insights.Stats:
			for _, it := range cmd.Items {
				found := false
				insights.Walk(it.Expr, func(e insights.Expr) bool {
					if call, ok := e.(*insights.Call); ok && (call.Func.Name == "earliest" || call.Func.Name == "latest") {
						found = true
					}
					return true
				})
				if found {
					return true
				}
			}
			return false
		}
	}
	return false
}

// command adds the stage of a command. A new command is a case here and a file
// stage_<name>.go.
func (c *compiler) command(cmd insights.Command) error {
	switch cmd := cmd.(type) {
	case *insights.Fields:
		c.columns = c.items(c.columns, cmd.Items)
	case *insights.Display:
		c.displayed = c.items(nil, cmd.Items)
	case *insights.Filter:
		c.filter(cmd)
	case *insights.Extract:
		c.extract(cmd)
	case *insights.Stats:
		return c.stats(cmd)
	case *insights.Sort:
		c.sort(cmd)
	case *insights.Limit:
		c.limit(cmd.N)
	case *insights.Dedup:
		c.dedup(cmd)
	default:
		return fmt.Errorf("command %s has no stage", cmd.Name())
	}
	return nil
}

// add ends the compilation of a stage: the slots it reads are known now.
func (c *compiler) add(s stage) {
	c.plan.stages = append(c.plan.stages, s)
	c.uses = append(c.uses, c.used)
	c.used = map[int]bool{}
}

func (c *compiler) newSlot() int {
	c.slots++
	if c.src != nil {
		c.src.of = append(c.src.of, nil)
	} else {
		c.group.width = c.slots
	}
	return c.slots - 1
}

// define names a slot that the command being compiled fills.
func (c *compiler) define(name string) int {
	s := c.newSlot()
	c.names[name] = s
	return s
}

// keep answers, once everything is compiled, which slots the stages behind
// stage i read: what a stage that holds rows must hold. It is asked only by
// stages that no stats can follow, so all these slots are of one scope.
func (c *compiler) keep(i int) func() []int {
	return sync.OnceValue(func() []int {
		set := map[int]bool{}
		for _, used := range c.uses[i+1:] {
			maps.Copy(set, used)
		}
		return slices.Sorted(maps.Keys(set))
	})
}

func (c *compiler) countHere() {
	c.plan.count = &counter{}
	n := c.plan.count
	c.add(stage{name: "count", make: func(next sink, _ *budget) sink { return &counter{next: next, total: n} }})
}

// counter counts the rows that pass.
type counter struct {
	next  sink
	total *counter
	n     int64
}

func (s *counter) push(r *row) error { s.n++; return s.next.push(r) }
func (s *counter) finish() error     { return s.next.finish() }

// finish settles the columns of the result.
func (c *compiler) finish() error {
	p := c.plan
	p.output = c.columns
	if c.displayed != nil {
		p.output = c.displayed
	}
	if c.src != nil {
		if len(p.output) == 0 {
			for _, name := range []string{"@timestamp", "@message"} {
				slot, _ := c.sourceSlot(name)
				p.output = append(p.output, column{name, slot})
			}
		}
		p.output = slices.DeleteFunc(slices.Clone(p.output), func(col column) bool { return col.name == "@ptr" })
		p.pointer, _ = c.sourceSlot("@ptr")
		c.used[p.pointer] = true
	}
	for _, col := range p.output {
		c.used[col.slot] = true
	}
	c.uses = append(c.uses, c.used)
	p.limit = c.req.Limit
	if p.limit == 0 {
		p.limit = DefaultLimit
		for _, cmd := range c.req.Query.Commands {
			if l, ok := cmd.(*insights.Limit); ok {
				p.limit = l.N
			}
		}
	}
	return nil
}

// resultColumns names the columns in their order.
func (p *plan) resultColumns() []string {
	names := make([]string, 0, len(p.output)+1)
	for _, col := range p.output {
		names = append(names, col.name)
	}
	if p.pointer >= 0 {
		names = append(names, "@ptr")
	}
	return names
}

// chain is the stages at work.
type chain struct {
	head  sink
	sinks []sink // by stage
	out   *output
	first int // index of the first stage
}

// build makes the operators of the stages from first on.
func (p *plan) build(first int, b *budget) *chain {
	c := &chain{out: &output{plan: p, budget: b}, first: first, sinks: make([]sink, len(p.stages))}
	c.head = c.out
	for i := len(p.stages) - 1; i >= first; i-- {
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
	for i, s := range p.stages {
		if !s.blocking {
			continue
		}
		b := newBudget(c.out.budget.max)
		rest := p.build(i+1, b)
		if err := c.sinks[i].(blocker).emit(rest.head); err != nil {
			return nil // over the budget: the query itself will say so in time
		}
		if err := rest.finish(); err != nil {
			return nil
		}
		return rest.out.rows
	}
	return slices.Clip(c.out.rows)
}

// section builds the operators of stages from first up to last, exclusive,
// whose last one holds its rows.
func (p *plan) section(first, last int, b *budget) *chain {
	c := &chain{sinks: make([]sink, len(p.stages)), out: &output{plan: p, budget: b}}
	c.head = c.out
	for i := last - 1; i >= first; i-- {
		c.head = p.stages[i].make(c.head, b)
		c.sinks[i] = c.head
	}
	return c
}
