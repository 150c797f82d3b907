package logtype

import (
	"errors"
	"sort"
	"sync"
	"testing"
	"time"

	"skywatch/internal/colenc"
	"skywatch/internal/estate"
)

// groupEvents are the events of one log group in time order.
type groupEvents struct {
	msgs []string
	refs []int64
}

// estateEvents are the first 200,000 events of a busy day of the simulated
// account, by group, cut to blocks of 16,384.
var estateEvents = sync.OnceValue(func() (blocks []groupEvents) {
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	es, err := estate.New(estate.Config{Seed: 7, EventsPerDay: 5_000_000, Start: start})
	if err != nil {
		panic(err)
	}
	groups, n := map[string]*groupEvents{}, 0
	enough := errors.New("enough")
	err = es.Generate(start, start.Add(24*time.Hour), func(b estate.LogBatch) error {
		g := groups[b.Group]
		if g == nil {
			g = &groupEvents{}
			groups[b.Group] = g
		}
		for _, e := range b.Events {
			g.msgs, g.refs = append(g.msgs, string(e.Message)), append(g.refs, e.Timestamp)
		}
		if n += len(b.Events); n >= 200_000 {
			return enough
		}
		return nil
	}, nil)
	if err != nil && err != enough {
		panic(err)
	}
	names := make([]string, 0, len(groups))
	for name := range groups {
		names = append(names, name)
	}
	sort.Strings(names)
	const rows = 16_384
	for _, name := range names {
		g := groups[name]
		sort.Stable(g)
		for i := 0; i < len(g.msgs); i += rows {
			to := min(i+rows, len(g.msgs))
			blocks = append(blocks, groupEvents{g.msgs[i:to], g.refs[i:to]})
		}
	}
	return blocks
})

func (g *groupEvents) Len() int           { return len(g.msgs) }
func (g *groupEvents) Less(i, j int) bool { return g.refs[i] < g.refs[j] }
func (g *groupEvents) Swap(i, j int) {
	g.msgs[i], g.msgs[j] = g.msgs[j], g.msgs[i]
	g.refs[i], g.refs[j] = g.refs[j], g.refs[i]
}

func encodeAll(e *Encoder, blocks []groupEvents) (out [][]byte, raw int64) {
	for _, g := range blocks {
		e.Reset()
		for i, m := range g.msgs {
			e.Add(m, g.refs[i])
		}
		raw += e.Bytes()
		out = append(out, e.AppendBlock(nil))
	}
	return out, raw
}

// TestEstateRoundTrip holds the simulated account's lines to the law, their
// fields to discovery, and their size to what the design promises.
func TestEstateRoundTrip(t *testing.T) {
	blocks := estateEvents()
	encoded, raw := encodeAll(NewEncoder(colenc.Compact), blocks)
	size, events, known, asked := 0, 0, 0, 0
	for k, g := range blocks {
		b, err := Open(encoded[k])
		if err != nil {
			t.Fatal(err)
		}
		j, err := NewJoiner(b, g.refs)
		if err != nil {
			t.Fatal(err)
		}
		var got colenc.Strings
		if err := j.AppendAll(&got); err != nil {
			t.Fatal(err)
		}
		for i, m := range g.msgs {
			if string(got.At(i)) != m {
				t.Fatalf("%q is %q", m, got.At(i))
			}
		}
		few := min(len(g.msgs), 40)
		known += CheckFields(t, b, g.refs, g.msgs[:few])
		asked += 3 * few
		size += len(encoded[k])
		events += len(g.msgs)
	}
	perEvent := float64(size) / float64(events)
	t.Logf("%d events, %d bytes, %.2f bytes per event, %.1f times smaller; fields known of %.1f %%", events, size, perEvent, float64(raw)/float64(size), 100*float64(known)/float64(asked))
	if perEvent > 17 {
		t.Errorf("%.2f bytes per event, want at most 17", perEvent)
	}
	if known < asked*95/100 {
		t.Errorf("fields are known of %d rows of %d", known, asked)
	}
}

func BenchmarkAdd(b *testing.B) {
	blocks := estateEvents()
	e := NewEncoder(colenc.Fast)
	raw := int64(0)
	b.ReportAllocs()
	for b.Loop() {
		raw = 0
		for _, g := range blocks {
			e.Reset()
			for i, m := range g.msgs {
				e.Add(m, g.refs[i])
			}
			raw += e.Bytes()
		}
	}
	b.SetBytes(raw)
}

func BenchmarkEncode(b *testing.B) {
	blocks := estateEvents()
	for name, level := range map[string]colenc.Level{"fast": colenc.Fast, "compact": colenc.Compact} {
		b.Run(name, func(b *testing.B) {
			e := NewEncoder(level)
			raw, size := int64(0), 0
			b.ReportAllocs()
			for b.Loop() {
				var out [][]byte
				out, raw = encodeAll(e, blocks)
				size = 0
				for _, o := range out {
					size += len(o)
				}
			}
			b.SetBytes(raw)
			b.ReportMetric(float64(raw)/float64(size), "x")
		})
	}
}

func BenchmarkJoin(b *testing.B) {
	blocks := estateEvents()
	encoded, raw := encodeAll(NewEncoder(colenc.Compact), blocks)
	var out colenc.Strings
	b.ReportAllocs()
	b.SetBytes(raw)
	for b.Loop() {
		for k, data := range encoded {
			blk, err := Open(data)
			if err != nil {
				b.Fatal(err)
			}
			j, err := NewJoiner(blk, blocks[k].refs)
			if err != nil {
				b.Fatal(err)
			}
			out.Reset()
			if err := j.AppendAll(&out); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	encoded, _ := encodeAll(NewEncoder(colenc.Compact), estateEvents())
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range encoded {
			if _, err := Open(data); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(encoded)), "blocks")
}
