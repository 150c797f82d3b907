// Package logexec runs a Logs Insights query over the log contracts, in the
// plainest way that keeps its promises: every event is looked at, one at a
// time, by a chain of stages. It is the meaning of the language; faster
// executors are held against it.
//
// Data passes through like this: [Run] compiles the tree of lang/insights into
// stages (plan.go) and expressions into closures (expr.go, func_*.go), scans
// the blocks of a [logs.Scanner] newest first or in any order, whichever the
// query allows, and pushes a row per event through the chain. A row holds a slot for
// each field the query names and nothing else; a slot of a discovered field is
// filled when somebody looks at it (discover.go), so a leading filter on
// @message runs before any message is taken apart. Stages that must see
// everything (sort, stats, dedup) keep only the slots needed behind them,
// against a memory budget.
//
// What the values mean (value.go), decided here where AWS says nothing:
//   - A value is nothing, a number, a text, a timestamp, or a map or list.
//     Text that looks like a number is one where arithmetic or an ordered
//     comparison needs it; text against text is = only when the letters are the
//     same, and < > when both look like numbers compares numbers, else bytes.
//   - Nothing in arithmetic gives nothing, and so do division by zero and text
//     that is no number. Every comparison with nothing is false, and not, !=,
//     not like and not in are the exact opposites of their counterparts: an
//     event without x passes x != "a".
//   - Comparisons yield 1 and 0. A condition holds for a number other than 0
//     and for the text "true"; JSON true and false are 1 and 0.
//   - Sorting: nothing, then texts (digit runs compared as numbers, other runs
//     by code point), then numbers and timestamps; descending is the reverse.
//     Equal rows stay newest first.
//   - count(*) counts rows, the other aggregates skip nothing; sum, avg, pct,
//     stddev and variance skip what is no number too. min and max look at
//     numbers if there are any, else at texts. Without input the cell is empty,
//     counts are 0. Without by there is always one row.
//   - pct is the nearest-rank percentile, exact up to 16,384 values per group,
//     then within 0.5 %; count_distinct is exact up to 16,384 values per group,
//     then within about 1 %. stddev and variance are of a sample.
//   - Groups of stats come in ascending order of their keys; a missing key is a
//     group of its own, without that cell. Values are one group when they show
//     alike: the number 1 and the text 1 are, 1 and 1.0 are two.
//   - Weeks begin on Monday; periods of several weeks, months, quarters or
//     years are counted from 1970.
//   - A glob of parse begins anywhere in the text, or at its start when it
//     begins with a star; each star ends at the first place where the next
//     literal stands, the last one at the end of the text.
//   - fields behind stats adds columns to those of the stats.
//   - A map or list where a plain value is wanted counts as nothing.
package logexec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// DefaultLimit is the number of result rows when neither the request nor the
// query sets one.
const DefaultLimit = 10000

// DefaultMaxMemory is the memory budget of a query when the request sets none,
// in bytes.
const DefaultMaxMemory = 256 << 20

// DefaultMaxGroups bounds the groups of one stats command.
const DefaultMaxGroups = 1_000_000

// defaultProgressEvery is the pause between two calls of progress.
const defaultProgressEvery = 200 * time.Millisecond

// Group is a log group that a query reads.
type Group struct {
	ID      logs.GroupID
	Account string // with Name it makes @log
	Name    string
}

// Request is one run of a query.
type Request struct {
	Query   *insights.Query
	Groups  []Group
	StartMs int64 // inclusive
	EndMs   int64 // exclusive
	// Limit is the API's own limit on result rows. Zero means none was given:
	// the query's limit command, and DefaultLimit without one.
	Limit int
	// Stream gives the name of a stream; nil means all are "".
	Stream func(logs.StreamID) string
	Now    time.Time // the time of now(); zero means the clock
	// MaxMemory bounds what the query holds, in bytes, as estimated; over it
	// the query fails with a *LimitError. Zero means DefaultMaxMemory.
	MaxMemory int64
	MaxGroups int // zero means DefaultMaxGroups
	// ProgressEvery is the least pause between calls of progress; zero means
	// 200 ms, negative after every block.
	ProgressEvery time.Duration
	// Plain makes the query look at every event by itself also where the
	// scanner has columns. The rows are the same.
	Plain bool
}

// Cell is one value of a row.
type Cell struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Statistics says what a query looked at.
type Statistics struct {
	RecordsMatched          float64 // events that passed the filters
	RecordsScanned          float64
	BytesScanned            float64
	EstimatedRecordsSkipped float64
	EstimatedBytesSkipped   float64
	LogGroupsScanned        float64
	// CorruptBlocks were left out because their checksum failed.
	CorruptBlocks int64
}

// Result is the outcome of a query. Rows leave out cells without a value.
type Result struct {
	Columns    []string
	Rows       [][]Cell
	Statistics Statistics
}

