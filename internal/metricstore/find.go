package metricstore

import (
	"cmp"
	"context"
	"slices"

	"skywatch/internal/metrics"
)

var _ metrics.Index = (*Store)(nil)

// Find implements metrics.Index.
func (s *Store) Find(ctx context.Context, f metrics.Filter) ([]metrics.Series, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.closed.Load() {
		return nil, metrics.ErrClosed
	}
	return seriesList(s.registry.match(&f)), nil
}

// Lookup implements metrics.Index.
func (s *Store) Lookup(ctx context.Context, k metrics.Key) ([]metrics.Series, error) {
	return s.Find(ctx, metrics.Filter{Scope: k.Scope, Namespace: k.Namespace, Name: k.Name, Dimensions: k.Dimensions, Exact: true})
}

// seriesList turns entries into copies that the caller may change.
func seriesList(entries []*entry) []metrics.Series {
	n := 0
	for _, e := range entries {
		n += len(e.key.Dimensions)
	}
	dims := make([]metrics.Dimension, 0, n) // one allocation for all
	out := make([]metrics.Series, len(entries))
	for i, e := range entries {
		from := len(dims)
		dims = append(dims, e.key.Dimensions...)
		key := e.key
		key.Dimensions = dims[from:len(dims):len(dims)]
		out[i] = metrics.Series{
			ID: e.id, Key: key, Unit: e.unit,
			FirstData: e.first.Load() * 1000, LastData: e.last.Load() * 1000, LastUpdate: e.update.Load(),
		}
	}
	return out
}

// match returns the entries with data that f chooses, in order.
func (r *registry) match(f *metrics.Filter) []*entry {
	want := slices.Clone(f.Dimensions)
	slices.SortFunc(want, func(a, b metrics.Dimension) int { return cmp.Compare(a.Name, b.Name) })

	r.mu.RLock()
	candidates, all := r.candidates(f)
	var out []*entry
	for _, e := range candidates {
		if e.matches(f, want) {
			out = append(out, e)
		}
	}
	if all && len(r.fresh) == 0 {
		r.mu.RUnlock()
		return out // r.sorted was walked: in order already
	}
	r.mu.RUnlock()
	if all {
		r.sortAll()
	}
	slices.SortFunc(out, compareEntries)
	return out
}

// candidates returns the shortest list that must hold every match. all says
// that it is the list of all series. r.mu is held.
func (r *registry) candidates(f *metrics.Filter) (list []*entry, all bool) {
	found := false
	take := func(l []*entry) {
		if !found || len(l) < len(list) {
			list, found = l, true
		}
	}
	if f.Namespace != "" && f.Name != "" {
		take(r.names[f.Namespace][f.Name])
	}
	for _, d := range f.Dimensions {
		if d.Value != "" {
			take(r.pairs[d])
		} else if !f.Exact {
			take(r.dims[d.Name])
		}
	}
	if found {
		return list, false
	}
	if f.Namespace != "" {
		for _, l := range r.names[f.Namespace] {
			list = append(list, l...)
		}
		return list, false
	}
	if len(r.fresh) == 0 {
		return r.sorted, true
	}
	return slices.DeleteFunc(slices.Clone(r.byID), func(e *entry) bool { return e == nil }), true
}

// sortAll brings sorted up to date, so that the next walk over everything
// needs no sorting.
func (r *registry) sortAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.fresh) == 0 {
		return
	}
	r.sorted = append(slices.Clone(r.sorted), r.fresh...)
	slices.SortFunc(r.sorted, compareEntries)
	r.fresh = nil
}

// matches reports whether f, whose dimensions sorted by name are want, chooses e.
func (e *entry) matches(f *metrics.Filter, want []metrics.Dimension) bool {
	if e.update.Load() == 0 ||
		f.Namespace != "" && e.key.Namespace != f.Namespace ||
		f.Name != "" && e.key.Name != f.Name ||
		f.Scope.Account != "" && e.key.Scope.Account != f.Scope.Account ||
		f.Scope.Region != "" && e.key.Scope.Region != f.Scope.Region ||
		f.Since != 0 && e.last.Load()*1000 < f.Since {
		return false
	}
	if f.Exact {
		return slices.Equal(e.key.Dimensions, want)
	}
	have := e.key.Dimensions
	for _, d := range want {
		i, found := slices.BinarySearchFunc(have, d.Name, func(h metrics.Dimension, name string) int {
			return cmp.Compare(h.Name, name)
		})
		if !found || d.Value != "" && have[i].Value != d.Value {
			return false
		}
	}
	return true
}

// compareEntries orders by namespace, name, dimensions, unit and then scope.
func compareEntries(a, b *entry) int {
	if c := cmp.Compare(a.key.Namespace, b.key.Namespace); c != 0 {
		return c
	}
	if c := cmp.Compare(a.key.Name, b.key.Name); c != 0 {
		return c
	}
	if c := slices.CompareFunc(a.key.Dimensions, b.key.Dimensions, func(x, y metrics.Dimension) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.Value, y.Value))
	}); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.key.Scope.Account, b.key.Scope.Account),
		cmp.Compare(a.key.Scope.Region, b.key.Scope.Region), cmp.Compare(a.id, b.id))
}
