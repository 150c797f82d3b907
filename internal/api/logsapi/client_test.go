package logsapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/queries"
)

func (h *house) create(t testing.TB, group string, streams ...string) {
	t.Helper()
	if _, err := h.client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group}); err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		if _, err := h.client.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &s}); err != nil {
			t.Fatal(err)
		}
	}
}

type event struct {
	at      int64
	message string
}

func (h *house) put(ctx context.Context, group, stream string, events ...event) error {
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream}
	for _, e := range events {
		in.LogEvents = append(in.LogEvents, types.InputLogEvent{Timestamp: aws.Int64(e.at), Message: aws.String(e.message)})
	}
	out, err := h.client.PutLogEvents(ctx, in)
	if err == nil && out.RejectedLogEventsInfo != nil {
		return errors.New("some events were rejected")
	}
	return err
}

// TestTypedErrors holds that the SDK recognises the errors scripts branch on.
func TestTypedErrors(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "s")
	_, err := h.client.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String("none")})
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) || missing.ErrorMessage() != msgNoGroup {
		t.Errorf("got %v", err)
	}
	_, err = h.client.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")})
	var twice *types.ResourceAlreadyExistsException
	if !errors.As(err, &twice) {
		t.Errorf("got %v", err)
	}
	_, err = h.client.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String("g"),
		StartTime: aws.Int64(1), EndTime: aws.Int64(2), QueryString: aws.String("fields @message | nonsense x")})
	var bad *types.MalformedQueryException
	if !errors.As(err, &bad) || *bad.QueryCompileError.Location.StartCharOffset != 18 || *bad.QueryCompileError.Location.EndCharOffset != 26 {
		t.Errorf("got %v", err)
	}
	tags := map[string]string{}
	for i := range 30 {
		tags[fmt.Sprint("first", i)] = "x"
	}
	tag := func() error {
		_, err := h.client.TagResource(t.Context(), &cloudwatchlogs.TagResourceInput{ResourceArn: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:g"), Tags: tags})
		return err
	}
	if err := tag(); err != nil {
		t.Fatal(err)
	}
	clear(tags)
	for i := range 30 {
		tags[fmt.Sprint("second", i)] = "x"
	}
	var many *types.TooManyTagsException
	if err := tag(); !errors.As(err, &many) || *many.ResourceName != "g" {
		t.Errorf("got %v", err)
	}
}

func TestBatchLimits(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "s")
	now := clock.UnixMilli()
	f := func(name string, events []event, want string) {
		t.Helper()
		err := h.put(t.Context(), "g", "s", events...)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	many := func(n, size int) []event {
		return slices.Repeat([]event{{now, strings.Repeat("x", size)}}, n)
	}
	f("one as large as can be", many(1, 1<<20-26), "")
	f("one larger", many(1, 1<<20-25), "Log event too large: 1048577 bytes exceeds limit of 1048576")
	f("two too large together", many(2, 1<<19-25), "Upload too large: 1048578 bytes exceeds limit of 1048576")
	f("two that fit", many(2, 1<<19-26), "")
	f("bytes count, not letters", []event{{now, strings.Repeat("한", (1<<20-26)/3+1)}}, "Log event too large")
	f("ten thousand", many(10000, 1), "")
	f("one more", many(10001, 1), "Member must have length less than or equal to 10000")
}

// TestPageBytes holds that a page stays under its size and nothing gets lost.
func TestPageBytes(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "s")
	for i := range 9 {
		if err := h.put(t.Context(), "g", "s", event{clock.UnixMilli() + int64(i), strings.Repeat("x", 300_000)}); err != nil {
			t.Fatal(err)
		}
	}
	var sizes []int
	var token *string
	for {
		out, err := h.client.GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("s"), StartFromHead: aws.Bool(true), NextToken: token})
		if err != nil {
			t.Fatal(err)
		}
		if token != nil && *token == *out.NextForwardToken {
			break
		}
		sizes, token = append(sizes, len(out.Events)), out.NextForwardToken
	}
	if !slices.Equal(sizes, []int{3, 3, 3}) && !slices.Equal(sizes, []int{3, 3, 3, 0}) {
		t.Errorf("events per page: got %v", sizes)
	}
}

