package logpart

import (
	"errors"
	"fmt"
	"slices"
	"unsafe"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// Block is an open part. It is for one goroutine. Slices that it returns belong
// to it: they are valid as long as it is and must not be written to.
type Block struct {
	Group logs.GroupID
	Rows  int
	// Lo and Hi bound the rows of the scan, [Lo, Hi).
	Lo, Hi int
	// Live has the rows of the scan, nil when these are all rows [Lo, Hi).
	// Bits outside of [Lo, Hi) are 0.
	Live colenc.Bitmap
	// Stats is what Scanner.Scan would count for this part.
	Stats logs.ScanStats

	// Typed has the templates; nil in a plain block. Its columns are read
	// with [Block.Column] or with its own methods and [Block.Corrupt].
	Typed *logtype.Block
	// Plain has all messages of a plain block; nil in a typed one.
	Plain []string

	cols    Columns
	damaged func(error)
	s       *Scratch
}

// Columns reads the columns that every row has into dst[:0], growing it as
// needed. The result is the block's from then on.
type Columns interface {
	Timestamps(dst []int64) ([]int64, error)
	Streams(dst []logs.StreamID) ([]logs.StreamID, error)
	Ingested(dst []int64) ([]int64, error)
	Seqs(dst []uint64) ([]uint64, error)
}

// Scratch is memory that one goroutine uses for one block after the other. The
// zero value is ready.
type Scratch struct {
	block      Block
	timestamps []int64
	streams    []logs.StreamID
	ingested   []int64
	seqs       []uint64
	have       [4]bool

	ids      []int64
	rows     []uint32 // by template
	starts   []int    // in rows, by template; empty until the rows of one are asked for
	haveRows []bool   // by template; when haveIDs all are there
	ordinals []uint32
	haveIDs  bool

	values map[valueKey]*logtype.Values
	spare  []*logtype.Values
	joiner *logtype.Joiner
	joins  bool
}

type valueKey struct{ template, column int }

// Reset begins a block on the scratch, ending the one before. It is for
// sources: they set the block's exported fields afterwards. damaged, which may
// be nil, is told of every damage.
func (s *Scratch) Reset(cols Columns, damaged func(error)) *Block {
	s.have = [4]bool{}
	s.haveIDs, s.joins = false, false
	s.starts = s.starts[:0]
	for k, v := range s.values {
		delete(s.values, k)
		if len(s.spare) < maxSpare {
			s.spare = append(s.spare, v)
		}
	}
	s.block = Block{cols: cols, damaged: damaged, s: s}
	return &s.block
}

// maxSpare bounds how many columns' memory a scratch keeps for the next block.
const maxSpare = 64

// Corrupt passes an error of the block's bytes on as the contract wants it:
// damage becomes [logs.ErrCorrupt] and is reported to the source.
func (b *Block) Corrupt(err error) error {
	if err == nil || !errors.Is(err, colenc.ErrCorrupt) && !errors.Is(err, logs.ErrCorrupt) {
		return err
	}
	if !errors.Is(err, logs.ErrCorrupt) {
		err = fmt.Errorf("%w: %w", logs.ErrCorrupt, err)
	}
	if b.damaged != nil {
		b.damaged(err)
	}
	return err
}

func column[T any](b *Block, k int, dst *[]T, read func([]T) ([]T, error)) ([]T, error) {
	if !b.s.have[k] {
		v, err := read((*dst)[:0])
		if err == nil && len(v) != b.Rows {
			err = fmt.Errorf("%w: column of %d rows, want %d", logs.ErrCorrupt, len(v), b.Rows)
		}
		if err != nil {
			return nil, b.Corrupt(err)
		}
		*dst, b.s.have[k] = v, true
	}
	return *dst, nil
}

// Timestamps are the milliseconds of all rows, ascending.
func (b *Block) Timestamps() ([]int64, error) {
	return column(b, 0, &b.s.timestamps, b.cols.Timestamps)
}

// Streams are the streams of all rows.
func (b *Block) Streams() ([]logs.StreamID, error) {
	return column(b, 1, &b.s.streams, b.cols.Streams)
}

// Ingested are the ingestion times of all rows.
func (b *Block) Ingested() ([]int64, error) {
	return column(b, 2, &b.s.ingested, b.cols.Ingested)
}

// Seqs are the sequence numbers of all rows.
func (b *Block) Seqs() ([]uint64, error) {
	return column(b, 3, &b.s.seqs, b.cols.Seqs)
}

// Column decodes variable k of template t of a typed block, once. Values are
// by the template's own rows, see TemplateRows.
func (b *Block) Column(t, k int) (*logtype.Values, error) {
	key := valueKey{t, k}
	if v := b.s.values[key]; v != nil {
		return v, nil
	}
	v := &logtype.Values{}
	if n := len(b.s.spare); n > 0 {
		// Only what is never a part of the block's own bytes is used again:
		// these may be shared and must not be written to.
		old := b.s.spare[n-1]
		v.Ints, v.Codes, v.Strings.Ends = old.Ints, old.Codes, old.Strings.Ends
		b.s.spare = b.s.spare[:n-1]
	}
	if err := b.Typed.Column(t, k, v); err != nil {
		return nil, b.Corrupt(err)
	}
	if b.s.values == nil {
		b.s.values = map[valueKey]*logtype.Values{}
	}
	b.s.values[key] = v
	return v, nil
}

// TemplateIDs are the templates of all rows of a typed block.
func (b *Block) TemplateIDs() ([]int64, error) {
	if err := b.templates(); err != nil {
		return nil, err
	}
	return b.s.ids, nil
}

// TemplateRows are the rows, ascending, that have template t: row i of a
// column of the template is row TemplateRows(t)[i] of the block.
func (b *Block) TemplateRows(t int) ([]uint32, error) {
	s := b.s
	if !s.haveIDs && b.Typed.KeepsRows() {
		// Few templates have rows that anybody asks for.
		if len(s.starts) == 0 {
			b.places()
		}
		rows := s.rows[s.starts[t]:s.starts[t+1]]
		if !s.haveRows[t] {
			if err := b.Typed.TemplateRows(rows, t); err != nil {
				return nil, b.Corrupt(err)
			}
			s.haveRows[t] = true
		}
		return rows, nil
	}
	if err := b.templates(); err != nil {
		return nil, err
	}
	return s.rows[s.starts[t]:s.starts[t+1]], nil
}

// places makes room for the rows of each template.
func (b *Block) places() {
	s := b.s
	s.starts = append(s.starts[:0], 0)
	for t := range b.Typed.Templates {
		s.starts = append(s.starts, s.starts[t]+b.Typed.Templates[t].Rows)
	}
	s.rows = slices.Grow(s.rows[:0], b.Rows)[:b.Rows]
	n := len(b.Typed.Templates)
	s.haveRows = slices.Grow(s.haveRows[:0], n)[:n]
	clear(s.haveRows)
}

// Ordinals are the places of all rows among the rows of their template.
func (b *Block) Ordinals() ([]uint32, error) {
	if err := b.templates(); err != nil {
		return nil, err
	}
	return b.s.ordinals, nil
}

func (b *Block) templates() error {
	s := b.s
	if s.haveIDs {
		return nil
	}
	ids, err := b.Typed.TemplateIDs(s.ids)
	if err != nil {
		return b.Corrupt(err)
	}
	s.ids = ids
	b.places()
	s.ordinals = slices.Grow(s.ordinals[:0], len(ids))[:len(ids)]
	next := make([]uint32, len(b.Typed.Templates))
	for i, t := range ids {
		o := next[t]
		next[t]++
		s.ordinals[i] = o
		s.rows[s.starts[t]+int(o)] = uint32(i)
	}
	s.haveIDs = true
	return nil
}

// AppendMessage appends the message of a row to dst.
func (b *Block) AppendMessage(dst []byte, row int) ([]byte, error) {
	if b.Typed == nil {
		return append(dst, b.Plain[row]...), nil
	}
	j, err := b.Joiner()
	if err != nil {
		return dst, err
	}
	dst, err = j.Append(dst, row)
	return dst, b.Corrupt(err)
}

// Joiner joins rows of a typed block. Its errors go through Corrupt.
func (b *Block) Joiner() (*logtype.Joiner, error) {
	if b.s.joins {
		return b.s.joiner, nil
	}
	ts, err := b.Timestamps()
	if err != nil {
		return nil, err
	}
	if b.s.joiner == nil {
		b.s.joiner = &logtype.Joiner{}
	}
	if err := b.s.joiner.Reset(b.Typed, ts); err != nil {
		return nil, b.Corrupt(err)
	}
	b.s.joins = true
	return b.s.joiner, nil
}

// Messages appends the messages of rows to dst. The strings are immutable and
// may be kept; those of a typed block share one allocation.
func (b *Block) Messages(dst []string, rows []uint32) ([]string, error) {
	if b.Typed == nil {
		for _, r := range rows {
			dst = append(dst, b.Plain[r])
		}
		return dst, nil
	}
	j, err := b.Joiner()
	if err != nil {
		return dst, err
	}
	var text colenc.Strings
	if err := j.AppendRows(&text, rows); err != nil {
		return dst, b.Corrupt(err)
	}
	all, from := unsafe.String(unsafe.SliceData(text.Bytes), len(text.Bytes)), uint32(0)
	for _, end := range text.Ends {
		dst = append(dst, all[from:end])
		from = end
	}
	return dst, nil
}

// Each calls yield with every row of the scan, ascending, until it returns false.
func (b *Block) Each(yield func(row int) bool) {
	for r := b.Lo; r < b.Hi; r++ {
		if b.Live != nil && !b.Live.Has(r) {
			continue
		}
		if !yield(r) {
			return
		}
	}
}

// LiveRows is the number of rows of the scan.
func (b *Block) LiveRows() int {
	if b.Live == nil {
		return b.Hi - b.Lo
	}
	return b.Live.Count()
}
