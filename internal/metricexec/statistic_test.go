package metricexec

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"skywatch/internal/metrics"
)

func TestParseStatisticAccepts(t *testing.T) {
	for _, s := range []string{
		"SampleCount", "Average", "Sum", "Minimum", "Maximum", "IQM",
		"p0", "p50", "p99", "p99.9", "p99.0123456789", "p5.", "p100", "p00",
		"tm90", "tm99.9", "tc10", "ts100", "wm98",
		"TM(10%:90%)", "TM(:90%)", "TM(10%:)", "TC(0.5%:99.5%)", "TS(:100%)", "WM(5%:95%)",
		"TM(100:2000)", "TC(0:0.5)", "TS(:1e3)", "WM(1.5E-3:2.5e+3)", "PR(:300)", "PR(100:2000)", "PR(10:)",
	} {
		st, err := ParseStatistic(s)
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		if st.String() != s {
			t.Errorf("%q prints as %q", s, st)
		}
	}
}

func TestParseStatisticRefuses(t *testing.T) {
	for _, s := range []string{
		"", "average", "SUM", "Median", "p", "P50", "p101", "p100.0", "p-1", "p.5", "p1e1", "p99.01234567891", "p 50",
		"tm", "TM90", "tm(10%:90%)", "TM", "TM(", "TM()", "TM(:)", "TM(10%)", "TM(10%:90%", "TM(10%:90)", "TM(10:90%)",
		"TM(90%:10%)", "TM(50%:50%)", "TM(-5:10)", "TM(10%:101%)", "TM(a:b)", "TM(1:2:3)", "TM(1e:2)", "TM(.5:1)",
		"PR(10%:90%)", "PR(:90%)", "PR50", "pr(1:2)", "IQM()", "IQM(1:2)", "XX(1:2)",
		"p99_E", "tm90_H", "o50", "u99.9", "Average ", " p50", "p50(1:2)", strings.Repeat("9", 1000),
	} {
		st, err := ParseStatistic(s)
		if err == nil {
			t.Errorf("%q is accepted as %+v", s, st)
			continue
		}
		if !errors.Is(err, ErrStatistic) || len(s) < 100 && !strings.Contains(err.Error(), s) {
			t.Errorf("%q: error %q does not name it", s, err)
		}
	}
}

func mustParse(t *testing.T, s string) Statistic {
	t.Helper()
	st, err := ParseStatistic(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func bucketOf(values ...float64) metrics.Bucket {
	var b metrics.Bucket
	for _, v := range values {
		b.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
	}
	b.Dist = metrics.NewDistribution(values, nil)
	return b
}

func TestEval(t *testing.T) {
	ten := bucketOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 100)
	for s, want := range map[string]float64{
		"SampleCount": 10, "Average": 14.5, "Sum": 145, "Minimum": 1, "Maximum": 100,
		"p0": 1, "p10": 1, "p11": 2, "p50": 5, "p90": 9, "p99": 100, "p100": 100,
		"tm90": 5, "tc90": 9, "ts90": 45, "wm90": 5.4,
		"TM(10%:90%)": 5.5, "TC(10%:90%)": 8, "TS(10%:90%)": 44, "WM(10%:90%)": 5.4,
		"IQM": 5.5, "TC(25%:75%)": 5, "TC(:15%)": 1.5, "TS(:15%)": 2,
		"TM(2:5)": 4, "TC(2:5)": 3, "TS(2:5)": 12, "WM(2:5)": 4.1, "PR(2:5)": 30, "PR(:9)": 90, "PR(9:)": 10,
		"TC(200:300)": 0, "TS(200:300)": 0, "PR(200:300)": 0, "WM(200:300)": 200,
	} {
		got, ok := mustParse(t, s).Eval(ten)
		if !ok || math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, %v, want %v", s, got, ok, want)
		}
	}
	absent := func(s string, b metrics.Bucket) {
		t.Helper()
		if v, ok := mustParse(t, s).Eval(b); ok {
			t.Errorf("%s = %v, want no datapoint", s, v)
		}
	}
	absent("TM(200:300)", ten)
	setOnly := ten
	setOnly.Dist = nil
	for _, s := range []string{"p50", "tm90", "TC(:5)", "PR(:5)", "IQM", "WM(1:2)"} {
		absent(s, setOnly)
		absent(s, bucketOf(-1, 2, 3))
		absent(s, metrics.Bucket{})
	}
	absent("Sum", metrics.Bucket{})
	if v, ok := mustParse(t, "Average").Eval(bucketOf(-1, 2)); !ok || v != 0.5 {
		t.Errorf("Average of negative samples = %v, %v", v, ok)
	}
}

// TestEvalAgainstNaive compares the ranges by value with walks over the samples.
func TestEvalAgainstNaive(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		values := make([]float64, 1+r.IntN(100))
		for i := range values {
			values[i] = float64(r.IntN(50))
		}
		b := bucketOf(values...)
		slices.Sort(values)
		count, sum, clipped := 0.0, 0.0, 0.0
		for _, v := range values {
			if v > 10 && v <= 30 {
				count++
				sum += v
			}
			clipped += min(max(v, 10), 30)
		}
		n := float64(len(values))
		for s, want := range map[string]float64{
			"TC(10:30)": count, "TS(10:30)": sum, "PR(10:30)": 100 * count / n, "WM(10:30)": clipped / n, "TM(0%:100%)": b.Stats.Average(),
		} {
			if got, ok := mustParse(t, s).Eval(b); !ok || math.Abs(got-want) > 1e-9 {
				t.Errorf("seed %d: %s = %v, %v, want %v", seed, s, got, ok, want)
			}
		}
	}
}

func FuzzParseStatistic(f *testing.F) {
	for _, s := range []string{"p99.9", "TM(10%:90%)", "PR(:1e3)", "IQM", "wm98", "TC(0.005:0.03)"} {
		f.Add(s)
	}
	b := bucketOf(1, 2, 3, 400)
	f.Fuzz(func(t *testing.T, s string) {
		st, err := ParseStatistic(s)
		if err != nil {
			if !errors.Is(err, ErrStatistic) {
				t.Fatal(err)
			}
			return
		}
		if st.String() != s {
			t.Fatalf("%q prints as %q", s, st)
		}
		if st.IsBasic() == st.NeedsDistribution() {
			t.Fatalf("%q is basic and needs samples, or neither", s)
		}
		if v, ok := st.Eval(b); ok && math.IsNaN(v) {
			t.Fatalf("%q is NaN", s)
		}
	})
}
