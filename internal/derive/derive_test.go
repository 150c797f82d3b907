package derive

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"skywatch/internal/logs"
)

const testStream = "2025/10/09/[$LATEST]ab12"

func requestID(i int) string { return fmt.Sprintf("%08x-1111-4222-8333-0123456789ab", i) }

func reportLine(id string, duration float64, size, used int, extra string) string {
	return fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t%s\n",
		id, duration, math.Ceil(duration), size, used, extra)
}

// TestAnySplitCountsOnce cuts the lines of random invocations into random
// batches: timeouts and exhausted memory are counted once each, whatever lines
// told of them and in whichever batch they came.
func TestAnySplitCountsOnce(t *testing.T) {
	for seed := uint64(0); seed < 300; seed++ {
		rng := rand.New(rand.NewPCG(seed, 1))
		var events []logs.Event
		now := int64(1760000000000)
		var wantTimeouts, wantOOM, reports float64
		for i := range 40 {
			now += rng.Int64N(20_000)
			id := requestID(i)
			add := func(lines ...string) {
				rng.Shuffle(len(lines), func(a, b int) { lines[a], lines[b] = lines[b], lines[a] })
				for _, l := range lines {
					events = append(events, logs.Event{Timestamp: now, Message: l})
				}
			}
			reports++
			late := "2025-10-09T08:53:38.033Z " + id + " Task timed out after 3.00 seconds\n\n"
			kill := "RequestId: " + id + " Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
			switch rng.IntN(7) {
			case 0:
				wantTimeouts++
				add(reportLine(id, 3000, 128, 90, ""), late)
			case 1:
				wantTimeouts++
				add(reportLine(id, 3000, 128, 90, "Status: timeout\t"), late)
			case 2:
				wantTimeouts++
				add(reportLine(id, 3000, 128, 90, "Status: timeout\t"))
			case 3:
				wantOOM++
				add(reportLine(id, 900, 128, 128, ""), kill)
			case 4:
				wantOOM++
				add(reportLine(id, 900, 128, 128, "Status: error\tError Type: Runtime.OutOfMemory\t"), kill)
			case 5:
				add(reportLine(id, 900, 128, 127, ""), kill)
			default:
				add(reportLine(id, 900, 128, 128, ""))
			}
		}
		d := New()
		sums := map[string]float64{}
		for len(events) > 0 {
			n := 1 + rng.IntN(min(len(events), 9))
			r := d.Derive(testScope, "/aws/lambda/f", testStream, events[:n])
			d.Commit(r)
			for _, x := range r.Data {
				sums[x.Key.Name] += x.Stats.Sum
				sums[x.Key.Name+"/n"] += x.Stats.Count
			}
			events = events[n:]
		}
		if sums["Timeouts"] != wantTimeouts || sums["OutOfMemory"] != wantOOM {
			t.Fatalf("seed %d: got %v timeouts, %v out of memory, want %v, %v", seed,
				sums["Timeouts"], sums["OutOfMemory"], wantTimeouts, wantOOM)
		}
		for _, name := range []string{"Duration", "Timeouts", "OutOfMemory"} {
			if sums[name+"/n"] != reports {
				t.Fatalf("seed %d: %v samples of %s, want one for each of %v reports", seed, sums[name+"/n"], name, reports)
			}
		}
	}
}

func TestRecentForgetsTheOldest(t *testing.T) {
	r := newRecent(4)
	for i := range 100 {
		r.put([]mark{newMark(requestID(i), 1000, timedOut)})
		if n := len(r.young) + len(r.old); n > 8 {
			t.Fatalf("%d records are held after %d marks, want at most 8", n, i+1)
		}
		if r.get(requestID(i), 1000) != timedOut {
			t.Fatalf("mark %d is forgotten at once", i)
		}
	}
	if r.get(requestID(0), 1000) != 0 {
		t.Error("the first mark is still known after 99 others")
	}
	if r.get(requestID(99), 1000+sameInvocation+1) != 0 {
		t.Error("a mark counts for an invocation that ended much later")
	}
}

func TestZerosForgetTheOldest(t *testing.T) {
	z := newZeros(4)
	for i := range 100 {
		z.put([]mark{newMark(requestID(i), int64(1000+i), timedOut)})
		if f, at := z.find(requestID(i), 1000); f != timedOut || at != int64(1000+i) {
			t.Fatalf("REPORT %d is forgotten at once: %v at %d", i, f, at)
		}
	}
	held := 0
	for i := range 100 {
		if f, _ := z.find(requestID(i), 1000); f != 0 {
			held++
		}
	}
	if held == 0 || held > 16 {
		t.Errorf("%d REPORTs are held in 16 places", held)
	}
	if f, _ := z.find(requestID(99), 1099+sameInvocation+1); f != 0 {
		t.Error("a REPORT counts for an invocation that ended much later")
	}
}

