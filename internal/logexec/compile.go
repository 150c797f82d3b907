package logexec

import (
	"fmt"
	"math"
	"slices"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

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
	p.reads = c.readsOf(0, c.uses[0].scope)
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

// fail notes why the query cannot run.
func (c *compiler) fail(at insights.Span, format string, args ...any) {
	if c.err == nil {
		c.err = &insights.Error{Span: at, Msg: fmt.Sprintf(format, args...)}
	}
}

func (c *compiler) countHere() {
	c.add(stage{name: "count", make: func(next sink, _ *budget) sink { return &counter{next: next} }})
}

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
	switch p.limit {
	case NoLimit:
		p.limit = math.MaxInt
	case 0:
		p.limit = DefaultLimit
		for _, cmd := range c.req.Query.Commands {
			if l, ok := cmd.(*insights.Limit); ok {
				p.limit = l.N
			}
		}
	}
}
