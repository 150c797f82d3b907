package logstore

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"skywatch/internal/estate"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

var estateEvents = flag.Int("estate", 200_000, "events of the simulated day that BenchmarkEstate writes")

// estateStart is the first moment of the simulated day.
var estateStart = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// writeEstate appends a simulated day of about n events as PutLogEvents calls
// would and returns the groups' ids.
func writeEstate(tb testing.TB, s *Store, n int) (groups []logs.GroupID, events, bytes int64) {
	tb.Helper()
	es, err := estate.New(estate.Config{Seed: 7, EventsPerDay: n, Start: estateStart})
	if err != nil {
		tb.Fatal(err)
	}
	groupIDs, streamIDs := map[string]logs.GroupID{}, map[string]logs.StreamID{}
	queue := make(chan []logs.Batch, 8)
	var failed error
	var writers sync.WaitGroup
	var mu sync.Mutex
	for range 4 {
		writers.Go(func() {
			for b := range queue {
				if err := s.Append(ctx, b); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	var pending []logs.Batch
	waiting := 0
	err = es.Generate(estateStart, estateStart.Add(24*time.Hour), func(lb estate.LogBatch) error {
		g := groupIDs[lb.Group]
		if g == 0 {
			g = logs.GroupID(len(groupIDs) + 1)
			groupIDs[lb.Group] = g
			groups = append(groups, g)
		}
		key := lb.Group + "\x00" + lb.Stream
		st := streamIDs[key]
		if st == 0 {
			st = logs.StreamID(len(streamIDs) + 1)
			streamIDs[key] = st
		}
		b := logs.Batch{Group: g, Stream: st}
		for _, e := range lb.Events {
			b.Events = append(b.Events, logs.Event{Timestamp: e.Timestamp, Message: string(e.Message)})
			bytes += int64(len(e.Message))
			b.Ingested = e.Timestamp + 800
		}
		slices.SortStableFunc(b.Events, func(x, y logs.Event) int { return int(x.Timestamp - y.Timestamp) })
		events += int64(len(b.Events))
		pending = append(pending, b)
		if waiting += len(b.Events); waiting > 500 {
			queue <- pending
			pending, waiting = nil, 0
		}
		return nil
	}, nil)
	queue <- pending
	close(queue)
	writers.Wait()
	if err = errors.Join(err, failed); err != nil {
		tb.Fatal(err)
	}
	return groups, events, bytes
}

// BenchmarkEstate writes a simulated day (-estate says how many events), and
// reports what that takes and how long the everyday questions take then.
func BenchmarkEstate(b *testing.B) {
	var flushed, merged struct {
		rows int64
		took time.Duration
	}
	var mu sync.Mutex
	s, err := Open(ctx, vfs.Disk(), b.TempDir(), Options{Listener: Listener{
		Flushed: func(i FlushInfo) {
			mu.Lock()
			flushed.rows, flushed.took = flushed.rows+i.Rows, flushed.took+i.Duration
			mu.Unlock()
		},
		Compacted: func(i CompactInfo) {
			mu.Lock()
			merged.rows, merged.took = merged.rows+i.RowsOut, merged.took+i.Duration
			mu.Unlock()
		},
	}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close(ctx)
	var peak uint64
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.Sys-m.HeapReleased)
			}
		}
	})
	start := time.Now()
	groups, events, bytes := writeEstate(b, s, *estateEvents)
	took := time.Since(start)
	if err := s.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	before := s.Stats()
	if err := s.Compact(ctx); err != nil {
		b.Fatal(err)
	}
	settled := time.Since(start)
	close(done)
	watch.Wait()
	st := s.Stats()
	mu.Lock()
	b.Logf("%d events, %.1f MB of messages, %d groups", events, float64(bytes)/1e6, len(groups))
	b.Logf("generated and appended at %.0f events/s, settled after %v; %.0f MB of memory at most", float64(events)/took.Seconds(), settled.Round(time.Millisecond), float64(peak)/1e6)
	b.Logf("flushed %d events at %.0f/s; merged %d at %.0f/s", flushed.rows, float64(flushed.rows)/flushed.took.Seconds(), merged.rows, float64(merged.rows)/merged.took.Seconds())
	b.Logf("disk %.1f MB in %d segments after flushes, %.1f MB in %d after compaction", float64(before.SegmentBytes)/1e6, before.Segments, float64(st.SegmentBytes)/1e6, st.Segments)
	mu.Unlock()
	b.Logf("columns: %s", columnSizes(s))

	b.Run("newest100/hour", func(b *testing.B) {
		rng := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			hour := estateStart.UnixMilli() + int64(rng.IntN(24))*3600_000
			sc := logs.Scan{Groups: []logs.GroupID{groups[rng.IntN(len(groups))]}, Start: hour, End: hour + 3600_000,
				Order: logs.NewestFirst, Columns: logs.AllColumns}
			n := 0
			if _, err := s.Scan(ctx, sc, func(bl *logs.Block) error {
				if n += bl.Len; n >= 100 {
					return logs.ErrStop
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("newest100/busiest", func(b *testing.B) {
		busiest, most := groups[0], int64(0)
		for _, g := range groups {
			if n := s.GroupStat(g).Events; n > most {
				busiest, most = g, n
			}
		}
		rng := rand.New(rand.NewPCG(1, 1))
		for b.Loop() {
			hour := estateStart.UnixMilli() + int64(rng.IntN(24))*3600_000
			sc := logs.Scan{Groups: []logs.GroupID{busiest}, Start: hour, End: hour + 3600_000, Order: logs.NewestFirst, Columns: logs.AllColumns}
			n := 0
			if _, err := s.Scan(ctx, sc, func(bl *logs.Block) error {
				if n += bl.Len; n >= 100 {
					return logs.ErrStop
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
	})
	everything := logs.Scan{Groups: groups, Start: estateStart.UnixMilli(), End: estateStart.UnixMilli() + 86400_000}
	b.Run("messages/all", func(b *testing.B) {
		sc := everything
		sc.Columns = logs.ColMessage
		for b.Loop() {
			if _, err := s.Scan(ctx, sc, func(*logs.Block) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
	eachPart := func(b *testing.B, f func(logpart.Part, *logpart.Scratch) error) {
		var scratch logpart.Scratch
		for b.Loop() {
			snap, err := s.Parts(ctx, everything)
			if err != nil {
				b.Fatal(err)
			}
			for _, p := range snap.Parts() {
				if err := f(p, &scratch); err != nil {
					b.Fatal(err)
				}
			}
			snap.Release()
		}
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	}
	b.Run("parts/minutes", func(b *testing.B) {
		var total int64
		eachPart(b, func(p logpart.Part, _ *logpart.Scratch) error {
			m, err := p.Minutes(ctx)
			if m != nil {
				for _, n := range m.Counts {
					total += n
				}
			}
			return err
		})
	})
	b.Run("parts/timestamps", func(b *testing.B) {
		eachPart(b, func(p logpart.Part, scratch *logpart.Scratch) error {
			bl, err := p.Open(ctx, scratch)
			if err == nil {
				_, err = bl.Timestamps()
			}
			return err
		})
	})
	b.Run("parts/open", func(b *testing.B) {
		eachPart(b, func(p logpart.Part, scratch *logpart.Scratch) error {
			_, err := p.Open(ctx, scratch)
			return err
		})
	})
	b.Run("parts/templates", func(b *testing.B) {
		eachPart(b, func(p logpart.Part, scratch *logpart.Scratch) error {
			bl, err := p.Open(ctx, scratch)
			if err == nil && bl.Typed != nil {
				_, err = bl.TemplateIDs()
			}
			return err
		})
	})
}

// columnSizes says how many bytes each kind of column takes.
func columnSizes(s *Store) string {
	var sum [6]int64
	blocks := 0
	for _, t := range s.tables {
		for i := range t.reader.Blocks() {
			for k, n := range t.reader.Block(i).ColumnSizes() {
				sum[k] += n
			}
			blocks++
		}
	}
	out := fmt.Sprintf("%d blocks", blocks)
	for k, name := range []string{"timestamps", "streams", "ingested", "seqs", "messages", "minutes"} {
		out += fmt.Sprintf(", %s %.2f MB", name, float64(sum[k])/1e6)
	}
	return out
}
