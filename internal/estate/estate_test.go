package estate

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/scripttest"
)

func newEstate(t testing.TB, cfg Config) *Estate {
	t.Helper()
	if cfg.Start.IsZero() {
		cfg.Start = benchStart
	}
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// lines returns everything that starts in [from, to) as sorted text, one line
// for each event and datum.
func lines(t testing.TB, e *Estate, from, to time.Time) []string {
	t.Helper()
	var out []string
	err := e.Generate(from, to, func(b LogBatch) error {
		for _, ev := range b.Events {
			out = append(out, fmt.Sprintf("%s|%s|%d|%s", b.Group, b.Stream, ev.Timestamp, ev.Message))
		}
		return nil
	}, func(b MetricBatch) error {
		for _, d := range b.Data {
			out = append(out, fmt.Sprintf("%s|%v", b.Namespace, d))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// TestGolden holds the content of an hour: it changes only on purpose.
func TestGolden(t *testing.T) {
	e := newEstate(t, Config{Seed: 1})
	h := fnv.New64a()
	out := lines(t, e, benchStart.Add(10*time.Hour), benchStart.Add(11*time.Hour))
	for _, l := range out {
		fmt.Fprintln(h, l)
	}
	got := fmt.Sprintf("%d events and data, hash %016x\n", len(out), h.Sum64())
	scripttest.Golden(t, "testdata/hour.golden", []byte(got))
}

// TestMinutesAlone compares an hour generated at once, by a new estate, minute
// by minute and backwards.
func TestMinutesAlone(t *testing.T) {
	cfg := Config{Seed: 7, Functions: 60, Jobs: 40, APIs: 5, Buckets: 12, EventsPerDay: 400_000}
	from := benchStart.Add(23*time.Hour + 30*time.Minute) // over midnight
	whole := lines(t, newEstate(t, cfg), from, from.Add(time.Hour))
	var parts []string
	again := newEstate(t, cfg)
	for m := 59; m >= 0; m-- {
		at := from.Add(time.Duration(m) * time.Minute)
		parts = append(parts, lines(t, again, at, at.Add(time.Minute))...)
	}
	slices.Sort(parts)
	if len(whole) == 0 || len(whole) != len(parts) {
		t.Fatalf("got %d lines minute by minute, want %d", len(parts), len(whole))
	}
	for i := range whole {
		if whole[i] != parts[i] {
			t.Fatalf("line %d differs:\n at once %s\n alone   %s", i, whole[i], parts[i])
		}
	}
}

func TestSeedsDiffer(t *testing.T) {
	a, b := newEstate(t, Config{Seed: 1}), newEstate(t, Config{Seed: 2})
	if slices.Equal(a.Names("lambda"), b.Names("lambda")) {
		t.Error("two seeds gave the same functions")
	}
}

func TestNamesAreDistinct(t *testing.T) {
	e := newEstate(t, Config{Functions: 2000, Jobs: 500, APIs: 40, Buckets: 100})
	for _, kind := range []string{"lambda", "glue", "apigateway", "s3"} {
		names := e.Names(kind)
		slices.Sort(names)
		if n := len(slices.Compact(slices.Clone(names))); n != len(names) || n == 0 {
			t.Errorf("%s: %d of %d names are distinct", kind, n, len(names))
		}
	}
}

func TestConfig(t *testing.T) {
	good := func(cfg Config) {
		t.Helper()
		if _, err := New(cfg); err != nil {
			t.Error(err)
		}
	}
	bad := func(part string, cfg Config) {
		t.Helper()
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got error %v, want one with %q", err, part)
		}
	}
	good(Config{})
	good(Config{Functions: -1, Jobs: -1, APIs: -1, Buckets: -1})
	good(Config{Functions: 1, Jobs: 1, APIs: 1, Buckets: 1})
	good(Config{History: 13 * 24 * time.Hour})
	bad("twelve digits", Config{Account: "12"})
	bad("history", Config{History: 14 * 24 * time.Hour})
	bad("history", Config{History: time.Minute})
	bad("connections", Config{Connections: -1})
}

// TestVolume checks that a day has about as many events as asked for.
func TestVolume(t *testing.T) {
	for _, want := range []int{300_000, 1_200_000} {
		e := newEstate(t, Config{Seed: 3, EventsPerDay: want})
		n := 0
		if err := e.Generate(benchStart, benchStart.Add(24*time.Hour), func(b LogBatch) error {
			n += len(b.Events)
			return nil
		}, nil); err != nil {
			t.Fatal(err)
		}
		if ratio := float64(n) / float64(want); math.Abs(ratio-1) > 0.2 {
			t.Errorf("asked for %d events a day, got %d on a Wednesday", want, n)
		}
	}
}
