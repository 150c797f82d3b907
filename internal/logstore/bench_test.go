package logstore

import (
	"context"
	"runtime"
	"sync"

	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

// benchGroups is the fleet of the benchmarks.
const benchGroups = 300

// lambdaBatch returns n lines as Lambda functions write them, of one stream.
func lambdaBatch(rng *rand.Rand, n int, now int64) logs.Batch {
	g := logs.GroupID(1 + rng.IntN(benchGroups))
	b := logs.Batch{Group: g, Stream: logs.StreamID(uint64(g)*10 + rng.Uint64N(4)), Ingested: now}
	for i := range n {
		id := fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", rng.Uint32(), rng.IntN(1<<16), rng.IntN(1<<12), rng.IntN(1<<12), rng.Int64N(1<<48))
		m := ""
		switch i % 5 {
		case 0:
			m = "START RequestId: " + id + " Version: $LATEST\n"
		case 4:
			m = fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.%02d ms\tBilled Duration: %d ms\tMemory Size: 512 MB\tMax Memory Used: %d MB\t\n",
				id, rng.IntN(3000), rng.IntN(100), rng.IntN(3000), 60+rng.IntN(300))
		default:
			m = fmt.Sprintf(`{"level":"INFO","requestId":"%s","message":"order processed","orderId":%d,"customer":{"tier":"gold","id":%d},"ms":%d}`,
				id, rng.IntN(1e7), rng.IntN(1e5), rng.IntN(500))
		}
		b.Events = append(b.Events, logs.Event{Timestamp: now + int64(i), Message: m})
	}
	return b
}

func messageBytes(b logs.Batch) (n int64) {
	for _, e := range b.Events {
		n += int64(len(e.Message))
	}
	return n
}

// BenchmarkAppend measures durable appends on the disk, everything included
// that ingestion waits for: WAL, memtable, flush, compaction.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{100, 1000} {
		for _, writers := range []int{1, 16} {
			b.Run(fmt.Sprintf("batch=%d/writers=%d", size, writers), func(b *testing.B) {
				rng := rand.New(rand.NewPCG(1, 1))
				pool := make([]logs.Batch, 200)
				for i := range pool {
					pool[i] = lambdaBatch(rng, size, 1_700_000_000_000+int64(i)*500)
				}
				s, err := Open(ctx, vfs.Disk(), b.TempDir(), Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(messageBytes(pool[0]))
				b.ReportAllocs()
				b.SetParallelism((writers + 1) / 2)
				var next atomic.Int64
				one := func() {
					if err := s.Append(ctx, []logs.Batch{pool[next.Add(1)%200]}); err != nil {
						b.Error(err)
					}
				}
				b.ResetTimer()
				if writers == 1 {
					for range b.N {
						one()
					}
				} else {
					b.RunParallel(func(pb *testing.PB) {
						for pb.Next() {
							one()
						}
					})
				}
				b.StopTimer()
				b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
				if err := s.Close(ctx); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}

// BenchmarkScan measures scans over a million events of 300 groups.
func BenchmarkScan(b *testing.B) {
	const events, batch = 1_000_000, 200
	rng := rand.New(rand.NewPCG(1, 2))
	s, err := Open(ctx, vfs.Disk(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close(ctx)
	const start = int64(1_700_000_000_000)
	const step = 86400_000 / (events / batch)
	bytes := int64(0)
	for i := range events / batch {
		l := lambdaBatch(rng, batch, start+int64(i)*step)
		bytes += messageBytes(l)
		if err := s.Append(ctx, []logs.Batch{l}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	if err := s.Compact(ctx); err != nil {
		b.Fatal(err)
	}
	st := s.Stats()
	b.Logf("%d segments, %.1f MB on disk, %.1f MB of messages", st.Segments, float64(st.SegmentBytes)/1e6, float64(bytes)/1e6)
	every := all(benchGroups, logs.AnyOrder)
	run := func(name string, sc logs.Scan, limit int) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			rows := int64(0)
			for i := range b.N {
				if limit > 0 {
					sc.Groups = []logs.GroupID{logs.GroupID(1 + i%benchGroups)}
				}
				n := 0
				if _, err := s.Scan(ctx, sc, func(bl *logs.Block) error {
					n += bl.Len
					rows += int64(bl.Len)
					if limit > 0 && n >= limit {
						return logs.ErrStop
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "events/s")
		})
	}
	sc := every
	sc.Columns = logs.ColTimestamp
	run("timestamps/all", sc, 0)
	sc.Columns = logs.ColTimestamp | logs.ColGroup | logs.ColMessage
	run("messages/all", sc, 0)
	sc.Order = logs.OldestFirst
	run("messages/oldest", sc, 0)
	sc.Order = logs.NewestFirst
	run("messages/newest", sc, 0)
	sc.Columns = logs.AllColumns
	run("newest100/one-group", sc, 100)
	sc.Start, sc.End = start+80_000_000, start+83_600_000
	run("newest100/one-group-hour", sc, 100)
}

// BenchmarkAppendWhileReading appends from several writers while a reader
// goes through the parts of everything again and again.
func BenchmarkAppendWhileReading(b *testing.B) {
	const size, writers = 500, 4
	rng := rand.New(rand.NewPCG(1, 1))
	pool := make([]logs.Batch, 400)
	for i := range pool {
		pool[i] = lambdaBatch(rng, size, 1_700_000_000_000+int64(i)*500)
	}
	s, err := Open(ctx, vfs.Disk(), b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(messageBytes(pool[0]))
	reading, stop := context.WithCancel(ctx)
	var reader sync.WaitGroup
	reads := 0
	reader.Go(func() {
		var scratch logpart.Scratch
		for reading.Err() == nil {
			snap, err := s.Parts(reading, all(benchGroups, logs.AnyOrder))
			if err != nil {
				continue
			}
			for _, p := range snap.Parts() {
				if bl, err := p.Open(reading, &scratch); err == nil && bl.Typed != nil {
					if _, err := bl.TemplateIDs(); err != nil {
						b.Error(err)
					}
				}
			}
			snap.Release()
			reads++
		}
	})
	var next atomic.Int64
	var work sync.WaitGroup
	b.ResetTimer()
	for range writers {
		work.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					return
				}
				if err := s.Append(ctx, []logs.Batch{pool[i%int64(len(pool))]}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
	b.StopTimer()
	stop()
	reader.Wait()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(reads), "reads")
	b.ReportMetric(float64(m.Sys-m.HeapReleased)/1e6, "MB")
	if err := s.Close(ctx); err != nil {
		b.Fatal(err)
	}
}
