package logexec

import (
	"skywatch/internal/logs"
)

// plan is a compiled query: how to scan, and the recipe of the chain of stages.
// It holds no state of a run except the source's caches and what prepare
// fetched, so chains built from it must not run at the same time.
type plan struct {
	events  *source
	order   logs.Order
	columns logs.Columns
	reads   []int // slots of events that any stage reads
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
