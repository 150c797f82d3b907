package metricstore

import (
	"context"
	"errors"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
)

// TestConcurrent appends from many goroutines to the same series and instants
// while heads are flushed and runs merged in the background and readers look.
func TestConcurrent(t *testing.T) {
	before := runtime.NumGoroutine()
	ctx := context.Background()
	fs := vfs.NewMem()
	opts := Options{HeadBytes: 64 << 10, SegmentBytes: 32 << 10, Now: func() int64 { return testNow }}
	s, err := Open(ctx, fs, "db", opts)
	if err != nil {
		t.Fatal(err)
	}
	const writers, rounds, series = 6, 60, 50
	start := testNow - 90_000_000
	g := metrics.Grid{Start: start, Period: 200_000_000, N: 1}
	var wg sync.WaitGroup
	var done atomic.Bool
	for w := range writers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 7))
			for range rounds {
				data := oneEach(series, start+rng.Int64N(90_000_000))
				if err := s.Append(ctx, testNow, data); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		seen := map[metrics.SeriesID]float64{}
		for !done.Load() {
			list, err := s.Find(ctx, metrics.Filter{Namespace: "AWS/Lambda"})
			if err != nil {
				t.Error(err)
				return
			}
			ids := make([]metrics.SeriesID, len(list))
			for i := range list {
				ids[i] = list[i].ID
			}
			err = s.Select(ctx, ids, g, true, func(id metrics.SeriesID, b []metrics.Bucket) error {
				if b[0].Stats.Count < seen[id] || b[0].Dist.Count() != b[0].Stats.Count {
					t.Errorf("series %d: %v samples (%v in the distribution) after %v", id, b[0].Stats.Count, b[0].Dist.Count(), seen[id])
				}
				seen[id] = b[0].Stats.Count
				return nil
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	})
	wg.Wait()
	done.Store(true)
	reader.Wait()
	if got := s.total(t); got != writers*rounds*series {
		t.Errorf("%v samples, want %d", got, writers*rounds*series)
	}
	if st := s.Stats(); st.Flushes == 0 || st.Appended != writers*rounds*series || st.Series != series {
		t.Errorf("%+v", st)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, fs, "db", opts); err != nil {
		t.Fatal(err)
	}
	if got := s.total(t); got != writers*rounds*series {
		t.Errorf("%v samples after reopening, want %d", got, writers*rounds*series)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := fs.OpenFiles(); n != 0 {
		t.Errorf("%d files left open", n)
	}
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i > 1000 {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		runtime.Gosched()
		time.Sleep(time.Millisecond) // ended goroutines leave the count a little later
	}
}

// TestBackPressure: with segments that cannot be written, appends fill the
// heads, then wait, and go on when it works again.
func TestBackPressure(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	gate := make(chan struct{})
	fs := vfs.WithErrors(vfs.NewMem(), func(op vfs.Op, path string) error {
		if op == vfs.OpCreate && strings.HasSuffix(path, segmentSuffix) {
			<-gate
		}
		return nil
	})
	s, err := Open(ctx, fs, "db", Options{HeadBytes: 8 << 10, Now: func() int64 { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := 0
	write := func(ctx context.Context) error {
		err := s.Append(ctx, testNow, oneEach(20, testNow-int64(n)*60_000))
		if err == nil {
			n++
		}
		return err
	}
	result := make(chan error, 1)
	go func() {
		for {
			if err := write(ctx); err != nil {
				result <- err
				return
			}
		}
	}()
	for full := false; !full; runtime.Gosched() {
		s.mu.RLock()
		full = len(s.frozen) == maxFrozen && s.head.bytes.Load() >= s.opts.HeadBytes
		s.mu.RUnlock()
	}
	cancel()
	if err := <-result; !errors.Is(err, context.Canceled) {
		t.Fatalf("an append that waits ends with %v", err)
	}
	if b := s.Stats().HeadBytes; b > 5*s.opts.HeadBytes {
		t.Errorf("heads hold %d bytes, the bound is %d each", b, s.opts.HeadBytes)
	}
	close(gate)
	if err := write(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := s.total(t); got != float64(20*n) {
		t.Errorf("%v samples, want %d", got, 20*n)
	}
}

// TestFullDisk: with no space for segments appends end in ErrFull instead of
// waiting for ever, reads go on, and nothing is lost when there is space again.
func TestFullDisk(t *testing.T) {
	ctx := context.Background()
	var full atomic.Bool
	mem := vfs.NewMem()
	fs := vfs.WithErrors(mem, func(op vfs.Op, path string) error {
		if full.Load() && op == vfs.OpWrite && !strings.Contains(path, "/wal/") {
			return syscall.ENOSPC
		}
		return nil
	})
	var failures atomic.Int64
	s, err := Open(ctx, fs, "db", Options{HeadBytes: 8 << 10, Now: func() int64 { return testNow },
		Events: func(e Event) {
			if e.Kind == EventFailed {
				failures.Add(1)
			}
		}})
	if err != nil {
		t.Fatal(err)
	}
	full.Store(true)
	n := 0
	for {
		if err = s.Append(ctx, testNow, oneEach(20, testNow-int64(n)*60_000)); err != nil {
			break
		}
		n++
	}
	if !errors.Is(err, metrics.ErrFull) || failures.Load() == 0 {
		t.Fatalf("got %v and %d failure events", err, failures.Load())
	}
	if got := s.total(t); got != float64(20*n) {
		t.Errorf("%v samples, want %d", got, 20*n)
	}
	full.Store(false)
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, testNow, oneEach(20, testNow)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, mem, "db", testOptions()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := s.total(t); got != float64(20*(n+1)) {
		t.Errorf("%v samples after reopening, want %d", got, 20*(n+1))
	}
}

// TestRetention ages data through all resolutions.
func TestRetention(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewMem()
	now := testNow
	opts := Options{Now: func() int64 { return now }, manual: true}
	s, err := Open(ctx, fs, "db", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := &generator{rng: rand.New(rand.NewPCG(1, 1)), start: testNow/1000 - 3600, span: 3500, series: 5}
	m := newModel()
	for range 10 {
		data := g.data(300)
		m.append(data)
		if err := errors.Join(s.Append(ctx, now, data), s.Flush(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	start := floor(testNow, 86400_000) - 86400_000
	grid := func(seconds int64) metrics.Grid {
		return metrics.Grid{Start: start, Period: seconds * 1000, N: int(2 * 86400 / seconds)}
	}
	m.check(t, s, grid(1), true)
	points := int64(1 << 60)
	const day = int64(86400_000)
	for _, step := range []struct {
		age      int64
		coarsest int64
	}{{4*3600_000 + day, 60}, {17 * day, 300}, {65 * day, 3600}} {
		now = testNow + step.age
		if err := s.compactAll(ctx); err != nil {
			t.Fatal(err)
		}
		for _, p := range []int64{60, 300, 3600, 86400} {
			if p >= step.coarsest {
				m.check(t, s, grid(p), true)
			}
		}
		st := s.Stats()
		if st.SegmentPoints >= points {
			t.Errorf("age %d days: %d points, before %d", step.age/day, st.SegmentPoints, points)
		}
		points = st.SegmentPoints
		for _, seg := range s.segments {
			if keep := s.opts.Retention.at(now); keep.coarsens(&seg.segmentMeta) {
				t.Errorf("age %d days: a segment still asks to be coarsened", step.age/day)
			}
		}
	}
	// Late data of that age joins at the same resolution.
	late := g.data(100)
	m.append(late)
	if err := errors.Join(s.Append(ctx, now, late), s.Flush(ctx), s.compactAll(ctx)); err != nil {
		t.Fatal(err)
	}
	m.check(t, s, grid(3600), true)

	now = testNow + 457*day
	if err := s.compactAll(ctx); err != nil {
		t.Fatal(err)
	}
	names, err := fs.List("db")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if filepath.Ext(n) == segmentSuffix {
			t.Errorf("%s is still there", n)
		}
	}
}

// TestBackfill writes scattered history in many flushes: the number of files
// stays small and what is rewritten stays in proportion.
func TestBackfill(t *testing.T) {
	ctx := context.Background()
	var written int64
	opts := testOptions()
	opts.Events = func(e Event) {
		if e.Kind == EventCompacted {
			written += e.Points
		}
	}
	s, err := Open(ctx, vfs.NewMem(), "db", opts)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g := &generator{rng: rand.New(rand.NewPCG(3, 3)), start: testNow/1000 - 2*86400, span: 2 * 86400, series: 40}
	const flushes = 64
	for range flushes {
		if err := errors.Join(s.Append(ctx, testNow, g.data(1000)), s.Flush(ctx), s.compactAll(ctx)); err != nil {
			t.Fatal(err)
		}
		if n := s.Stats().Segments; n > 3*3*runFan {
			t.Fatalf("%d segments for 3 days", n)
		}
	}
	// Merging everything each time would come to about ten times.
	if limit := int64(flushes * 1000 * 5); written > limit {
		t.Errorf("%d points rewritten in compactions, want at most %d", written, limit)
	}
}

func TestFind(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, vfs.NewMem(), "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	here, there := scope.Scope{Account: "1", Region: "a"}, scope.Scope{Account: "1", Region: "b"}
	dim := func(nv ...string) (out []metrics.Dimension) {
		for i := 0; i < len(nv); i += 2 {
			out = append(out, metrics.Dimension{Name: nv[i], Value: nv[i+1]})
		}
		return out
	}
	add := func(sc scope.Scope, ns, name, unit string, ts int64, dims ...string) {
		t.Helper()
		err := s.Append(ctx, testNow, []metrics.Datum{{Key: metrics.NewKey(sc, ns, name, dim(dims...)...), Unit: unit, Timestamp: ts, Resolution: 60,
			Stats: metrics.StatisticSet{Count: 1}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(here, "NS", "B", "None", 0)
	add(here, "NS", "A", "None", 0, "Y", "2", "X", "1")
	add(here, "NS", "A", "Bytes", 0, "X", "1", "Y", "2")
	add(here, "NS", "A", "None", 60_000, "X", "1")
	add(here, "NS", "A", "None", 0, "X", "2")
	add(there, "NS", "A", "None", 0, "X", "1")
	add(here, "MS", "A", "None", 120_000, "X", "1")
	// A name that could be mistaken for another when parts are joined.
	add(here, "NSA", "", "None", 0, "X", "1")
	check := func(name string, f metrics.Filter, want string) {
		t.Helper()
		for _, sorted := range []bool{false, true} {
			if sorted {
				s.registry.sortAll()
			}
			list, err := s.Find(ctx, f)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range list {
				p := x.Key.Scope.Region + ":" + x.Key.Namespace + "." + x.Key.Name + "{"
				for _, d := range x.Key.Dimensions {
					p += d.Name + d.Value
				}
				got = append(got, p+"}"+x.Unit)
				if len(x.Key.Dimensions) > 0 {
					x.Key.Dimensions[0].Value = "mine" // the result is the caller's
				}
			}
			if g := strings.Join(got, " "); g != want {
				t.Errorf("%s:\ngot  %s\nwant %s", name, g, want)
			}
		}
	}
	const all = "a:MS.A{X1}None a:NS.A{X1}None b:NS.A{X1}None a:NS.A{X1Y2}Bytes a:NS.A{X1Y2}None a:NS.A{X2}None a:NS.B{}None a:NSA.{X1}None"
	check("all", metrics.Filter{}, all)
	check("scope", metrics.Filter{Scope: there}, "b:NS.A{X1}None")
	check("namespace", metrics.Filter{Scope: here, Namespace: "NS"}, "a:NS.A{X1}None a:NS.A{X1Y2}Bytes a:NS.A{X1Y2}None a:NS.A{X2}None a:NS.B{}None")
	check("name", metrics.Filter{Namespace: "NS", Name: "B"}, "a:NS.B{}None")
	check("name alone", metrics.Filter{Name: "B"}, "a:NS.B{}None")
	check("superset", metrics.Filter{Scope: here, Namespace: "NS", Dimensions: dim("X", "1")}, "a:NS.A{X1}None a:NS.A{X1Y2}Bytes a:NS.A{X1Y2}None")
	check("any value", metrics.Filter{Dimensions: dim("Y", "")}, "a:NS.A{X1Y2}Bytes a:NS.A{X1Y2}None")
	check("two, unsorted", metrics.Filter{Dimensions: dim("Y", "2", "X", "")}, "a:NS.A{X1Y2}Bytes a:NS.A{X1Y2}None")
	check("exact", metrics.Filter{Scope: here, Namespace: "NS", Name: "A", Dimensions: dim("X", "1"), Exact: true}, "a:NS.A{X1}None")
	check("exact, none", metrics.Filter{Scope: here, Namespace: "NS", Exact: true}, "a:NS.B{}None")
	check("since", metrics.Filter{Since: 60_000}, "a:MS.A{X1}None a:NS.A{X1}None")
	check("nothing", metrics.Filter{Namespace: "XS"}, "")
	units, err := s.Lookup(ctx, metrics.NewKey(here, "NS", "A", dim("Y", "2", "X", "1")...))
	if err != nil || len(units) != 2 || units[0].Unit != "Bytes" {
		t.Errorf("Lookup: %v, %v", units, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	ctx := context.Background()
	opts := testOptions()
	opts.MaxSeries = 3
	s, err := Open(ctx, vfs.NewMem(), "db", opts)
	if err != nil {
		t.Fatal(err)
	}
	one := metrics.StatisticSet{Count: 1, Sum: 1, Min: 1, Max: 1}
	good := metrics.Datum{Key: testKey(0), Unit: "None", Timestamp: testNow, Resolution: 60, Stats: one}
	for name, change := range map[string]func(*metrics.Datum){
		"negative count": func(d *metrics.Datum) { d.Stats.Count = -1 },
		"NaN":            func(d *metrics.Datum) { d.Stats.Sum = nan() },
		"min over max":   func(d *metrics.Datum) { d.Stats.Min = 2 },
		"resolution":     func(d *metrics.Datum) { d.Resolution = 30 },
		"counts":         func(d *metrics.Datum) { d.Values, d.Counts = []float64{1, 2}, []float64{1} },
		"timestamp":      func(d *metrics.Datum) { d.Timestamp = 1 << 62 },
	} {
		bad := good
		change(&bad)
		if err := s.Append(ctx, testNow, []metrics.Datum{good, bad}); err == nil || !strings.Contains(err.Error(), "datum 2 of 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := s.total(t); got != 0 {
		t.Errorf("%v samples of refused appends", got)
	}
	if err := s.Append(ctx, testNow, oneEach(4, testNow)); !errors.Is(err, metrics.ErrFull) {
		t.Errorf("a fourth series: %v", err)
	}
	if err := s.Append(ctx, testNow, oneEach(3, testNow)); err != nil {
		t.Error(err)
	}
	empty := good
	empty.Stats = metrics.StatisticSet{}
	if err := s.Append(ctx, testNow, []metrics.Datum{empty}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Append(ctx, testNow, []metrics.Datum{good}); !errors.Is(err, metrics.ErrClosed) {
		t.Error(err)
	}
	if _, err := s.Find(ctx, metrics.Filter{}); !errors.Is(err, metrics.ErrClosed) {
		t.Error(err)
	}
	if err := s.Select(ctx, []metrics.SeriesID{1}, metrics.Grid{Period: 60_000, N: 1}, false, nil); !errors.Is(err, metrics.ErrClosed) {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func nan() float64 { z := 0.0; return z / z }

func TestLocked(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewMem()
	s, err := Open(ctx, fs, "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := Open(ctx, fs, "db", testOptions()); !errors.Is(err, vfs.ErrLocked) {
		t.Error(err)
	}
}

// TestKeysFiles makes new series in every flush: the keys files are merged and
// ids stay what they were.
func TestKeysFiles(t *testing.T) {
	ctx := context.Background()
	fs := vfs.NewMem()
	s, err := Open(ctx, fs, "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]metrics.SeriesID{}
	for i := range 30 {
		if err := errors.Join(s.Append(ctx, testNow, oneEach(i+1, testNow)), s.Flush(ctx), s.Close()); err != nil {
			t.Fatal(err)
		}
		if s, err = Open(ctx, fs, "db", testOptions()); err != nil {
			t.Fatal(err)
		}
		if n := len(s.state.keys); n > maxKeysFiles {
			t.Errorf("%d keys files", n)
		}
		list, err := s.Find(ctx, metrics.Filter{})
		if err != nil || len(list) != i+1 {
			t.Fatal(len(list), err)
		}
		for _, series := range list {
			name := series.Key.Canonical()
			if old, ok := ids[name]; ok && old != series.ID {
				t.Fatalf("%q had id %d, now %d", name, old, series.ID)
			}
			ids[name] = series.ID
		}
	}
	names, err := fs.List("db")
	if err != nil {
		t.Fatal(err)
	}
	bounds := 0
	for _, n := range names {
		if filepath.Ext(n) == boundsSuffix {
			bounds++
		}
	}
	if bounds != 1 {
		t.Errorf("%d bounds files", bounds)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// A damaged registry names its file.
	name := s.path(s.state.keys[0], keysSuffix)
	b, err := vfs.ReadFile(fs, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/4] ^= 1
	if err := writeFile(fs, name, b); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(ctx, fs, "db", testOptions()); err != nil {
		t.Errorf("open with one half damaged: %v", err)
	} else if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b[len(b)/4*3] ^= 1
	if err := writeFile(fs, name, b); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, fs, "db", testOptions()); !errors.Is(err, metrics.ErrCorrupt) || !contains(err, name) {
		t.Error(err)
	}
}
