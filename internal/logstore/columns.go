package logstore

import (
	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// column names a column of a block in memory.
type column uint8

const (
	colTimestamps column = iota
	colStreams
	colIngested
	colSeqs
	colMessages  // of plain blocks: their text
	colTemplates // of typed blocks: *logtype.Block
	colJoiner    // of typed blocks: *joiner
	colMinutes
	colTextFilter // *logtype.TextFilter, nil when there is none
)

// columns are the decoded columns of one block; those not read yet are empty.
type columns struct {
	timestamps []int64
	streams    []logs.StreamID
	ingested   []int64
	seqs       []uint64
	messages   []string // of a plain block
	joiner     *joiner  // of a typed block

	own *joiner // not shared, for use again
}

// reset empties the columns and keeps the buffers. It must not be called when
// they are shared with the cache.
func (c *columns) reset() {
	c.timestamps, c.streams, c.ingested, c.seqs = c.timestamps[:0], c.streams[:0], c.ingested[:0], c.seqs[:0]
	clear(c.messages) // let the text go
	c.messages = c.messages[:0]
	c.joiner = nil
}

// blockReader reads columns of block i of a table into cols, each once. With
// a cache it takes them from there and puts them there; without, it reuses
// the buffers of cols.
type blockReader struct {
	t     *table
	block int
	cols  *columns
	cache *blockCache // nil: not used
}

func readColumn[T any](r *blockReader, c column, dst *[]T, read func(int, []T) ([]T, error), size func([]T) int64) error {
	if len(*dst) > 0 {
		return nil
	}
	key := cacheKey{r.t.number, r.block, c}
	if r.cache != nil {
		if v := r.cache.get(key); v != nil {
			*dst = v.([]T)
			return nil
		}
		*dst = nil // shared from now on
	}
	out, err := read(r.block, *dst)
	if err != nil {
		return err
	}
	*dst = out
	if r.cache != nil {
		r.cache.put(key, out, size(out))
	}
	return nil
}

func words[T any](v []T) int64 { return int64(8 * len(v)) }

// Timestamps implements [rowColumns], as do Streams and Seqs.
func (r *blockReader) Timestamps() ([]int64, error) {
	err := readColumn(r, colTimestamps, &r.cols.timestamps, r.t.reader.Timestamps, words)
	return r.cols.timestamps, err
}

func (r *blockReader) Streams() ([]logs.StreamID, error) {
	err := readColumn(r, colStreams, &r.cols.streams, r.t.reader.Streams, words)
	return r.cols.streams, err
}

func (r *blockReader) ingested() error {
	if len(r.cols.ingested) > 0 {
		return nil
	}
	streams, err := r.Streams() // they are needed to read the others
	if err != nil {
		return err
	}
	return readColumn(r, colIngested, &r.cols.ingested, func(i int, dst []int64) ([]int64, error) {
		return r.t.reader.Ingested(i, dst, streams)
	}, words)
}

func (r *blockReader) Seqs() ([]uint64, error) {
	if len(r.cols.seqs) > 0 {
		return r.cols.seqs, nil
	}
	streams, err := r.Streams()
	if err != nil {
		return nil, err
	}
	err = readColumn(r, colSeqs, &r.cols.seqs, func(i int, dst []uint64) ([]uint64, error) {
		return r.t.reader.Seqs(i, dst, streams)
	}, words)
	return r.cols.seqs, err
}

// messages makes the messages of the block's rows ready to be had with
// columns.appendMessages.
func (r *blockReader) messages() error {
	if r.meta().Typed() {
		return r.templates()
	}
	return readColumn(r, colMessages, &r.cols.messages, r.t.reader.Messages, func(v []string) int64 {
		return r.meta().Bytes + int64(16*len(v))
	})
}

func (r *blockReader) meta() *segment.Block { return r.t.reader.Block(r.block) }

// wanted reads the columns of want that are not timestamps or seqs.
func (r *blockReader) wanted(want logs.Columns) error {
	if want&logs.ColStream != 0 {
		if _, err := r.Streams(); err != nil {
			return err
		}
	}
	if want&logs.ColIngested != 0 {
		if err := r.ingested(); err != nil {
			return err
		}
	}
	if want&logs.ColMessage != 0 {
		return r.messages()
	}
	return nil
}
