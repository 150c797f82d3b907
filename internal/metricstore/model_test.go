package metricstore

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
)

// model is the naive store: it keeps every acknowledged datum.
type model struct {
	data map[string][]metrics.Datum // by canonical key and unit
	keys map[string]metrics.Datum
}

func newModel() *model {
	return &model{data: map[string][]metrics.Datum{}, keys: map[string]metrics.Datum{}}
}

func seriesName(d *metrics.Datum) string { return d.Key.Canonical() + "|" + d.Unit }

func (m *model) append(data []metrics.Datum) {
	for _, d := range data {
		n := seriesName(&d)
		m.data[n] = append(m.data[n], d)
		m.keys[n] = d
	}
}

// samples is what the model knows of a bucket.
type samples struct {
	stats   metrics.StatisticSet
	dist    *metrics.Distribution
	unknown bool
}

func (m *model) buckets(name string, g metrics.Grid) map[int]*samples {
	out := map[int]*samples{}
	for _, d := range m.data[name] {
		res := int64(d.Resolution) * 1000
		ts := floor(d.Timestamp, res)
		if ts < g.Start || ts >= g.End() {
			continue
		}
		i := int((ts - g.Start) / g.Period)
		s := out[i]
		if s == nil {
			s = &samples{dist: new(metrics.Distribution)}
			out[i] = s
		}
		s.stats.Merge(d.Stats)
		if dist := metrics.DistributionOf(&d); dist == nil {
			s.unknown = true
		} else {
			s.dist.Merge(dist)
		}
	}
	return out
}

func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), 1)
}

