// Package fleet builds the fleet pages: one table per kind of resource (Lambda
// functions, Glue jobs, APIs, buckets) with the numbers, the sparklines, the
// warnings and the estimated cost of every resource, in one answer.
//
// Data passes through like this: the inventory lists the resources, each with
// its metric series; a kind's columns choose the series that stand for a
// resource; all chosen series go to the Selector together, a few calls for the
// whole page and never one per resource; the merged buckets are the sparklines
// and, merged once more, the totals; the warning rules read both.
//
// # Adding a kind
//
// A kind is one file: its columns, a function that turns the cells of one
// resource into a [Resource], its warning rules, its totals. Register it in
// [Fleet.Table].
package fleet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"skywatch/internal/inventory"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// Inventory lists the resources of one kind with their series, ordered by name.
type Inventory interface {
	List(ctx context.Context, sc scope.Scope, kind string) ([]inventory.Resource, error)
}

// Config holds what a Fleet asks. All parts are needed except Now.
type Config struct {
	Inventory Inventory
	Selector  metrics.Selector
	Settings  Settings
	Rates     Rates
	Now       func() time.Time // nil means time.Now
}

// Fleet answers fleet pages. Safe for concurrent use; it keeps no state.
type Fleet struct{ cfg Config }

// New returns a Fleet.
func New(cfg Config) *Fleet {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Fleet{cfg}
}

// Table is one fleet page. Times and periods are milliseconds.
type Table struct {
	Kind        string     `json:"kind"`
	Start       int64      `json:"start"` // rounded down to a minute
	End         int64      `json:"end"`   // as asked
	Period      int64      `json:"period"`
	SparkStart  int64      `json:"sparkStart"`
	SparkPeriod int64      `json:"sparkPeriod"`
	Now         int64      `json:"now"`
	ElapsedMs   float64    `json:"elapsedMs"`
	Thresholds  Thresholds `json:"thresholds"`
	Resources   []Resource `json:"resources"`
	Totals      Values     `json:"totals"`
}

// Resource is one row.
type Resource struct {
	Name       string            `json:"name"`
	FirstSeen  *int64            `json:"firstSeen"`
	LastSeen   *int64            `json:"lastSeen"`
	Attributes map[string]any    `json:"attributes"`
	Values     Values            `json:"values"`
	Spark      map[string]Points `json:"spark"`
	Warnings   []Warning         `json:"warnings"`

	traffic float64 // orders rows of equal severity
}

// Limits of a question.
const (
	MaxPoints = 500
	MaxRange  = 455 * 24 * time.Hour // CloudWatch's longest retention
	minPeriod = int64(60_000)        // the resolution of the metrics below
)

// Table answers the fleet page of one kind over [start, end), milliseconds,
// with sparklines of about points periods (the period is the next whole number
// of minutes). Refused input wraps ErrInvalid.
func (f *Fleet) Table(ctx context.Context, sc scope.Scope, kind string, start, end int64, points int) (*Table, error) {
	began := f.cfg.Now()
	if !slices.Contains(inventory.Kinds, kind) {
		return nil, fmt.Errorf("%w: kind is %q, want one of %v", ErrInvalid, kind, inventory.Kinds)
	}
	if points < 1 || points > MaxPoints {
		return nil, fmt.Errorf("%w: points is %d, want 1 to %d", ErrInvalid, points, MaxPoints)
	}
	if start < 0 || end <= start || end-start > MaxRange.Milliseconds() {
		return nil, fmt.Errorf("%w: range is %d to %d, want a start before the end and at most %d days", ErrInvalid, start, end, MaxRange/(24*time.Hour))
	}
	thresholds, err := f.Thresholds(ctx, sc)
	if err != nil {
		return nil, err
	}
	resources, err := f.cfg.Inventory.List(ctx, sc, kind)
	if err != nil {
		return nil, err
	}
	grid := gridFor(began.UnixMilli(), start, end, points)
	p := &page{
		ctx: ctx, cfg: &f.cfg, grid: grid, now: began.UnixMilli(), end: end, thresholds: thresholds, in: resources,
		table: &Table{
			Kind: kind, Start: grid.Start, End: end, Period: grid.Period, SparkStart: grid.Start, SparkPeriod: grid.Period,
			Now: began.UnixMilli(), Thresholds: thresholds, Resources: make([]Resource, 0, len(resources)), Totals: Values{},
		},
	}
	build := map[string]func(*page) error{
		inventory.Lambda: lambdaPage, inventory.Glue: gluePage, inventory.APIGateway: apiPage, inventory.S3: s3Page,
	}[kind]
	if err := build(p); err != nil {
		return nil, fmt.Errorf("build the %s fleet page of %s: %w", kind, sc, err)
	}
	p.finish()
	p.table.ElapsedMs = round(float64(f.cfg.Now().Sub(began).Microseconds()) / 1000)
	return p.table, nil
}

