package fleet

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"skywatch/internal/metrics"
)

// column is one metric that a table needs of each resource.
type column struct {
	namespace, name string
	// unit is what the service sends; a series without unit is taken when
	// there is none in it. "" takes any unit.
	unit string
	dist bool // percentiles are wanted
	// rank says how well a series stands for the whole resource: 0 is best,
	// negative is never. Nil means the fewest dimensions. Series of the best
	// rank present are merged; others would count the same samples again.
	rank func(metrics.Key) int
}

// cell is one column of one resource, read.
type cell struct {
	ids     []metrics.SeriesID
	dist    bool
	present bool // some series exists that may have data on the grid
	total   metrics.StatisticSet
	buckets []metrics.StatisticSet // one per period; nil when there is no data
	whole   *metrics.Distribution  // of all buckets; nil when unknown
	noDist  bool                   // some bucket had no distribution
	parts   []*metrics.Distribution
	p95     []float64 // per period, NaN where unknown; nil when there is no data
	p99     []float64
}

// pick returns the series that stand for col, best rank only, without those
// that cannot have data on the grid.
func pick(series []metrics.Series, col column, g metrics.Grid) []metrics.SeriesID {
	best := math.MaxInt
	var ids []metrics.SeriesID
	for i := range series {
		s := &series[i]
		if s.Key.Name != col.name || s.Key.Namespace != col.namespace {
			continue
		}
		if s.LastData < g.Start || s.FirstData >= g.End() {
			continue
		}
		rank := len(s.Key.Dimensions)
		if col.rank != nil {
			rank = col.rank(s.Key)
		}
		if rank < 0 {
			continue
		}
		if col.unit != "" && s.Unit != col.unit {
			if s.Unit != "None" {
				continue
			}
			rank += 1000
		}
		switch {
		case rank < best:
			best, ids = rank, append(ids[:0], s.ID)
		case rank == best:
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// read fills cells from the selector: one call per processor for the cells
// with distributions and one for those without, never one per resource. All
// series of a cell go through the same call.
func read(ctx context.Context, sel metrics.Selector, g metrics.Grid, cells []*cell) error {
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, dist := range []bool{true, false} {
		var wanted []*cell
		n := 0
		for _, c := range cells {
			if c.dist == dist && len(c.ids) > 0 {
				wanted = append(wanted, c)
				n += len(c.ids)
			}
		}
		for len(wanted) > 0 {
			share := map[metrics.SeriesID]*cell{}
			var ids []metrics.SeriesID
			for len(wanted) > 0 && len(ids) < max(1, (n+workers-1)/workers) {
				for _, id := range wanted[0].ids {
					share[id] = wanted[0]
					ids = append(ids, id)
				}
				wanted = wanted[1:]
			}
			group.Go(func() error {
				return sel.Select(ctx, ids, g, dist, func(id metrics.SeriesID, buckets []metrics.Bucket) error {
					c := share[id]
					if c == nil {
						return fmt.Errorf("selector answered with series %d, which was not asked for", id)
					}
					return c.take(g, buckets)
				})
			})
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, c := range cells {
		c.finish()
	}
	return nil
}

// take merges the buckets of one of the cell's series.
func (c *cell) take(g metrics.Grid, buckets []metrics.Bucket) error {
	if len(buckets) == 0 {
		return nil
	}
	if c.buckets == nil {
		c.buckets = make([]metrics.StatisticSet, g.N)
		if c.dist {
			c.whole = new(metrics.Distribution)
			both := make([]float64, 2*g.N)
			for i := range both {
				both[i] = math.NaN()
			}
			c.p95, c.p99 = both[:g.N:g.N], both[g.N:]
			if len(c.ids) > 1 {
				c.parts = make([]*metrics.Distribution, g.N)
			}
		}
	}
	for i := range buckets {
		b := &buckets[i]
		if b.Index < 0 || b.Index >= g.N {
			return fmt.Errorf("selector answered with bucket %d of a grid of %d", b.Index, g.N)
		}
		if b.Stats.Count == 0 {
			continue
		}
		c.buckets[b.Index].Merge(b.Stats)
		c.total.Merge(b.Stats)
		if !c.dist {
			continue
		}
		switch {
		case b.Dist == nil:
			c.noDist = true
		case c.parts == nil: // the only series: its percentiles are the cell's
			c.whole.Merge(b.Dist)
			c.p95[b.Index], c.p99[b.Index] = b.Dist.Quantile(95), b.Dist.Quantile(99)
		default:
			c.whole.Merge(b.Dist)
			if c.parts[b.Index] == nil {
				c.parts[b.Index] = b.Dist.Clone()
			} else {
				c.parts[b.Index].Merge(b.Dist)
			}
		}
	}
	return nil
}

func (c *cell) finish() {
	for i, d := range c.parts {
		// A bucket whose distribution covers a part of its samples has none.
		if d != nil && math.Abs(d.Count()-c.buckets[i].Count) <= 1e-9*c.buckets[i].Count {
			c.p95[i], c.p99[i] = d.Quantile(95), d.Quantile(99)
		}
	}
	c.parts = nil
	if c.noDist {
		c.whole = nil // a percentile of a part of the samples would mislead
	}
}

// percentile returns a percentile of the whole range, NaN when unknown.
func (c *cell) percentile(p float64) float64 {
	if c.whole == nil {
		return math.NaN()
	}
	return c.whole.Quantile(p)
}

// sum returns the sum over the range; 0 when series exist that have no data in
// it (these services send nothing where nothing happened), NaN without series.
func (c *cell) sum() float64 {
	if !c.present {
		return math.NaN()
	}
	return c.total.Sum
}

// ofData returns v, or NaN when the cell has no data.
func (c *cell) ofData(v float64) float64 {
	if c.total.Count == 0 {
		return math.NaN()
	}
	return v
}

func (c *cell) avg() float64 { return c.ofData(c.total.Average()) }
func (c *cell) max() float64 { return c.ofData(c.total.Max) }

// last returns the statistics of the newest bucket with data.
func (c *cell) last() metrics.StatisticSet {
	for i := len(c.buckets) - 1; i >= 0; i-- {
		if c.buckets[i].Count > 0 {
			return c.buckets[i]
		}
	}
	return metrics.StatisticSet{}
}

func (c *cell) bucket(i int) metrics.StatisticSet {
	if c.buckets == nil {
		return metrics.StatisticSet{}
	}
	return c.buckets[i]
}
