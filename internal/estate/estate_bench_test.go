package estate

import (
	"testing"
	"time"
)

// benchStart is a Wednesday.
var benchStart = time.Date(2026, 11, 18, 0, 0, 0, 0, time.UTC)

// BenchmarkGenerate makes one hour of a 5-million-event day and reports events
// and data per second of one core.
func BenchmarkGenerate(b *testing.B) {
	e, err := New(Config{Seed: 1, Start: benchStart, EventsPerDay: 5_000_000})
	if err != nil {
		b.Fatal(err)
	}
	from := benchStart.Add(10 * time.Hour)
	b.Run("logs", func(b *testing.B) {
		b.ReportAllocs()
		var events, bytes int64
		for b.Loop() {
			if err := e.Generate(from, from.Add(time.Hour), func(lb LogBatch) error {
				events += int64(len(lb.Events))
				for i := range lb.Events {
					bytes += int64(len(lb.Events[i].Message))
				}
				return nil
			}, nil); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		b.SetBytes(bytes / int64(b.N))
	})
	b.Run("metrics", func(b *testing.B) {
		b.ReportAllocs()
		var data int64
		for b.Loop() {
			if err := e.Generate(from, from.Add(time.Hour), nil, func(mb MetricBatch) error {
				data += int64(len(mb.Data))
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(data)/b.Elapsed().Seconds(), "data/s")
	})
}
