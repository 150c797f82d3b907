package fleet

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"skywatch/internal/inventory"
	"skywatch/internal/metrics"
	"skywatch/internal/metricstore"
	"skywatch/internal/vfs"
)

// BenchmarkLambdaTable is the fleet page of 300 functions over 24 hours of
// minutes on the real engine, once with all data in its memtable or segments as
// they fall, and the JSON of the answer.
func BenchmarkLambdaTable(b *testing.B) {
	const functions, minutes = 300, 24 * 60
	store, err := metricstore.Open(b.Context(), vfs.NewMem(), "metrics", metricstore.Options{Now: func() int64 { return noon }})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	for m := range int64(minutes) {
		var batch []metrics.Datum
		for f := range functions {
			n := 1 + rng.IntN(1+600/(f+1)) // skewed: a few functions get most calls
			if f > 100 && rng.IntN(3) > 0 {
				continue // most are not called every minute
			}
			name := fmt.Sprintf("function-%03d", f)
			put := func(namespace, metric, unit string, v func() float64) {
				d := metrics.Datum{Key: metrics.NewKey(here, namespace, metric, metrics.Dimension{Name: "FunctionName", Value: name}),
					Unit: unit, Timestamp: noon - (minutes-m)*minute, Resolution: 60}
				for range n {
					x := v()
					d.Stats.Merge(metrics.StatisticSet{Count: 1, Sum: x, Min: x, Max: x})
					d.Values, d.Counts = append(d.Values, x), append(d.Counts, 1)
				}
				batch = append(batch, d)
			}
			zero := func() float64 { return 0 }
			duration := func() float64 { return float64(int(rng.ExpFloat64()*20000)) / 100 }
			used := func() float64 { return float64(100 + rng.IntN(300)) }
			put("AWS/Lambda", "Invocations", "Count", func() float64 { return 1 })
			put("AWS/Lambda", "Errors", "Count", zero)
			put("AWS/Lambda", "Throttles", "Count", zero)
			put("AWS/Lambda", "Duration", "Milliseconds", duration)
			put("AWS/Lambda", "ConcurrentExecutions", "Count", func() float64 { return float64(1 + rng.IntN(5)) })
			put("Skywatch/Lambda", "Duration", "Milliseconds", duration)
			put("Skywatch/Lambda", "BilledDuration", "Milliseconds", func() float64 { return float64(int(duration()) + 1) })
			put("Skywatch/Lambda", "MemoryUsed", "Megabytes", used)
			put("Skywatch/Lambda", "MemorySize", "Megabytes", func() float64 { return 512 })
			put("Skywatch/Lambda", "MemoryUtilization", "Percent", func() float64 { return used() / 5.12 })
			put("Skywatch/Lambda", "BilledGBSeconds", "None", func() float64 { return duration() / 2000 })
			put("Skywatch/Lambda", "ColdStarts", "Count", zero)
			put("Skywatch/Lambda", "Timeouts", "Count", zero)
			put("Skywatch/Lambda", "OutOfMemory", "Count", zero)
			if rng.IntN(20) == 0 {
				put("Skywatch/Lambda", "InitDuration", "Milliseconds", duration)
			}
		}
		if err := store.Append(b.Context(), noon, batch); err != nil {
			b.Fatal(err)
		}
	}
	docs := &documents{}
	inv, err := inventory.New(b.Context(), inventory.Config{Index: store, Store: docs})
	if err != nil {
		b.Fatal(err)
	}
	fleet := New(Config{Inventory: inv, Selector: store, Settings: docs, Rates: DefaultRates(), Now: func() time.Time { return time.UnixMilli(noon) }})
	table := func(b *testing.B) *Table {
		t, err := fleet.Table(b.Context(), here, inventory.Lambda, noon-day, noon, 48)
		if err != nil {
			b.Fatal(err)
		}
		if len(t.Resources) != functions {
			b.Fatalf("%d rows, want %d", len(t.Resources), functions)
		}
		return t
	}
	run := func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			table(b)
		}
	}
	b.Run("memtable", run)
	if err := store.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Run("segments", run)
	b.Run("json", func(b *testing.B) {
		t := table(b)
		b.ReportAllocs()
		for b.Loop() {
			raw, err := json.Marshal(t)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(raw)))
		}
	})
}
