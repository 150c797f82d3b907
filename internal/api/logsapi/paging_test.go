package logsapi

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/scope"
)

// TestHundredThousandRows pages through the largest result there can be.
func TestHundredThousandRows(t *testing.T) {
	h := build(t, nil)
	h.engine.BlockLen = 4096
	sc := scope.Scope{Account: "000000000000", Region: "us-east-1"}
	g, err := h.store.CreateGroup(t.Context(), metastore.Group{Scope: sc, Name: "/big", Class: "STANDARD"})
	if err != nil {
		t.Fatal(err)
	}
	batch := logs.Batch{Group: g.ID, Stream: 1}
	const n = maxQueryRows + 1
	for i := range n {
		batch.Events = append(batch.Events, logs.Event{Timestamp: clock.UnixMilli() + int64(i/1000), Message: fmt.Sprintf("event %d", i)})
	}
	if err := h.engine.Append(t.Context(), []logs.Batch{batch}); err != nil {
		t.Fatal(err)
	}
	ctx := requestOf(t, sc)
	api := New(Config{Store: h.store, Ingest: h.ingest, Scanner: h.engine, Catalog: h.engine, Dropper: h.engine, Queries: h.queries, Tail: h.tail})
	q, err := api.StartQuery(ctx, &cloudwatchlogs.StartQueryInput{LogGroupName: aws.String("/big"), StartTime: aws.Int64(clock.Unix()),
		EndTime: aws.Int64(clock.Unix() + 10), QueryString: aws.String("fields @message | limit 100000")})
	if err != nil {
		t.Fatal(err)
	}
	rows, pages := 0, 0
	in := &cloudwatchlogs.GetQueryResultsInput{QueryId: q.QueryId}
	for {
		out, err := api.GetQueryResults(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if out.Status == types.QueryStatusRunning || out.Status == types.QueryStatusScheduled {
			time.Sleep(time.Millisecond)
			continue
		}
		if out.Status != types.QueryStatusComplete {
			t.Fatalf("the query ended as %s", out.Status)
		}
		for _, r := range out.Results {
			if want := fmt.Sprintf("event %d", n-1-rows); *r[0].Value != want {
				t.Fatalf("row %d is %q, want %q", rows, *r[0].Value, want)
			}
			rows++
		}
		pages++
		if out.NextToken == nil {
			break
		}
		in.NextToken = out.NextToken
	}
	if rows != maxQueryRows || pages != 10 {
		t.Errorf("got %d rows on %d pages, want %d on 10", rows, pages, maxQueryRows)
	}
}
