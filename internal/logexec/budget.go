package logexec

import (
	"context"
	"errors"
	"sync/atomic"
)

// errDone tells a pusher that no further row can change the result.
var errDone = errors.New("no more rows wanted")

// budget bounds what the stages of one run hold, those of all its workers
// together, and tells them when the run is over. Amounts are estimates. It may be
// used by several goroutines.
type budget struct {
	ctx  context.Context
	used *atomic.Int64
	max  int64

	lease *Lease // of the pool that all queries share; nil for none
}

func newBudget(ctx context.Context, max int64, lease *Lease) *budget {
	return &budget{ctx, new(atomic.Int64), max, lease}
}

// until is the same budget for stages that end with ctx.
func (b *budget) until(ctx context.Context) *budget { return &budget{ctx, b.used, b.max, b.lease} }

// take asks for n more bytes for a command; negative n gives them back.
func (b *budget) take(n int64, where string) error {
	used := b.used.Add(n)
	if used > b.max {
		return &LimitError{What: "memory", Limit: b.max, Unit: "bytes", Where: where}
	}
	if b.lease != nil && used > b.lease.held.Load() {
		return b.lease.reach(b.ctx, used, where)
	}
	return nil
}

// tries is take for who can do without: it neither waits for memory nor has others
// give some up, and says whether the bytes are there.
func (b *budget) tries(n int64) bool {
	used := b.used.Add(n)
	if used <= b.max && (b.lease == nil || b.lease.tries(used)) {
		return true
	}
	b.give(n)
	return false
}

// give gives bytes back.
func (b *budget) give(n int64) { b.used.Add(-n) }

// watchEvery is how many rows pass a watch between two looks at the context.
const watchEvery = 64

// watch stands behind a stage that makes many rows of one, or gives rows it
// held: scans look at the context between events only, and an event may become
// millions of rows.
type watch struct {
	next   sink
	budget *budget
	n      int
}

func (w *watch) push(r *row) error {
	if w.n++; w.n%watchEvery == 0 && w.budget.ctx.Err() != nil {
		return context.Cause(w.budget.ctx)
	}
	return w.next.push(r)
}

func (w *watch) finish() error { return w.next.finish() }

// fault is how an expression fails the query. Expressions have no error of
// their own: most cannot fail, and they run on several goroutines at a time.
// After a fault the query ends soon, and whatever it computed is not shown.
type fault struct {
	err  atomic.Pointer[LimitError]
	stop context.CancelCauseFunc
}

// raise fails the query; the first fault counts.
func (f *fault) raise(err *LimitError) {
	if f.err.CompareAndSwap(nil, err) && f.stop != nil {
		f.stop(err)
	}
}

// check is the fault that was raised, nil for none.
func (f *fault) check() error {
	if err := f.err.Load(); err != nil {
		return err
	}
	return nil
}

// maxText is the longest text that a function may make, in bytes: four times
// the longest event. Without a bound concat(a, a) doubles with every step.
const maxText = 4 << 20

// tooLong fails the query for a function that would make a longer text.
func (c *compiler) tooLong(function string) value {
	c.plan.fault.raise(&LimitError{What: "a text", Limit: maxText, Unit: "bytes", Where: function})
	return value{}
}

// maxRowBytes bounds what the expressions of one fields command make of one
// row, in bytes. Rows are worked on one at a time, so that this is only memory
// in passing.
const maxRowBytes = 64 << 20
