package logsapi

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"skywatch/internal/awswire"
	"skywatch/internal/ingest"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// nowhere takes events and forgets them.
type nowhere struct{}

func (nowhere) PutLogEvents(context.Context, scope.Scope, metastore.Group, metastore.Stream, []logs.Event) (ingest.Rejected, error) {
	return ingest.Rejected{}, nil
}

// BenchmarkPutLogEvents is the handler alone: checks and look-ups for a batch
// of 1,000 events of 200 bytes.
func BenchmarkPutLogEvents(b *testing.B) {
	h := build(b, nil)
	h.create(b, "/aws/lambda/f", "s")
	a := New(Config{Store: h.store, Ingest: nowhere{}, Scanner: h.engine, Catalog: h.engine, Dropper: h.engine, Queries: idle(b), Tail: h.tail})
	g, ok := h.store.Group(scope.Scope{Account: "000000000000", Region: "us-east-1"}, "/aws/lambda/f")
	if !ok {
		b.Fatal("no group")
	}
	in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String(g.Name), LogStreamName: aws.String("s")}
	rows := &awswire.Rows{Present: true}
	for i := range 1000 {
		rows.Text = append(rows.Text, fmt.Sprint(i, strings.Repeat("x", 196))...)
		rows.Ends, rows.Numbers = append(rows.Ends, len(rows.Text)), append(rows.Numbers, clock.UnixMilli())
	}
	ctx := requestOf(b, g.Scope)
	b.ReportAllocs()
	b.SetBytes(200_000)
	for b.Loop() {
		if _, err := a.PutLogEvents(ctx, in, rows); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilterLogEvents searches 10,000 events for one that is not there.
func BenchmarkFilterLogEvents(b *testing.B) {
	h := build(b, nil)
	h.engine.BlockLen = 2048
	h.create(b, "g", "s")
	var events []event
	for i := range 10000 {
		events = append(events, event{clock.UnixMilli(), fmt.Sprintf(`{"level":"INFO","n":%d}`, i)})
	}
	if err := h.put(b.Context(), "g", "s", events...); err != nil {
		b.Fatal(err)
	}
	a := New(Config{Store: h.store, Ingest: nowhere{}, Scanner: h.engine, Catalog: h.engine, Dropper: h.engine, Queries: idle(b), Tail: h.tail})
	ctx := requestOf(b, scope.Scope{Account: "000000000000", Region: "us-east-1"})
	for _, pattern := range []string{"ERROR", `{ $.n > 99999 }`} {
		b.Run(pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("g"), FilterPattern: &pattern}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
