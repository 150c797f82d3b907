package logsapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"skywatch/internal/livetail"
	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// asGiven keeps the SDK from cutting streams short and from putting "stream-" before the host.
func asGiven(o *cloudwatchlogs.Options) {
	o.HTTPClient = plainBody{}
	o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
		return s.Initialize.Add(middleware.InitializeMiddlewareFunc("asGiven", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}

const arnOfGroups = "arn:aws:logs:us-east-1:000000000000:log-group:"

// plainBody hides all methods of a request's body but Read and Close, which
// keeps the SDK and net/http from cutting a stream that begins at once.
type plainBody struct{}

func (plainBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct {
			io.Reader
			io.Closer
		}{r.Body, r.Body}
	}
	return http.DefaultClient.Do(r)
}

// follow opens a live tail and reads its sessionStart.
func (h *house) follow(t *testing.T, in *cloudwatchlogs.StartLiveTailInput) (*cloudwatchlogs.StartLiveTailEventStream, types.LiveTailSessionStart) {
	t.Helper()
	out, err := h.client.StartLiveTail(t.Context(), in, asGiven)
	if err != nil {
		t.Fatal(err)
	}
	s := out.GetStream()
	t.Cleanup(func() { _ = s.Close() })
	start, ok := (<-s.Events()).(*types.StartLiveTailResponseStreamMemberSessionStart)
	if !ok {
		t.Fatalf("the stream does not begin with sessionStart: %v", s.Err())
	}
	return s, start.Value
}

// results reads updates until n events have come, or the stream ends.
func results(s *cloudwatchlogs.StartLiveTailEventStream, n int) (got []types.LiveTailSessionLogEvent, sampled bool) {
	for len(got) < n {
		e, ok := <-s.Events()
		if !ok {
			break
		}
		u := e.(*types.StartLiveTailResponseStreamMemberSessionUpdate).Value
		got = append(got, u.SessionResults...)
		sampled = sampled || u.SessionMetadata.Sampled
	}
	return got, sampled
}

func TestLiveTail(t *testing.T) {
	h := build(t, nil)
	h.create(t, "g", "a", "b")
	h.create(t, "/other", "a")
	plain, start := h.follow(t, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g", "/other"}, LogEventFilterPattern: aws.String("ERROR -noise")})
	if len(*start.SessionId) != 36 || len(*start.RequestId) != 36 || *start.LogEventFilterPattern != "ERROR -noise" || len(start.LogGroupIdentifiers) != 2 || len(start.LogStreamNames) != 0 {
		t.Errorf("sessionStart: %+v", start)
	}
	named, start := h.follow(t, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g"}, LogStreamNames: []string{"b", "not yet"}})
	if len(start.LogStreamNames) != 2 {
		t.Errorf("sessionStart: %+v", start)
	}
	prefixed, _ := h.follow(t, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g"}, LogStreamNamePrefixes: []string{"b"}})

	at := clock.UnixMilli()
	for _, put := range []struct {
		group, stream string
		events        []event
	}{
		{"g", "a", []event{{at - 5, "ERROR one"}, {at - 4, "fine"}, {at - 3, "ERROR noise"}}},
		{"g", "b", []event{{at - 9, "older ERROR"}}},
		{"/other", "a", []event{{at, "ERROR \x01ü"}}},
	} {
		if err := h.put(t.Context(), put.group, put.stream, put.events...); err != nil {
			t.Fatal(err)
		}
	}
	f := func(what string, s *cloudwatchlogs.StartLiveTailEventStream, want ...string) {
		t.Helper()
		events, sampled := results(s, len(want))
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%s %s %d %d %s", *e.LogGroupIdentifier, *e.LogStreamName, *e.Timestamp-at, *e.IngestionTime-at, *e.Message))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") || sampled {
			t.Errorf("%s: got %q, want %q; %v", what, got, want, s.Err())
		}
	}
	f("a pattern on two groups", plain, arnOfGroups+"g a -5 0 ERROR one", arnOfGroups+"g b -9 0 older ERROR", arnOfGroups+"/other a 0 0 ERROR \x01ü")
	f("named streams", named, arnOfGroups+"g b -9 0 older ERROR")
	f("prefixes", prefixed, arnOfGroups+"g b -9 0 older ERROR")

	// Another account sees nothing of it.
	out, err := h.client.StartLiveTail(t.Context(), &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{strings.Replace(arnOfGroups, "000000000000", "111111111111", 1) + "g"}}, asGiven)
	var missing *types.ResourceNotFoundException
	if !errors.As(err, &missing) {
		t.Errorf("a group of another account: %v, %v", out, err)
	}
}

// More than 500 events in an interval are sampled, and said to be.
func TestLiveTailSamples(t *testing.T) {
	tail := livetail.New(livetail.Config{Interval: 50 * time.Millisecond})
	h := build(t, func(c *Config) { c.Tail = tail })
	t.Cleanup(tail.Close)
	h.create(t, "g", "s")
	s, _ := h.follow(t, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g"}})
	g, ok := h.store.Group(scope.Scope{Account: "000000000000", Region: "us-east-1"}, "g")
	if !ok {
		t.Fatal("the group is not there")
	}
	batch := make([]logs.Event, 2000)
	for i := range batch {
		batch[i] = logs.Event{Timestamp: clock.UnixMilli() + int64(i), Message: fmt.Sprint(i)}
	}
	tail.Publish(g.ID, "s", 1, batch)
	got, sampled := results(s, 1)
	if len(got) != 500 || !sampled {
		t.Errorf("got %d events, sampled %v", len(got), sampled)
	}
}

func TestLiveTailEnds(t *testing.T) {
	short := livetail.New(livetail.Config{Interval: time.Millisecond, Life: 20 * time.Millisecond})
	t.Cleanup(short.Close)
	h := build(t, func(c *Config) { c.Tail = short })
	h.create(t, "g", "s")
	s, _ := h.follow(t, &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g"}})
	results(s, 1)
	var timeout *types.SessionTimeoutException
	if err := s.Err(); !errors.As(err, &timeout) {
		t.Errorf("after its life the session ended with %v", err)
	}

	h = build(t, nil)
	h.create(t, "g", "s")
	in := &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arnOfGroups + "g"}}
	var open []*cloudwatchlogs.StartLiveTailEventStream
	for range livetail.SessionsPerAccount {
		s, _ := h.follow(t, in)
		open = append(open, s)
	}
	var limit *types.LimitExceededException
	if _, err := h.client.StartLiveTail(t.Context(), in, asGiven); !errors.As(err, &limit) {
		t.Errorf("one session too many: %v with %d open", err, h.tail.Sessions())
	}
	// A reader that leaves makes room.
	_ = open[0].Close()
	for h.tail.Sessions() == livetail.SessionsPerAccount {
		time.Sleep(time.Millisecond)
	}
	s, _ = h.follow(t, in)
	h.tail.Close()
	results(s, 1)
	var streaming *types.SessionStreamingException
	if err := s.Err(); !errors.As(err, &streaming) {
		t.Errorf("when the server stops the session ended with %v", err)
	}
}
