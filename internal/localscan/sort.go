package localscan

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/klauspost/compress/s2"
)

// sorter puts rows into time order. What does not fit into memory goes to one
// temporary file as sorted runs, which merge reads side by side, a block each.
//
// The file is blocks, one after the other, each an S2 block of
//
//	per row: varint timestamp less that of the row before, uvarint seq, uvarint
//	source, varint ingestion time, uvarint length, message
//
// It never outlives the process, so it has neither header nor checksum.
type sorter struct {
	newest bool
	memory int64
	dir    string
	keep   int // only so many rows are wanted; 0 means all

	rows  []row
	bytes int64

	file *os.File
	at   int64
	runs [][]place
	raw  []byte
	out  []byte
}

// place is where a block lies in the file.
type place struct {
	off  int64
	n    int
	rows int
}

const (
	runBlock    = 128 << 10 // raw bytes of a block
	rowOverhead = 64        // what a row costs in memory beside its message
)

func newSorter(newest bool, memory int64, dir string) *sorter {
	return &sorter{newest: newest, memory: memory, dir: dir}
}

func (s *sorter) compare(a, b *row) int {
	c := cmp.Or(cmp.Compare(a.Timestamp, b.Timestamp), cmp.Compare(a.Seq, b.Seq))
	if s.newest {
		return -c
	}
	return c
}

// add takes rows; the slice stays the caller's.
func (s *sorter) add(rows []row) error {
	for i := range rows {
		s.bytes += int64(len(rows[i].message)) + rowOverhead
	}
	s.rows = append(s.rows, rows...)
	if s.keep > 0 && len(s.rows) >= 2*s.keep+blockRows {
		s.cut()
	}
	if s.bytes < s.memory {
		return nil
	}
	return s.spill()
}

func (s *sorter) sort() {
	slices.SortFunc(s.rows, func(a, b row) int { return s.compare(&a, &b) })
}

// cut drops the rows in memory that so many others come before that nobody will
// want them.
func (s *sorter) cut() {
	s.sort()
	clear(s.rows[s.keep:])
	s.rows = s.rows[:s.keep]
	s.bytes = 0
	for i := range s.rows {
		s.bytes += int64(len(s.rows[i].message)) + rowOverhead
	}
}

// spill writes the rows in memory as a run.
func (s *sorter) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp(s.dir, "skywatch-sort-")
		if err != nil {
			return fmt.Errorf("put more than %d MiB into order of time: %w", s.memory>>20, err)
		}
		s.file = f
	}
	s.sort()
	var run []place
	for i := 0; i < len(s.rows); {
		s.raw = s.raw[:0]
		begin, last := i, int64(0)
		for ; i < len(s.rows) && len(s.raw) < runBlock; i++ {
			r := &s.rows[i]
			s.raw = binary.AppendVarint(s.raw, r.Timestamp-last)
			s.raw = binary.AppendUvarint(s.raw, r.Seq)
			s.raw = binary.AppendUvarint(s.raw, uint64(r.source))
			s.raw = binary.AppendVarint(s.raw, r.ingest)
			s.raw = binary.AppendUvarint(s.raw, uint64(len(r.message)))
			s.raw = append(s.raw, r.message...)
			last = r.Timestamp
		}
		s.out = s2.Encode(s.out[:cap(s.out)], s.raw)
		if _, err := s.file.Write(s.out); err != nil {
			return fmt.Errorf("put more than %d MiB into order of time: %w", s.memory>>20, err)
		}
		run = append(run, place{s.at, len(s.out), i - begin})
		s.at += int64(len(s.out))
	}
	s.runs = append(s.runs, run)
	clear(s.rows)
	s.rows, s.bytes = s.rows[:0], 0
	return nil
}

// merge gives all rows in order. The slices are valid until give returns.
func (s *sorter) merge(ctx context.Context, give func([]row) error) error {
	if len(s.runs) == 0 {
		s.sort()
		return s.giveInParts(ctx, give)
	}
	if len(s.rows) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.rows = nil
	h := &runHeap{sorter: s}
	for _, run := range s.runs {
		c := &cursor{sorter: s, blocks: run}
		if err := c.load(); err != nil {
			return err
		}
		h.cursors = append(h.cursors, c)
	}
	heap.Init(h)
	out := make([]row, 0, blockRows)
	for len(h.cursors) > 0 {
		c := h.cursors[0]
		out = append(out, c.rows[c.at])
		more, err := c.next()
		switch {
		case err != nil:
			return err
		case more:
			heap.Fix(h, 0)
		default:
			heap.Pop(h)
		}
		if len(out) == blockRows {
			if err := errors.Join(ctx.Err(), give(out)); err != nil {
				return err
			}
			out = out[:0]
		}
	}
	return give(out)
}

func (s *sorter) giveInParts(ctx context.Context, give func([]row) error) error {
	for part := range slices.Chunk(s.rows, blockRows) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := give(part); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// close removes the temporary file.
func (s *sorter) close() {
	if s.file != nil {
		_ = s.file.Close() // nothing in it matters any more
		_ = os.Remove(s.file.Name())
	}
}

// cursor reads a run.
type cursor struct {
	sorter *sorter
	blocks []place
	rows   []row
	at     int
	stored []byte
}

func (c *cursor) next() (more bool, err error) {
	if c.at++; c.at < len(c.rows) {
		return true, nil
	}
	if len(c.blocks) == 0 {
		return false, nil
	}
	return true, c.load()
}

// load reads the next block.
func (c *cursor) load() error {
	p := c.blocks[0]
	c.blocks = c.blocks[1:]
	c.stored = slices.Grow(c.stored[:0], p.n)[:p.n]
	raw, err := []byte(nil), error(nil)
	if _, err = c.sorter.file.ReadAt(c.stored, p.off); err == nil {
		raw, err = s2.Decode(nil, c.stored)
	}
	if err != nil {
		return fmt.Errorf("read back %s: %w", c.sorter.file.Name(), err)
	}
	text := string(raw)
	c.rows, c.at = c.rows[:0], 0
	last, i := int64(0), 0
	varint := func() int64 {
		v, n := binary.Varint(raw[i:])
		i += n
		return v
	}
	uvarint := func() uint64 {
		v, n := binary.Uvarint(raw[i:])
		i += n
		return v
	}
	for range p.rows {
		var r row
		last += varint()
		r.Timestamp, r.Seq = last, uvarint()
		r.source, r.ingest = int32(uvarint()), varint()
		n := int(uvarint())
		r.message = text[i : i+n]
		i += n
		c.rows = append(c.rows, r)
	}
	return nil
}

// runHeap has the cursor with the next row on top.
type runHeap struct {
	sorter  *sorter
	cursors []*cursor
}

func (h *runHeap) Len() int { return len(h.cursors) }
func (h *runHeap) Less(i, j int) bool {
	a, b := h.cursors[i], h.cursors[j]
	return h.sorter.compare(&a.rows[a.at], &b.rows[b.at]) < 0
}
func (h *runHeap) Swap(i, j int) { h.cursors[i], h.cursors[j] = h.cursors[j], h.cursors[i] }
func (h *runHeap) Push(x any)    { h.cursors = append(h.cursors, x.(*cursor)) }
func (h *runHeap) Pop() any {
	last := h.cursors[len(h.cursors)-1]
	h.cursors = h.cursors[:len(h.cursors)-1]
	return last
}
