package logexec

import (
	"cmp"
	"context"
	"flag"
	"slices"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

var (
	benchEventCount = flag.Int("benchevents", 300_000, "events of BenchmarkColumnar")
	benchFunctions  = flag.Int("benchfunctions", 30, "functions of BenchmarkColumnar")
)

// ready is a source whose parts stand ready in memory, so that benchmarks
// measure the executor alone. Every scan covers everything.
type ready struct {
	parts  []logpart.Part
	blocks *blocks
}

func (s *ready) Scan(ctx context.Context, scan logs.Scan, yield func(*logs.Block) error) (logs.ScanStats, error) {
	return s.blocks.Scan(ctx, scan, yield)
}

type readyPart struct {
	info    logpart.Info
	typed   *logtype.Block
	times   []int64
	streams []logs.StreamID
	seqs    []uint64
	minutes logpart.Minutes
}

func (p *readyPart) Info() logpart.Info                                      { return p.info }
func (p *readyPart) Minutes(context.Context) (*logpart.Minutes, error)       { return &p.minutes, nil }
func (p *readyPart) TextFilter(context.Context) (*logtype.TextFilter, error) { return nil, nil }
func (p *readyPart) Open(_ context.Context, s *logpart.Scratch) (*logpart.Block, error) {
	b := s.Reset(p, nil)
	b.Group, b.Rows, b.Hi, b.Typed = p.info.Group, p.info.Rows, p.info.Rows, p.typed
	b.Stats = logs.ScanStats{Rows: int64(p.info.Rows), Bytes: p.info.Bytes}
	return b, nil
}
func (p *readyPart) Timestamps([]int64) ([]int64, error)              { return p.times, nil }
func (p *readyPart) Ingested([]int64) ([]int64, error)                { return p.times, nil }
func (p *readyPart) Streams([]logs.StreamID) ([]logs.StreamID, error) { return p.streams, nil }
func (p *readyPart) Seqs([]uint64) ([]uint64, error)                  { return p.seqs, nil }

func (s *ready) Parts(context.Context, logs.Scan) (logpart.Snapshot, error) {
	return readySnapshot{s}, nil
}

type readySnapshot struct{ r *ready }

func (s readySnapshot) Parts() []logpart.Part   { return s.r.parts }
func (s readySnapshot) Skipped() logs.ScanStats { return logs.ScanStats{} }
func (s readySnapshot) Release()                {}

// newReady cuts events into a part per group and rows.
func newReady(events []logparttest.Event, rows int) logpart.Source {
	slices.SortStableFunc(events, func(a, b logparttest.Event) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	src := &ready{blocks: &blocks{}}
	by := map[logs.GroupID][]int{}
	var order []logs.GroupID
	for i := range events {
		g := events[i].Group
		if by[g] == nil {
			order = append(order, g)
		}
		by[g] = append(by[g], i)
	}
	for _, g := range order {
		for list := by[g]; len(list) > 0; {
			n := min(rows, len(list))
			run := list[:n]
			list = list[n:]
			e := logtype.NewEncoder(colenc.Fast)
			p := &readyPart{info: logpart.Info{Group: g, Rows: n, Typed: true}}
			for _, i := range run {
				ev := &events[i]
				e.Add(ev.Message, ev.Timestamp)
				p.times, p.streams, p.seqs = append(p.times, ev.Timestamp), append(p.streams, ev.Stream), append(p.seqs, uint64(i+1))
				p.info.Bytes += int64(len(ev.Message))
			}
			b, err := logtype.Open(e.AppendBlock(nil))
			if err != nil {
				panic(err)
			}
			p.typed = b
			p.info.First, p.info.Last = logs.Position{Timestamp: p.times[0], Seq: p.seqs[0]}, logs.Position{Timestamp: p.times[n-1], Seq: p.seqs[n-1]}
			p.minutes.First = logpart.MinuteOf(p.times[0])
			p.minutes.Counts = make([]int64, logpart.MinuteOf(p.times[n-1])-p.minutes.First+1)
			for _, t := range p.times {
				p.minutes.Counts[logpart.MinuteOf(t)-p.minutes.First]++
			}
			src.parts = append(src.parts, p)
		}
	}
	for at := len(events); at > 0; {
		n := min(4096, at)
		b := &logs.Block{Len: n}
		for i := at - 1; i >= at-n; i-- {
			ev := &events[i]
			b.Groups, b.Streams, b.Timestamps = append(b.Groups, ev.Group), append(b.Streams, ev.Stream), append(b.Timestamps, ev.Timestamp)
			b.Ingested, b.Seqs, b.Messages = append(b.Ingested, ev.Ingested), append(b.Seqs, uint64(i+1)), append(b.Messages, ev.Message)
		}
		src.blocks.list = append(src.blocks.list, b)
		at -= n
	}
	return src
}

// BenchmarkColumnar runs the questions by column, and event by event for the
// ratio.
func BenchmarkColumnar(b *testing.B) {
	events, groups, streams := estateEvents(b, *benchEventCount, *benchFunctions)
	src := newReady(events, 1<<17)
	var bytes int64
	for i := range events {
		bytes += int64(len(events[i].Message))
	}
	for _, bench := range questions {
		q, err := insights.Parse(bench.query)
		if err != nil {
			b.Fatal(err)
		}
		req := Request{Query: q, Groups: groups, EndMs: 1 << 60, Stream: streams}
		for _, plain := range []bool{false, true} {
			name := bench.name + "/columnar"
			if req.Plain = plain; plain {
				name = bench.name + "/plain"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(bytes)
				for b.Loop() {
					if _, err := Run(context.Background(), src, req, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(b.N)/float64(len(events)), "ns/event")
			})
		}
	}
}
