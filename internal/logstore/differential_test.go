package logstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

var ctx = context.Background()

const (
	groups  = 5
	streams = 4
)

// harness drives a store and the model with the same random operations.
type harness struct {
	t     *testing.T
	seed  uint64
	rng   *rand.Rand
	fs    *vfs.Mem
	s     *Store
	m     model
	now   atomic.Int64 // the store's clock, m.now
	seq   uint64
	clock int64 // of the events, drifts upwards
}

func (h *harness) options() Options {
	return Options{
		MemtableBytes: 20_000, SegmentBytes: 1 << 20, CacheBytes: 100_000, RetryAfter: time.Millisecond,
		Listener: Listener{
			Corrupted: func(c CorruptInfo) { h.t.Errorf("seed %d: corrupt: %+v", h.seed, c) },
			Failed:    func(e BackgroundErr) { h.t.Errorf("seed %d: failed: %+v", h.seed, e) },
		},
		// Maintenance only when the test says so: the model then knows what
		// statistics must be. Scans must not care, so it is random too.
		MaintainEvery: time.Hour,
		memBlockRows:  15,
		memBlockReads: int(h.seed%4) - 1,
		Now:           func() time.Time { return time.UnixMilli(h.now.Load()) },
	}
}

func (h *harness) open() {
	h.t.Helper()
	s, err := Open(ctx, h.fs, "store", h.options())
	if err != nil {
		h.t.Fatalf("seed %d: %v", h.seed, err)
	}
	h.s = s
	days := h.m.days
	s.Retain(func(g logs.GroupID) int { return days[g] })
}

func (h *harness) close() {
	h.t.Helper()
	if err := h.s.Close(ctx); err != nil {
		h.t.Fatalf("seed %d: close: %v", h.seed, err)
	}
	if n := h.fs.OpenFiles(); n != 0 {
		h.t.Fatalf("seed %d: %d files open after Close", h.seed, n)
	}
}

func (h *harness) batches() []logs.Batch {
	r := h.rng
	out := make([]logs.Batch, r.IntN(4))
	for i := range out {
		b := &out[i]
		b.Group, b.Stream = logs.GroupID(1+r.IntN(groups)), logs.StreamID(1+r.IntN(streams))
		b.Ingested = h.clock + int64(r.IntN(100))
		ts := h.clock - int64(r.IntN(50))
		if r.IntN(10) == 0 {
			ts -= int64(r.IntN(4)) * 86400_000 // late
		}
		for range r.IntN(30) {
			b.Events = append(b.Events, logs.Event{Timestamp: ts, Message: h.message()})
			ts += int64(r.IntN(4))
		}
	}
	h.clock += int64(r.IntN(100))
	return out
}

func (h *harness) message() string {
	switch h.rng.IntN(12) {
	case 0:
		return ""
	case 1:
		return "\x00\xff not UTF-8 \xc3"
	case 2:
		return strings.Repeat("long ", h.rng.IntN(400))
	default:
		return fmt.Sprintf("event %d of the test", h.rng.IntN(1e6))
	}
}

func (h *harness) randomScan() logs.Scan {
	r := h.rng
	sc := logs.Scan{Order: logs.Order(r.IntN(3)), Columns: logs.Columns(r.IntN(int(logs.AllColumns) + 1))}
	for range 1 + r.IntN(4) {
		sc.Groups = append(sc.Groups, logs.GroupID(1+r.IntN(groups+1)))
	}
	if r.IntN(3) == 0 {
		sc.Streams = []logs.StreamID{}
		for range r.IntN(4) {
			sc.Streams = append(sc.Streams, logs.StreamID(1+r.IntN(streams+1)))
		}
	}
	sc.Start, sc.End = -1<<62, 1<<62
	if r.IntN(2) == 0 && len(h.m.events) > 0 {
		sc.Start = h.m.events[r.IntN(len(h.m.events))].ts
		sc.End = h.m.events[r.IntN(len(h.m.events))].ts + int64(r.IntN(2))
	}
	if sc.Order != logs.AnyOrder && r.IntN(3) == 0 && len(h.m.events) > 0 {
		p := h.m.events[r.IntN(len(h.m.events))].pos()
		switch r.IntN(6) {
		case 0:
			p.Seq = 0
		case 1:
			p.Seq = 1<<64 - 1
		}
		sc.After = &p
	}
	return sc
}

