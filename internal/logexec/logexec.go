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

// NoLimit as the Limit of a request asks for all rows.
const NoLimit = -1

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
	Account string // @aws.account, and with Name @log
	Region  string // @aws.region, "" for none
	Name    string
	Tags    map[string]string // the fields @aws.tag.<key>
	// Undiscovered says that no field of its messages is found by itself, as in
	// the class INFREQUENT_ACCESS.
	Undiscovered bool
}

// Request is one run of a query.
type Request struct {
	Query   *insights.Query
	Groups  []Group
	StartMs int64 // inclusive
	EndMs   int64 // exclusive
	// Limit is the API's own limit on result rows. Zero means none was given:
	// the query's limit command, and DefaultLimit without one. NoLimit leaves
	// the query's own limit command and MaxMemory as the only bounds.
	Limit int
	// Sources are the groups of the SOURCE commands inside subqueries, maybe
	// none; a query with a source that is not there is refused. A subquery
	// without SOURCE reads Groups.
	Sources map[*insights.Source][]Group
	Tables  Tables  // nil means there are none
	Indexes Indexes // nil means no field is indexed
	// Stream gives the name of a stream; nil means all are "".
	Stream func(logs.StreamID) string
	// Entity gives the fields @entity.… of a stream's events by their full
	// names; nil means there are none. The maps are only read.
	Entity func(logs.StreamID) map[string]string
	Now    time.Time // the time of now(); zero means the clock
	// MaxMemory bounds what the query holds, in bytes, as estimated; over it
	// the query fails with a *LimitError. Zero means DefaultMaxMemory.
	MaxMemory int64
	// Pool is what the query shares with others; nil for a query that shares
	// nothing. MaxMemory is then at most what the pool gives to one.
	Pool      *Pool
	MaxGroups int // zero means DefaultMaxGroups
	// ProgressEvery is the least pause between calls of progress; zero means
	// 200 ms, negative after every block.
	ProgressEvery time.Duration
	// Plain makes the query look at every event by itself also where the
	// scanner has columns. The rows are the same.
	Plain bool

	openBytes int64 // what open parts may hold (fast_ahead.go); tests set it
}

// Indexes tells which fields of which log groups are indexed.
type Indexes interface {
	// Since is the time in milliseconds from which on the events that the group
	// ingests are indexed by the field; ok is false when they are not.
	Since(group logs.GroupID, field string) (ms int64, ok bool)
}

// Cell is one value of a row.
type Cell struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// Statistics says what a query looked at.
type Statistics struct {
	RecordsMatched          float64 // events that passed the filters before the query ended
	RecordsScanned          float64
	BytesScanned            float64
	EstimatedRecordsSkipped float64
	EstimatedBytesSkipped   float64
	LogGroupsScanned        float64
	// CorruptBlocks were left out because their checksum failed.
	CorruptBlocks int64
	// CorruptRecords are the events of these blocks, and not among the others.
	CorruptRecords float64
}

// Result is the outcome of a query. Rows leave out cells without a value.
type Result struct {
	Columns    []string
	Rows       [][]Cell
	Statistics Statistics
	// Lease is what the rows hold of the request's pool; nil without one. Who
	// lets the rows go releases it. Others wait for its memory until it is
	// released, or kept with what the rows take for good.
	Lease *Lease
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
	// Shared says that the limit is that of all queries together.
	Shared bool
}

func (e *LimitError) Error() string {
	if e.Shared {
		return fmt.Sprintf("%s needs more than is left of %s, the limit of all queries together for %s; try again in a little while, when others and the results kept of them have gone, or %s", e.Where, e.amount(), e.What, e.help())
	}
	return fmt.Sprintf("%s needs more than %s, the limit of one query for %s; %s", e.Where, e.amount(), e.What, e.help())
}

// amount is the limit with its unit.
func (e *LimitError) amount() string {
	const mebi = 1 << 20
	switch {
	case e.Unit == "bytes" && e.Limit >= mebi && e.Limit%mebi == 0:
		return fmt.Sprintf("%d MiB", e.Limit/mebi)
	case e.Unit == "bytes" && e.Limit >= mebi:
		return fmt.Sprintf("%.1f MiB", float64(e.Limit)/mebi)
	}
	return fmt.Sprintf("%d %s", e.Limit, e.Unit)
}

