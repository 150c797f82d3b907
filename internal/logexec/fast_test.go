package logexec

import (
	"context"
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
)

var (
	fastSeed  = flag.Uint64("fastseed", 0, "seed of the columnar path's random tests, 0 for the clock")
	fastCount = flag.Int("fastcount", 400, "queries of the columnar path's random tests")
)

// samePlain runs a query by column and event by event and wants the same.
func samePlain(t *testing.T, src *logparttest.Source, req Request) {
	t.Helper()
	plain := req
	plain.Plain = true
	want, wantErr := Run(context.Background(), src, plain, nil)
	got, gotErr := Run(context.Background(), src, req, nil)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%s\nerror is %v, want %v", req.Query, gotErr, wantErr)
	}
	if wantErr != nil {
		return
	}
	if got.Statistics.CorruptBlocks < want.Statistics.CorruptBlocks && got.Statistics.RecordsScanned > want.Statistics.RecordsScanned {
		return // it was counted without reading what is damaged
	}
	if d := cmp.Diff(want.Rows, got.Rows); d != "" {
		t.Fatalf("%s\nrows differ, -plain +columnar:\n%.4000s", req.Query, d)
	}
	seen := func(s *Statistics) float64 { return s.RecordsScanned + s.EstimatedRecordsSkipped }
	// A query that ends early may also leave out damaged parts that would give nothing.
	if !endsEarly(req.Query) && got.Statistics.CorruptBlocks != want.Statistics.CorruptBlocks && got.Statistics.EstimatedRecordsSkipped == 0 && got.Statistics.RecordsScanned == want.Statistics.RecordsScanned {
		t.Fatalf("%s\n%v corrupt blocks, want %v", req.Query, got.Statistics.CorruptBlocks, want.Statistics.CorruptBlocks)
	}
	// A query that ends early may have seen more or less by then.
	if len(want.Rows) < 5 && seen(&got.Statistics) == seen(&want.Statistics) && got.Statistics.RecordsMatched != want.Statistics.RecordsMatched && !endsEarly(req.Query) {
		t.Fatalf("%s\n%v records matched, want %v", req.Query, got.Statistics.RecordsMatched, want.Statistics.RecordsMatched)
	}
}

func endsEarly(q *insights.Query) bool {
	for _, c := range q.Commands {
		if _, ok := c.(*insights.Limit); ok {
			return true
		}
	}
	return false
}

// TestColumnarEqualsPlain is the law of the columnar path: whatever the events,
// however they are cut into parts, every query has the rows of the plain path.
func TestColumnarEqualsPlain(t *testing.T) {
	seed := *fastSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-fastseed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var src *logparttest.Source
	var base Request
	var texts []string
	for i := range *fastCount {
		if i%20 == 0 {
			events, groups, streams := oddEvents(r, 1+r.IntN(1500))
			o := logparttest.Options{BlockRows: []int{1, 7, 100, 1000, 5000}[r.IntN(5)], Overlap: 1 + r.IntN(3), Seed: r.Uint64(), Level: colenc.Fast}
			if r.IntN(2) == 0 {
				o.PlainShare = r.IntN(100)
			}
			if r.IntN(2) == 0 {
				o.DropShare = r.IntN(60)
			}
			if r.IntN(4) == 0 {
				o.DamageShare = r.IntN(30)
			}
			o.NoMinutes = r.IntN(2) == 0
			if r.IntN(3) == 0 {
				o.NoFilterShare = r.IntN(100)
			}
			texts = texts[:0]
			for range 50 {
				texts = append(texts, events[r.IntN(len(events))].Message)
			}
			src = logparttest.New(events, o)
			last := events[len(events)-1].Timestamp
			base = Request{Groups: groups, StartMs: 0, EndMs: last + 1, Stream: streams, Entity: oddEntity, Now: estateStart}
			if r.IntN(2) == 0 {
				base.StartMs = events[r.IntN(len(events))].Timestamp
				base.EndMs = base.StartMs + r.Int64N(last-base.StartMs+10)
			}
		}
		text := oddQuery(r, texts)
		q, err := insights.Parse(text)
		if err != nil {
			continue
		}
		req := base
		req.Query = q
		if r.IntN(3) == 0 {
			req.Groups = req.Groups[r.IntN(len(req.Groups)):]
		}
		req.openBytes = []int64{0, 1, 2000, 100_000}[r.IntN(4)]
		samePlain(t, src, req)
	}
}

// TestColumnarEstate runs the questions of the benchmarks over a simulated
// account.
func TestColumnarEstate(t *testing.T) {
	events, groups, streams := estateEvents(t, 30_000, 40)
	src := logparttest.New(events, logparttest.Options{BlockRows: 3000, Overlap: 2, Level: colenc.Fast})
	for _, b := range questions {
		t.Run(b.name, func(t *testing.T) {
			q, err := insights.Parse(b.query)
			if err != nil {
				t.Fatal(err)
			}
			samePlain(t, src, Request{Query: q, Groups: groups, EndMs: 1 << 60, Stream: streams, Now: estateStart})
		})
	}
}

// questions are those of the benchmarks.
var questions = []struct{ name, query string }{
	{"CountPerHour", `stats count(*) by bin(1h)`},
	{"CountPerMinuteGroup", `stats count(*) by bin(5m), @log`},
	{"Last100", `fields @timestamp, @message | limit 100`},
	{"Report", `filter @type = "REPORT" | stats max(@maxMemoryUsed), avg(@maxMemoryUsed), pct(@duration, 50), pct(@duration, 95), pct(@duration, 99) by @log`},
	{"Substring", `filter @message like "ERROR" | stats count(*) by bin(5m), @log`},
	{"RequestID", `filter @requestId = "3f2e1d0c-0000-4000-8000-000000000001"`},
	{"RequestIDText", `filter @message like "3f2e1d0c-0000-4000-8000-000000000001"`},
	{"Regex", `filter @message like /timeout after \d+ms/ | stats count(*) by @log`},
	{"RegexFold", `filter @message like /(?i)exception/ | stats count(*) by bin(5m), @log`},
	{"JSON", `filter level = "ERROR" | stats avg(durationMs), count(*) by service`},
	{"Nowhere", `filter @message like "occurs in no event" | stats count(*)`},
	{"Digits", `filter @message like "500 " | stats count(*)`},
	{"ParseS3", `parse @message '* * [*] * * * * * "*" * * * * * *' as owner, bucket, time, ip, requester, id, operation, key, request, status, error, sent, size, total, turn | filter ispresent(total) | stats pct(total, 99), count(*) as n by key | sort n desc | limit 20`},
	{"TopKeys", `filter key != "-" | stats count(*) as n, pct(totalTime, 99) as p99 by key | sort n desc | limit 20`},
	{"ParseRegex", `parse @message /took (?<ms>\d+) ?ms/ | stats avg(ms), count(ms) by @log`},
	{"Values", `stats values(level), rate(@duration, 1m), histogram(@duration, 10) by @type`},
	{"SortTop", `fields @timestamp, @duration | sort @duration desc | limit 20`},
}
