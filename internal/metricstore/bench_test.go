package metricstore

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
)

func benchKey(fn, metric int) metrics.Key {
	return metrics.NewKey(scope.Scope{Account: "000000000000", Region: "eu-west-1"}, "AWS/Lambda",
		fmt.Sprintf("Metric%02d", metric), metrics.Dimension{Name: "FunctionName", Value: fmt.Sprintf("orders-load-%03d", fn)})
}

// fleetDatum is what a function reports for a minute: metrics 0 to 2 carry
// raw values (durations), the others are counters.
func fleetDatum(rng *rand.Rand, fn, metric int, ts int64) metrics.Datum {
	d := metrics.Datum{Key: benchKey(fn, metric), Unit: "None", Timestamp: ts, Resolution: 60}
	if metric < 3 {
		for range 1 + rng.IntN(8) {
			v := math.Round(math.Exp(5+rng.NormFloat64())*100) / 100
			d.Values = append(d.Values, v)
			d.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
		}
		return d
	}
	v := float64(rng.IntN(50))
	d.Stats = metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v}
	return d
}

// BenchmarkAppend is PutMetricData at its largest, 1000 data a call, by eight
// clients on a real disk.
func BenchmarkAppend(b *testing.B) {
	for _, bm := range []struct {
		name string
		set  func(*rand.Rand, *metrics.Datum)
	}{
		{"value", func(r *rand.Rand, d *metrics.Datum) {
			v := float64(r.IntN(1000))
			d.Stats = metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v}
		}},
		{"set", func(r *rand.Rand, d *metrics.Datum) {
			v := float64(r.IntN(1000))
			d.Stats = metrics.StatisticSet{Count: 60, Sum: v * 30, Min: v / 4, Max: v}
		}},
		{"values10", func(r *rand.Rand, d *metrics.Datum) {
			d.Stats = metrics.StatisticSet{}
			d.Values = make([]float64, 10)
			for i := range d.Values {
				v := float64(r.IntN(100000)) / 100
				d.Values[i] = v
				d.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
			}
		}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			ctx := context.Background()
			s, err := Open(ctx, vfs.Disk(), b.TempDir(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var clients atomic.Int64
			b.ReportAllocs()
			b.SetParallelism(4)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				n := clients.Add(1)
				rng := rand.New(rand.NewPCG(uint64(n), 0))
				data := make([]metrics.Datum, 1000)
				for i := range data {
					data[i] = metrics.Datum{Key: benchKey(int(n)*100+i/10, i%10), Unit: "None", Resolution: 60}
					bm.set(rng, &data[i])
				}
				for t := int64(0); pb.Next(); t++ {
					for i := range data {
						data[i].Timestamp = testNow + t%1440*60_000
					}
					if err := s.Append(ctx, testNow, data); err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.StopTimer()
			b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "data/s")
		})
	}
}

// openFleet returns a store with a day of minutes of 300 functions with 12
// metrics each.
func openFleet(b *testing.B, flush bool) (*Store, [][]metrics.SeriesID) {
	ctx := context.Background()
	fs := vfs.Disk()
	var now atomic.Int64
	now.Store(testNow)
	s, err := Open(ctx, fs, b.TempDir(), Options{Now: now.Load})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	rng := rand.New(rand.NewPCG(1, 1))
	var data []metrics.Datum
	for minute := range int64(1440) {
		ts := testNow - 86400_000 + minute*60_000
		for fn := range 300 {
			for metric := range 12 {
				data = append(data, fleetDatum(rng, fn, metric, ts))
			}
		}
		if len(data) >= 10_000 || minute == 1439 {
			if err := s.Append(ctx, testNow, data); err != nil {
				b.Fatal(err)
			}
			data = data[:0]
		}
	}
	if flush {
		if err := s.Flush(ctx); err != nil {
			b.Fatal(err)
		}
	}
	now.Add(quietTime.Milliseconds())
	if err := s.compactAll(ctx); err != nil {
		b.Fatal(err)
	}
	byMetric := make([][]metrics.SeriesID, 12)
	for metric := range byMetric {
		list, err := s.Find(ctx, metrics.Filter{Namespace: "AWS/Lambda", Name: fmt.Sprintf("Metric%02d", metric)})
		if err != nil || len(list) != 300 {
			b.Fatal(err, len(list))
		}
		for _, series := range list {
			byMetric[metric] = append(byMetric[metric], series.ID)
		}
	}
	st := s.Stats()
	b.Logf("%d points in %d segments of %d bytes, %.2f bytes a point; head %d points, %d MiB",
		st.SegmentPoints, st.Segments, st.SegmentBytes, float64(st.SegmentBytes)/float64(max(st.SegmentPoints, 1)), st.HeadPoints, st.HeadBytes>>20)
	return s, byMetric
}

