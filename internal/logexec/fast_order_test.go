package logexec

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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
	return orderRunOpen(t, src, text, 0)
}

// orderRunOpen bounds what parts may be open; 0 is the default.
func orderRunOpen(t *testing.T, src *logparttest.Source, text string, openBytes int64) *Result {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(context.Background(), src, Request{Query: q, Groups: []Group{{ID: 1}, {ID: 2}}, EndMs: 1 << 60, Now: estateStart, openBytes: openBytes}, nil)
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

// TestNewestOfManyGroups: what a scan over many groups holds beside its rows is
// bounded, and had back by the stages behind it.
func TestNewestOfManyGroups(t *testing.T) {
	const groups, each = 200, 50
	var events []logparttest.Event
	var from []Group
	for g := range groups {
		from = append(from, Group{ID: logs.GroupID(g + 1)})
		for i := range each {
			at := estateStart.UnixMilli() + int64(i*groups+(g*37)%groups)
			events = append(events, logparttest.Event{Group: logs.GroupID(g + 1), Stream: 1, Timestamp: at, Message: fmt.Sprintf("call %d took %d ms", i, g)})
		}
	}
	src := logparttest.New(events, logparttest.Options{BlockRows: each, Level: colenc.Fast})
	for _, text := range []string{
		"fields @timestamp, @message, strlen(@message) as n | limit 5000",
		`filter @message like "call" | parse @message "took * ms" as ms | fields ms, @message | limit 5000`,
	} {
		var want *Result
		for _, open := range []int64{1 << 30, 10 * each * openRow, 1} {
			req := Request{Query: mustParse(t, text), Groups: from, EndMs: 1 << 60, Now: estateStart, openBytes: open}
			req.setDefaults()
			p, err := compile(&req)
			if err != nil {
				t.Fatal(err)
			}
			e := &execution{ctx: t.Context(), scanner: src, req: &req, plan: p, budget: newBudget(t.Context(), req.MaxMemory, nil)}
			got, err := e.run()
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if want == nil {
				want = got
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, %d bytes open: result differs, -all open +got:\n%.2000s", text, open, d)
			}
			held := e.budget.used.Load()
			if rows := RowsBytes(got.Rows); held != rows {
				t.Errorf("%s, %d bytes open: %d bytes are held at the end, want %d of the rows", text, open, held, rows)
			}
			// Rows that were read ahead are no more than some times those given.
			req.MaxMemory, req.openBytes = 4*held, 0
			req.setDefaults()
			if _, err := Run(t.Context(), src, req, nil); err != nil {
				t.Errorf("%s, %d bytes open: %v", text, open, err)
			}
		}
	}
}

// TestNewestTorn: damage that is found only when a message is joined costs the
// part what is left of it, and no row is made of it.
func TestNewestTorn(t *testing.T) {
	src := logparttest.New(orderEvents(1000), logparttest.Options{BlockRows: 100, TornShare: 40, Level: colenc.Fast, Seed: 3})
	for _, text := range []string{
		"fields @message",
		"fields @timestamp, @message | sort @timestamp desc | limit 900",
		`filter @message like "order" | fields @message`,
		`fields @message | filter @message like "order"`,
		`parse @message "customer *" as customer | fields customer, @message`,
	} {
		for _, open := range []int64{0, 1} { // all parts stay open, one does
			got := orderRunOpen(t, src, text, open)
			for _, row := range got.Rows {
				if len(row) < 2 || !strings.Contains(fmt.Sprint(row), "order ") {
					t.Fatalf("%s: row %v", text, row)
				}
			}
			st := got.Statistics
			if st.CorruptBlocks == 0 || st.RecordsScanned+st.CorruptRecords != 1000 || len(got.Rows) != int(st.RecordsScanned) {
				t.Errorf("%s, %d bytes open: %d rows, %v scanned, %v records of %d blocks damaged", text, open, len(got.Rows), st.RecordsScanned, st.CorruptRecords, st.CorruptBlocks)
			}
		}
	}
}