// help says what makes the query need less.
func (e *LimitError) help() string {
	const narrow = "narrow the time range or the filter"
	if e.What != "memory" {
		return "narrow the time range, the filter or the keys"
	}
	switch e.Where {
	case "sort":
		return narrow + ", set a smaller limit behind the sort, or show fewer fields"
	case "the result":
		return narrow + ", set a smaller limit, or show fewer fields"
	case "join", "the subquery of in", "appendcols":
		return narrow + " inside of the subquery"
	case "stats", "dedup", "countFrequent":
		return narrow + ", or use fewer or shorter keys"
	}
	return narrow + " before it"
}

// Check says whether the query can run at all: whether the tables, columns and
// indexes it names exist. The error of a query that cannot is an *insights.Error.
func Check(req Request) error {
	req.setDefaults()
	_, err := compile(&req)
	return err
}

func (req *Request) setDefaults() {
	if req.Now.IsZero() {
		req.Now = time.Now()
	}
	if req.MaxMemory == 0 {
		req.MaxMemory = DefaultMaxMemory
	}
	if req.Pool != nil {
		req.MaxMemory = min(req.MaxMemory, req.Pool.size-req.Pool.reserve())
	}
	if req.MaxGroups == 0 {
		req.MaxGroups = DefaultMaxGroups
	}
	if req.openBytes == 0 {
		req.openBytes = min(openBytes, req.MaxMemory/openShare)
	}
	if req.ProgressEvery == 0 {
		req.ProgressEvery = defaultProgressEvery
	}
}

