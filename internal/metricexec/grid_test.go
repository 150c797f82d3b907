package metricexec

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func at(s string) int64 {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	return t.UnixMilli()
}

func TestGridFor(t *testing.T) {
	now := at("2026-11-22 15:07:17")
	for _, c := range []struct {
		name       string
		start, end string
		period     int64
		from       string // "" for an empty grid
		n          int
	}{
		{"last five minutes at 5 s", "2026-11-22 15:02:17", "2026-11-22 15:07:17", 5, "2026-11-22 15:02:15", 60},
		{"ten seconds", "2026-11-22 13:05:13", "2026-11-22 13:05:23", 10, "2026-11-22 13:05:10", 1},
		{"inside one period", "2026-11-22 13:05:21", "2026-11-22 13:05:24", 10, "2026-11-22 13:05:20", 1},
		{"minutes", "2026-11-22 15:02:17", "2026-11-22 15:07:17", 60, "2026-11-22 15:02:00", 6},
		{"end exclusive", "2026-11-22 15:02:00", "2026-11-22 15:07:00", 60, "2026-11-22 15:02:00", 5},
		{"five minutes from the epoch", "2026-11-22 14:02:17", "2026-11-22 15:00:00", 300, "2026-11-22 14:00:00", 12},
		{"a day from the epoch", "2026-11-20 14:02:17", "2026-11-22 15:00:00", 86400, "2026-11-20 00:00:00", 3},
		{"seven minutes from the start", "2026-11-22 14:02:17", "2026-11-22 14:30:00", 420, "2026-11-22 14:02:00", 4},
		{"a week from the start, which is an old one", "2026-10-22 14:02:17", "2026-11-22 14:00:00", 604800, "2026-10-22 14:00:00", 5},
		{"20 days ago, start to five minutes", "2026-11-02 14:03:17", "2026-11-02 15:00:00", 300, "2026-11-02 14:00:00", 12},
		{"70 days ago, start to the hour", "2026-09-13 14:03:17", "2026-09-13 18:00:00", 3600, "2026-09-13 14:00:00", 4},
		{"seconds are gone after three hours", "2026-11-22 11:00:00", "2026-11-22 12:00:00", 10, "", 0},
		{"minutes are gone after 15 days", "2026-11-02 14:00:00", "2026-11-02 15:00:00", 60, "", 0},
		{"five minutes are gone after 63 days", "2026-09-13 14:00:00", "2026-09-13 18:00:00", 300, "", 0},
		{"hours are gone after 455 days", "2025-08-01 00:00:00", "2025-08-02 00:00:00", 3600, "", 0},
		{"the part that is left", "2026-11-01 15:07:00", "2026-11-07 15:10:00", 60, "2026-11-07 15:07:00", 3},
		{"the far future is cut", "2026-11-22 15:00:00", "2036-11-22 15:00:00", 3600, "2026-11-22 15:00:00", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := GridFor(at(c.start), at(c.end), c.period, now)
			if err != nil {
				t.Fatal(err)
			}
			if g.N != c.n || c.from != "" && g.Start != at(c.from) || g.Period != c.period*1000 {
				t.Errorf("got %s + %d × %d ms, want %s + %d × %d s",
					time.UnixMilli(g.Start).UTC().Format(time.DateTime), g.N, g.Period, c.from, c.n, c.period)
			}
		})
	}
}

func TestGridForRefuses(t *testing.T) {
	for _, p := range []int64{0, -60, 2, 15, 45, 59, 61, 90, math.MinInt64, math.MaxInt64} {
		if _, err := GridFor(0, 1, p, 0); !errors.Is(err, ErrPeriod) {
			t.Errorf("period %d: %v", p, err)
		}
	}
	for _, r := range [][2]int64{{5, 5}, {6, 5}, {math.MaxInt64, math.MinInt64}} {
		if _, err := GridFor(r[0], r[1], 60, 0); !errors.Is(err, ErrTimeRange) {
			t.Errorf("range %v: %v", r, err)
		}
	}
}

// TestGridForBounds tries any numbers: the grid stays small and in order.
func TestGridForBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	any64 := func() int64 { return int64(r.Uint64()) >> r.IntN(64) }
	for range 100_000 {
		now := at("2026-11-22 15:07:17")
		period := []int64{1, 5, 10, 20, 30, 60, 300, 420, 3600, 86400, math.MaxInt64 / 60 * 60, 60 * (1 + r.Int64N(1e6))}[r.IntN(12)]
		start, end := any64(), any64()
		if r.IntN(2) == 0 {
			start, end = now-r.Int64N(500*day), now-r.Int64N(500*day)
		}
		if start >= end {
			continue
		}
		g, err := GridFor(start, end, period, now)
		if err != nil {
			t.Fatal(err)
		}
		if g.N < 0 || g.N > 25_000 || g.Period <= 0 || g.N > 0 && (g.End() <= g.Start || g.Start > end || g.Start < now-456*day) {
			t.Fatalf("%d to %d by %d: %+v", start, end, period, g)
		}
	}
}
