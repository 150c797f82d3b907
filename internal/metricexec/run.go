package metricexec

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"skywatch/internal/metrics"
)

// Query is one MetricStat query on a laid grid.
type Query struct {
	Key  metrics.Key
	Unit string // "" asks for every unit
	Stat Statistic
	Grid metrics.Grid
}

// Line is the answer for one unit of a metric: a value for each period that has
// one, oldest first. Timestamps are the starts of the periods in milliseconds.
type Line struct {
	Unit       string
	Timestamps []int64
	Values     []float64
}

// Result is the answer to one Query: a line for each unit that has data on the
// grid, in order of unit. CloudWatch never merges units.
type Result struct {
	Lines []Line
}

// Flat returns all lines as one, ordered by time and within a time by unit: the
// form of a GetMetricData result, where units cannot be told apart.
func (r Result) Flat() Line {
	switch len(r.Lines) {
	case 0:
		return Line{}
	case 1:
		return r.Lines[0]
	}
	type point struct {
		t int64
		v float64
	}
	var points []point
	for _, l := range r.Lines {
		for i, t := range l.Timestamps {
			points = append(points, point{t, l.Values[i]})
		}
	}
	sort.SliceStable(points, func(i, j int) bool { return points[i].t < points[j].t })
	var flat Line
	for _, p := range points {
		flat.Timestamps = append(flat.Timestamps, p.t)
		flat.Values = append(flat.Values, p.v)
	}
	return flat
}

// Run answers queries, results in their order. Queries on the same grid are
// read in one Select, so that a dashboard of hundreds costs one pass. It is
// safe for concurrent use as far as idx and sel are.
func Run(ctx context.Context, idx metrics.Index, sel metrics.Selector, queries []Query) ([]Result, error) {
	type wanted struct{ query, line int }
	type pass struct {
		grid metrics.Grid
		dist bool
	}
	results := make([]Result, len(queries))
	readers := map[pass]map[metrics.SeriesID][]wanted{}
	for qi, q := range queries {
		if q.Grid.N <= 0 {
			continue
		}
		series, err := seriesOf(ctx, idx, q.Key, q.Unit)
		if err != nil {
			return nil, err
		}
		p := pass{q.Grid, q.Stat.NeedsDistribution()}
		if readers[p] == nil {
			readers[p] = map[metrics.SeriesID][]wanted{}
		}
		results[qi].Lines = make([]Line, len(series))
		for li, s := range series {
			results[qi].Lines[li].Unit = s.Unit
			readers[p][s.ID] = append(readers[p][s.ID], wanted{qi, li})
		}
	}
	for p, byID := range readers {
		ids := make([]metrics.SeriesID, 0, len(byID))
		for id := range byID {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		err := sel.Select(ctx, ids, p.grid, p.dist, func(id metrics.SeriesID, buckets []metrics.Bucket) error {
			for _, w := range byID[id] {
				line := &results[w.query].Lines[w.line]
				stat := queries[w.query].Stat
				for _, b := range buckets {
					if v, ok := stat.Eval(b); ok {
						line.Timestamps = append(line.Timestamps, p.grid.Start+int64(b.Index)*p.grid.Period)
						line.Values = append(line.Values, v)
					}
				}
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read metrics: %w", err)
		}
	}
	for i := range results {
		results[i].Lines = slices.DeleteFunc(results[i].Lines, func(l Line) bool { return len(l.Timestamps) == 0 })
	}
	return results, nil
}

// UnitBuckets is the merged data of one unit of a metric.
type UnitBuckets struct {
	Unit    string
	Buckets []metrics.Bucket // ascending; the caller's
}

// Read returns the merged buckets of one metric, one entry for each unit with
// data on the grid, in order of unit: for callers such as GetMetricStatistics
// that draw several statistics from each bucket. unit "" asks for every unit.
func Read(ctx context.Context, idx metrics.Index, sel metrics.Selector, key metrics.Key, unit string, grid metrics.Grid, withDist bool) ([]UnitBuckets, error) {
	if grid.N <= 0 {
		return nil, nil
	}
	series, err := seriesOf(ctx, idx, key, unit)
	if err != nil {
		return nil, err
	}
	ids := make([]metrics.SeriesID, len(series))
	for i, s := range series {
		ids[i] = s.ID
	}
	found := map[metrics.SeriesID][]metrics.Bucket{}
	err = sel.Select(ctx, ids, grid, withDist, func(id metrics.SeriesID, buckets []metrics.Bucket) error {
		found[id] = slices.Clone(buckets)
		for i := range found[id] {
			found[id][i].Dist = found[id][i].Dist.Clone()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read metric %s: %w", key.Name, err)
	}
	var out []UnitBuckets
	for _, s := range series {
		if b := found[s.ID]; len(b) > 0 {
			out = append(out, UnitBuckets{Unit: s.Unit, Buckets: b})
		}
	}
	return out, nil
}

// seriesOf looks the units of a metric up, in order of unit.
func seriesOf(ctx context.Context, idx metrics.Index, key metrics.Key, unit string) ([]metrics.Series, error) {
	series, err := idx.Lookup(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("look up metric %s: %w", key.Name, err)
	}
	if unit != "" {
		series = slices.DeleteFunc(slices.Clone(series), func(s metrics.Series) bool { return s.Unit != unit })
	}
	sort.Slice(series, func(i, j int) bool { return series[i].Unit < series[j].Unit })
	return series, nil
}
