package logexec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// plan is a compiled query: how to scan, and the recipe of the chain of stages.
// It holds no state of a run except the source's caches and what prepare
// fetched, so chains built from it must not run at the same time.
type plan struct {
	events  *source
	order   logs.Order
	columns logs.Columns
	stages  []stage
	// prepare runs before the scan: the subqueries.
	prepare  []func(*execution) error
	baseline *baseline // an earlier time range to scan first, nil for none
	estimate bool      // nothing is run
	fault    *fault    // shared with the subqueries

	output  []column
	pointer int // slot of @ptr, -1 when rows are no events
	limit   int
}

// baseline is the earlier time range that a stage compares with. Its events go
// through the stages before that one.
type baseline struct {
	stage      int // its sink is a comparer
	start, end int64
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
	many     bool // makes any number of rows of one
	make     func(next sink, b *budget) sink
	// What the columnar path knows of the stage, nil for other stages.
	filter  *predicate
	extract *extraction
	stats   *statsPlan
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

// comparer is a sink that compares with an earlier time range, whose rows go
// into earlier().
type comparer interface {
	blocker
	earlier() sink
}

// scope is the slots of the rows at one point of the pipeline. Commands that
// make rows of another kind, such as stats, begin a new one.
type scope struct {
	number int
	width  int // slots, also those of later commands; known when all is compiled
}

// compiler turns commands into stages.
type compiler struct {
	req  *Request
	src  *source // nil when rows are no events
	plan *plan

	names   map[string]int // names that commands made, to slots
	sources map[string]int // discovered fields, to slots
	scope   *scope
	reads   *scope       // the scope that the stage being compiled reads
	used    map[int]bool // slots read by it
	uses    []use        // by stage
	place   bool         // a stage looks at the place of events
	inner   bool         // this is a subquery
	joined  *joinPlan    // the join before this point of the scope

	err   error    // the first thing that cannot be
	later []func() // what waits for the end of the compilation

	columns   []column       // of fields and stats
	displayed []column       // of the last display
	extra     []column       // of commands that add one to whatever there is
	dropped   *insights.Sort // a sort that asks for the order of the scan
	byKeys    []column       // keys of the last stats
	bin       *binKey        // the time bin among them
	offset    func(ms int64) int64
	// special compiles what means something else inside a stats item: its
	// aggregates and keys.
	special func(insights.Expr) (eval, bool)
}

// use says which slots of which scope a stage reads.
type use struct {
	scope *scope
	slots map[int]bool
}

func compile(req *Request) (*plan, error) {
	c := newCompiler(req)
	if err := c.commands(); err != nil {
		return nil, err
	}
	c.finish()
	return c.plan, nil
}

func newCompiler(req *Request) *compiler {
	c := &compiler{req: req, plan: &plan{pointer: -1, fault: &fault{}}, src: newSource(req), names: map[string]int{}, sources: map[string]int{},
		scope: &scope{}, used: map[int]bool{}}
	c.reads = c.scope
	c.plan.events = c.src
	return c
}

// commands compiles the whole pipeline.
func (c *compiler) commands() error {
	commands := c.req.Query.Commands
	matchedAfter := leadingFilters(commands)
	if matchedAfter == 0 {
		c.countHere()
	}
	for i, cmd := range commands {
		if err := c.command(i, cmd); err != nil {
			return err
		}
		if i+1 == matchedAfter {
			c.countHere()
		}
	}
	return nil
}

// finish settles the result and how to scan.
func (c *compiler) finish() {
	if !c.inner {
		c.output()
	}
	for _, f := range c.later {
		f()
	}
	c.uses = append(c.uses, use{c.reads, c.used})
	p := c.plan
	p.order = c.scanOrder(c.req.Query.Commands)
	p.columns = p.events.needs
	if p.order == logs.NewestFirst || c.place {
		p.columns |= logs.ColTimestamp | logs.ColSeq
	}
}

// rowwise says whether a command handles each row by itself, in any order and
// keeping theirs, making any number of rows of one.
func rowwise(cmd insights.Command) bool {
	switch cmd.(type) {
	case *insights.Fields, *insights.Display, *insights.Filter, *insights.FilterIndex, *insights.Extract, *insights.Unmask,
		*insights.Unnest, *insights.Expand, *insights.JSON, *insights.Lookup, *insights.CIDRLookup, *insights.Join:
		return true
	}
	return false
}

// leadingFilters is the number of commands after which an event counts as
// matched: up to the last filter before anything that groups, orders or ends.
func leadingFilters(commands []insights.Command) int {
	n := 0
	for i, cmd := range commands {
		switch cmd.(type) {
		case *insights.Filter, *insights.FilterIndex:
			n = i + 1
		}
		if !rowwise(cmd) {
			return n
		}
	}
	return n
}

// scanOrder is newest first unless an arbitrary order gives the same rows:
// before what groups or sorts nothing depends on it but what ends or looks at
// the rows before.
func (c *compiler) scanOrder(commands []insights.Command) logs.Order {
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case *insights.Stats, *insights.Pattern, *insights.Diff, *insights.LogCompare, *insights.RelevantFields, *insights.CountFrequent:
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
		default:
			if !rowwise(cmd) {
				return logs.NewestFirst
			}
		}
	}
	return logs.NewestFirst
}