func (h *harness) checkScan(sc logs.Scan) {
	h.t.Helper()
	what := fmt.Sprintf("seed %d, scan %+v", h.seed, sc)
	want := h.m.scan(sc)
	if sc.Order == logs.AnyOrder {
		sc.Columns |= logs.ColTimestamp | logs.ColSeq // to sort by
	}
	limit := -1
	if sc.Order != logs.AnyOrder && h.rng.IntN(3) == 0 {
		limit = 1 + h.rng.IntN(200)
		want = want[:min(limit, len(want))]
	}
	got, stats, err := collect(h.s, sc, limit)
	if err != nil {
		h.t.Fatalf("%s: %v", what, err)
	}
	if sc.Order == logs.AnyOrder {
		sortEvents(got, false)
	}
	for i := range want {
		want[i] = want[i].project(sc.Columns)
	}
	sameEvents(h.t, what, got, want)
	if stats.Rows < int64(len(got)) || stats.Corrupt != 0 {
		h.t.Fatalf("%s: %+v for %d events", what, stats, len(got))
	}
}

// checkParts reads a scan through its parts, which must give the same events
// as Scan does, and the same numbers when nothing moves between the two.
func (h *harness) checkParts(sc logs.Scan, still bool) {
	h.t.Helper()
	what := fmt.Sprintf("seed %d, parts of %+v", h.seed, sc)
	sc.Columns = logs.AllColumns
	want := h.m.scan(sc)
	sortEvents(want, false)
	parts, stats, err := logparttest.Collect(ctx, h.s, sc)
	if err != nil {
		h.t.Fatalf("%s: %v", what, err)
	}
	got := make([]event, len(parts))
	for i, e := range parts {
		got[i] = event{e.Group, e.Stream, e.Timestamp, e.Ingested, e.Seq, e.Message}
	}
	sortEvents(got, false)
	sameEvents(h.t, what, got, want)
	_, wantStats, err := collect(h.s, sc, -1)
	if err != nil || stats.Rows < int64(len(got)) || still && stats != wantStats {
		h.t.Fatalf("%s: %+v, want %+v, %v", what, stats, wantStats, err)
	}
}

// checkPaging reads a group in pages by After, as GetLogEvents does.
func (h *harness) checkPaging() {
	h.t.Helper()
	sc := all(1+h.rng.IntN(groups), logs.OldestFirst)
	if h.rng.IntN(2) == 0 {
		sc.Order = logs.NewestFirst
	}
	want := h.m.scan(sc)
	var got []event
	for size := 1 + h.rng.IntN(300); ; {
		page, _, err := collect(h.s, sc, size)
		if err != nil {
			h.t.Fatal(err)
		}
		got = append(got, page...)
		if len(page) < size {
			break
		}
		p := page[len(page)-1].pos()
		sc.After = &p
	}
	sameEvents(h.t, fmt.Sprintf("seed %d, pages", h.seed), got, want)
}

