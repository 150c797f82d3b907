package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

func reportPerFunction() Question {
	return Question{
		ID: "report", Name: "REPORT: memory and duration percentiles per function", GoalMs: 20, PeerMs: 407, PeerLoadedMs: 126, Limit: mostRows,
		Query: lambdaGroups + ` | filter @type = "REPORT" | stats count(*) as n, max(@maxMemoryUsed) as maxMemory, avg(@maxMemoryUsed) as meanMemory,` +
			` pct(@duration, 50) as p50, pct(@duration, 95) as p95, pct(@duration, 99) as p99 by @log`,
		tally: func() tally { return &reports{map[string]*invocations{}} },
	}
}

// reports is a tally of the invocations' final lines.
type reports struct{ byGroup map[string]*invocations }

type invocations struct {
	durations         []float64
	memory, maxMemory float64 // bytes
}

func (t *reports) see(e *event) {
	if !strings.HasPrefix(e.group, lambdaPrefix) {
		return
	}
	var duration, memory float64
	switch {
	case bytes.HasPrefix(e.message, []byte("REPORT RequestId: ")):
		duration, memory = between(e.message, "\tDuration: ", " ms\t"), between(e.message, "\tMax Memory Used: ", " MB\t")
	case bytes.Contains(e.message, []byte(`"type":"platform.report"`)):
		var v struct {
			Record struct {
				Metrics struct{ DurationMs, MaxMemoryUsedMB float64 }
			}
		}
		if json.Unmarshal(e.message, &v) != nil {
			return
		}
		duration, memory = v.Record.Metrics.DurationMs, v.Record.Metrics.MaxMemoryUsedMB
	default:
		return
	}
	f := t.of(e.group)
	memory *= 1e6 // Logs Insights calls this a megabyte
	f.durations = append(f.durations, duration)
	f.memory += memory
	f.maxMemory = max(f.maxMemory, memory)
}

// between reads the number between two texts.
func between(message []byte, before, after string) float64 {
	_, rest, _ := bytes.Cut(message, []byte(before))
	digits, _, _ := bytes.Cut(rest, []byte(after))
	f, err := strconv.ParseFloat(string(digits), 64)
	if err != nil {
		panic(fmt.Sprintf("bench: the estate wrote a REPORT line without %q: %q", before, message))
	}
	return f
}

func (t *reports) of(group string) *invocations {
	f := t.byGroup[group]
	if f == nil {
		f = &invocations{}
		t.byGroup[group] = f
	}
	return f
}

func (t *reports) merge(other tally) {
	for group, o := range other.(*reports).byGroup {
		f := t.of(group)
		f.durations = append(f.durations, o.durations...)
		f.memory += o.memory
		f.maxMemory = max(f.maxMemory, o.maxMemory)
	}
}

func (t *reports) check(rows []Row) error {
	if len(rows) != len(t.byGroup) {
		return fmt.Errorf("got %d functions, want %d", len(rows), len(t.byGroup))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		group := groupOf(r["@log"])
		f := t.byGroup[group]
		if f == nil || seen[group] {
			return fmt.Errorf("got a row for %q, want one for each function", r["@log"])
		}
		seen[group] = true
		n, durations := len(f.durations), sorted(f.durations)
		err := wantCount(r, "n", int64(n))
		for _, try := range []func() error{
			func() error { return near(r, "maxMemory", f.maxMemory) },
			func() error { return near(r, "meanMemory", f.memory/float64(n)) },
			func() error { return nearPercentile(r, "p50", durations, 50) },
			func() error { return nearPercentile(r, "p95", durations, 95) },
			func() error { return nearPercentile(r, "p99", durations, 99) },
		} {
			if err == nil {
				err = try()
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", group, err)
		}
	}
	return nil
}