// command adds the stage of a command. A new command is a case here and a file
// stage_<name>.go.
func (c *compiler) command(i int, cmd insights.Command) error {
	switch cmd := cmd.(type) {
	case *insights.Fields:
		c.columns = c.items(c.columns, cmd.Items)
	case *insights.Unmask:
		c.columns = c.items(c.columns, cmd.Items)
	case *insights.Display:
		c.displayed = c.items(nil, cmd.Items)
	case *insights.Filter:
		c.filter(cmd.Cond)
	case *insights.FilterIndex:
		c.filterIndex(cmd)
	case *insights.Extract:
		c.extract(cmd)
	case *insights.Stats:
		c.stats(cmd)
	case *insights.Sort:
		c.sort(cmd)
	case *insights.Limit:
		c.limit(cmd.N)
	case *insights.Dedup:
		c.dedup(cmd)
	case *insights.Pattern:
		c.pattern(cmd, c.req.Query.Commands[i+1:])
	case *insights.Diff:
		c.diff(cmd, i)
	case *insights.Anomaly:
		// part of the pattern before it
	case *insights.LogCompare:
		c.logCompare(cmd)
	case *insights.Unnest:
		c.unnest(cmd)
	case *insights.Expand:
		c.expand(cmd)
	case *insights.JSON:
		c.json(cmd)
	case *insights.Lookup:
		c.lookup(cmd)
	case *insights.CIDRLookup:
		c.cidrLookup(cmd)
	case *insights.Join:
		c.join(cmd)
	case *insights.AppendCols:
		c.appendCols(cmd)
	case *insights.AddTotals:
		c.addTotals(cmd)
	case *insights.RelevantFields:
		c.relevantFields(cmd)
	case *insights.AutoRegress:
		c.autoRegress(cmd)
	case *insights.Accum:
		c.accum(cmd)
	case *insights.FillDown:
		c.fillDown(cmd)
	case *insights.FillMissing:
		c.fillMissing(cmd)
	case *insights.Outlier:
		c.outlier(cmd)
	case *insights.Sessionize:
		c.sessionize(cmd)
	case *insights.CountFrequent:
		c.countFrequent(cmd)
	case *insights.Estimate:
		c.plan.estimate = true
	default:
		return fmt.Errorf("command %s has no stage", cmd.Name())
	}
	return c.err
}

// add ends the compilation of a stage: the slots it reads are known now.
func (c *compiler) add(s stage) {
	c.plan.stages = append(c.plan.stages, s)
	c.uses = append(c.uses, use{c.reads, c.used})
	c.reads, c.used = c.scope, map[int]bool{}
}

// addRowwise adds a stage that has no state of its own.
func (c *compiler) addRowwise(name string, f func(next sink, r *row) error) {
	c.add(stage{name: name, make: rowwiseStage(f)})
}

// addMany adds a stage without state that makes any number of rows of one.
func (c *compiler) addMany(name string, f func(next sink, r *row) error) {
	c.add(stage{name: name, many: true, make: rowwiseStage(f)})
}

func rowwiseStage(f func(next sink, r *row) error) func(sink, *budget) sink {
	return func(next sink, _ *budget) sink {
		return eachRow{next, func(r *row) error { return f(next, r) }}
	}
}

