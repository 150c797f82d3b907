package metricstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// oneEach returns n single-sample data of distinct series at one instant, all
// with count 1: the count tells how often they were stored.
func oneEach(n int, ts int64) []metrics.Datum {
	out := make([]metrics.Datum, n)
	for i := range out {
		out[i] = metrics.Datum{Key: testKey(i), Unit: "None", Timestamp: ts, Resolution: 60,
			Stats: metrics.StatisticSet{Count: 1, Sum: float64(i), Min: float64(i), Max: float64(i)}}
	}
	return out
}

// TestCrash cuts the power at random moments, also in the middle of flushes and
// compactions, and compares what a restart finds with what was acknowledged.
// The appends run one at a time, so at most the one that was under way may be
// there in addition, whole.
func TestCrash(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			ctx := context.Background()
			rng := rand.New(rand.NewPCG(seed, 2))
			fs := vfs.NewMem()
			// The power goes before the operation number cut: the hook takes
			// the clone at that moment and everything goes on.
			cut := int64(20 + rng.IntN(400))
			var ops atomic.Int64
			var mu sync.Mutex // the hook is called from the log's goroutine too
			var after *vfs.Mem
			acked, underWay := newModel(), newModel() // replaced, never changed
			var ackedAt, underWayAt *model
			hooked := vfs.WithErrors(fs, func(op vfs.Op, _ string) error {
				if op != vfs.OpRead && ops.Add(1) == cut {
					mu.Lock()
					defer mu.Unlock()
					after = fs.CrashClone(rand.New(rand.NewPCG(seed, 8)))
					ackedAt, underWayAt = acked, underWay
				}
				return nil
			})
			locked := func(f func()) {
				mu.Lock()
				defer mu.Unlock()
				f()
			}
			opts := testOptions()
			opts.SegmentBytes = 1 << 14
			s, err := Open(ctx, hooked, "db", opts)
			if err != nil {
				t.Fatal(err)
			}
			g := &generator{rng: rand.New(rand.NewPCG(seed, 3)), start: testNow/1000 - 86400, span: 50_000, series: 6}
			for crashed := false; !crashed; locked(func() { crashed = after != nil }) {
				switch rng.IntN(6) {
				case 0:
					err = s.Flush(ctx)
				case 1:
					err = s.compactAll(ctx)
				case 2:
					if rng.IntN(3) == 0 {
						if err = s.Close(); err == nil {
							s, err = Open(ctx, hooked, "db", opts)
						}
					}
				default:
					data := g.data(1 + rng.IntN(30))
					next := acked.clone()
					next.append(data)
					locked(func() { underWay = next })
					if err = s.Append(ctx, testNow, data); err == nil {
						locked(func() { acked = next })
					}
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := Open(ctx, after, "db", testOptions())
			if err != nil {
				t.Fatalf("after the crash at operation %d: %v", cut, err)
			}
			defer r.Close()
			want := ackedAt
			if r.total(t) != ackedAt.total() {
				want = underWayAt
			}
			for range 3 {
				want.check(t, r, g.grid(), true)
			}
			want.check(t, r, metrics.Grid{Start: (g.start - 86400) * 1000, Period: 3 * 86400_000, N: 1}, true)
			// And it goes on working.
			data := g.data(50)
			if err := r.Append(ctx, testNow, data); err != nil {
				t.Fatal(err)
			}
			want = want.clone()
			want.append(data)
			if err := errors.Join(r.Flush(ctx), r.compactAll(ctx)); err != nil {
				t.Fatal(err)
			}
			want.check(t, r, g.grid(), true)
			want.check(t, r, metrics.Grid{Start: (g.start - 86400) * 1000, Period: 3 * 86400_000, N: 1}, true)
		})
	}
}

func (m *model) clone() *model {
	c := newModel()
	for k, v := range m.data {
		c.data[k] = v[:len(v):len(v)]
		c.keys[k] = m.keys[k]
	}
	return c
}

func (m *model) total() (n float64) {
	for _, list := range m.data {
		for _, d := range list {
			n += d.Stats.Count
		}
	}
	return n
}