// Progress is what a running query can tell.
type Progress struct {
	Statistics Statistics
	Columns    []string
	// Rows computes the rows the result would have if the scan ended now. It
	// may be called only until the progress function returns.
	Rows func() [][]Cell
}

// LimitError says which bound a query ran into.
type LimitError struct {
	What  string // such as "memory"
	Limit int64
	Unit  string
	Where string // the command
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%s needs more than %d %s, the limit of one query for %s; narrow the time range, the filter or the keys", e.Where, e.Limit, e.Unit, e.What)
}

// Run executes a query. progress may be nil. The error is ctx's, the
// scanner's, or a *LimitError.
func Run(ctx context.Context, src logs.Scanner, req Request, progress func(Progress)) (*Result, error) {
	if req.Now.IsZero() {
		req.Now = time.Now()
	}
	if req.MaxMemory == 0 {
		req.MaxMemory = DefaultMaxMemory
	}
	if req.MaxGroups == 0 {
		req.MaxGroups = DefaultMaxGroups
	}
	if req.ProgressEvery == 0 {
		req.ProgressEvery = defaultProgressEvery
	}
	p, err := compile(&req)
	if err != nil {
		return nil, fmt.Errorf("plan query: %w", err)
	}
	e := &execution{ctx: ctx, req: &req, plan: p, progress: progress}
	return e.run(src)
}

// execution is one run: the chain of stages and the counts so far.
type execution struct {
	ctx      context.Context
	req      *Request
	plan     *plan
	progress func(Progress)
	chain    *chain
	stats    Statistics
	last     time.Time
}

func (e *execution) run(src logs.Scanner) (*Result, error) {
	e.chain = e.plan.build(0, newBudget(e.req.MaxMemory))
	ids := make([]logs.GroupID, 0, len(e.req.Groups))
	for _, g := range e.req.Groups {
		ids = append(ids, g.ID)
	}
	e.stats.LogGroupsScanned = float64(len(ids))
	if len(ids) > 0 && e.req.StartMs < e.req.EndMs {
		e.last = time.Now()
		st, err := e.feed(src, logs.Scan{Groups: ids, Start: e.req.StartMs, End: e.req.EndMs,
			Order: e.plan.order, Columns: e.plan.columns})
		e.stats.RecordsScanned, e.stats.BytesScanned = float64(st.Rows), float64(st.Bytes)
		e.stats.EstimatedRecordsSkipped, e.stats.EstimatedBytesSkipped = float64(st.SkippedRows), float64(st.SkippedBytes)
		e.stats.CorruptBlocks = st.Corrupt
		if err != nil {
			return nil, fmt.Errorf("run query: %w", err)
		}
		// Some scanners end quietly when ctx is done; the result would be a part.
		if err := e.ctx.Err(); err != nil {
			return nil, fmt.Errorf("run query: %w", err)
		}
	}
	if err := e.chain.finish(); err != nil {
		return nil, fmt.Errorf("run query: %w", err)
	}
	e.stats.RecordsMatched = float64(e.chain.matched())
	return &Result{Columns: e.plan.resultColumns(), Rows: e.chain.out.rows, Statistics: e.stats}, nil
}

// feed pushes the events of a scan through the chain, by column when the
// scanner has them.
func (e *execution) feed(src logs.Scanner, scan logs.Scan) (logs.ScanStats, error) {
	if parts, ok := src.(logpart.Source); ok && !e.req.Plain {
		return newPartScan(e.ctx, e.plan, e.req, e.chain, e.chain.out.budget, e.ticker()).run(parts, scan)
	}
	return src.Scan(e.ctx, scan, e.block)
}

// block pushes the events of one block through the chain.
func (e *execution) block(b *logs.Block) error {
	r := e.plan.events.row()
	for i := 0; i < b.Len; i++ {
		r.reset()
		ev := &r.ev
		if b.Groups != nil {
			ev.group = b.Groups[i]
		}
		if b.Streams != nil {
			ev.stream = b.Streams[i]
		}
		if b.Timestamps != nil {
			ev.pos.Timestamp = b.Timestamps[i]
		}
		if b.Seqs != nil {
			ev.pos.Seq = b.Seqs[i]
		}
		if b.Ingested != nil {
			ev.ingested = b.Ingested[i]
		}
		if b.Messages != nil {
			ev.message = b.Messages[i]
			e.stats.BytesScanned += float64(len(ev.message))
		}
		e.stats.RecordsScanned++
		if err := e.chain.push(r); errors.Is(err, errDone) {
			return logs.ErrStop
		} else if err != nil {
			return err
		}
	}
	if e.progress != nil {
		if now := time.Now(); now.Sub(e.last) >= e.req.ProgressEvery {
			e.last = now
			e.stats.RecordsMatched = float64(e.chain.matched())
			e.progress(Progress{Statistics: e.stats, Columns: e.plan.resultColumns(), Rows: func() [][]Cell { return e.plan.partial(e.chain) }})
		}
	}
	return e.ctx.Err()
}
