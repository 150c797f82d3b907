package fleet

import (
	"math"

	"skywatch/internal/metrics"
)

// The storage metrics come once a day, stamped with the day's start.
const day = int64(24 * 60 * 60 * 1000)

// sparkDays is how far back the sparklines of buckets go, whatever the range.
const sparkDays = 14

const (
	bRequests = iota
	bErrors4xx
	bErrors5xx
	bDownloaded
	bUploaded
	bFirstByte
	nBucket
)

var bucketColumns = []column{
	bRequests:   {namespace: "AWS/S3", name: "AllRequests", unit: "Count"},
	bErrors4xx:  {namespace: "AWS/S3", name: "4xxErrors", unit: "Count"},
	bErrors5xx:  {namespace: "AWS/S3", name: "5xxErrors", unit: "Count"},
	bDownloaded: {namespace: "AWS/S3", name: "BytesDownloaded", unit: "Bytes"},
	bUploaded:   {namespace: "AWS/S3", name: "BytesUploaded", unit: "Bytes"},
	bFirstByte:  {namespace: "AWS/S3", name: "FirstByteLatency", unit: "Milliseconds", dist: true},
}

// wholeBucketFilter returns a rank for request metrics: the filter called
// EntireBucket, as the console names it, or the only filter there is. Several
// others may overlap or leave parts out: no sum of theirs is the bucket.
func wholeBucketFilter(series []metrics.Series) func(metrics.Key) int {
	filters := map[string]bool{}
	for i := range series {
		if f, ok := series[i].Key.Dimension("FilterId"); ok {
			filters[f] = true
		}
	}
	return func(k metrics.Key) int {
		f, ok := k.Dimension("FilterId")
		if ok && (f == "EntireBucket" || len(filters) == 1) {
			return 0
		}
		return -1
	}
}

// storage is what the daily metrics say of one bucket.
type storage struct {
	byType  map[string]*cell // storage type to its sizes
	objects *cell
}

func s3Page(p *page) error {
	// Days: enough for the sparkline, for seven days before the newest, and
	// for the range.
	lastDay := (p.end - 1) / day * day
	n := max(sparkDays+2, int((lastDay-p.grid.Start/day*day)/day)+2)
	days := metrics.Grid{Start: lastDay - int64(n-1)*day, Period: day, N: n}
	if days.Start < 0 {
		n += int(days.Start / day)
		days.Start, days.N = 0, n
	}
	sparks := metrics.Grid{Start: lastDay - (sparkDays-1)*day, Period: day, N: sparkDays}
	if sparks.Start < 0 {
		sparks = days
	}
	p.table.SparkStart, p.table.SparkPeriod = sparks.Start, day

	stores := make([]storage, len(p.in))
	cells := make([]*cell, 0, len(p.in)*nBucket)
	daily := make([]*cell, len(p.in)) // requests per day
	var onDays, onSparks []*cell
	for r := range p.in {
		series := p.in[r].Series
		rank := wholeBucketFilter(series)
		for _, col := range bucketColumns {
			col.rank = rank
			ids := pick(series, col, p.grid)
			cells = append(cells, &cell{ids: ids, dist: col.dist, present: len(ids) > 0})
		}
		requests := bucketColumns[bRequests]
		requests.rank = rank
		ids := pick(series, requests, sparks)
		daily[r] = &cell{ids: ids, present: len(ids) > 0}
		onSparks = append(onSparks, daily[r])

		stores[r] = storage{byType: map[string]*cell{}}
		for i := range series {
			s := &series[i]
			typ, ok := s.Key.Dimension("StorageType")
			if !ok || len(s.Key.Dimensions) != 2 || s.LastData < days.Start || s.FirstData >= days.End() {
				continue
			}
			c := &cell{ids: []metrics.SeriesID{s.ID}, present: true}
			switch {
			case s.Key.Name == "BucketSizeBytes" && s.Unit == "Bytes":
				stores[r].byType[typ] = c
			case s.Key.Name == "NumberOfObjects" && s.Unit == "Count" && typ == "AllStorageTypes":
				stores[r].objects = c
			default:
				continue
			}
			onDays = append(onDays, c)
		}
	}
	if err := p.read(p.grid, cells); err != nil {
		return err
	}
	if err := p.read(days, onDays); err != nil {
		return err
	}
	if err := p.read(sparks, onSparks); err != nil {
		return err
	}
	for r := range p.in {
		p.add(r, p.bucket(&stores[r], days, sparks, daily[r], cells[r*nBucket:(r+1)*nBucket]))
	}
	return nil
}

// size is the bucket's size on a day: every storage type that has a datapoint.
// A type without one holds nothing that day, when others have one.
func (s *storage) size(i int) float64 {
	total := math.NaN()
	for _, c := range s.byType {
		if b := c.bucket(i); b.Count > 0 {
			total = orElse(total, 0) + b.Average()
		}
	}
	return total
}

