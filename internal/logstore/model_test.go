package logstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"skywatch/internal/logs"
)

// event is an event with everything a scan can say of it.
type event struct {
	group    logs.GroupID
	stream   logs.StreamID
	ts       int64
	ingested int64
	seq      uint64
	message  string
}

func (e event) pos() logs.Position { return logs.Position{Timestamp: e.ts, Seq: e.seq} }

// model is the naive store: a list of events, given their seqs by hand.
type model struct {
	events []event
	days   map[logs.GroupID]int
	now    int64
}

func (m *model) append(seq uint64, batches []logs.Batch) uint64 {
	for _, b := range batches {
		for _, e := range b.Events {
			seq++
			m.events = append(m.events, event{b.Group, b.Stream, e.Timestamp, b.Ingested, seq, e.Message})
		}
	}
	return seq
}

func (m *model) drop(g logs.GroupID, st logs.StreamID) {
	m.events = slices.DeleteFunc(m.events, func(e event) bool {
		return e.group == g && (st == 0 || e.stream == st)
	})
}

func (m *model) alive(e event) bool {
	d := m.days[e.group]
	return d == 0 || e.ts >= m.now-int64(d)*86400_000
}

func (m *model) scan(sc logs.Scan) []event {
	var out []event
	for _, e := range m.events {
		if !slices.Contains(sc.Groups, e.group) || sc.Streams != nil && !slices.Contains(sc.Streams, e.stream) ||
			e.ts < sc.Start || e.ts >= sc.End || !m.alive(e) {
			continue
		}
		if sc.After != nil {
			if sc.Order == logs.OldestFirst && !sc.After.Less(e.pos()) || sc.Order == logs.NewestFirst && !e.pos().Less(*sc.After) {
				continue
			}
		}
		out = append(out, e)
	}
	sortEvents(out, sc.Order == logs.NewestFirst)
	return out
}

func sortEvents(events []event, desc bool) {
	slices.SortFunc(events, func(a, b event) int {
		if desc {
			a, b = b, a
		}
		return cmp.Or(cmp.Compare(a.ts, b.ts), cmp.Compare(a.seq, b.seq))
	})
}

// collect runs a scan and returns the first limit of its events. Columns not
// asked for are zero.
func collect(s logs.Scanner, sc logs.Scan, limit int) ([]event, logs.ScanStats, error) {
	var out []event
	stats, err := s.Scan(context.Background(), sc, func(b *logs.Block) error {
		if b.Len == 0 || b.Len > maxBlock {
			return fmt.Errorf("block of %d events", b.Len)
		}
		for i := range b.Len {
			var e event
			if sc.Columns&logs.ColGroup != 0 {
				e.group = b.Groups[:b.Len][i]
			}
			if sc.Columns&logs.ColStream != 0 {
				e.stream = b.Streams[:b.Len][i]
			}
			if sc.Columns&logs.ColTimestamp != 0 {
				e.ts = b.Timestamps[:b.Len][i]
			}
			if sc.Columns&logs.ColIngested != 0 {
				e.ingested = b.Ingested[:b.Len][i]
			}
			if sc.Columns&logs.ColSeq != 0 {
				e.seq = b.Seqs[:b.Len][i]
			}
			if sc.Columns&logs.ColMessage != 0 {
				e.message = b.Messages[:b.Len][i]
			}
			out = append(out, e)
			if len(out) == limit {
				return logs.ErrStop
			}
		}
		return nil
	})
	return out, stats, err
}

// project zeroes the columns of e that are not in cols.
func (e event) project(cols logs.Columns) event {
	var out event
	if cols&logs.ColGroup != 0 {
		out.group = e.group
	}
	if cols&logs.ColStream != 0 {
		out.stream = e.stream
	}
	if cols&logs.ColTimestamp != 0 {
		out.ts = e.ts
	}
	if cols&logs.ColIngested != 0 {
		out.ingested = e.ingested
	}
	if cols&logs.ColSeq != 0 {
		out.seq = e.seq
	}
	if cols&logs.ColMessage != 0 {
		out.message = e.message
	}
	return out
}

// all is a scan of everything in groups 1..n.
func all(n int, order logs.Order) logs.Scan {
	sc := logs.Scan{Start: -1 << 62, End: 1 << 62, Order: order, Columns: logs.AllColumns}
	for g := range n {
		sc.Groups = append(sc.Groups, logs.GroupID(g+1))
	}
	return sc
}

func sameEvents(t *testing.T, what string, got, want []event) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			g, w := "nothing", "nothing"
			if i < len(got) {
				g = fmt.Sprintf("%.200v", got[i])
			}
			if i < len(want) {
				w = fmt.Sprintf("%.200v", want[i])
			}
			t.Fatalf("%s: %d events, want %d; event %d is %s, want %s", what, len(got), len(want), i, g, w)
		}
	}
}