// checkCatalog compares the statistics of groups without retention, which
// must be exact.
func (h *harness) checkCatalog() {
	h.t.Helper()
	for g := logs.GroupID(1); g <= groups+1; g++ {
		if h.m.days[g] != 0 {
			continue
		}
		var want logs.GroupStat
		byStream := map[logs.StreamID]logs.StreamStat{}
		for _, e := range h.m.events {
			if e.group != g {
				continue
			}
			st, ok := byStream[e.stream]
			if !ok {
				st = logs.StreamStat{Stream: e.stream, FirstEvent: e.ts, LastEvent: e.ts, LastIngestion: e.ingested}
			}
			if want.Events == 0 {
				want.FirstEvent, want.LastEvent = e.ts, e.ts
			}
			n := int64(len(e.message) + 26)
			want.Events, st.Events = want.Events+1, st.Events+1
			want.Bytes, st.Bytes = want.Bytes+n, st.Bytes+n
			want.FirstEvent, st.FirstEvent = min(want.FirstEvent, e.ts), min(st.FirstEvent, e.ts)
			want.LastEvent, st.LastEvent = max(want.LastEvent, e.ts), max(st.LastEvent, e.ts)
			st.LastIngestion = max(st.LastIngestion, e.ingested)
			byStream[e.stream] = st
		}
		if got := h.s.GroupStat(g); got != want {
			h.t.Fatalf("seed %d, group %d: %+v, want %+v", h.seed, g, got, want)
		}
		list := h.s.StreamStats(g)
		if len(list) != len(byStream) {
			h.t.Fatalf("seed %d, group %d: %d streams, want %d", h.seed, g, len(list), len(byStream))
		}
		for _, got := range list {
			one, ok := h.s.StreamStat(g, got.Stream)
			if got != byStream[got.Stream] || one != got || !ok {
				h.t.Fatalf("seed %d, group %d: %+v and %+v, want %+v", h.seed, g, got, one, byStream[got.Stream])
			}
		}
		if _, ok := h.s.StreamStat(g, streams+9); ok {
			h.t.Fatalf("seed %d: an unknown stream has events", h.seed)
		}
	}
}

func (h *harness) step() {
	h.t.Helper()
	check := func(what string, err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatalf("seed %d: %s: %v", h.seed, what, err)
		}
	}
	switch n := h.rng.IntN(100); {
	case n < 60:
		b := h.batches()
		check("append", h.s.Append(ctx, b))
		h.seq = h.m.append(h.seq, b)
	case n < 80:
		sc := h.randomScan()
		h.checkScan(sc)
		h.checkParts(sc, false)
	case n < 83:
		h.checkPaging()
	case n < 86:
		h.checkCatalog()
	case n < 90:
		check("flush", h.s.Flush(ctx))
	case n < 93:
		check("flush", h.s.Flush(ctx))
		check("compact", h.s.Compact(ctx))
		h.checkParts(h.randomScan(), true)
	case n < 94:
		g := logs.GroupID(1 + h.rng.IntN(groups))
		check("drop group", h.s.DropGroup(ctx, g))
		h.m.drop(g, 0)
	case n < 96:
		g, st := logs.GroupID(1+h.rng.IntN(groups)), logs.StreamID(1+h.rng.IntN(streams))
		check("drop stream", h.s.DropStream(ctx, g, st))
		h.m.drop(g, st)
	case n < 98:
		h.close()
		if h.rng.IntN(2) == 0 {
			h.fs = h.fs.CrashClone(h.rng) // everything must have been synced
		}
		h.open()
	case n < 99: // power loss while idle
		old := h.s
		h.fs = h.fs.CrashClone(h.rng)
		if err := old.Close(ctx); err != nil {
			h.t.Fatal(err)
		}
		h.open()
	default:
		h.m.now += int64(h.rng.IntN(86400_000))
		h.now.Store(h.m.now)
		h.clock = max(h.clock, h.m.now-3600_000)
	}
}

func TestDifferential(t *testing.T) {
	before := runtime.NumGoroutine()
	for seed := range uint64(40) {
		h := &harness{t: t, seed: seed, rng: rand.New(rand.NewPCG(seed, 3)), fs: vfs.NewMem(), clock: 1_700_000_000_000}
		h.m.now = h.clock
		h.now.Store(h.clock)
		h.m.days = map[logs.GroupID]int{2: 1, 3: 2}
		h.open()
		for range 300 {
			h.step()
		}
		for _, order := range []logs.Order{logs.AnyOrder, logs.OldestFirst, logs.NewestFirst} {
			h.checkScan(all(groups, order))
			h.checkParts(all(groups, order), false)
		}
		h.checkCatalog()
		h.close()
	}
	noLeaks(t, before)
}

// noLeaks waits for goroutines that are ending, and fails when some do not.
func noLeaks(t *testing.T, before int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
	buf := make([]byte, 1<<20)
	t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
}