// TestPaging walks random streams in both directions and searches random
// groups, and holds what comes against a plain list.
func TestPaging(t *testing.T) {
	const rounds = 12
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range rounds {
		// Every block ends a search in half of the rounds.
		h := build(t, func(c *Config) {
			if round%2 == 0 {
				c.ScanTime = 1
			}
		})
		h.create(t, "g", "a", "b")
		var all, ofA []event // in order of position
		for n := range r.IntN(25) {
			at := clock.UnixMilli() - int64(r.IntN(8))
			e := event{at, fmt.Sprintf("%s %d", []string{"ERROR", "INFO"}[r.IntN(2)], n)}
			stream := []string{"a", "b"}[r.IntN(2)]
			if err := h.put(t.Context(), "g", stream, e); err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
			if stream == "a" {
				ofA = append(ofA, e)
			}
		}
		start, end := clock.UnixMilli()-int64(r.IntN(9)), clock.UnixMilli()-int64(r.IntN(4))+1
		limit := int32(1 + r.IntN(6))
		model := func(events []event, end int64, text string) []event {
			var in []event
			for _, e := range events {
				if e.at >= start && e.at < end && strings.Contains(e.message, text) {
					in = append(in, e)
				}
			}
			slices.SortStableFunc(in, func(x, y event) int { return int(x.at - y.at) })
			return in
		}
		check := func(what string, got, want []event) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Fatalf("seed %d round %d, %s, limit %d:\n got %v\nwant %v", seed, round, what, limit, got, want)
			}
		}
		check("forward", h.walk(t, start, end, limit, true), model(ofA, end, ""))
		check("backward", h.walk(t, start, end, limit, false), model(ofA, end, ""))
		text := []string{"", "ERROR", "none"}[r.IntN(3)]
		want := model(all, end+1, text) // FilterLogEvents includes the end
		check("search", h.search(t, start, end, limit, text, true), want)
		slices.Reverse(want)
		check("search newest first", h.search(t, start, end, limit, text, false), want)
	}
}

func (h *house) walk(t *testing.T, start, end int64, limit int32, forward bool) []event {
	t.Helper()
	var got []event
	in := &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("g"), LogStreamName: aws.String("a"),
		StartTime: &start, EndTime: &end, Limit: &limit, StartFromHead: &forward}
	for {
		out, err := h.client.GetLogEvents(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		var page []event
		for _, e := range out.Events {
			page = append(page, event{*e.Timestamp, *e.Message})
		}
		next := out.NextForwardToken
		if forward {
			got = append(got, page...)
		} else {
			got, next = append(page, got...), out.NextBackwardToken
		}
		if in.NextToken != nil && *next == *in.NextToken {
			return got
		}
		in.NextToken = next
	}
}

func (h *house) search(t *testing.T, start, end int64, limit int32, text string, forward bool) []event {
	t.Helper()
	var got []event
	in := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("g"), StartTime: &start, EndTime: &end,
		Limit: &limit, StartFromHead: &forward, FilterPattern: &text}
	for {
		out, err := h.client.FilterLogEvents(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Events) > int(limit) {
			t.Fatalf("%d events with limit %d", len(out.Events), limit)
		}
		for _, e := range out.Events {
			got = append(got, event{*e.Timestamp, *e.Message})
		}
		if out.NextToken == nil {
			return got
		}
		in.NextToken = out.NextToken
	}
}

func TestQueryResultPages(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "s")
	const rows = 12000
	for i := 0; i < rows; i += 6000 {
		var batch []event
		for k := range 6000 {
			batch = append(batch, event{clock.UnixMilli() + int64(i+k), fmt.Sprint(i + k)})
		}
		if err := h.put(t.Context(), "g", "s", batch...); err != nil {
			t.Fatal(err)
		}
	}
	q, err := h.client.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String("g"), Limit: aws.Int32(100000),
		StartTime: aws.Int64(clock.Unix()), EndTime: aws.Int64(clock.Unix() + 60), QueryString: aws.String("fields @message | sort @timestamp asc | limit 100000")})
	if err != nil {
		t.Fatal(err)
	}
	in := &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId}
	for got := 0; ; {
		out, err := h.client.GetQueryResults(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if out.Status == types.QueryStatusScheduled || out.Status == types.QueryStatusRunning {
			time.Sleep(time.Millisecond)
			continue
		}
		for _, row := range out.Results {
			if *row[0].Value != fmt.Sprint(got) {
				t.Fatalf("row %d holds %s", got, *row[0].Value)
			}
			got++
		}
		if out.NextToken == nil {
			if got != rows || out.Statistics.ResultCount != rows {
				t.Errorf("got %d rows of %v, want %d", got, out.Statistics.ResultCount, rows)
			}
			return
		}
		in.NextToken, in.MaxItems = out.NextToken, aws.Int32(700)
	}
}

