// Package logstest is the log engine at its simplest: everything in one slice
// in memory, nothing durable. Tests of those who write to or read from a log
// engine use it, and the real engines are compared with it.
//
// It keeps every contract of package logs to the letter: consistent scans,
// orders, After, columns that were not asked for are nil, blocks that must not
// be kept.
package logstest

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"

	"skywatch/internal/logs"
)

// eventOverhead is what PutLogEvents counts per event besides its message.
const eventOverhead = 26

// Mem is an in-memory engine. The zero value is not ready; call NewMem.
type Mem struct {
	// BlockLen is how many events a scan delivers at once. Small values shake
	// out readers that keep blocks. Set it before use.
	BlockLen int

	mu     sync.Mutex
	rows   []row // by Position
	seq    uint64
	closed bool
}

type row struct {
	logs.Position
	group    logs.GroupID
	stream   logs.StreamID
	ingested int64
	message  string
}

// NewMem returns an empty engine.
func NewMem() *Mem { return &Mem{BlockLen: 1024} }

var (
	_ logs.Appender = (*Mem)(nil)
	_ logs.Scanner  = (*Mem)(nil)
	_ logs.Catalog  = (*Mem)(nil)
	_ logs.Dropper  = (*Mem)(nil)
)

// Append implements logs.Appender.
func (m *Mem) Append(ctx context.Context, batches []logs.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, b := range batches {
		if b.Group == 0 || b.Stream == 0 {
			return errors.New("append: batch without group or stream")
		}
		if !slices.IsSortedFunc(b.Events, func(a, b logs.Event) int { return int(min(1, max(-1, a.Timestamp-b.Timestamp))) }) {
			return errors.New("append: batch out of time order")
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return logs.ErrClosed
	}
	// Scans read m.rows without the lock: make a new slice, never sort theirs.
	rows := slices.Clone(m.rows)
	for _, b := range batches {
		for _, e := range b.Events {
			m.seq++
			rows = append(rows, row{logs.Position{Timestamp: e.Timestamp, Seq: m.seq}, b.Group, b.Stream, b.Ingested, e.Message})
		}
	}
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Less(rows[j].Position) })
	m.rows = rows
	return nil
}

// Close makes every later call answer logs.ErrClosed.
func (m *Mem) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

func (m *Mem) snapshot() ([]row, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows, m.closed
}

// Scan implements logs.Scanner. AnyOrder delivers group by group, so that
// readers cannot mistake it for an order.
func (m *Mem) Scan(ctx context.Context, s logs.Scan, yield func(*logs.Block) error) (st logs.ScanStats, err error) {
	rows, closed := m.snapshot()
	switch {
	case closed:
		return st, logs.ErrClosed
	case len(s.Groups) == 0:
		return st, errors.New("scan: no groups")
	case s.After != nil && s.Order == logs.AnyOrder:
		return st, errors.New("scan: After needs an order")
	}
	var hits []*row
	for i := range rows {
		r := &rows[i]
		if r.Timestamp < s.Start || r.Timestamp >= s.End || !slices.Contains(s.Groups, r.group) ||
			s.Streams != nil && !slices.Contains(s.Streams, r.stream) {
			continue
		}
		if s.After != nil && (s.Order == logs.OldestFirst && !s.After.Less(r.Position) || s.Order == logs.NewestFirst && !r.Less(*s.After)) {
			continue
		}
		hits = append(hits, r)
	}
	switch s.Order {
	case logs.NewestFirst:
		slices.Reverse(hits)
	case logs.AnyOrder:
		slices.SortStableFunc(hits, func(a, b *row) int { return int(a.group%7) - int(b.group%7) })
	}
	var b logs.Block
	for len(hits) > 0 {
		if err := ctx.Err(); err != nil {
			return st, err
		}
		part := hits[:min(len(hits), max(1, m.BlockLen))]
		hits = hits[len(part):]
		fill(&b, part, s.Columns)
		for _, r := range part {
			st.Rows++
			st.Bytes += int64(len(r.message))
		}
		err := yield(&b)
		scribble(&b)
		if errors.Is(err, logs.ErrStop) {
			return st, nil
		}
		if err != nil {
			return st, err
		}
	}
	return st, ctx.Err()
}

func fill(b *logs.Block, rows []*row, c logs.Columns) {
	*b = logs.Block{Len: len(rows)}
	for _, r := range rows {
		if c&logs.ColGroup != 0 {
			b.Groups = append(b.Groups, r.group)
		}
		if c&logs.ColStream != 0 {
			b.Streams = append(b.Streams, r.stream)
		}
		if c&logs.ColTimestamp != 0 {
			b.Timestamps = append(b.Timestamps, r.Timestamp)
		}
		if c&logs.ColIngested != 0 {
			b.Ingested = append(b.Ingested, r.ingested)
		}
		if c&logs.ColSeq != 0 {
			b.Seqs = append(b.Seqs, r.Seq)
		}
		if c&logs.ColMessage != 0 {
			b.Messages = append(b.Messages, r.message)
		}
	}
}

// scribble spoils a block after its yield, so that a reader who kept it fails.
func scribble(b *logs.Block) {
	for i := range b.Timestamps {
		b.Timestamps[i] = -1
	}
	for i := range b.Seqs {
		b.Seqs[i] = 0
	}
	for i := range b.Groups {
		b.Groups[i] = 0
	}
	for i := range b.Messages {
		b.Messages[i] = "block kept after yield"
	}
}

// GroupStat implements logs.Catalog.
func (m *Mem) GroupStat(g logs.GroupID) (st logs.GroupStat) {
	for _, s := range m.StreamStats(g) {
		if st.Events == 0 || s.FirstEvent < st.FirstEvent {
			st.FirstEvent = s.FirstEvent
		}
		if st.Events == 0 || s.LastEvent > st.LastEvent {
			st.LastEvent = s.LastEvent
		}
		st.Events += s.Events
		st.Bytes += s.Bytes
	}
	return st
}

// StreamStats implements logs.Catalog.
func (m *Mem) StreamStats(g logs.GroupID) []logs.StreamStat {
	rows, _ := m.snapshot()
	byStream := map[logs.StreamID]int{}
	var out []logs.StreamStat
	for _, r := range rows {
		if r.group != g {
			continue
		}
		i, ok := byStream[r.stream]
		if !ok {
			i = len(out)
			byStream[r.stream] = i
			out = append(out, logs.StreamStat{Stream: r.stream, FirstEvent: r.Timestamp, LastIngestion: r.ingested})
		}
		s := &out[i]
		s.LastEvent = r.Timestamp
		s.LastIngestion = max(s.LastIngestion, r.ingested)
		s.Events++
		s.Bytes += int64(len(r.message)) + eventOverhead
	}
	return out
}

// StreamStat implements logs.Catalog.
func (m *Mem) StreamStat(g logs.GroupID, id logs.StreamID) (logs.StreamStat, bool) {
	for _, s := range m.StreamStats(g) {
		if s.Stream == id {
			return s, true
		}
	}
	return logs.StreamStat{}, false
}

// DropGroup implements logs.Dropper.
func (m *Mem) DropGroup(_ context.Context, g logs.GroupID) error {
	return m.drop(func(r row) bool { return r.group == g })
}

// DropStream implements logs.Dropper.
func (m *Mem) DropStream(_ context.Context, g logs.GroupID, s logs.StreamID) error {
	return m.drop(func(r row) bool { return r.group == g && r.stream == s })
}

func (m *Mem) drop(gone func(row) bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return logs.ErrClosed
	}
	m.rows = slices.DeleteFunc(slices.Clone(m.rows), gone)
	return nil
}
