package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/cliout"
	"skywatch/internal/lang/insights"
	"skywatch/internal/localscan"
	"skywatch/internal/logexec"
)

const (
	maxGroups    = 50      // a query may name
	maxPrefixes  = 5       // SOURCE may name
	maxRows      = 100_000 // a query may have, on a server that does not lift the limit
	maxPageRows  = 10_000
	stopWithin   = 5 * time.Second // for telling the server that nobody waits any more
	firstPoll    = 10 * time.Millisecond
	longestPoll  = 500 * time.Millisecond
	defaultSince = time.Hour

	queryAttempts = 3 // somebody waits in front of the screen
)

// serverQuery is a query on its way through the server.
type serverQuery struct {
	con    *console
	client *cloudwatchlogs.Client
	text   string          // as sent, maybe behind a SOURCE
	added  int             // bytes that were put in front of the user's text
	parsed *insights.Query // nil when this program cannot read it
	groups []string
	rows   bool // row by row and without a limit: it can be asked for in parts
	out    *results
	stats  logexec.Statistics
	cut    bool // rows are missing
	lost   losses
	show   progress
}

func (c *queryCmd) queryServer(ctx context.Context, con *console) error {
	began := time.Now()
	client, err := c.Remote.logsClient(os.Getenv, queryAttempts)
	if err != nil {
		return err
	}
	from, to, err := c.window(con.now(), defaultSince)
	if err != nil {
		return err
	}
	q := &serverQuery{con: con, client: client, text: c.Text, out: &results{con: con, cmd: c}, show: progress{con: con}}
	defer q.show.clear()
	// The server has the last word on the language: a query that this program
	// cannot read is sent all the same.
	q.parsed, _ = insights.Parse(c.Text)
	if q.parsed != nil {
		limit, ok := localscan.RowByRow(q.parsed)
		q.rows = ok && limit == 0
	}
	if err := q.choose(ctx, c.Group); err != nil {
		return err
	}
	if err := q.run(ctx, from.Unix(), to.Unix()); err != nil {
		return err
	}
	q.show.clear()
	if err := q.out.end(q.stats, time.Since(began)); err != nil {
		return err
	}
	if q.cut {
		if err := q.lost.err(); err != nil {
			con.warn("%s", err)
		}
		return &cutError{maxRows}
	}
	return q.lost.err()
}

// choose finds the log groups. More than a query may name are chosen by SOURCE
// when patterns are prefixes.
func (q *serverQuery) choose(ctx context.Context, patterns []string) error {
	source := q.parsed != nil && q.parsed.Source != nil || q.parsed == nil && strings.HasPrefix(strings.ToUpper(strings.TrimSpace(q.text)), "SOURCE")
	if source {
		if len(patterns) > 0 {
			return usagef("the query chooses its log groups with SOURCE; leave --group out")
		}
		return nil
	}
	if len(patterns) == 0 {
		return usagef("say what to query: --group NAME (or a pattern such as '/aws/lambda/*'), --file FILE, or a SOURCE command in the query")
	}
	names, err := findGroups(ctx, q.client, patterns)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("no log group fits %s", strings.Join(patterns, ", "))
	}
	if len(names) <= maxGroups {
		q.groups = names
		return nil
	}
	for _, p := range patterns {
		if prefix, ok := strings.CutSuffix(p, "*"); !ok || isGlob(prefix) || len(patterns) > maxPrefixes {
			return usagef("%d log groups fit; a query names at most %d, and more only by up to %d prefixes such as '/aws/lambda/*'", len(names), maxGroups, maxPrefixes)
		}
	}
	head := "SOURCE logGroups()"
	if prefixes := quotedPrefixes(patterns); prefixes != "" {
		head = "SOURCE logGroups(namePrefix: [" + prefixes + "])"
	}
	head += " | "
	q.text, q.added = head+q.text, len(head)
	return nil
}

// quotedPrefixes lists the prefixes for SOURCE, "" when one is empty: then
// every group fits.
func quotedPrefixes(patterns []string) string {
	var list []string
	for _, p := range patterns {
		prefix := strings.TrimSuffix(p, "*")
		if prefix == "" {
			return ""
		}
		list = append(list, "'"+prefix+"'")
	}
	return strings.Join(list, ", ")
}

// run runs the query over a range of seconds, both inclusive, and writes its
// rows. When the server's row cap cuts them off and the query allows it, the
// range is asked for in two halves, the newer one first, as rows are ordered.
func (q *serverQuery) run(ctx context.Context, from, to int64) error {
	res, err := q.once(ctx, from, to)
	if err != nil {
		return err
	}
	rows, st, status := res.rows, res.stats, res.status
	// A server that stops early has counted no more events than it gives rows,
	// so a full result is taken as cut off wherever asking again in halves is
	// possible: at worst it is asked for once more than needed.
	capped := !res.unlimited && len(rows) >= maxRows && (q.rows || float64(len(rows)) < st.RecordsMatched)
	// A server that cannot hold so large a result fails without a row.
	failed := status == types.QueryStatusFailed && st.RecordsMatched > maxPageRows
	if q.rows && (capped || failed) && to > from {
		mid := from + (to-from)/2
		if err := q.run(ctx, mid+1, to); err != nil {
			return err
		}
		return q.run(ctx, from, mid)
	}
	switch status {
	case types.QueryStatusComplete:
	case types.QueryStatusFailed:
		if res.reason != "" {
			return fmt.Errorf("the query failed (status Failed): %s", res.reason)
		}
		return errors.New("the server could not run the query (status Failed) and does not say why")
	case types.QueryStatusTimeout:
		if res.reason != "" {
			return fmt.Errorf("the query did not end in time (status Timeout): %s", res.reason)
		}
		return errors.New("the query took too long for the server (status Timeout); narrow the time range")
	default:
		return fmt.Errorf("the query ended as %s", status)
	}
	q.cut = q.cut || capped || !res.unlimited && len(rows) >= maxRows && q.parsed != nil && hasCommand(q.parsed, "limit") == ""
	q.stats.RecordsMatched += st.RecordsMatched
	q.stats.RecordsScanned += st.RecordsScanned
	q.stats.BytesScanned += st.BytesScanned
	q.lost.merge(res.lost)
	return q.write(ctx, rows)
}

