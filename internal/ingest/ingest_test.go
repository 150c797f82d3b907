package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/derive"
	"skywatch/internal/inventory"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/scope"
)

var (
	here   = scope.Scope{Account: "123456789012", Region: "eu-west-1"}
	now    = time.UnixMilli(1760000000000)
	group  = metastore.Group{ID: 1, Scope: here, Name: "/aws/lambda/f"}
	stream = metastore.Stream{ID: 1, Group: 1, Name: "2025/10/09/[$LATEST]ab"}
)

type noDocs struct{}

func (noDocs) Groups(scope.Scope) []metastore.Group { return nil }
func (noDocs) AllScopes() []scope.Scope             { return nil }
func (noDocs) PutDoc(context.Context, string, scope.Scope, string, any) error {
	return nil
}
func (noDocs) ListDocs(context.Context, string, scope.Scope) ([]metastore.Doc, error) {
	return nil, nil
}

// gate is a log engine that lets writes wait or fail.
type gate struct {
	logs.Appender
	before func(ctx context.Context) error
}

func (g *gate) Append(ctx context.Context, b []logs.Batch) error {
	if g.before != nil {
		if err := g.before(ctx); err != nil {
			return err
		}
	}
	return g.Appender.Append(ctx, b)
}

type house struct {
	*Service
	logs    *logstest.Mem
	gate    *gate
	metrics *metricstest.Mem
	inv     *inventory.Inventory
}

