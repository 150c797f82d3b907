package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"skywatch/internal/inventory"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metrics/metricstest"
	"skywatch/internal/scope"
)

var here = scope.Scope{Account: "123456789012", Region: "eu-west-1"}

// The tests' clock stands at noon UTC; the range is the hour before.
const (
	minute = int64(60_000)
	noon   = int64(1760011200000)
	start  = noon - 60*minute
)

// documents is a metastore without log groups.
type documents struct {
	mu   sync.Mutex
	docs map[string]json.RawMessage
}

func (d *documents) Groups(scope.Scope) []metastore.Group { return nil }
func (d *documents) AllScopes() []scope.Scope             { return nil }
func (d *documents) ListDocs(context.Context, string, scope.Scope) ([]metastore.Doc, error) {
	return nil, nil
}

func (d *documents) PutDoc(_ context.Context, kind string, sc scope.Scope, key string, v any) error {
	raw, err := json.Marshal(v)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.docs == nil {
		d.docs = map[string]json.RawMessage{}
	}
	d.docs[kind+"/"+sc.String()+"/"+key] = raw
	return err
}

func (d *documents) GetDoc(_ context.Context, kind string, sc scope.Scope, key string, v any) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, ok := d.docs[kind+"/"+sc.String()+"/"+key]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(raw, v)
}

// world is a fleet over stores in memory.
type world struct {
	testing.TB
	mem   *metricstest.Mem
	inv   *inventory.Inventory
	fleet *Fleet
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, mem: metricstest.New()}
	docs := &documents{}
	var err error
	if w.inv, err = inventory.New(t.Context(), inventory.Config{Index: w.mem, Store: docs}); err != nil {
		t.Fatal(err)
	}
	w.fleet = New(Config{Inventory: w.inv, Selector: w.mem, Settings: docs, Rates: DefaultRates(), Now: func() time.Time { return time.UnixMilli(noon) }})
	return w
}

// put writes raw samples of one metric at a moment given in minutes after
// start. dims are names and values in turn.
func (w *world) put(namespace, name, unit string, at int64, samples []float64, dims ...string) {
	w.Helper()
	w.putAt(namespace, name, unit, start+at*minute, samples, true, dims...)
}

// putSet writes a statistic set without its samples, as collectors do.
func (w *world) putSet(namespace, name, unit string, at int64, samples []float64, dims ...string) {
	w.Helper()
	w.putAt(namespace, name, unit, start+at*minute, samples, false, dims...)
}

func (w *world) putAt(namespace, name, unit string, at int64, samples []float64, values bool, dims ...string) {
	w.Helper()
	var ds []metrics.Dimension
	for i := 0; i < len(dims); i += 2 {
		ds = append(ds, metrics.Dimension{Name: dims[i], Value: dims[i+1]})
	}
	d := metrics.Datum{Key: metrics.NewKey(here, namespace, name, ds...), Unit: unit, Timestamp: at, Resolution: 60}
	for _, v := range samples {
		d.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: v, Min: v, Max: v})
		if values {
			d.Values, d.Counts = append(d.Values, v), append(d.Counts, 1)
		}
	}
	if err := w.mem.Append(w.Context(), noon, []metrics.Datum{d}); err != nil {
		w.Fatal(err)
	}
}

func (w *world) fact(kind, name, attribute string, v any) {
	w.inv.Observe(here, []inventory.Fact{{Kind: kind, Name: name, Attribute: attribute, Value: v, At: start}})
}

func (w *world) table(kind string) *Table {
	w.Helper()
	t, err := w.fleet.Table(w.Context(), here, kind, start, noon, 6)
	if err != nil {
		w.Fatal(err)
	}
	return t
}

func (w *world) row(kind, name string) *Resource {
	w.Helper()
	t := w.table(kind)
	for i := range t.Resources {
		if t.Resources[i].Name == name {
			return &t.Resources[i]
		}
	}
	w.Fatalf("no %s called %s", kind, name)
	return nil
}

