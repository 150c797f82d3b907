package logexec

import (
	"context"
	"fmt"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// orderEvents are n events of two groups, one a millisecond.
func orderEvents(n int) (events []logparttest.Event) {
	for i := range n {
		at := estateStart.UnixMilli() + int64(i)
		events = append(events, logparttest.Event{Group: logs.GroupID(1 + i%2), Stream: 1, Timestamp: at, Ingested: at, Message: fmt.Sprintf("order %d of customer %d", i, i%7)})
	}
	return events
}

func orderRun(t *testing.T, src *logparttest.Source, text string) *Result {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(context.Background(), src, Request{Query: q, Groups: []Group{{ID: 1}, {ID: 2}}, EndMs: 1 << 60, Now: estateStart}, nil)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got
}

// TestNewestScanned: the newest events cost no more than themselves, and a
// filter that all pass no more than the newest part of each group.
func TestNewestScanned(t *testing.T) {
	const block = 100
	src := logparttest.New(orderEvents(4000), logparttest.Options{BlockRows: block, Level: colenc.Fast})
	for _, c := range []struct {
		query         string
		rows, scanned int
	}{
		{"fields @timestamp, @message | sort @timestamp desc | limit 30", 30, 30},
		{"fields @message | limit 330", 330, 330},
		{"fields @timestamp | limit 3", 3, 3},
		{"fields @message", 4000, 4000},
		{`filter @message like "customer" | fields @message | limit 30`, 30, 2 * block},
	} {
		got := orderRun(t, src, c.query)
		if len(got.Rows) != c.rows || got.Statistics.RecordsScanned != float64(c.scanned) {
			t.Errorf("%s: %d rows of %v scanned, want %d of %d", c.query, len(got.Rows), got.Statistics.RecordsScanned, c.rows, c.scanned)
		}
	}
}

// TestNewestDamaged: damaged parts are counted with their events.
func TestNewestDamaged(t *testing.T) {
	src := logparttest.New(orderEvents(1000), logparttest.Options{BlockRows: 100, DamageShare: 100, Level: colenc.Fast})
	for _, text := range []string{"fields @message", `filter @message like "order" | fields @message`, `filter @message like "order" | stats count(*)`} {
		got := orderRun(t, src, text).Statistics
		if got.RecordsScanned != 0 || got.CorruptBlocks != 10 || got.CorruptRecords != 1000 {
			t.Errorf("%s: %v records scanned, %d blocks and %v records damaged, want 0, 10 and 1000", text, got.RecordsScanned, got.CorruptBlocks, got.CorruptRecords)
		}
	}
}