// TestTooManyQueries fills the queue with queries that do not end.
func TestTooManyQueries(t *testing.T) {
	q := queries.New(queries.Config{Run: func(ctx context.Context, _ *queries.Request, _ func(queries.Progress)) (queries.Result, error) {
		<-ctx.Done()
		return queries.Result{}, ctx.Err()
	}})
	t.Cleanup(q.Close)
	h := build(t, func(c *Config) { c.Queries = q })
	h.create(t, "g")
	start := func() (string, error) {
		out, err := h.client.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String("g"),
			StartTime: aws.Int64(1), EndTime: aws.Int64(2), QueryString: aws.String("fields @message")})
		if err != nil {
			return "", err
		}
		return *out.QueryId, nil
	}
	var id string
	for range 100 {
		var err error
		if id, err = start(); err != nil {
			t.Fatal(err)
		}
	}
	var limit *types.LimitExceededException
	if _, err := start(); !errors.As(err, &limit) {
		t.Errorf("query 101: got %v", err)
	}
	stop := func() (*cloudwatchlogs.StopQueryOutput, error) {
		return h.client.StopQuery(t.Context(), &cloudwatchlogs.StopQueryInput{QueryId: &id})
	}
	if out, err := stop(); err != nil || !out.Success {
		t.Errorf("stop: %v", err)
	}
	var ended *types.InvalidParameterException
	if _, err := stop(); !errors.As(err, &ended) {
		t.Errorf("second stop: got %v", err)
	}
	if _, err := start(); err != nil {
		t.Errorf("after a stop: %v", err)
	}
}

// TestConcurrentUse is for the race detector: everything at once, and no
// answer but success or a group or stream that is gone.
func TestConcurrentUse(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "s0")
	ctx := t.Context()
	var wg sync.WaitGroup
	check := func(err error) {
		var missing *types.ResourceNotFoundException
		var twice *types.ResourceAlreadyExistsException
		if err != nil && !errors.As(err, &missing) && !errors.As(err, &twice) {
			t.Error(err)
		}
	}
	for w := range 4 {
		wg.Go(func() {
			for i := range 25 {
				stream := fmt.Sprint("s", (w+i)%3)
				group := []string{"g", "h"}[i%2]
				_, err := h.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &group})
				check(err)
				_, err = h.client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &group, LogStreamName: &stream})
				check(err)
				check(h.put(ctx, group, stream, event{clock.UnixMilli(), "x"}))
				_, err = h.client.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: &group})
				check(err)
				_, err = h.client.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: &group, OrderBy: types.OrderByLastEventTime})
				check(err)
				_, err = h.client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
				check(err)
				if i%5 == 4 {
					_, err = h.client.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("h")})
					check(err)
				}
			}
		})
	}
	wg.Wait()
}

func FuzzTokens(f *testing.F) {
	f.Add("f/30000000179534154000000000000000000700000000000000000005", "eyJrIjoiZ3JvdXBzIiwibiI6IloifQ")
	f.Add("b/x/s", "e30")
	f.Fuzz(func(t *testing.T, place, token string) {
		if _, pos, ok := parsePlace(place, 7); ok {
			if _, again, ok := parsePlace("f/"+placeID(7, pos), 7); !ok || again != pos {
				t.Fatalf("%q: %v comes back as %v", place, pos, again)
			}
			if _, _, ok := parsePlace(place, 8); ok {
				t.Fatalf("%q is a place in two streams", place)
			}
		}
		if c, err := parseCursor(&token, "groups"); err == nil {
			if again, err := parseCursor(c.token(), "groups"); err != nil || again != c {
				t.Fatalf("%q: %v comes back as %v, %v", token, c, again, err)
			}
		}
	})
}