// fired prints the warnings of a row as "rule:severity@minute …".
func fired(r *Resource) string {
	s := ""
	for _, w := range r.Warnings {
		if s != "" {
			s += " "
		}
		s += w.Rule + ":" + w.Severity
		if w.Since != nil {
			s += fmt.Sprintf("@%d", (*w.Since-start)/minute)
		}
	}
	return s
}

func repeat(v float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

// estate fills a world with one of everything worth showing.
func (w *world) estate() {
	fn := func(name string) []string { return []string{"FunctionName", name} }
	aws := func(name, metric, unit string, at int64, v ...float64) {
		w.put("AWS/Lambda", metric, unit, at, v, fn(name)...)
	}
	sky := func(name, metric, unit string, at int64, v ...float64) {
		w.put("Skywatch/Lambda", metric, unit, at, v, fn(name)...)
	}
	// A busy function that runs out of memory in the second half hour.
	for _, at := range []int64{0, 10, 30, 40, 50} {
		aws("orders-load", "Invocations", "Count", at, 100)
		aws("orders-load", "Errors", "Count", at, map[bool]float64{true: 20, false: 0}[at >= 30])
		aws("orders-load", "Throttles", "Count", at, 0)
		aws("orders-load", "Duration", "Milliseconds", at, 100, 200, 300, 400, 1000)
		aws("orders-load", "ConcurrentExecutions", "Count", at, 3, 7)
		used := map[bool]float64{true: 512, false: 300}[at >= 30]
		sky("orders-load", "MemoryUsed", "Megabytes", at, 256, used)
		sky("orders-load", "MemorySize", "Megabytes", at, 512, 512)
		sky("orders-load", "MemoryUtilization", "Percent", at, 50, used/5.12)
		sky("orders-load", "InitDuration", "Milliseconds", at, 150)
		sky("orders-load", "ColdStarts", "Count", at, append(repeat(0, 199), 1)...)
		sky("orders-load", "Timeouts", "Count", at, 0, 0)
		sky("orders-load", "OutOfMemory", "Count", at, 0, map[bool]float64{true: 1, false: 0}[at >= 30])
		sky("orders-load", "BilledDuration", "Milliseconds", at, 2000)
		sky("orders-load", "BilledGBSeconds", "None", at, 1)
		sky("orders-load", "Duration", "Milliseconds", at, 100, 200, 300, 400, 1000)
	}
	w.fact(inventory.Lambda, "orders-load", "runtime", "python3.12")
	w.fact(inventory.Lambda, "orders-load", "timeoutMs", 30000.0)
	// Known by its REPORT lines alone.
	sky("logs-only", "Duration", "Milliseconds", 5, 10, 20, 30)
	sky("logs-only", "MemoryUtilization", "Percent", 5, 40)
	sky("logs-only", "BilledGBSeconds", "None", 5, 0.5)
	// Its metrics come without distributions, its REPORT lines with.
	w.putSet("AWS/Lambda", "Invocations", "Count", 5, []float64{3}, fn("collected")...)
	w.putSet("AWS/Lambda", "Duration", "Milliseconds", 5, []float64{10, 20, 60}, fn("collected")...)
	sky("collected", "Duration", "Milliseconds", 5, 10, 20, 60)
	// Without any.
	w.putSet("AWS/Lambda", "Invocations", "Count", 5, []float64{3}, fn("no-percentiles")...)
	w.putSet("AWS/Lambda", "Duration", "Milliseconds", 5, []float64{10, 20, 60}, fn("no-percentiles")...)
	// Known, never ran in the range.
	w.fact(inventory.Lambda, "idle", "memoryMB", 128.0)

	job := func(name, metric, unit string, at int64, v ...float64) {
		w.put("Skywatch/Glue", metric, unit, at, v, "JobName", name)
	}
	for at, failed := range map[int64]float64{5: 0, 25: 0, 55: 1} {
		job("nightly", "Runs", "Count", at, 1)
		job("nightly", "Failures", "Count", at, failed)
		job("nightly", "ExecutionTime", "Seconds", at, 600+float64(at))
		job("nightly", "DPUHours", "None", at, 1.5)
	}
	w.fact(inventory.Glue, "nightly", "lastRunState", "FAILED")
	w.fact(inventory.Glue, "nightly", "lastRunAt", float64(start+55*minute))
	w.fact(inventory.Glue, "nightly", "lastError", "Command failed with exit code 1")
	w.put("Glue", "glue.driver.aggregate.bytesRead", "Bytes", 5, []float64{1000}, "JobName", "nightly", "JobRunId", "ALL", "Type", "count")
	w.put("Glue", "glue.driver.aggregate.bytesRead", "Bytes", 5, []float64{1000}, "JobName", "nightly", "JobRunId", "jr_1", "Type", "count")
	w.put("Glue", "glue.ALL.jvm.heap.usage", "None", 5, []float64{0.5, 0.93}, "JobName", "nightly", "JobRunId", "ALL", "Type", "gauge")
	w.put("Glue", "glue.ALL.system.cpuSystemLoad", "None", 5, []float64{0.25, 0.75}, "JobName", "nightly", "JobRunId", "ALL", "Type", "gauge")

	for at := int64(0); at < 60; at += 10 {
		w.put("AWS/ApiGateway", "Count", "Count", at, repeat(1, 100), "ApiName", "shop")
		w.put("AWS/ApiGateway", "Count", "Count", at, repeat(1, 100), "ApiName", "shop", "Stage", "prod")
		w.put("AWS/ApiGateway", "5XXError", "Count", at, append(repeat(0, 98), 1, float64(at/10)), "ApiName", "shop")
		w.put("AWS/ApiGateway", "4XXError", "Count", at, repeat(0, 100), "ApiName", "shop")
		w.put("AWS/ApiGateway", "Latency", "Milliseconds", at, []float64{10, 20, 30, 40}, "ApiName", "shop")
		w.put("AWS/ApiGateway", "IntegrationLatency", "Milliseconds", at, []float64{5, 15}, "ApiName", "shop")
		// An HTTP API that has stages only.
		w.put("AWS/ApiGateway", "Count", "Count", at, repeat(1, 4), "ApiId", "h1", "Stage", "a")
		w.put("AWS/ApiGateway", "Count", "Count", at, repeat(1, 6), "ApiId", "h1", "Stage", "b")
		w.put("AWS/ApiGateway", "4xx", "Count", at, []float64{2}, "ApiId", "h1", "Stage", "a")
		w.put("AWS/ApiGateway", "Latency", "Milliseconds", at, []float64{10, 100}, "ApiId", "h1", "Stage", "a")
		w.put("AWS/ApiGateway", "Latency", "Milliseconds", at, []float64{1000}, "ApiId", "h1", "Stage", "b")
	}

	const gb = float64(1 << 30)
	today := noon / day * day
	for back := int64(0); back < 14; back++ {
		at := today - back*day
		w.putAt("AWS/S3", "BucketSizeBytes", "Bytes", at, []float64{(200 - 10*float64(back)) * gb}, false, "BucketName", "lake", "StorageType", "StandardStorage")
		if back > 2 { // everything was moved out of this class two days ago
			w.putAt("AWS/S3", "BucketSizeBytes", "Bytes", at, []float64{10 * gb}, false, "BucketName", "lake", "StorageType", "StandardIAStorage")
		}
		w.putAt("AWS/S3", "NumberOfObjects", "Count", at, []float64{1000 - float64(back)}, false, "BucketName", "lake", "StorageType", "AllStorageTypes")
	}
	w.put("AWS/S3", "AllRequests", "Count", 10, repeat(1, 200), "BucketName", "lake", "FilterId", "EntireBucket")
	w.put("AWS/S3", "AllRequests", "Count", 10, repeat(1, 50), "BucketName", "lake", "FilterId", "raw")
	w.put("AWS/S3", "4xxErrors", "Count", 10, append(repeat(0, 190), repeat(1, 10)...), "BucketName", "lake", "FilterId", "EntireBucket")
	w.put("AWS/S3", "FirstByteLatency", "Milliseconds", 10, []float64{10, 20, 300}, "BucketName", "lake", "FilterId", "EntireBucket")
}
