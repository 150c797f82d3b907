package logstore

import (
	"errors"
	"fmt"
	"sync"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// joiner gives back the messages of a typed block. It may be shared: a column
// is decoded once, when the first row that needs it is joined.
type joiner struct {
	mu   sync.Mutex
	join logtype.Joiner
	buf  []byte
	ends []int
}

// joinChunk is up to how many bytes messages share an allocation, so that who
// keeps one message does not keep thousands.
const joinChunk = 128 << 10

// templates makes r.cols.joiner ready.
func (r *blockReader) templates() error {
	if r.cols.joiner != nil {
		return nil
	}
	key := cacheKey{r.t.number, r.block, colJoiner}
	if r.cache != nil {
		if v := r.cache.get(key); v != nil {
			r.cols.joiner = v.(*joiner)
			return nil
		}
	}
	refs, err := r.Timestamps()
	if err != nil {
		return err
	}
	typed, err := openTyped(r.t, r.block, r.cache)
	if err != nil {
		return err
	}
	j := r.cols.own
	if j == nil || r.cache != nil {
		j = &joiner{}
	}
	if err := j.join.Reset(typed, refs); err != nil {
		return corrupt(err)
	}
	r.cols.joiner = j
	if r.cache == nil {
		r.cols.own = j
		return nil
	}
	// The templates are in the cache under their own name.
	r.cache.put(key, j, int64(r.meta().Rows)*joinedRow)
	return nil
}

// joinedRow is about what a row's decoded columns take in memory.
const joinedRow = 96

// openTyped opens the templates of a typed block, from the cache when they are
// there, and puts them there. cache may be nil.
func openTyped(t *table, block int, cache *blockCache) (*logtype.Block, error) {
	key := cacheKey{t.number, block, colTemplates}
	if cache != nil {
		if v := cache.get(key); v != nil {
			return v.(*logtype.Block), nil
		}
	}
	b, err := t.reader.Open(block)
	if err == nil && cache != nil {
		cache.offer(key, b, t.reader.Block(block).MessageSize()+int64(b.Memory()))
	}
	return b, err
}

// errJoin marks a failure to join messages. The bytes had their checksum, so a
// program has written them wrongly; it is found when some of the block's rows
// may have been delivered, and then costs the rest of them.
var errJoin = errors.New("join messages")

func corrupt(err error) error { return fmt.Errorf("%w: %w: %w", logs.ErrCorrupt, errJoin, err) }

// appendMessages appends the messages of n rows from at on, stepping by step;
// at counts in sel, or in the block when sel is nil. The columns' messages are
// ready. On error dst is returned as it was.
func (c *columns) appendMessages(dst []string, sel []int32, at, n, step int) ([]string, error) {
	if c.joiner != nil {
		return c.joiner.append(dst, sel, at, n, step)
	}
	for range n {
		row := at
		if sel != nil {
			row = int(sel[at])
		}
		dst = append(dst, c.messages[row])
		at += step
	}
	return dst, nil
}

// slice returns the messages of rows [lo, hi), in dst when they must be joined.
func (c *columns) slice(dst []string, lo, hi int) ([]string, error) {
	if c.joiner == nil {
		return c.messages[lo:hi], nil
	}
	return c.joiner.append(dst, nil, lo, hi-lo, 1)
}

func (j *joiner) append(dst []string, sel []int32, at, n, step int) ([]string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	begin := len(dst)
	j.buf, j.ends = j.buf[:0], j.ends[:0]
	for k := range n {
		row := at
		if sel != nil {
			row = int(sel[at])
		}
		var err error
		if j.buf, err = j.join.Append(j.buf, row); err != nil {
			clear(dst[begin:])
			return dst[:begin], corrupt(err)
		}
		j.ends = append(j.ends, len(j.buf))
		at += step
		if k < n-1 && len(j.buf) < joinChunk {
			continue
		}
		text, from := string(j.buf), 0
		for _, end := range j.ends {
			dst = append(dst, text[from:end])
			from = end
		}
		j.buf, j.ends = j.buf[:0], j.ends[:0]
	}
	return dst, nil
}