// newRows begins a new scope: rows that are no events, with nothing in them.
// The stage that makes them still reads the old one.
func (c *compiler) newRows() *scope {
	c.scope = &scope{number: c.scope.number + 1}
	c.src, c.names, c.sources, c.joined = nil, map[string]int{}, map[string]int{}, nil
	c.columns, c.displayed, c.extra = nil, nil, nil
	c.byKeys, c.bin = nil, nil
	return c.scope
}

// resultOf begins a new scope whose rows have these columns.
func (c *compiler) resultOf(names ...string) *scope {
	s := c.newRows()
	for _, n := range names {
		c.columns = append(c.columns, column{n, c.define(n)})
	}
	return s
}

func (c *compiler) newSlot() int {
	c.scope.width++
	if c.src != nil {
		c.src.of = append(c.src.of, nil)
	}
	return c.scope.width - 1
}

// define names a slot that the command being compiled fills.
func (c *compiler) define(name string) int {
	s := c.newSlot()
	c.names[name] = s
	return s
}

// replace is define for a name that may be in use already; a column of that
// name shows the new values.
func (c *compiler) replace(name string) int {
	s := c.define(name)
	for _, list := range [][]column{c.columns, c.displayed, c.extra} {
		for i := range list {
			if list[i].name == name {
				list[i].slot = s
			}
		}
	}
	return s
}

// show adds a column behind those that fields or stats chose.
func (c *compiler) show(name string, slot int) { c.extra = append(c.extra, column{name, slot}) }

// visible are the columns the result would have if the pipeline ended here:
// those of display, else those of fields and stats (time and message of events
// when there are none) and those that other commands added.
func (c *compiler) visible() []column {
	if c.displayed != nil {
		return c.displayed
	}
	out := slices.Clone(c.columns)
	if len(out) == 0 && c.src != nil {
		for _, name := range []string{"@timestamp", "@message"} {
			slot, _ := c.sourceSlot(name)
			out = append(out, column{name, slot})
		}
	}
	for _, col := range c.extra {
		if !slices.ContainsFunc(out, func(o column) bool { return o.name == col.name }) {
			out = append(out, col)
		}
	}
	return out
}

// fail notes why the query cannot run.
func (c *compiler) fail(at insights.Span, format string, args ...any) {
	if c.err == nil {
		c.err = &insights.Error{Span: at, Msg: fmt.Sprintf(format, args...)}
	}
}

// keep answers, once everything is compiled, which slots of the present scope
// the stages behind this one read: what a stage that holds rows must hold.
func (c *compiler) keep() func() []int {
	i, sc := len(c.uses), c.scope
	return sync.OnceValue(func() []int {
		set := map[int]bool{}
		for _, u := range c.uses[min(i+1, len(c.uses)):] {
			if u.scope == sc {
				maps.Copy(set, u.slots)
			}
		}
		return slices.Sorted(maps.Keys(set))
	})
}

func (c *compiler) countHere() {
	c.add(stage{name: "count", make: func(next sink, _ *budget) sink { return &counter{next: next} }})
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

// output settles the columns of the result.
func (c *compiler) output() {
	p := c.plan
	p.output = c.visible()
	if c.src != nil {
		p.output = slices.DeleteFunc(slices.Clone(p.output), func(col column) bool { return col.name == "@ptr" })
		p.pointer, _ = c.sourceSlot("@ptr")
		c.used[p.pointer] = true
	}
	for _, col := range p.output {
		c.used[col.slot] = true
	}
	p.limit = c.req.Limit
	if p.limit == 0 {
		p.limit = DefaultLimit
		for _, cmd := range c.req.Query.Commands {
			if l, ok := cmd.(*insights.Limit); ok {
				p.limit = l.N
			}
		}
	}
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
	end   sink    // behind the last stage
	sinks []sink  // by stage
	out   *output // of a chain that makes the result
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
	for i, s := range p.stages {
		if !s.blocking {
			continue
		}
		b := newBudget(c.out.budget.ctx, c.out.budget.max)
		out := &output{plan: p, budget: b}
		rest := p.build(i+1, len(p.stages), out, b)
		if err := c.sinks[i].(blocker).emit(rest.head); err != nil {
			return nil // over the budget: the query itself will say so in time
		}
		if err := rest.finish(); err != nil {
			return nil
		}
		return out.rows
	}
	return slices.Clip(c.out.rows)
}