// total returns the count of all samples in the store.
func (s *Store) total(t *testing.T) (n float64) {
	t.Helper()
	ctx := context.Background()
	list, err := s.Find(ctx, metrics.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []metrics.SeriesID
	for _, series := range list {
		ids = append(ids, series.ID)
	}
	g := metrics.Grid{Start: testNow - 30*86400_000, Period: 60 * 86400_000, N: 1}
	if err := s.Select(ctx, ids, g, false, func(_ metrics.SeriesID, b []metrics.Bucket) error {
		n += b[0].Stats.Count
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFailures makes file operations fail at random and demands that what was
// acknowledged is there, before and after reopening.
func TestFailures(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			ctx := context.Background()
			rng := rand.New(rand.NewPCG(seed, 4))
			fs := vfs.NewMem()
			var mu sync.Mutex // the hook is called from the log's goroutine too
			var failOn vfs.Op // "" for none
			dice := rand.New(rand.NewPCG(seed, 8))
			injected := fmt.Errorf("injected: %w", syscall.ENOSPC)
			hooked := vfs.WithErrors(fs, func(op vfs.Op, _ string) error {
				mu.Lock()
				defer mu.Unlock()
				if op == failOn && dice.IntN(2) == 0 {
					return injected
				}
				return nil
			})
			fail := func(op vfs.Op) {
				mu.Lock()
				defer mu.Unlock()
				failOn = op
			}
			opts := testOptions()
			s, err := Open(ctx, hooked, "db", opts)
			if err != nil {
				t.Fatal(err)
			}
			g := &generator{rng: rand.New(rand.NewPCG(seed, 5)), start: testNow/1000 - 86400, span: 50_000, series: 6}
			acked := newModel()
			maybe := 0.0 // samples of failed appends, which may turn up after a restart
			for range 60 {
				fail("")
				if rng.IntN(3) == 0 {
					fail([]vfs.Op{vfs.OpCreate, vfs.OpWrite, vfs.OpSync, vfs.OpSyncDir, vfs.OpRename, vfs.OpRemove, vfs.OpClose}[rng.IntN(7)])
				}
				var err error
				switch rng.IntN(5) {
				case 0:
					err = s.Flush(ctx)
				case 1:
					err = s.compactAll(ctx)
				case 2:
					fail("")
					acked.check(t, s, g.grid(), true)
				default:
					data := g.data(1 + rng.IntN(30))
					if err = s.Append(ctx, testNow, data); err == nil {
						acked.append(data)
					} else {
						tmp := newModel()
						tmp.append(data)
						maybe += tmp.total()
					}
				}
				if err != nil && !errors.Is(err, metrics.ErrFull) {
					t.Fatalf("got %v, want it to be metrics.ErrFull", err)
				}
			}
			fail("")
			acked.check(t, s, metrics.Grid{Start: (g.start - 86400) * 1000, Period: 3 * 86400_000, N: 1}, true)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(ctx, fs, "db", opts); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if got, want := s.total(t), acked.total(); got < want || got > want+maybe {
				t.Fatalf("%v samples after reopening, want %v to %v", got, want, want+maybe)
			}
			if maybe == 0 {
				acked.check(t, s, g.grid(), true)
			}
		})
	}
}

// TestDamage flips bytes of segment files: reads must either leave blocks out
// and report them or fail naming the file, and never invent or double data.
func TestDamage(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(80) {
		rng := rand.New(rand.NewPCG(seed, 6))
		fs := vfs.NewMem()
		s, err := Open(ctx, fs, "db", testOptions())
		if err != nil {
			t.Fatal(err)
		}
		for i := range int64(120) {
			if err := s.Append(ctx, testNow, oneEach(10, floor(testNow, 86400_000)+i*60_000)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(s.Flush(ctx), s.Close()); err != nil {
			t.Fatal(err)
		}
		name := s.path(s.state.segments[0].number, segmentSuffix)
		b, err := vfs.ReadFile(fs, name, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		b[rng.IntN(len(b))] ^= byte(1 + rng.IntN(255))
		if err := writeFile(fs, name, b); err != nil {
			t.Fatal(err)
		}
		opts := testOptions()
		reported := 0
		opts.Events = func(e Event) {
			if e.Kind == EventCorrupt {
				reported++
			}
		}
		s, err = Open(ctx, fs, "db", opts)
		if err != nil {
			if !errors.Is(err, metrics.ErrCorrupt) && !contains(err, "this program reads") || !contains(err, name) {
				t.Fatalf("seed %d: %v", seed, err)
			}
			continue
		}
		list, _ := s.Find(ctx, metrics.Filter{})
		var ids []metrics.SeriesID
		for _, series := range list {
			ids = append(ids, series.ID)
		}
		for _, p := range []int64{60_000, 300_000, 86400_000} {
			counts := 0.0
			reported = 0
			err := s.Select(ctx, ids, metrics.Grid{Start: floor(testNow, 86400_000), Period: p, N: int(86400_000 / p)}, true,
				func(_ metrics.SeriesID, buckets []metrics.Bucket) error {
					for _, b := range buckets {
						counts += b.Stats.Count
					}
					return nil
				})
			switch {
			case err != nil:
				if !errors.Is(err, metrics.ErrCorrupt) || !contains(err, name) {
					t.Fatalf("seed %d: %v", seed, err)
				}
			case counts > 1200:
				t.Fatalf("seed %d: %v samples of 1200", seed, counts)
			case counts < 1200 && reported == 0:
				t.Fatalf("seed %d: %v samples of 1200, and nothing reported", seed, counts)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func contains(err error, part string) bool { return strings.Contains(err.Error(), part) }
