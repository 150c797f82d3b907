package metricstore

import (
	"context"
	"testing"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// TestCorrection: a datum with a count of 0 adds to the sum of samples that lie
// in the log, in the head or in a segment, whichever of them comes first, and is
// nothing by itself.
func TestCorrection(t *testing.T) {
	ctx := context.Background()
	minute := floor(testNow, 60_000)
	sample := func(v float64) metrics.Datum {
		return metrics.Datum{Key: testKey(1), Timestamp: minute, Resolution: 60,
			Stats: metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v}, Values: []float64{v}, Counts: []float64{1}}
	}
	correction := metrics.Datum{Key: testKey(1), Timestamp: minute, Resolution: 60, Stats: metrics.StatisticSet{Sum: 1, Max: 1}}
	alone := correction
	alone.Key = testKey(2)
	for _, steps := range []string{"zc", "cz", "zfc", "cfz", "zfcf", "cfzf", "zfcfm", "zrc", "crzf", "zfrcfrm", "zczc", "zfczfcm", "ocf"} {
		fs := vfs.NewMem()
		s, err := Open(ctx, fs, "db", testOptions())
		if err != nil {
			t.Fatal(err)
		}
		var want metrics.StatisticSet
		put := func(d metrics.Datum) error {
			want.Count += d.Stats.Count
			want.Sum += d.Stats.Sum
			want.Max = max(want.Max, d.Stats.Max)
			return s.Append(ctx, testNow, []metrics.Datum{d, alone})
		}
		for _, step := range steps {
			switch step {
			case 'z':
				err = put(sample(0))
			case 'o':
				err = put(sample(1))
			case 'c':
				err = put(correction)
			case 'f':
				err = s.Flush(ctx)
			case 'm':
				err = s.compactAll(ctx)
			case 'r':
				if err = s.Close(); err == nil {
					s, err = Open(ctx, fs, "db", testOptions())
				}
			}
			if err != nil {
				t.Fatalf("%s: %v", steps, err)
			}
		}
		list, err := s.Find(ctx, metrics.Filter{})
		if err != nil || len(list) != 2 {
			t.Fatalf("%s: %d series, %v", steps, len(list), err)
		}
		corrected, err := s.Lookup(ctx, correction.Key)
		if err != nil || len(corrected) != 1 {
			t.Fatalf("%s: %d series, %v", steps, len(corrected), err)
		}
		for _, period := range []int64{60_000, 3600_000, 86400_000} {
			found := 0
			g := metrics.Grid{Start: floor(testNow, 86400_000), Period: period, N: int(86400_000 / period)}
			err := s.Select(ctx, []metrics.SeriesID{list[0].ID, list[1].ID}, g, true, func(id metrics.SeriesID, b []metrics.Bucket) error {
				got := b[0].Stats
				got.Min = 0 // of one sample that is 1 and was 0 it stays 0
				if id != corrected[0].ID || len(b) != 1 || got != want || b[0].Dist != nil {
					t.Errorf("%s by %d ms: series %d has %+v, want %+v without a distribution", steps, period, id, b, want)
				}
				found++
				return nil
			})
			if err != nil || found != 1 {
				t.Errorf("%s by %d ms: %d series have data, %v", steps, period, found, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := Open(ctx, vfs.NewMem(), "db", testOptions())
	if err != nil {
		t.Fatal(err)
	}
	bad := correction
	bad.Stats.Max = 0
	if err := s.Append(ctx, testNow, []metrics.Datum{bad}); err == nil {
		t.Error("a correction without bounds was taken")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
