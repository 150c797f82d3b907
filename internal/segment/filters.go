package segment

import (
	"fmt"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// BlockFilter is the text filter of one block: nil where the file has none, or
// where Err says that it is damaged ([logs.ErrCorrupt]). Then nothing is known,
// and the block has to be read.
type BlockFilter struct {
	Filter *logtype.TextFilter
	Bytes  int64 // of memory
	Err    error
}

// TextFilters reads the filters of blocks [from, to) at once. The error is the
// file's. The filters of one call share memory.
func (r *Reader) TextFilters(from, to int) ([]BlockFilter, error) {
	out := make([]BlockFilter, to-from)
	blocks := r.blocks[from:to]
	n := 0
	for i := range blocks {
		n += blocks[i].filter.length
	}
	if n == 0 {
		return out, nil
	}
	// Those of a file that was cut short are missing, and no others.
	b := make([]byte, max(min(int64(n), r.size-blocks[0].filter.offset), 0))
	if err := readFull(r.f, b, blocks[0].filter.offset); err != nil {
		return nil, fmt.Errorf("text filters: %w", err)
	}
	for i := range blocks {
		c := &blocks[i].filter
		if c.length == 0 {
			continue
		}
		f := &out[i]
		if c.length > len(b) {
			f.Err = fmt.Errorf("%w: text filter of %d bytes at offset %d of %d", logs.ErrCorrupt, c.length, c.offset, r.size)
			b = nil
			continue
		}
		stored := b[:c.length:c.length]
		b = b[c.length:]
		f.Bytes = int64(2 * c.length)
		if got := colenc.Checksum(stored); got != c.sum {
			f.Err = fmt.Errorf("%w: text filter at offset %d: checksum %08x, want %08x", logs.ErrCorrupt, c.offset, got, c.sum)
			continue
		}
		if f.Filter, f.Err = logtype.OpenTextFilter(stored); f.Err != nil {
			f.Err = fmt.Errorf("%w: text filter at offset %d: %w", logs.ErrCorrupt, c.offset, f.Err)
		}
	}
	return out, nil
}
