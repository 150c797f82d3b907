package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Client asks the questions of a server. One question at a time: the server's
// own time is read as the difference of its totals before and after.
type Client struct {
	URL  string
	HTTP *http.Client // nil for the default one
}

// Answer is what came back, and how long it took.
type Answer struct {
	Rows []Row
	// Wall is from sending StartQuery until the query was seen Complete, or the
	// whole of a call that answers at once. Fetch is what it took to read all
	// rows afterwards. Engine is what the server says it ran the query for; 0
	// where there is no query.
	Wall, Fetch, Engine time.Duration
	Scanned             float64 // records the server says it looked at
}

// Ask asks a question and reads the whole answer.
func (c *Client) Ask(ctx context.Context, q *Question) (Answer, error) {
	var a Answer
	var err error
	switch q.Operation {
	case "":
		a, err = c.query(ctx, q)
	case "FilterLogEvents", "GetLogEvents":
		a, err = c.events(ctx, q)
	default:
		err = fmt.Errorf("unknown operation %s", q.Operation)
	}
	if err != nil {
		err = fmt.Errorf("ask %q: %w", q.ID, err)
	}
	return a, err
}

func (c *Client) query(ctx context.Context, q *Question) (a Answer, err error) {
	before, err := c.queryTime(ctx)
	if err != nil {
		return a, err
	}
	// Times are seconds, both inclusive.
	in := map[string]any{"queryString": q.Query, "startTime": q.From / 1000, "endTime": (q.To - 1) / 1000}
	if q.Group != "" {
		in["logGroupName"] = q.Group
	}
	if q.Limit > 0 {
		in["limit"] = q.Limit
	}
	began := time.Now()
	var started struct{ QueryID string }
	if err := c.call(ctx, "StartQuery", in, &started); err != nil {
		return a, err
	}
	if err := c.wait(ctx, started.QueryID, began); err != nil {
		return a, err
	}
	a.Wall = time.Since(began)
	for token := ""; ; {
		in := map[string]any{"queryId": started.QueryID}
		if token != "" {
			in["nextToken"] = token
		}
		var page struct {
			Status     string
			NextToken  string
			Statistics struct{ RecordsScanned float64 }
			Results    [][]struct{ Field, Value string }
		}
		if err := c.call(ctx, "GetQueryResults", in, &page); err != nil {
			return a, err
		}
		if page.Status != "Complete" {
			return a, fmt.Errorf("query ended as %s", page.Status)
		}
		for _, cells := range page.Results {
			row := make(Row, len(cells))
			for _, cell := range cells {
				row[cell.Field] = cell.Value
			}
			a.Rows = append(a.Rows, row)
		}
		a.Scanned = page.Statistics.RecordsScanned
		if token = page.NextToken; token == "" {
			break
		}
	}
	a.Fetch = time.Since(began) - a.Wall
	after, err := c.queryTime(ctx)
	a.Engine = after - before
	return a, err
}

// wait returns when the query has ended. It looks through DescribeQueries,
// because GetQueryResults makes a running query show what it has so far, which
// costs the time that is to be measured.
func (c *Client) wait(ctx context.Context, id string, began time.Time) error {
	for {
		var list struct {
			Queries []struct{ QueryID, Status string }
		}
		if err := c.call(ctx, "DescribeQueries", map[string]any{"maxResults": 1}, &list); err != nil {
			return err
		}
		if len(list.Queries) != 1 || list.Queries[0].QueryID != id {
			return errors.New("somebody else asks this server, too")
		}
		if s := list.Queries[0].Status; s != "Scheduled" && s != "Running" {
			return nil
		}
		// Often enough for a few parts of a hundred, and never a busy loop: the
		// server needs both cores.
		pause := min(max(time.Since(began)/30, 200*time.Microsecond), 5*time.Millisecond)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

func (c *Client) events(ctx context.Context, q *Question) (a Answer, err error) {
	in := map[string]any{"logGroupName": q.Group, "startTime": q.From, "limit": q.Limit, "startFromHead": false}
	if q.Operation == "GetLogEvents" {
		in["logStreamName"], in["endTime"] = q.Stream, q.To // exclusive
	} else {
		in["endTime"] = q.To - 1 // inclusive
	}
	var out struct {
		Events []struct {
			Timestamp int64
			Message   string
		}
	}
	began := time.Now()
	if err := c.call(ctx, q.Operation, in, &out); err != nil {
		return a, err
	}
	a.Wall = time.Since(began)
	for _, e := range out.Events {
		a.Rows = append(a.Rows, Row{"@timestamp": time.UnixMilli(e.Timestamp).UTC().Format(timeForm), "@message": e.Message})
	}
	return a, nil
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return http.DefaultClient
}

func (c *Client) call(ctx context.Context, op string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+"/", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "Logs_20140328."+op)
	resp, err := c.http().Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.400s", resp.StatusCode, b)
	}
	if err == nil {
		err = json.Unmarshal(b, out) // names differ only in case
	}
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// Metrics reads the server's own metrics whose names begin with prefix.
func (c *Client) Metrics(ctx context.Context, prefix string) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.http().Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the server's metrics: %w", err)
	}
	defer resp.Body.Close()
	m := map[string]float64{}
	s := bufio.NewScanner(resp.Body)
	for s.Scan() {
		name, value, _ := strings.Cut(s.Text(), " ")
		if f, err := strconv.ParseFloat(value, 64); err == nil && strings.HasPrefix(name, prefix) {
			m[name] = f
		}
	}
	if err := s.Err(); err != nil {
		return nil, fmt.Errorf("read the server's metrics: %w", err)
	}
	return m, nil
}

// queryTime returns for how long queries have run on the server so far.
func (c *Client) queryTime(ctx context.Context) (time.Duration, error) {
	m, err := c.Metrics(ctx, "skywatch_query_duration_seconds_sum")
	var seconds float64
	for _, v := range m {
		seconds += v
	}
	return time.Duration(seconds * float64(time.Second)), err
}

// Settle returns when the log engine has nothing left to do in the background:
// no flush and no compaction for quiet. It gives up after bound and says so.
func (c *Client) Settle(ctx context.Context, quiet, bound time.Duration) (settled bool, err error) {
	began := time.Now()
	var last map[string]float64
	since := began
	for time.Since(began) < bound {
		m, err := c.Metrics(ctx, "skywatch_logs_")
		if err != nil {
			return false, err
		}
		for _, name := range []string{"skywatch_logs_flushes_total", "skywatch_logs_compactions_total", "skywatch_logs_segments", "skywatch_logs_segment_bytes"} {
			if last == nil || m[name] != last[name] {
				since = time.Now()
			}
		}
		if m["skywatch_logs_compacting"] > 0 {
			since = time.Now()
		}
		if last = m; time.Since(since) >= quiet {
			return true, nil
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return false, nil
}
