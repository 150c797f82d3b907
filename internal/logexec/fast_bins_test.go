package logexec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// TestBins counts chosen rows by bins of all sizes: at whole minutes and not,
// from counts per minute and without, in blocks of one bin and of many.
func TestBins(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	periods := []string{"1m", "5m", "7m", "1h", "1d", "2w", "1mo", "1q", "30s", "90s", "61s", "100ms"}
	for range 60 {
		var events []logparttest.Event
		at := estateStart.UnixMilli() - r.Int64N(100_000_000)
		most := []int64{50, 5_000, 400_000, 90_000_000}[r.IntN(4)]
		for range 1 + r.IntN(600) {
			at += r.Int64N(most)
			message := fmt.Sprintf(`{"level":"%s","ms":%d,"at":%d}`, []string{"INFO", "ERROR", "WARN"}[r.IntN(3)], r.IntN(50), at)
			if r.IntN(4) == 0 {
				message = fmt.Sprintf("ERROR or not, %d", r.IntN(9))
			}
			events = append(events, logparttest.Event{Group: logs.GroupID(1 + r.IntN(2)), Stream: 1, Timestamp: at, Ingested: at, Message: message})
		}
		src := logparttest.New(events, logparttest.Options{BlockRows: []int{1, 30, 400}[r.IntN(3)], Overlap: 1 + r.IntN(2), NoMinutes: r.IntN(3) == 0,
			DropShare: max(0, r.IntN(60)-30), PlainShare: max(0, r.IntN(60)-30), Seed: r.Uint64(), Level: colenc.Fast})
		req := Request{Groups: []Group{{ID: 1, Name: "one"}, {ID: 2, Name: "two"}}, EndMs: 1 << 60, Now: estateStart}
		if r.IntN(2) == 0 {
			req.StartMs = events[r.IntN(len(events))].Timestamp
		}
		for range 6 {
			pick := func(list ...string) string { return list[r.IntN(len(list))] }
			text := pick("", `filter @message like "ERROR" | `, `filter level = "WARN" | `, `filter @timestamp > 0 | `, `parse @message "ERROR *" as e | `) +
				"stats " + pick("count(*)", "count(*), avg(ms)", "count(*), max(at)", "count(*), latest(ms)", "count(*), max(@timestamp)") +
				" by bin(" + pick(periods...) + ")" + pick("", ", @log", ", level", ", at", ", bin("+pick(periods...)+") as other", " offset 1h")
			q, err := insights.Parse(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			req.Query = q
			samePlain(t, src, req)
		}
	}
}
