package logstore

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// Executors that read columns want them from memory too. So what a memtable
// holds of a group is encoded, as a segment in memory, when parts of it are
// first asked for: nobody pays who does not ask, and what was encoded once
// serves every question until the memtable is flushed.

const (
	// defaultMemBlockRows of a group, and a quarter of what is already encoded
	// of it, are encoded together; fewer stay plain. So a group has few blocks
	// in memory however often it is asked for.
	defaultMemBlockRows = 512

	// memBlockBudget rows at most are encoded for one question, which waits
	// for it: about a fifth of a second. The rest stays plain for now.
	memBlockBudget = 128 << 10

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

// encode makes what is worth it of a group's plain batches a memBlock, when it
// is in the budget; s.mu is held. It returns what stays plain.
func (s *Store) encode(id logs.GroupID, g *memGroup, budget *int) (plain []*batch) {
	rest := g.rows - g.encodedRows
	if rest >= max(s.opts.memBlockRows, g.encodedRows/4) && rest <= *budget {
		*budget -= rest
		s.memBlocks++
		n := len(g.batches)
		g.blocks = append(g.blocks, &memBlock{group: id, batches: g.batches[g.encodedBatches:n:n], number: memTables + s.memBlocks})
		g.encodedBatches, g.encodedRows = n, g.rows
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
		m.table = &table{number: m.number, size: int64(file.Len()), name: "memory", reader: r}
		m.batches = nil
	})
	return m.table, m.err
}

// memory is what memtables hold of the group of one plan.
type memory struct {
	blocks []*memBlock
	plain  []*batch
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
		for _, m := range append(s.sealed[:len(s.sealed):len(s.sealed)], s.active) {
			if g := m.groups[ps[i].group]; g != nil {
				mem[i].plain = append(mem[i].plain, s.encode(ps[i].group, g, &budget)...)
				mem[i].blocks = append(mem[i].blocks, g.blocks...)
			}
		}
	}
	snap.tables = s.tables
	for _, t := range snap.tables {
		t.ref()
	}
	return snap, mem
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