func (q *serverQuery) write(ctx context.Context, rows [][]logexec.Cell) error {
	if q.out.out == nil {
		var columns []string
		if q.parsed != nil {
			// An error here means only that the order of columns is not known.
			columns, _ = columnsOf(ctx, q.parsed)
		}
		for _, row := range rows {
			for _, c := range row {
				columns = cliout.Union(columns, c.Field)
			}
		}
		q.show.clear()
		q.out.begin(columns)
	}
	for _, row := range rows {
		if err := q.out.add(row); err != nil {
			return err
		}
	}
	return nil
}

// outcome is what the server has of a query that has ended.
type outcome struct {
	rows      [][]logexec.Cell
	stats     types.QueryStatistics
	status    types.QueryStatus
	reason    string // of a bad status, "" when the server tells none
	lost      losses
	unlimited bool // the server lifted its limit on rows
}

// once starts the query, waits for its end and fetches all its rows. When ctx
// ends first the query is stopped on the server. Rows that can be had in parts
// are asked for without lifting the server's limit: parts cost it less memory.
func (q *serverQuery) once(ctx context.Context, from, to int64) (_ *outcome, err error) {
	var options []func(*cloudwatchlogs.Options)
	in := &cloudwatchlogs.StartQueryInput{QueryString: &q.text, StartTime: &from, EndTime: &to, LogGroupNames: q.groups}
	if q.parsed == nil || hasCommand(q.parsed, "limit") == "" {
		in.Limit = aws.Int32(maxRows)
		if !q.rows || from == to {
			options = append(options, liftRowLimit)
		}
	}
	started, err := q.client.StartQuery(ctx, in, options...)
	if err != nil {
		return nil, q.explain(err)
	}
	res := &outcome{unlimited: rowLimitLifted(started.ResultMetadata)}
	defer func() {
		if err == nil {
			return
		}
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		// It may have ended by itself; then there is nothing to stop.
		_, _ = q.client.StopQuery(stopping, &cloudwatchlogs.StopQueryInput{QueryId: started.QueryId})
	}()
	get := &cloudwatchlogs.GetQueryResultsInput{QueryId: started.QueryId, MaxItems: aws.Int32(1)}
	for pause := firstPoll; ; pause = min(2*pause, longestPoll) {
		page, err := q.client.GetQueryResults(ctx, get, readReason(&res.reason))
		if err != nil {
			return nil, err
		}
		if page.Statistics != nil {
			res.stats = *page.Statistics
		}
		q.show.show("%s: %.0f of %.0f events matched, %s", page.Status, res.stats.RecordsMatched, res.stats.RecordsScanned, size(res.stats.BytesScanned))
		res.status = page.Status
		if res.status != types.QueryStatusRunning && res.status != types.QueryStatusScheduled {
			res.lost.add(page.ResultMetadata)
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
	get.MaxItems = aws.Int32(maxPageRows)
	for {
		page, err := q.client.GetQueryResults(ctx, get)
		if err != nil {
			return nil, err
		}
		for _, row := range page.Results {
			cells := make([]logexec.Cell, len(row))
			for i, f := range row {
				cells[i] = logexec.Cell{Field: aws.ToString(f.Field), Value: aws.ToString(f.Value)}
			}
			res.rows = append(res.rows, cells)
		}
		if get.NextToken = page.NextToken; get.NextToken == nil {
			return res, nil
		}
		q.show.show("%d rows", len(res.rows))
	}
}

// explain points into the query where the server did.
func (q *serverQuery) explain(err error) error {
	var bad *types.MalformedQueryException
	if !errors.As(err, &bad) {
		return err
	}
	e := &queryError{text: q.text[q.added:], msg: bad.ErrorMessage()}
	if pe := (*insights.Error)(nil); q.parsed == nil {
		if _, local := insights.Parse(e.text); errors.As(local, &pe) {
			e.msg = pe.Msg // without line and position, which the carets show
		}
	}
	if d := bad.QueryCompileError; d != nil && d.Location != nil {
		e.start = byteOffset(q.text, int(aws.ToInt32(d.Location.StartCharOffset))) - q.added
		e.end = byteOffset(q.text, int(aws.ToInt32(d.Location.EndCharOffset))) - q.added
	}
	return e
}

// byteOffset turns an offset in characters into one in bytes.
func byteOffset(s string, chars int) int {
	i := 0
	for ; chars > 0 && i < len(s); chars-- {
		_, n := utf8.DecodeRuneInString(s[i:])
		i += n
	}
	return i
}
