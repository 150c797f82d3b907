package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"sort"
	"sync"

	"skywatch/internal/logs"
)

// Reader reads one segment. It is safe for concurrent use and holds nothing
// but the footer; the file stays the caller's.
type Reader struct {
	f      io.ReaderAt
	groups []Group
	blocks []Block
	rows   int64
}

// NewReader reads the footer of a segment of size bytes. The error is
// [logs.ErrCorrupt] when the file is damaged there and [ErrVersion] when this
// program cannot read it.
func NewReader(f io.ReaderAt, size int64) (*Reader, error) {
	if size < headerSize+trailerSize {
		return nil, fmt.Errorf("%w: segment of %d bytes", logs.ErrCorrupt, size)
	}
	var head [headerSize]byte
	if err := readFull(f, head[:], 0); err != nil {
		return nil, err
	}
	if string(head[:8]) != magicHead {
		return nil, fmt.Errorf("%w: magic %q, want %q", logs.ErrCorrupt, head[:8], magicHead)
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v != version {
		return nil, fmt.Errorf("%w: %d, this program reads %d", ErrVersion, v, version)
	}
	var tail [trailerSize]byte
	if err := readFull(f, tail[:], size-trailerSize); err != nil {
		return nil, err
	}
	t, err := decodeTrailer(tail[:], size)
	if err != nil {
		return nil, err
	}
	stored := make([]byte, t.stored)
	if err := readFull(f, stored, t.offset); err != nil {
		return nil, err
	}
	if got := crc32.Checksum(stored, castagnoli); got != t.sum {
		return nil, fmt.Errorf("%w: footer checksum %08x, want %08x", logs.ErrCorrupt, got, t.sum)
	}
	raw, err := unzstd(nil, stored, int(t.raw))
	if err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	r := &Reader{f: f}
	if r.groups, r.blocks, err = decodeFooter(raw, t.offset); err != nil {
		return nil, err
	}
	for _, g := range r.groups {
		r.rows += g.Events
	}
	return r, nil
}

func readFull(f io.ReaderAt, b []byte, off int64) error {
	n, err := f.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: file ends at offset %d", logs.ErrCorrupt, off+int64(n))
	}
	return fmt.Errorf("read %d bytes at offset %d: %w", len(b), off, err)
}

// Rows returns the number of events in the segment.
func (r *Reader) Rows() int64 { return r.rows }

// Groups returns the groups, ascending by id. The slice is the Reader's.
func (r *Reader) Groups() []Group { return r.groups }

// Group returns what the segment holds of g, or nil.
func (r *Reader) Group(g logs.GroupID) *Group {
	i := sort.Search(len(r.groups), func(i int) bool { return r.groups[i].Group >= g })
	if i == len(r.groups) || r.groups[i].Group != g {
		return nil
	}
	return &r.groups[i]
}

// Block returns the i-th block of the segment.
func (r *Reader) Block(i int) *Block { return &r.blocks[i] }

// Blocks returns the number of blocks.
func (r *Reader) Blocks() int { return len(r.blocks) }

// buffers are what reading a chunk needs for a moment.
type buffers struct{ stored, raw []byte }

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

// chunk reads and checks the bytes of a column.
func (r *Reader) chunk(b *Block, k kind, buf *buffers) ([]byte, encoding, error) {
	c := b.columns[k]
	buf.stored = slices.Grow(buf.stored[:0], c.length)[:c.length]
	if err := readFull(r.f, buf.stored, c.offset); err != nil {
		return nil, 0, err
	}
	if got := crc32.Checksum(buf.stored, castagnoli); got != c.sum {
		return nil, 0, fmt.Errorf("%w: column %d at offset %d: checksum %08x, want %08x", logs.ErrCorrupt, k, c.offset, got, c.sum)
	}
	return buf.stored, c.enc, nil
}

func readInts[T integer](r *Reader, i int, k kind, dst []T) ([]T, error) {
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	b := &r.blocks[i]
	stored, enc, err := r.chunk(b, k, buf)
	if err != nil {
		return nil, err
	}
	out, err := decodeInts(dst, &buf.raw, enc, stored, b.Rows)
	if err != nil {
		return nil, fmt.Errorf("column %d at offset %d: %w", k, b.columns[k].offset, err)
	}
	return out, nil
}

// Timestamps reads a column of block i into dst[:0], growing it as needed.
// This and the following methods return [logs.ErrCorrupt] for damaged bytes,
// [ErrVersion] for an unknown encoding, and the file's error when it cannot be
// read.
func (r *Reader) Timestamps(i int, dst []int64) ([]int64, error) {
	return readInts(r, i, kindTimestamps, dst)
}

// Streams reads the stream ids of block i.
func (r *Reader) Streams(i int, dst []logs.StreamID) ([]logs.StreamID, error) {
	return readInts(r, i, kindStreams, dst)
}

// Ingested reads the ingestion times of block i.
func (r *Reader) Ingested(i int, dst []int64) ([]int64, error) {
	return readInts(r, i, kindIngested, dst)
}

// Seqs reads the sequence numbers of block i.
func (r *Reader) Seqs(i int, dst []uint64) ([]uint64, error) {
	return readInts(r, i, kindSeqs, dst)
}

// Messages reads the messages of block i. The strings are immutable and share
// one allocation, which lives as long as any of them.
func (r *Reader) Messages(i int, dst []string) ([]string, error) {
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	b := &r.blocks[i]
	stored, enc, err := r.chunk(b, kindMessages, buf)
	if err != nil {
		return nil, err
	}
	out, err := decodeMessages(dst, enc, stored, b.Rows, b.Bytes)
	if err != nil {
		return nil, fmt.Errorf("column %d at offset %d: %w", kindMessages, b.columns[kindMessages].offset, err)
	}
	return out, nil
}
