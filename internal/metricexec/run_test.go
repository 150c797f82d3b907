package metricexec

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// fake is an Index and Selector over buckets given by hand.
type fake struct {
	series  []metrics.Series
	buckets map[metrics.SeriesID][]metrics.Bucket
	selects int
	err     error
}

func (f *fake) Find(context.Context, metrics.Filter) ([]metrics.Series, error) { return f.series, nil }

func (f *fake) Lookup(_ context.Context, k metrics.Key) ([]metrics.Series, error) {
	var out []metrics.Series
	for _, s := range f.series {
		if s.Key.Canonical() == k.Canonical() {
			out = append(out, s)
		}
	}
	return out, f.err
}

func (f *fake) Select(_ context.Context, ids []metrics.SeriesID, g metrics.Grid, withDist bool, yield func(metrics.SeriesID, []metrics.Bucket) error) error {
	f.selects++
	for _, id := range ids {
		buckets := append([]metrics.Bucket(nil), f.buckets[id]...)
		for i := range buckets {
			if !withDist {
				buckets[i].Dist = nil
			}
		}
		if len(buckets) > 0 {
			if err := yield(id, buckets); err != nil {
				return err
			}
		}
	}
	return nil
}

func newFake() (*fake, metrics.Key, metrics.Key) {
	sc := scope.Scope{Account: "1", Region: "r"}
	a, b := metrics.NewKey(sc, "NS", "A"), metrics.NewKey(sc, "NS", "B")
	first, second := bucketOf(1, 2, 3), bucketOf(10)
	second.Index = 2
	bytes := bucketOf(7)
	return &fake{
		series: []metrics.Series{{ID: 1, Key: a, Unit: "Seconds"}, {ID: 2, Key: a, Unit: "Bytes"}, {ID: 3, Key: b, Unit: "None"}},
		buckets: map[metrics.SeriesID][]metrics.Bucket{
			1: {first, second}, 2: {bytes}, 3: nil,
		},
	}, a, b
}

func TestRun(t *testing.T) {
	f, a, b := newFake()
	g := metrics.Grid{Start: 60_000, Period: 60_000, N: 3}
	results, err := Run(context.Background(), f, f, []Query{
		{Key: a, Unit: "Seconds", Stat: mustParse(t, "Sum"), Grid: g},
		{Key: a, Stat: mustParse(t, "p50"), Grid: g},
		{Key: b, Stat: mustParse(t, "Sum"), Grid: g},
		{Key: a, Unit: "Percent", Stat: mustParse(t, "Sum"), Grid: g},
		{Key: a, Unit: "Seconds", Stat: mustParse(t, "Maximum"), Grid: g},
		{Key: a, Stat: mustParse(t, "Sum"), Grid: metrics.Grid{Period: 60_000}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Result{
		{Lines: []Line{{"Seconds", []int64{60_000, 180_000}, []float64{6, 10}}}},
		{Lines: []Line{{"Bytes", []int64{60_000}, []float64{7}}, {"Seconds", []int64{60_000, 180_000}, []float64{2, 10}}}},
		{Lines: []Line{}},
		{Lines: []Line{}},
		{Lines: []Line{{"Seconds", []int64{60_000, 180_000}, []float64{3, 10}}}},
		{},
	}
	if !reflect.DeepEqual(results, want) {
		t.Errorf("got  %+v\nwant %+v", results, want)
	}
	if f.selects != 2 {
		t.Errorf("%d passes, want one with and one without distributions", f.selects)
	}
	flat := results[1].Flat()
	if !reflect.DeepEqual(flat, Line{"", []int64{60_000, 60_000, 180_000}, []float64{7, 2, 10}}) {
		t.Errorf("flat: %+v", flat)
	}
	f.err = errors.New("sick")
	if _, err := Run(context.Background(), f, f, []Query{{Key: a, Stat: mustParse(t, "Sum"), Grid: g}}); !errors.Is(err, f.err) {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	f, a, _ := newFake()
	g := metrics.Grid{Start: 60_000, Period: 60_000, N: 3}
	got, err := Read(context.Background(), f, f, a, "", g, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Unit != "Bytes" || got[1].Unit != "Seconds" || len(got[1].Buckets) != 2 || got[1].Buckets[0].Dist.Count() != 3 {
		t.Errorf("%+v", got)
	}
}
