// Package logexec runs a Logs Insights query over the log contracts, in the
// plainest way that keeps its promises: every event is looked at, one at a
// time, by a chain of stages. It is the meaning of the language; faster
// executors are held against it.
//
// Data passes through like this: [Run] compiles the tree of lang/insights into
// stages (compile.go) and expressions into closures (expr.go, func_*.go), scans
// the blocks of a [logs.Scanner] newest first or in any order, whichever the
// query allows, and pushes a row per event through the chain. A row holds a slot for
// each field the query names and nothing else; a slot of a discovered field is
// filled when somebody looks at it (discover.go), so a leading filter on
// @message runs before any message is taken apart. Stages that must see
// everything (sort, stats, dedup) keep only the slots needed behind them,
// against a memory budget.
//
// A scanner that is a [logpart.Source] is read by column instead (fast_scan.go):
// filters are decided for all messages of a template at once, stats read
// columns on several cores, and only rows that are left over go through the
// stages. It computes with the closures of the plain path and has its rows,
// always (TestColumnarEqualsPlain); [Request.Plain] turns it off. Only damage may
// part them: blocks that cannot be read are left out and counted
// (Statistics.CorruptRecords), but a count that needs to read no block counts
// their events too, until somebody has met the damage (fast_counts.go).
//
// Each word of the language has its place. A command is a file stage_<name>.go;
// display and unmask are fields with other columns, diff and anomaly behind pattern
// are parts of its stage, and estimate has none (plan.go). A function is a line in
// the table of its family, and a file func_<name>.go unless that line, a function
// of Go lifted over values, says all (func.go). An aggregate is a file
// aggregate_<name>.go, shared by those of one state. And each has its script in
// testdata, which both executors answer; a test (TestEveryScript) holds scripts and
// language against each other.
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
//     Equal rows stay newest first, but behind a sort by @timestamp ascending
//     they are in the order of arrival.
//   - count(*) counts rows, the other aggregates skip nothing; sum, avg, pct,
//     stddev and variance skip what is no number too. min and max look at
//     numbers if there are any, else at texts. Without input the cell is empty,
//     counts are 0. Without by there is always one row.
//   - Sums are exact and rounded once, at the end; so are stddev's and
//     variance's. So no result depends on the order of events.
//   - pct is the nearest-rank percentile, exact up to 16,384 values per group,
//     then within 0.5 %; median is pct(f, 50); count_distinct is exact up to 16,384 values per group,
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
//   - A function that would make a text of more than 4 MiB fails the query, and
//     so does a fields command that makes more than 64 MiB of one row.
//
// And of the newer commands and functions:
//   - recordsMatched counts the events that passed the leading filters. A query
//     that a limit ends early (fields @message | limit 100) looks no further:
//     it has matched at least as many as it needed, while recordsScanned and
//     bytesScanned may count all of the blocks it began; the numbers may differ
//     from run to run. Subqueries and earlier time ranges count as scanned.
//   - pattern is the same for any order of events (package logpattern says how); rows
//     come most frequent first, then by pattern; @ratio is of the events that
//     have the text. The label is Error, Warning, Info, Debug or None.
//   - diff and logcompare add @previousSampleCount, @difference,
//     @differencePercent (missing for new ones) and @differenceDescription (New,
//     Gone, Increase, Decrease, Same); the largest difference comes first. A
//     limit before them holds for each range.
//   - anomaly adds @anomaly (1 or 0), @anomalyScore, @anomalyType (all kinds that
//     hold) and @anomalyDescription; stage_anomaly.go says how it judges.
//   - unnest and expand leave a row without list, or with an empty one, as one
//     row without the field; unnest takes a plain value as a list of one. They,
//     json and nothing else also see whole maps and lists of an event's JSON.
//   - join keeps the left order; the partners of a row come as the subquery
//     gives them. Keys are equal when they show alike. in (subquery) compares
//     like =. Both take at most 50,000 different values and 30 seconds.
//   - appendcols leaves out rows of the subquery that have no row beside them;
//     without override a field that is there stays.
//   - lookup takes the first row of the table that fits, cidrlookup the smallest
//     range; without one a field keeps the value it had.
//   - filterIndex is refused when no group of the query is indexed by the field,
//     keeps only events of the groups that are, ingested from the index's time on.
//   - unmask shows the field: nothing is masked.
//   - addtotals adds up what is a number or looks like one, but no times; the
//     row of column totals is no event. accum skips what is no number,
//     autoregress and accum go along the rows in their order at that point
//     (newest first unless sorted), filldown too.
//   - outlier holds the quartiles by nearest rank over all rows; param times
//     their distance above the upper (uselower: below the lower too) is the
//     bound; mark adds is_outlier.
//   - sessionize numbers sessions from 1 in the order of their first events; a
//     row without a key has none.
//   - fillmissing fills each combination of the other keys with every bin of the
//     query's time range and gives the rows in the order of the keys.
//   - by bin(p) offset o moves the bins' times later by o; which events are
//     looked at stays the same.
//   - relevantfields leaves out the fields that the condition reads and those
//     with a value of its own in most rows; stage_relevantfields.go has the score.
//   - countFrequent counts exactly. estimate runs none of the commands, only a
//     scan that asks for no column, and answers estimatedBytes and
//     estimatedRecords (without subqueries and earlier ranges).
//   - values are different ones in sort order, topk the most frequent, rate the
//     slope between oldest and newest event, histogram a map of equal ranges.
//   - isPrivateIP is RFC 1918 and fc00::/7, isReservedIP IANA's other special
//     ranges, isPublicIP the rest. parseDate gives nothing for days that do not
//     exist, takes UTC without a zone, and needs all of the text to fit.
//   - @entity.KeyAttributes.<key> and @entity.Attributes.<key> are those of the
//     entity that the event was written with.
//   - Events of an undiscovered group have the system fields, the entity's and
//     the tags, and no other: neither of JSON, of Lambda nor of lines, nor maps.
//   - Lines of VPC flow, Route 53, API Gateway (its common format, and execution
//     logs in groups of that name) and S3 access logs have fields by position
//     (lines.go), in any group but Lambda's, when they are no JSON.
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
		return fmt.Sprintf("%s needs more than is left of %s, the limit of all queries together for %s; try again when others have ended, or %s", e.Where, e.amount(), e.What, e.help())
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