// gridFor lays about points periods over [start, end): whole minutes, or
// multiples of the coarser resolution that points of that age are kept in.
// Every datapoint of the range is on the grid; the first unit is taken whole.
func gridFor(now, start, end int64, points int) metrics.Grid {
	unit := minPeriod
	switch age := now - start; {
	case age > 63*day:
		unit = 60 * minPeriod
	case age > 15*day:
		unit = 5 * minPeriod
	}
	period := (end - start + int64(points) - 1) / int64(points)
	period = (period + unit - 1) / unit * unit
	start -= start % unit
	return metrics.Grid{Start: start, Period: period, N: int((end - start + period - 1) / period)}
}

// page is the table while it is being built.
type page struct {
	ctx        context.Context
	cfg        *Config
	grid       metrics.Grid
	now, end   int64
	thresholds Thresholds
	in         []inventory.Resource
	table      *Table
}

// cells picks the columns of every resource: cells[r*len(cols)+c].
func (p *page) cells(cols []column, g metrics.Grid) []*cell {
	flat := make([]cell, len(p.in)*len(cols))
	out := make([]*cell, len(flat))
	for r := range p.in {
		for c := range cols {
			i := r*len(cols) + c
			ids := pick(p.in[r].Series, cols[c], g)
			flat[i] = cell{ids: ids, dist: cols[c].dist, present: len(ids) > 0}
			out[i] = &flat[i]
		}
	}
	return out
}

func (p *page) read(g metrics.Grid, cells []*cell) error {
	return read(p.ctx, p.cfg.Selector, g, cells)
}

// add appends the row of p.in[r].
func (p *page) add(r int, row Resource) {
	in := &p.in[r]
	row.Name, row.Attributes = in.Name, in.Facts
	if row.Attributes == nil {
		row.Attributes = map[string]any{}
	}
	if in.FirstSeen != 0 {
		row.FirstSeen = &in.FirstSeen
	}
	if in.LastSeen != 0 {
		row.LastSeen = &in.LastSeen
	}
	if row.Warnings == nil {
		row.Warnings = []Warning{}
	}
	sortWarnings(row.Warnings)
	p.table.Resources = append(p.table.Resources, row)
}

// finish orders the rows, worst warning first, then by traffic, and counts
// them.
func (p *page) finish() {
	t := p.table
	worst := func(r *Resource) int {
		if len(r.Warnings) == 0 {
			return len(severities)
		}
		return severityRank(r.Warnings[0].Severity)
	}
	slices.SortStableFunc(t.Resources, func(a, b Resource) int {
		return cmp.Or(cmp.Compare(worst(&a), worst(&b)), cmp.Compare(b.traffic, a.traffic), cmp.Compare(a.Name, b.Name))
	})
	t.Totals["resources"] = float64(len(t.Resources))
	for i, s := range severities {
		n := 0
		for j := range t.Resources {
			if worst(&t.Resources[j]) == i {
				n++
			}
		}
		t.Totals[s] = float64(n)
	}
}
