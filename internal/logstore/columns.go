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
	colMessages
)

// columns are the decoded columns of one block; those not read yet are empty.
type columns struct {
	timestamps []int64
	streams    []logs.StreamID
	ingested   []int64
	seqs       []uint64
	messages   []string
}

// reset empties the columns and keeps the buffers. It must not be called when
// they are shared with the cache.
func (c *columns) reset() {
	c.timestamps, c.streams, c.ingested, c.seqs = c.timestamps[:0], c.streams[:0], c.ingested[:0], c.seqs[:0]
	clear(c.messages) // let the text go
	c.messages = c.messages[:0]
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

func (r *blockReader) timestamps() error {
	return readColumn(r, colTimestamps, &r.cols.timestamps, r.t.reader.Timestamps, words)
}

func (r *blockReader) streams() error {
	return readColumn(r, colStreams, &r.cols.streams, r.t.reader.Streams, words)
}

func (r *blockReader) ingested() error {
	return readColumn(r, colIngested, &r.cols.ingested, r.t.reader.Ingested, words)
}

func (r *blockReader) seqs() error {
	return readColumn(r, colSeqs, &r.cols.seqs, r.t.reader.Seqs, words)
}

func (r *blockReader) messages() error {
	return readColumn(r, colMessages, &r.cols.messages, r.t.reader.Messages, func(v []string) int64 {
		return r.meta().Bytes + int64(16*len(v))
	})
}

func (r *blockReader) meta() *segment.Block { return r.t.reader.Block(r.block) }

// wanted reads the columns of want that are not timestamps or seqs.
func (r *blockReader) wanted(want logs.Columns) error {
	if want&logs.ColStream != 0 {
		if err := r.streams(); err != nil {
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