func TestConcurrentUse(t *testing.T) {
	d := New()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				ev := []logs.Event{{Timestamp: 1, Message: reportLine(requestID(g*1000+i), 1, 128, 128, "Status: timeout\t")}}
				d.Commit(d.Derive(testScope, "/aws/lambda/f", testStream, ev))
			}
		})
	}
	wg.Wait()
}

func TestRuntimeName(t *testing.T) {
	for in, want := range map[string]string{"python:3.12.v18": "python3.12", "nodejs:20.v31": "nodejs20.x", "java:21.v4": "java21",
		"ruby:3.3.v2": "ruby3.3", "dotnet:8.v1": "dotnet8", "provided:al2023.v7": "provided.al2023", "python3.9": "python3.9", "cobol:1.v2": "cobol:1.v2"} {
		if got := runtimeName(in); got != want {
			t.Errorf("runtimeName(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzDerive: no message breaks derivation, and what comes out is a valid datum.
func FuzzDerive(f *testing.F) {
	f.Add(reportLine(requestID(1), 3, 128, 128, "Status: timeout\t"), 0)
	f.Add(`{"time":"t","type":"platform.report","record":{"requestId":"j","metrics":{"durationMs":1,"memorySizeMB":1}}}`, 0)
	f.Add(`{"FunctionName":"x","MemorySize":128,"Timeout":3}`, 1)
	f.Add(`{"JobName":"x","JobRunState":"FAILED","StartedOn":1e9,"ExecutionTime":3,"DPUSeconds":9}`, 2)
	f.Add("2024-03-04T17:22:38.033Z "+requestID(3)+" Task timed out after 3.00 seconds", 0)
	f.Fuzz(func(t *testing.T, message string, group int) {
		groups := []string{"/aws/lambda/f", LambdaFunctionsGroup, GlueJobRunsGroup}
		d := New()
		r := d.Derive(testScope, groups[((group%3)+3)%3], testStream, []logs.Event{{Timestamp: 60_000, Message: message}, {Timestamp: 61_000, Message: message}})
		d.Commit(r)
		for _, x := range r.Data {
			// One batch has nothing to correct.
			if x.Stats.Count <= 0 || x.Stats.Min > x.Stats.Max || (len(x.Values) == 0) != (x.Key.Name == "BilledGBSeconds") || len(x.Values) != len(x.Counts) {
				t.Errorf("datum %+v", x)
			}
			for _, v := range append(x.Values, x.Stats.Sum) {
				if math.IsNaN(v) || math.Abs(v) > 0x1p360 {
					t.Errorf("%s has value %v", x.Key.Name, v)
				}
			}
			for _, dim := range x.Key.Dimensions {
				if strings.ContainsAny(dim.Value, "\x00\n") || dim.Value == "" {
					t.Errorf("dimension %q", dim.Value)
				}
			}
		}
	})
}

// BenchmarkDerive is what ingestion pays: per event of a group that says
// nothing, of application lines of a function, and of a function's usual mix
// (one REPORT in five lines).
func BenchmarkDerive(b *testing.B) {
	const n = 10_000
	mix := func(line func(i int) string) []logs.Event {
		out := make([]logs.Event, n)
		for i := range out {
			out[i] = logs.Event{Timestamp: 1760000000000 + int64(i)*10, Message: line(i)}
		}
		return out
	}
	app := func(i int) string {
		return "[INFO]\t2025-08-31T22:12:58.534Z\t" + requestID(i) + "\tloaded 1200 rows from orders\n"
	}
	js := func(i int) string {
		return `{"timestamp":"2025-08-31T22:12:58.534Z","level":"INFO","message":"loaded rows","requestId":"` + requestID(i) + `","rows":1200}`
	}
	usual := func(i int) string {
		switch i % 5 {
		case 0:
			return "START RequestId: " + requestID(i/5) + " Version: $LATEST\n"
		case 3:
			return "END RequestId: " + requestID(i/5) + "\n"
		case 4:
			return reportLine(requestID(i/5), 10+float64(i%977)/3, 512, 100+i%50, "")
		}
		return app(i)
	}
	run := func(name, group string, line func(int) string) {
		events := mix(line)
		b.Run(name, func(b *testing.B) {
			d := New()
			b.ReportAllocs()
			for b.Loop() {
				d.Commit(d.Derive(testScope, group, "stream", events))
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
	run("other_group", "/var/log/app", app)
	run("application_text", "/aws/lambda/f", app)
	run("application_json", "/aws/lambda/f", js)
	run("usual_mix", "/aws/lambda/f", usual)
	run("reports_only", "/aws/lambda/f", func(i int) string { return reportLine(requestID(i), float64(i%977)/3, 512, 100+i%50, "") })
}
