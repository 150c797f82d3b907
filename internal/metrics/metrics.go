// Package metrics holds the nouns of the metric side (key, series, datum,
// statistic set, distribution) and the narrow contracts between those who
// write datapoints, the engine that keeps them and those who read them. It
// imports no engine and no wire.
//
// Data passes through like this: ingest validates a PutMetricData call into
// [Datum]s and hands them to an [Appender], which returns only when they are
// durable; readers find series with an [Index] and have a [Selector] merge
// their points onto a period [Grid].
package metrics

import (
	"context"
	"errors"
	"sort"
	"strings"

	"skywatch/internal/scope"
)

// Sentinel errors, tested with errors.Is.
var (
	ErrCorrupt = errors.New("corrupt data")
	ErrClosed  = errors.New("store is closed")
	ErrFull    = errors.New("out of space")
)

// SeriesID identifies a series inside one store. It is stable for as long as
// the data lives. Zero is no series.
type SeriesID uint64

// Dimension is a name and value pair that is part of a metric's identity.
type Dimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Key is the identity of a metric. Dimensions are sorted by name and have
// distinct names: build keys with [NewKey].
type Key struct {
	Scope      scope.Scope
	Namespace  string
	Name       string
	Dimensions []Dimension
}

// NewKey returns the key with a sorted copy of dims.
func NewKey(s scope.Scope, namespace, name string, dims ...Dimension) Key {
	d := append([]Dimension(nil), dims...)
	sort.Slice(d, func(i, j int) bool { return d[i].Name < d[j].Name })
	return Key{Scope: s, Namespace: namespace, Name: name, Dimensions: d}
}

// Canonical returns a string that is equal exactly for equal keys. Parts are
// parted by NUL, which no part can hold (validation refuses control characters).
func (k Key) Canonical() string {
	var b strings.Builder
	for _, s := range []string{k.Scope.Account, k.Scope.Region, k.Namespace, k.Name} {
		b.WriteString(s)
		b.WriteByte(0)
	}
	for _, d := range k.Dimensions {
		b.WriteString(d.Name)
		b.WriteByte(0)
		b.WriteString(d.Value)
		b.WriteByte(0)
	}
	return b.String()
}

// Dimension returns the value of the named dimension and whether it exists.
func (k Key) Dimension(name string) (string, bool) {
	for _, d := range k.Dimensions {
		if d.Name == name {
			return d.Value, true
		}
	}
	return "", false
}

// Series is a metric in one unit: CloudWatch never merges or converts units,
// so each unit of a metric is a series of its own.
type Series struct {
	ID         SeriesID
	Key        Key
	Unit       string // one of CloudWatch's units; "None" when the writer gave none
	FirstData  int64  // milliseconds, smallest datapoint timestamp
	LastData   int64  // milliseconds, largest datapoint timestamp
	LastUpdate int64  // milliseconds, server clock of the last write
}

// StatisticSet is the mergeable summary of samples. Count is a float because
// writers may give fractional counts. A Count of 0 beside a Sum that is not is a
// correction: it changes the sum of samples that are told elsewhere, and says
// nothing by itself.
type StatisticSet struct {
	Count, Sum, Min, Max float64
}

// Merge adds t's samples to s. Merging is associative and commutative up to
// the rounding of Sum. The zero StatisticSet is the empty one.
func (s *StatisticSet) Merge(t StatisticSet) {
	if t == (StatisticSet{}) {
		return
	}
	if *s == (StatisticSet{}) {
		*s = t
		return
	}
	s.Count += t.Count
	s.Sum += t.Sum
	s.Min = min(s.Min, t.Min)
	s.Max = max(s.Max, t.Max)
}

// Average returns Sum / Count, or 0 of the empty set.
func (s StatisticSet) Average() float64 {
	if s.Count == 0 {
		return 0
	}
	return s.Sum / s.Count
}

// Datum is one write to one series: everything given for one instant.
type Datum struct {
	Key        Key
	Unit       string
	Timestamp  int64 // milliseconds; the engine rounds down to the resolution
	Resolution int   // seconds: 1 or 60
	// Stats with a Count of 0 and a Sum correct samples written before, which
	// must lie at the same instant, for the data to make sense: the Sum is added
	// to theirs, and Min and Max, which differ, to their bounds. How the samples
	// spread is not known from then on, so they have no percentiles.
	Stats StatisticSet
	// Values and Counts are the raw samples when the writer gave them (same
	// length; both nil when only a statistic set was given). They make
	// percentiles possible.
	Values, Counts []float64
}

// Appender makes datapoints durable.
type Appender interface {
	// Append stores all data or nothing. When it returns nil they survive
	// kill -9 and power loss and are visible to every read that starts
	// afterwards. now is the server's clock in milliseconds. The slice and
	// what it points to may be reused after return. Safe for concurrent use.
	Append(ctx context.Context, now int64, data []Datum) error
}

// Filter chooses series. Empty strings match everything.
type Filter struct {
	Scope     scope.Scope // empty Account or Region matches any
	Namespace string
	Name      string
	// Dimensions must all be present; a Value of "" matches any value unless
	// Exact is set.
	Dimensions []Dimension
	// Exact asks for metrics whose dimension set equals Dimensions.
	Exact bool
	// Since leaves out series whose LastData is before it (milliseconds).
	Since int64
}

// Index finds series.
type Index interface {
	// Find returns the matching series ordered by namespace, name, dimensions,
	// unit. The result is the caller's.
	Find(ctx context.Context, f Filter) ([]Series, error)
	// Lookup returns the series of exactly this metric, one for each unit.
	Lookup(ctx context.Context, k Key) ([]Series, error)
}

// Grid is a run of equal periods: bucket i covers
// [Start + i*Period, Start + (i+1)*Period), in milliseconds.
type Grid struct {
	Start  int64
	Period int64
	N      int
}

// End is the first millisecond after the grid.
func (g Grid) End() int64 { return g.Start + int64(g.N)*g.Period }

// Bucket is the merge of all points of a series within one period of a grid.
type Bucket struct {
	Index int // of the period within the grid
	Stats StatisticSet
	// Dist is nil when it was not asked for, or when some point had only a
	// statistic set from which no distribution follows. Read only.
	Dist *Distribution
}

// Selector reads points, merged onto a grid.
type Selector interface {
	// Select calls yield once for each id that has data on the grid, with its
	// non-empty buckets in ascending order; the slice is valid until yield
	// returns. withDist asks for distributions. It sees every datum
	// acknowledged before the call. A yield error ends the call and is
	// returned. yield may be called from one goroutine at a time only.
	Select(ctx context.Context, ids []SeriesID, g Grid, withDist bool, yield func(SeriesID, []Bucket) error) error
}
