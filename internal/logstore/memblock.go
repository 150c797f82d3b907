package logstore

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// Executors that read columns want them from memory too. But encoding an event
// costs as much as several questions that read its message as it is, and the
// flush, which wants a group's events together and sorted, encodes it again. So
// questions read what is in memory plain until that has cost as much as
// encoding it: nobody pays who does not ask, fast ingestion is flushed before it
// is worth anything, and what a slow one leaves in memory for minutes is encoded
// once for all questions that follow.

const (
	// defaultMemBlockRows of a group, and a quarter of what is already encoded
	// of it, are encoded together; fewer stay plain. So a group has few blocks
	// in memory however often it is asked for.
	defaultMemBlockRows = 512

	// defaultMemBlockReads is how often events are read plain before they are
	// encoded, which takes about 1.5 µs an event. Reading one plain takes from a
	// part of that (a word) to about as much (a parse); five is an estimate.
	defaultMemBlockReads = 5

	// memBlockBudget rows at most are encoded for one question, which waits
	// for it: about a twentieth of a second. The rest stays plain for now.
	memBlockBudget = 32 << 10

	// memTables begins the numbers of segments in memory, which name them in
	// the cache. No file gets there.
	memTables = 1 << 63
)

// memBlock is some batches of one group of one memtable, encoded.
type memBlock struct {
	group   logs.GroupID
	batches []*batch
	number  uint64

	once  sync.Once
	table *table
	err   error
}

// encode makes what is worth it of a group's plain batches a memBlock, as far
// as the budget reaches; s.mu is held. It returns what stays plain.
func (s *Store) encode(id logs.GroupID, g *memGroup, budget *int) (plain []*batch) {
	rest := g.rows - g.encodedRows
	if rest < max(s.opts.memBlockRows, g.encodedRows/4) || g.read.Load() < int64(s.opts.memBlockReads)*int64(rest) {
		return g.batches[g.encodedBatches:]
	}
	n, rows := g.encodedBatches, 0
	for n < len(g.batches) && rows+len(g.batches[n].timestamps) <= *budget {
		rows += len(g.batches[n].timestamps)
		n++
	}
	// What is left of the budget may be too little to be worth a block.
	if rows == rest || rows >= s.opts.memBlockRows {
		*budget -= rows
		s.memBlocks++
		g.blocks = append(g.blocks, &memBlock{group: id, batches: g.batches[g.encodedBatches:n:n], number: memTables + s.memBlocks})
		g.encodedBatches, g.encodedRows = n, g.encodedRows+rows
		g.read.Add(-int64(s.opts.memBlockReads) * int64(rows))
	}
	return g.batches[g.encodedBatches:]
}

// open encodes the batches, once, and returns the segment they became. It is
// not counted and holds no file.
func (m *memBlock) open() (*table, error) {
	m.once.Do(func() {
		var file bytes.Buffer
		w := segment.NewWriter(&file, segment.Fast)
		m.err = sortedRows(m.group, m.batches, w.Add)
		if m.err == nil {
			_, m.err = w.Finish()
		}
		var r *segment.Reader
		if m.err == nil {
			r, m.err = segment.NewReader(bytes.NewReader(file.Bytes()), int64(file.Len()))
		}
		if m.err != nil {
			m.err = fmt.Errorf("encode events in memory: %w", m.err)
			return
		}
		m.table = &table{segmentRef: unknownRef(m.number, int64(file.Len())), name: "memory", reader: r}
		m.batches = nil
	})
	return m.table, m.err
}

// memory is what memtables hold of the group of one plan.
type memory struct {
	blocks []*memBlock
	plain  []plainEvents
}

// plainEvents are the events of a group in one memtable that are not encoded.
type plainEvents struct {
	batches []*batch
	read    *atomic.Int64 // of the memGroup, when reading them may make them worth encoding
}

// partsSnapshot is as snapshot, but with the blocks in memory apart.
func (s *Store) partsSnapshot(ps []groupPlan) (*snapshot, []memory) {
	snap := &snapshot{plans: ps}
	mem := make([]memory, len(ps))
	budget := memBlockBudget
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range ps {
		ps[i].setDrops(s.drops)
		for _, m := range s.sealed {
			// The flush encodes it right now, unless that fails.
			mem[i].take(s, ps[i].group, m, s.flushErr != nil, &budget)
		}
		mem[i].take(s, ps[i].group, s.active, true, &budget)
	}
	snap.tables = s.tables
	for _, t := range snap.tables {
		t.ref()
	}
	return snap, mem
}

// take adds what m holds of a group; s.mu is held.
func (mem *memory) take(s *Store, id logs.GroupID, m *memtable, encode bool, budget *int) {
	g := m.groups[id]
	if g == nil {
		return
	}
	plain := g.batches[g.encodedBatches:]
	if encode {
		plain = s.encode(id, g, budget)
	}
	mem.blocks = append(mem.blocks, g.blocks...)
	if len(plain) > 0 {
		mem.plain = append(mem.plain, plainEvents{plain, &g.read})
	}
}

// tables returns the segments in memory, encoding those that are not yet.
func (m *memory) tables(ctx context.Context) ([]*table, error) {
	out := make([]*table, 0, len(m.blocks))
	for _, b := range m.blocks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := b.open()
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}