// BenchmarkFleet reads what the Lambda fleet page reads: 300 functions, 12
// metrics, 24 hours, as one bucket and as 48 sparks, with distributions for
// the three metrics that have percentiles.
func BenchmarkFleet(b *testing.B) {
	for _, flush := range []bool{true, false} {
		s, byMetric := openFleet(b, flush)
		ctx := context.Background()
		read := func(b *testing.B, g metrics.Grid, from, to int, dist bool) {
			for _, ids := range byMetric[from:to] {
				n := 0
				if err := s.Select(ctx, ids, g, dist, func(_ metrics.SeriesID, bs []metrics.Bucket) error {
					n += len(bs)
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				if n < 300*g.N {
					b.Fatalf("%d buckets", n)
				}
			}
		}
		hour := int64(3600_000)
		aligned := floor(testNow, hour) - 23*hour
		odd := testNow - 24*hour + 17*60_000
		for _, bm := range []struct {
			name     string
			g        metrics.Grid
			from, to int
			dist     bool
		}{
			{"one/stats", metrics.Grid{Start: aligned, Period: 24 * hour, N: 1}, 3, 12, false},
			{"one/dist", metrics.Grid{Start: aligned, Period: 24 * hour, N: 1}, 0, 3, true},
			{"one-odd/stats", metrics.Grid{Start: odd, Period: 24 * hour, N: 1}, 3, 12, false},
			{"one-odd/dist", metrics.Grid{Start: odd, Period: 24 * hour, N: 1}, 0, 3, true},
			{"spark/stats", metrics.Grid{Start: aligned, Period: hour / 2, N: 46}, 3, 12, false},
			{"spark/dist", metrics.Grid{Start: aligned, Period: hour / 2, N: 46}, 0, 1, true},
			{"minutes3h/300", metrics.Grid{Start: floor(testNow, 60_000) - 3*hour, Period: 60_000, N: 179}, 3, 4, false},
		} {
			b.Run(fmt.Sprintf("flushed=%v/%s", flush, bm.name), func(b *testing.B) {
				b.ReportAllocs()
				began := cpuTime()
				for range b.N {
					read(b, bm.g, bm.from, bm.to, bm.dist)
				}
				b.ReportMetric(float64((cpuTime()-began).Microseconds())/1000/float64(b.N), "cpu-ms/op")
			})
		}
	}
}

// cpuTime is the processor time of this process: on a busy machine the only
// figure that can be compared.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFind finds among 96,000 series.
func BenchmarkFind(b *testing.B) {
	s, err := Open(context.Background(), vfs.NewMem(), "db", testOptions())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var data []metrics.Datum
	for fn := range 8000 {
		for metric := range 12 {
			data = append(data, metrics.Datum{Key: benchKey(fn, metric), Unit: "None", Timestamp: testNow, Resolution: 60,
				Stats: metrics.StatisticSet{Count: 1}})
		}
		if len(data) > 10_000 || fn == 7999 {
			if err := s.Append(context.Background(), testNow, data); err != nil {
				b.Fatal(err)
			}
			data = data[:0]
		}
	}
	few := make([]metrics.Datum, 300)
	for i := range few {
		few[i] = metrics.Datum{Key: benchKey(i, 0), Unit: "None", Timestamp: testNow, Resolution: 60, Stats: metrics.StatisticSet{Count: 1}}
		few[i].Key.Name = "Few"
	}
	if err := s.Append(context.Background(), testNow, few); err != nil {
		b.Fatal(err)
	}
	for _, bm := range []struct {
		name string
		f    metrics.Filter
		want int
	}{
		{"function", metrics.Filter{Namespace: "AWS/Lambda", Dimensions: []metrics.Dimension{{Name: "FunctionName", Value: "orders-load-077"}}}, 13},
		{"name8000", metrics.Filter{Namespace: "AWS/Lambda", Name: "Metric03"}, 8000},
		{"name300", metrics.Filter{Namespace: "AWS/Lambda", Name: "Few"}, 300},
		{"all", metrics.Filter{}, 96300},
	} {
		b.Run(bm.name, func(b *testing.B) {
			for range b.N {
				list, err := s.Find(context.Background(), bm.f)
				if err != nil || len(list) != bm.want {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}

// TestDiskSize reports what a 4-field datapoint costs on disk and holds it to
// a bound: an hour's worth of noise must not double it unnoticed.
func TestDiskSize(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, vfs.NewMem(), "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 1))
	var data []metrics.Datum
	for minute := range int64(1440) {
		for fn := range 20 {
			n := float64(1 + rng.IntN(60))
			d := metrics.Datum{Key: benchKey(fn, 0), Unit: "None", Timestamp: floor(testNow, 86400_000) + minute*60_000, Resolution: 60}
			d.Stats = metrics.StatisticSet{Count: n, Min: float64(20 + rng.IntN(50)), Max: float64(200 + rng.IntN(500)), Sum: n * float64(100+rng.IntN(20))}
			data = append(data, d)
		}
		if len(data) > 10_000 || minute == 1439 {
			if err := s.Append(ctx, testNow, data); err != nil {
				t.Fatal(err)
			}
			data = data[:0]
		}
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	st := s.Stats()
	perPoint := float64(st.SegmentBytes) / float64(st.SegmentPoints)
	t.Logf("%.2f bytes a point in %d segments, roll-ups included", perPoint, st.Segments)
	if perPoint > 8 {
		t.Errorf("%.2f bytes a point", perPoint)
	}
}
