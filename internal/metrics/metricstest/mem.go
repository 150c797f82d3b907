// Package metricstest holds a metric engine in memory that keeps the
// contracts of package metrics in the most straightforward way: a list of data
// per series, merged anew at every read. Tests of the rooms above the engines
// run on it, and it is the model that a real engine can be compared with.
package metricstest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"skywatch/internal/metrics"
)

// Mem implements metrics.Appender, metrics.Index and metrics.Selector. The
// zero Mem is not ready; use New. Safe for concurrent use.
type Mem struct {
	// Fail, when set, is asked before every append; an error ends it. Set it
	// before use.
	Fail func([]metrics.Datum) error

	mu      sync.RWMutex // guards what follows
	series  []*series    // ID is the index plus one
	byKey   map[string]*series
	selects int
}

type series struct {
	metrics.Series
	data []metrics.Datum
}

// New returns an empty engine.
func New() *Mem { return &Mem{byKey: map[string]*series{}} }

// Append implements metrics.Appender.
func (m *Mem) Append(ctx context.Context, now int64, data []metrics.Datum) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.Fail != nil {
		if err := m.Fail(data); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range data {
		unit := d.Unit
		if unit == "" {
			unit = "None"
		}
		res := int64(d.Resolution) * 1000
		if res <= 0 {
			return errors.New("append to the memory store: a datum has no resolution")
		}
		d.Timestamp -= d.Timestamp % res
		d.Values, d.Counts = slices.Clone(d.Values), slices.Clone(d.Counts)
		d.Key.Dimensions = slices.Clone(d.Key.Dimensions)
		k := d.Key.Canonical() + unit
		s := m.byKey[k]
		if s == nil {
			s = &series{Series: metrics.Series{ID: metrics.SeriesID(len(m.series) + 1), Key: d.Key, Unit: unit, FirstData: d.Timestamp, LastData: d.Timestamp}}
			m.series, m.byKey[k] = append(m.series, s), s
		}
		s.FirstData, s.LastData, s.LastUpdate = min(s.FirstData, d.Timestamp), max(s.LastData, d.Timestamp), now
		s.data = append(s.data, d)
	}
	return nil
}

// Find implements metrics.Index.
func (m *Mem) Find(ctx context.Context, f metrics.Filter) ([]metrics.Series, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var out []metrics.Series
	for _, s := range m.series {
		if matches(&s.Series, f) {
			out = append(out, s.Series)
		}
	}
	slices.SortFunc(out, func(a, b metrics.Series) int {
		if c := strings.Compare(a.Key.Namespace+"\x00"+a.Key.Name+"\x00", b.Key.Namespace+"\x00"+b.Key.Name+"\x00"); c != 0 {
			return c
		}
		return strings.Compare(a.Key.Canonical()+a.Unit, b.Key.Canonical()+b.Unit)
	})
	return out, ctx.Err()
}

func matches(s *metrics.Series, f metrics.Filter) bool {
	k := s.Key
	equal := func(want, got string) bool { return want == "" || want == got }
	if !equal(f.Scope.Account, k.Scope.Account) || !equal(f.Scope.Region, k.Scope.Region) ||
		!equal(f.Namespace, k.Namespace) || !equal(f.Name, k.Name) || s.LastData < f.Since ||
		f.Exact && len(f.Dimensions) != len(k.Dimensions) {
		return false
	}
	for _, d := range f.Dimensions {
		got, ok := k.Dimension(d.Name)
		if !ok || got != d.Value && (f.Exact || d.Value != "") {
			return false
		}
	}
	return true
}

// Lookup implements metrics.Index.
func (m *Mem) Lookup(ctx context.Context, k metrics.Key) ([]metrics.Series, error) {
	return m.Find(ctx, metrics.Filter{Scope: k.Scope, Namespace: k.Namespace, Name: k.Name, Dimensions: k.Dimensions, Exact: true})
}

// Select implements metrics.Selector.
func (m *Mem) Select(ctx context.Context, ids []metrics.SeriesID, g metrics.Grid, withDist bool, yield func(metrics.SeriesID, []metrics.Bucket) error) error {
	m.mu.Lock()
	m.selects++
	m.mu.Unlock()
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		if id == 0 || int(id) > len(m.series) {
			continue
		}
		if buckets := m.series[id-1].buckets(g, withDist); len(buckets) > 0 {
			if err := yield(id, buckets); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *series) buckets(g metrics.Grid, withDist bool) []metrics.Bucket {
	all := make([]metrics.Bucket, g.N)
	unknown := make([]bool, g.N)
	for i := range s.data {
		d := &s.data[i]
		if d.Timestamp < g.Start || d.Timestamp >= g.End() || d.Stats == (metrics.StatisticSet{}) {
			continue
		}
		k := int((d.Timestamp - g.Start) / g.Period)
		all[k].Index = k
		all[k].Stats.Merge(d.Stats)
		if !withDist {
			continue
		}
		dist := metrics.DistributionOf(d)
		if dist == nil {
			unknown[k] = true
			continue
		}
		if all[k].Dist == nil {
			all[k].Dist = new(metrics.Distribution)
		}
		all[k].Dist.Merge(dist)
	}
	out := all[:0]
	for i, b := range all {
		if b.Stats.Count == 0 {
			continue
		}
		if unknown[i] {
			b.Dist = nil
		}
		out = append(out, b)
	}
	return out
}

// Selects returns how often Select was called, for tests that bound it.
func (m *Mem) Selects() int {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.selects
}