// newest returns the last day with a size, -1 without any.
func (s *storage) newest(n int) int {
	for i := n - 1; i >= 0; i-- {
		if !math.IsNaN(s.size(i)) {
			return i
		}
	}
	return -1
}

// sizeNear is the size on day i or, where that day is missing, on one of the
// two before it.
func (s *storage) sizeNear(i int) float64 {
	for j := i; j >= 0 && j > i-3; j-- {
		if v := s.size(j); !math.IsNaN(v) {
			return v
		}
	}
	return math.NaN()
}

func (p *page) bucket(s *storage, days, sparks metrics.Grid, daily *cell, c []*cell) Resource {
	size, objects, cost := math.NaN(), math.NaN(), math.NaN()
	byClass := map[string]float64{}
	growth, growth7, before7 := math.NaN(), math.NaN(), math.NaN()
	if last := s.newest(days.N); last >= 0 {
		size, cost = s.size(last), 0
		for typ, cell := range s.byType {
			b := cell.bucket(last)
			if b.Count == 0 {
				continue
			}
			class, known := p.cfg.Rates.S3StorageTypes[typ]
			if !known {
				class = typ // a new type shows under its own name; its price is not known
				cost = math.NaN()
			}
			byClass[class] += b.Average()
			cost += b.Average() / (1 << 30) * p.cfg.Rates.S3PerGBMonth[class]
		}
		if s.objects != nil {
			for i := last; i >= 0 && i > last-3; i-- {
				if b := s.objects.bucket(i); b.Count > 0 {
					objects = b.Average()
					break
				}
			}
		}
		// Over the range: against the day the range begins on, at least a day.
		first := min(int((p.grid.Start/day*day-days.Start)/day), last-1)
		growth = size - s.sizeNear(first)
		before7 = s.sizeNear(last - 7)
		growth7 = size - before7
	}
	requests, e4, e5 := c[bRequests].sum(), c[bErrors4xx].sum(), c[bErrors5xx].sum()
	v := Values{
		"sizeBytes": size, "sizeByClass": byClass, "objects": objects,
		"growthBytes": growth, "growth7dBytes": growth7, "growthPct7d": rate(growth7, before7),
		"requests": requests, "errors4xx": e4, "errors5xx": e5,
		"bytesDownloaded": c[bDownloaded].sum(), "bytesUploaded": c[bUploaded].sum(),
		"firstByteP95": c[bFirstByte].percentile(95), "costUSD": cost,
	}
	t := p.table.Totals
	for _, name := range []string{"sizeBytes", "objects", "growthBytes", "growth7dBytes", "requests", "errors4xx", "errors5xx", "bytesDownloaded", "bytesUploaded", "costUSD"} {
		t.add(name, v.get(name))
	}
	offset := int((sparks.Start - days.Start) / day)
	return Resource{
		Values: v,
		Spark: map[string]Points{
			"sizeBytes": points(sparks.N, func(i int) float64 { return s.size(i + offset) }),
			"requests": points(sparks.N, func(i int) float64 {
				if b := daily.bucket(i); b.Count > 0 {
					return b.Sum
				}
				return math.NaN()
			}),
		},
		Warnings: p.bucketWarnings(v, c),
		traffic:  orElse(size, 0),
	}
}

func (p *page) bucketWarnings(v Values, c []*cell) []Warning {
	var ws []Warning
	if g, limit := v.get("growthPct7d"), p.thresholds.BucketGrowth; g > limit {
		ws = append(ws, Warning{Rule: "growth", Severity: Warn, Value: g, Threshold: limit, Unit: "Percent",
			Evidence: Values{"sizeBytes": v["sizeBytes"], "growth7dBytes": v["growth7dBytes"]}})
	}
	failed := sumOf(v.get("errors4xx"), v.get("errors5xx"))
	if r := rate(failed, v.get("requests")); r > p.thresholds.ErrorRateWarn {
		w := Warning{Rule: "errors", Severity: Warn, Value: r, Threshold: p.thresholds.ErrorRateWarn, Unit: "Percent",
			Evidence: Values{"errors4xx": v["errors4xx"], "errors5xx": v["errors5xx"], "requests": v["requests"]}}
		if r > p.thresholds.ErrorRateCritical {
			w.Severity, w.Threshold = Critical, p.thresholds.ErrorRateCritical
		}
		w.When = p.when(func(i int) float64 {
			return rate(c[bErrors4xx].bucket(i).Sum+c[bErrors5xx].bucket(i).Sum, c[bRequests].bucket(i).Sum)
		}, above(w.Threshold))
		ws = append(ws, w)
	}
	return ws
}