// check compares the store with the model on one grid.
func (m *model) check(t *testing.T, s *Store, g metrics.Grid, withDist bool) {
	t.Helper()
	ctx := context.Background()
	names := map[metrics.SeriesID]string{}
	var ids []metrics.SeriesID
	for name, d := range m.keys {
		list, err := s.Lookup(ctx, d.Key)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, series := range list {
			if series.Unit == d.Unit {
				names[series.ID] = name
				ids = append(ids, series.ID)
				found = true
			}
		}
		if !found {
			t.Fatalf("series %q is missing", name)
		}
	}
	got := map[string]bool{}
	err := s.Select(ctx, ids, g, withDist, func(id metrics.SeriesID, buckets []metrics.Bucket) error {
		name := names[id]
		if got[name] {
			t.Fatalf("series %q delivered twice", name)
		}
		got[name] = true
		want := m.buckets(name, g)
		if len(buckets) != len(want) {
			t.Fatalf("%q on %+v: %d buckets, want %d", name, g, len(buckets), len(want))
		}
		prev := -1
		for _, b := range buckets {
			w := want[b.Index]
			if b.Index <= prev || w == nil {
				t.Fatalf("%q on %+v: bucket %d after %d, wanted: %v", name, g, b.Index, prev, w != nil)
			}
			prev = b.Index
			if b.Stats.Count != w.stats.Count || b.Stats.Min != w.stats.Min || b.Stats.Max != w.stats.Max || !near(b.Stats.Sum, w.stats.Sum) {
				t.Fatalf("%q on %+v bucket %d: %+v, want %+v", name, g, b.Index, b.Stats, w.stats)
			}
			if !withDist {
				if b.Dist != nil {
					t.Fatalf("distribution that was not asked for")
				}
				continue
			}
			// Where the merged statistic set has min = max the samples are
			// known again, whatever the parts said: they were equal too.
			if w.unknown != (b.Dist == nil) {
				t.Fatalf("%q on %+v bucket %d: distribution %v, want unknown %v", name, g, b.Index, b.Dist, w.unknown)
			}
			if !w.unknown {
				compareDist(t, b.Dist, w.dist)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range m.keys {
		if n := len(m.buckets(name, g)); n > 0 && !got[name] {
			t.Fatalf("%q on %+v: nothing delivered, want %d buckets", name, g, n)
		}
	}
}

func compareDist(t *testing.T, got, want *metrics.Distribution) {
	t.Helper()
	if got.Exact() != want.Exact() || got.Count() != want.Count() {
		t.Fatalf("distribution exact %v of %v, want exact %v of %v", got.Exact(), got.Count(), want.Exact(), want.Count())
	}
	for _, p := range []float64{0, 1, 50, 95, 99, 100} {
		if g, w := got.Quantile(p), want.Quantile(p); g != w {
			t.Fatalf("p%v = %v, want %v", p, g, w)
		}
	}
}

// generator makes data.
type generator struct {
	rng    *rand.Rand
	start  int64 // seconds
	span   int64 // seconds
	series int
}

func testKey(i int) metrics.Key {
	return metrics.NewKey(scope.Scope{Account: "000000000000", Region: "eu-west-1"}, "AWS/Lambda",
		[]string{"Duration", "Invocations", "Errors"}[i%3],
		metrics.Dimension{Name: "FunctionName", Value: fmt.Sprintf("fn-%d", i/3)})
}

func (g *generator) datum() metrics.Datum {
	r := g.rng
	d := metrics.Datum{
		Key:        testKey(r.IntN(g.series)),
		Unit:       []string{"None", "Milliseconds"}[r.IntN(8)/7],
		Timestamp:  (g.start+r.Int64N(g.span))*1000 + r.Int64N(1000),
		Resolution: []int{60, 60, 60, 1}[r.IntN(4)],
	}
	value := func() float64 {
		switch r.IntN(5) {
		case 0:
			return float64(r.IntN(5))
		case 1:
			return float64(r.IntN(100000)) / 100
		case 2:
			return r.NormFloat64() * 1e6
		case 3:
			return 0
		}
		return float64(r.IntN(1000))
	}
	switch r.IntN(4) {
	case 0: // statistic set
		a, b := value(), value()
		if a > b {
			a, b = b, a
		}
		d.Stats = metrics.StatisticSet{Count: float64(2 + r.IntN(5)), Min: a, Max: b, Sum: a + b}
	case 1: // one value
		v := value()
		d.Stats = metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v}
	default:
		for range 1 + r.IntN(12) {
			v, c := value(), float64(1+r.IntN(3))
			d.Values = append(d.Values, v)
			d.Counts = append(d.Counts, c)
			d.Stats.Merge(metrics.StatisticSet{Count: c, Sum: v * c, Min: v, Max: v})
		}
		if r.IntN(2) == 0 {
			d.Stats = metrics.StatisticSet{}
			d.Counts = nil
			for _, v := range d.Values {
				d.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
			}
		}
	}
	return d
}

func (g *generator) data(n int) []metrics.Datum {
	out := make([]metrics.Datum, n)
	for i := range out {
		out[i] = g.datum()
	}
	return out
}

// grid returns a random grid over the generator's time.
func (g *generator) grid() metrics.Grid {
	r := g.rng
	periods := []int64{1, 7, 10, 60, 120, 300, 420, 900, 1800, 3600, 7200, 86400, 172800}
	p := periods[r.IntN(len(periods))]
	start := g.start - 7200 + r.Int64N(g.span+3600)
	if r.IntN(3) > 0 {
		start = floor(start, p)
	}
	n := 1 + r.Int64N(min(2000, g.span/p+3))
	grid := metrics.Grid{Start: start * 1000, Period: p * 1000, N: int(n)}
	if r.IntN(10) == 0 {
		grid.Start += r.Int64N(1000)
	}
	return grid
}

const testNow = int64(1_760_000_000_000)

func testOptions() Options {
	return Options{Now: func() int64 { return testNow }, manual: true,
		Retention: Retention{OneSecond: Forever}}
}

func TestStoreAgainstModel(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			ctx := context.Background()
			rng := rand.New(rand.NewPCG(seed, 1))
			fs := vfs.NewMem()
			opts := testOptions()
			opts.SegmentBytes = 1 << (8 + rng.IntN(10))
			g := &generator{rng: rng, start: testNow/1000 - 3*86400, span: []int64{900, 7200, 100_000, 250_000}[rng.IntN(4)], series: 1 + rng.IntN(12)}
			m := newModel()
			s, err := Open(ctx, fs, "db", opts)
			if err != nil {
				t.Fatal(err)
			}
			for range 40 {
				switch rng.IntN(10) {
				case 0:
					if err := s.Flush(ctx); err != nil {
						t.Fatal(err)
					}
				case 1:
					if err := s.compactAll(ctx); err != nil {
						t.Fatal(err)
					}
				case 2:
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
					if s, err = Open(ctx, fs, "db", opts); err != nil {
						t.Fatal(err)
					}
				case 3:
					m.checkBounds(t, s)
				case 4, 5:
					m.check(t, s, g.grid(), rng.IntN(2) == 0)
				default:
					data := g.data(1 + rng.IntN(200))
					if rng.IntN(5) == 0 {
						data = append(data, data...)
					}
					if err := s.Append(ctx, testNow, data); err != nil {
						t.Fatal(err)
					}
					m.append(data)
				}
			}
			for range 10 {
				m.check(t, s, g.grid(), rng.IntN(2) == 0)
			}
			if n := s.Stats().CorruptBlocks; n != 0 {
				t.Errorf("%d corrupt blocks", n)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if n := fs.OpenFiles(); n != 0 {
				t.Errorf("%d files left open", n)
			}
		})
	}
}

func (m *model) checkBounds(t *testing.T, s *Store) {
	t.Helper()
	list, err := s.Find(context.Background(), metrics.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != len(m.keys) {
		t.Fatalf("%d series, want %d", len(list), len(m.keys))
	}
	if !slices.IsSortedFunc(list, func(a, b metrics.Series) int {
		return compareEntries(&entry{key: a.Key, unit: a.Unit}, &entry{key: b.Key, unit: b.Unit})
	}) {
		t.Fatal("series are not sorted")
	}
	for _, series := range list {
		d := metrics.Datum{Key: series.Key, Unit: series.Unit}
		first, last := int64(math.MaxInt64), int64(math.MinInt64)
		for _, d := range m.data[seriesName(&d)] {
			ts := floor(d.Timestamp, int64(d.Resolution)*1000)
			first, last = min(first, ts), max(last, ts)
		}
		if series.FirstData != first || series.LastData != last || series.LastUpdate != testNow {
			t.Fatalf("bounds %d %d %d, want %d %d %d", series.FirstData, series.LastData, series.LastUpdate, first, last, testNow)
		}
	}
}