func build(t *testing.T, change func(*Config)) *house {
	t.Helper()
	h := &house{logs: logstest.NewMem(), metrics: metricstest.New()}
	h.gate = &gate{Appender: h.logs}
	var err error
	h.inv, err = inventory.New(t.Context(), inventory.Config{Index: h.metrics, Store: noDocs{}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Logs: h.gate, Metrics: h.metrics, Deriver: derive.New(), Inventory: h.inv, Now: func() time.Time { return now }}
	if change != nil {
		change(&cfg)
	}
	h.Service = New(cfg)
	return h
}

const hour, day = int64(3600_000), int64(24 * 3600_000)

func TestWindow(t *testing.T) {
	// Events are given relative to now in milliseconds; want is "new/old/expired"
	// with - for no rejection, and how many are stored.
	f := func(name string, maxAge time.Duration, retention int, offsets []int64, want string, stored int64) {
		t.Helper()
		h := build(t, func(c *Config) { c.MaxAge = maxAge })
		g := group
		g.RetentionDays = retention
		var events []logs.Event
		for _, o := range offsets {
			events = append(events, logs.Event{Timestamp: now.UnixMilli() + o, Message: "x"})
		}
		r, err := h.PutLogEvents(t.Context(), here, g, stream, events)
		got := "error"
		switch {
		case errors.Is(err, ErrSpan):
			got = "span"
		case errors.Is(err, ErrOrder):
			got = "order"
		case err == nil:
			p := func(i *int) string {
				if i == nil {
					return "-"
				}
				return fmt.Sprint(*i)
			}
			got = p(r.TooNewStart) + "/" + p(r.TooOldEnd) + "/" + p(r.ExpiredEnd)
		}
		if n := h.logs.GroupStat(1).Events; got != want || n != stored {
			t.Errorf("%s: got %s and %d stored, want %s and %d", name, got, n, want, stored)
		}
	}
	f("all fit", 0, 0, []int64{-day, -hour, 0}, "-/-/-", 3)
	f("none", 0, 0, nil, "-/-/-", 0)
	f("two hours ahead fits", 0, 0, []int64{0, 2 * hour}, "-/-/-", 2)
	f("a millisecond more does not", 0, 0, []int64{0, 2*hour + 1, 3 * hour}, "1/-/-", 1)
	f("all too new", 0, 0, []int64{3 * hour}, "0/-/-", 0)
	f("fourteen days fit", 0, 0, []int64{-14 * day}, "-/-/-", 1)
	f("a millisecond more does not, old", 0, 0, []int64{-14*day - 1, -14 * day}, "-/1/-", 1)
	f("all too old", 0, 0, []int64{-20 * day, -15 * day}, "-/2/-", 0)
	f("both ends", 0, 0, []int64{-15 * day, -hour, 0, 5 * hour}, "3/1/-", 2)
	f("retention of a week", 0, 7, []int64{-8 * day, -7*day - 1, -7 * day}, "-/-/2", 1)
	f("retention and age", 0, 7, []int64{-15 * day, -8 * day, -6 * day}, "-/1/2", 1)
	f("a long retention does not lift the age", 0, 30, []int64{-15 * day, 0}, "-/1/-", 1)
	f("any age", -1, 0, []int64{-400 * day}, "-/-/-", 1)
	f("any age, but retention", -1, 30, []int64{-31 * day, -30 * day}, "-/-/1", 1)
	f("an age of its own", 48*time.Hour, 0, []int64{-3 * day, -2 * day}, "-/1/-", 1)
	f("a span of 24 hours", 0, 0, []int64{-day, 0}, "-/-/-", 2)
	f("a longer span", 0, 0, []int64{-day - 1, 0}, "span", 0)
	f("the span counts over what passes", 0, 0, []int64{-30 * day, -hour, 0, 30 * hour}, "3/1/-", 2)
	f("not in order", 0, 0, []int64{0, -1}, "order", 0)
	f("equal timestamps", 0, 0, []int64{0, 0}, "-/-/-", 2)
}

const report = "REPORT RequestId: 00000001-1111-4222-8333-0123456789ab\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB\tStatus: timeout\t\n"

func (h *house) sum(t *testing.T, name string) float64 {
	t.Helper()
	series, err := h.metrics.Find(t.Context(), metrics.Filter{Scope: here, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for _, s := range series {
		g := metrics.Grid{Start: 0, Period: now.UnixMilli() * 2, N: 1}
		if err := h.metrics.Select(t.Context(), []metrics.SeriesID{s.ID}, g, false, func(_ metrics.SeriesID, b []metrics.Bucket) error {
			total += b[0].Stats.Sum
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return total
}

func TestEventsDataAndFactsGoTogether(t *testing.T) {
	var tapped int
	h := build(t, func(c *Config) {
		c.Tap = func(g logs.GroupID, s string, at int64, e []logs.Event) {
			tapped += len(e)
			if g != group.ID || s != stream.Name || at != now.UnixMilli() {
				t.Errorf("tapped %v %v %v", g, s, at)
			}
		}
	})
	events := []logs.Event{{Timestamp: now.UnixMilli() - 40*day, Message: report}, {Timestamp: now.UnixMilli(), Message: report}, {Timestamp: now.UnixMilli(), Message: "app line"}}
	if _, err := h.PutLogEvents(t.Context(), here, group, stream, events); err != nil {
		t.Fatal(err)
	}
	if n := h.logs.GroupStat(1).Events; n != 2 {
		t.Errorf("%d events stored, want 2", n)
	}
	if s := h.sum(t, "Duration"); s != 3000 {
		t.Errorf("sum of durations %v, want 3000: a rejected event must not count", s)
	}
	if d := cmp.Diff(map[string]any{"memoryMB": 128.0}, h.inv.Facts(here, inventory.Lambda, "f")); d != "" {
		t.Errorf("facts: -want +got\n%s", d)
	}
	if tapped != 2 {
		t.Errorf("tapped %d events, want 2", tapped)
	}
	want := Stats{Calls: 1, Events: 2, EventBytes: int64(len(report)+len("app line")) + 52, RejectedEvents: 1, DerivedData: 9}
	if d := cmp.Diff(want, h.Stats()); d != "" {
		t.Errorf("stats: -want +got\n%s", d)
	}
}

func TestAFailedAppendFailsTheCallAndCountsNothing(t *testing.T) {
	bad := errors.New("disk on fire")
	put := func(h *house) error {
		_, err := h.PutLogEvents(t.Context(), here, group, stream, []logs.Event{{Timestamp: now.UnixMilli(), Message: report}})
		return err
	}
	h := build(t, nil)
	h.metrics.Fail = func([]metrics.Datum) error { return bad }
	if err := put(h); !errors.Is(err, bad) || !strings.Contains(err.Error(), "/aws/lambda/f") {
		t.Errorf("metrics fail: got %v, want the engine's error and the group's name", err)
	}
	if f := h.inv.Facts(here, inventory.Lambda, "f"); len(f) != 0 {
		t.Errorf("facts %v of a failed call", f)
	}
	h.metrics.Fail = nil
	if err := put(h); err != nil {
		t.Fatal(err)
	}
	if s := h.sum(t, "Timeouts"); s != 1 {
		t.Errorf("%v timeouts after the second try, want 1", s)
	}

	h = build(t, nil)
	h.gate.before = func(context.Context) error { return bad }
	if err := put(h); !errors.Is(err, bad) {
		t.Errorf("logs fail: got %v, want the engine's error", err)
	}
	if s := h.Stats(); s.FailedCalls != 1 || s.Events != 0 || s.InFlightBytes != 0 {
		t.Errorf("stats %+v after a failed call", s)
	}
}

func TestBackPressure(t *testing.T) {
	h := build(t, func(c *Config) { c.MaxInFlight, c.MaxWait = 200, time.Millisecond })
	entered, release := make(chan struct{}), make(chan struct{})
	h.gate.before = func(context.Context) error {
		entered <- struct{}{}
		<-release
		return nil
	}
	big := []logs.Event{{Timestamp: now.UnixMilli(), Message: strings.Repeat("x", 500)}} // larger than the room: may go alone
	done := make(chan error)
	go func() {
		_, err := h.PutLogEvents(t.Context(), here, group, stream, big)
		done <- err
	}()
	<-entered
	small := []logs.Event{{Timestamp: now.UnixMilli(), Message: "x"}}
	if _, err := h.PutLogEvents(t.Context(), here, group, stream, small); !errors.Is(err, ErrThrottled) {
		t.Errorf("a full room: got %v, want ErrThrottled", err)
	}
	if err := h.PutMetricData(t.Context(), []metrics.Datum{{}}); !errors.Is(err, ErrThrottled) {
		t.Errorf("a full room: got %v for metrics, want ErrThrottled", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.PutLogEvents(ctx, here, group, stream, small); !errors.Is(err, context.Canceled) || errors.Is(err, ErrThrottled) {
		t.Errorf("a caller who left: got %v, want context.Canceled", err)
	}
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	go func() { <-entered }()
	if _, err := h.PutLogEvents(t.Context(), here, group, stream, small); err != nil {
		t.Errorf("after the room came free: %v", err)
	}
	if s := h.Stats(); s.InFlightBytes != 0 || s.ThrottledCalls != 2 {
		t.Errorf("stats %+v, want an empty room and two throttled calls", s)
	}
}

func TestConcurrentWriters(t *testing.T) {
	h := build(t, func(c *Config) { c.MaxInFlight, c.MaxWait = 4000, time.Minute })
	var wg sync.WaitGroup
	const writers, calls = 8, 50
	for w := range writers {
		wg.Go(func() {
			for i := range calls {
				msg := strings.Replace(report, "00000001", fmt.Sprintf("%04x%04x", w, i), 1)
				if _, err := h.PutLogEvents(t.Context(), here, group, stream, []logs.Event{{Timestamp: now.UnixMilli(), Message: msg}}); err != nil {
					t.Error(err)
				}
				d := metrics.Datum{Key: metrics.NewKey(here, "CUSTOM", "n"), Unit: "Count", Timestamp: now.UnixMilli(), Resolution: 60, Stats: metrics.StatisticSet{Count: 1, Sum: 1, Min: 1, Max: 1}}
				if err := h.PutMetricData(t.Context(), []metrics.Datum{d}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, s := h.logs.GroupStat(1).Events, h.sum(t, "Timeouts"); n != writers*calls || s != writers*calls {
		t.Errorf("%d events and %v timeouts, want %d of both", n, s, writers*calls)
	}
	if s := h.sum(t, "n"); s != writers*calls {
		t.Errorf("%v data, want %d", s, writers*calls)
	}
}