// Run executes a query. progress may be nil. The error is ctx's, the
// scanner's, an *insights.Error as of Check, or a *LimitError.
func Run(ctx context.Context, src logs.Scanner, req Request, progress func(Progress)) (done *Result, _ error) {
	req.setDefaults()
	p, err := compile(&req)
	if err != nil {
		return nil, fmt.Errorf("plan query: %w", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	p.fault.stop = stop
	var lease *Lease
	if req.Pool != nil {
		lease = req.Pool.work()
		defer func() { // also after a panic
			if done == nil {
				lease.Release()
				return
			}
			lease.shrink(RowsBytes(done.Rows))
			done.Lease = lease
		}()
	}
	e := &execution{ctx: ctx, scanner: src, req: &req, plan: p, progress: progress, budget: newBudget(ctx, req.MaxMemory, lease)}
	result, err := e.run()
	if fault := p.fault.check(); fault != nil {
		err = fault
	}
	if err != nil {
		return nil, fmt.Errorf("run query: %w", err)
	}
	return result, nil
}

// execution is one run: the chain of stages and the counts so far.
type execution struct {
	ctx      context.Context
	scanner  logs.Scanner
	req      *Request
	plan     *plan
	progress func(Progress)
	budget   *budget
	chain    *chain
	stats    Statistics
	next     time.Time // of the next report of progress
}

func (e *execution) run() (*Result, error) {
	if e.plan.estimate {
		return e.estimate()
	}
	for _, prepare := range e.plan.prepare {
		if err := prepare(e); err != nil {
			return nil, err
		}
	}
	out := &output{plan: e.plan, budget: e.budget}
	chain := e.plan.build(0, len(e.plan.stages), out, e.budget)
	chain.out = out
	if b := e.plan.baseline; b != nil {
		earlier := e.plan.build(0, b.stage, chain.sinks[b.stage].(comparer).earlier(), e.budget)
		if err := e.scan(e.ctx, e.plan, e.req.Groups, b.start, b.end, earlier); err != nil {
			return nil, err
		}
	}
	e.chain = chain
	if e.next = time.Now(); e.req.ProgressEvery > 0 {
		e.next = e.next.Add(e.req.ProgressEvery)
	}
	if err := e.scan(e.ctx, e.plan, e.req.Groups, e.req.StartMs, e.req.EndMs, chain); err != nil {
		return nil, err
	}
	e.stats.LogGroupsScanned = float64(len(e.req.Groups))
	e.stats.RecordsMatched = float64(chain.matched())
	return &Result{Columns: e.plan.resultColumns(), Rows: out.rows, Statistics: e.stats}, nil
}

// scan pushes the events of some groups through a chain and ends it.
func (e *execution) scan(ctx context.Context, p *plan, groups []Group, start, end int64, ch *chain) error {
	if len(groups) > 0 && start < end {
		before := e.stats
		st, err := e.feed(ctx, p, ch, logs.Scan{Groups: groupIDs(groups), Start: start, End: end, Order: p.order, Columns: p.columns})
		e.stats = before
		e.stats.add(st)
		if err != nil {
			return err
		}
		// Some scanners end quietly when ctx is done; the result would be a part.
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
	}
	return ch.finish()
}

func (s *Statistics) add(st logs.ScanStats) {
	s.RecordsScanned += float64(st.Rows)
	s.BytesScanned += float64(st.Bytes)
	s.EstimatedRecordsSkipped += float64(st.SkippedRows)
	s.EstimatedBytesSkipped += float64(st.SkippedBytes)
	s.CorruptBlocks += st.Corrupt
	s.CorruptRecords += float64(st.CorruptRows)
}

// estimate answers one row that says what the scan of the query would read. A
// scan without columns costs an engine little.
func (e *execution) estimate() (*Result, error) {
	var st logs.ScanStats
	if len(e.req.Groups) > 0 && e.req.StartMs < e.req.EndMs {
		var err error
		scan := logs.Scan{Groups: groupIDs(e.req.Groups), Start: e.req.StartMs, End: e.req.EndMs}
		if st, err = e.scanner.Scan(e.ctx, scan, func(*logs.Block) error { return e.ctx.Err() }); err != nil {
			return nil, err
		}
	}
	row := []Cell{{"estimatedBytes", formatNumber(float64(st.Bytes))}, {"estimatedRecords", formatNumber(float64(st.Rows))}}
	return &Result{Columns: []string{row[0].Field, row[1].Field}, Rows: [][]Cell{row},
		Statistics: Statistics{LogGroupsScanned: float64(len(e.req.Groups))}}, nil
}

func groupIDs(groups []Group) []logs.GroupID {
	ids := make([]logs.GroupID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return ids
}

// feed pushes the events of a scan through the chain, by column when the
// scanner has them.
func (e *execution) feed(ctx context.Context, p *plan, ch *chain, scan logs.Scan) (logs.ScanStats, error) {
	if parts, ok := e.scanner.(logpart.Source); ok && !e.req.Plain {
		return newPartScan(ctx, p, ch, e.budget, e.ticker(ch)).run(parts, scan)
	}
	return e.scanner.Scan(ctx, scan, func(b *logs.Block) error { return e.block(ctx, p, ch, b) })
}

// block pushes the events of one block through the chain. Once no row can
// change the result, the rest of the block is only counted.
func (e *execution) block(ctx context.Context, p *plan, ch *chain, b *logs.Block) error {
	r := p.events.row()
	done := false
	for i := 0; i < b.Len; i++ {
		if p.fault.err.Load() != nil || i%watchEvery == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
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
		if err := ch.push(r); errors.Is(err, errDone) {
			done = true
		} else if err != nil {
			return err
		}
	}
	if done {
		return logs.ErrStop
	}
	if e.progress != nil && ch == e.chain {
		e.tell(e.stats)
	}
	return ctx.Err()
}

// progressShare is the least time between two progress reports, in units of the
// time the last one took: partial rows of much that is held may take longer than
// the pause between reports, and must not be what the query spends its time on.
const progressShare = 20

// tell reports progress, when it is time.
func (e *execution) tell(stats Statistics) {
	now := time.Now()
	if now.Before(e.next) {
		return
	}
	stats.RecordsMatched = float64(e.chain.matched())
	e.progress(Progress{Statistics: stats, Columns: e.plan.resultColumns(), Rows: func() [][]Cell { return e.plan.partial(e.chain) }})
	if e.req.ProgressEvery >= 0 {
		end := time.Now()
		e.next = end.Add(max(e.req.ProgressEvery, progressShare*end.Sub(now)))
	}
}
