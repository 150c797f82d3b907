package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
)

// Reader reads one segment. It is safe for concurrent use and holds nothing
// but the footer; the file stays the caller's.
type Reader struct {
	f      io.ReaderAt
	groups []Group
	blocks []Block
	rows   int64

	version int
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
	version := binary.LittleEndian.Uint32(head[8:])
	if version == 0 || version > Version {
		return nil, fmt.Errorf("%w: %d, this program reads up to %d", ErrVersion, version, Version)
	}
	var tail [trailerSize]byte
	if err := readFull(f, tail[:], size-trailerSize); err != nil {
		return nil, err
	}
	t, err := decodeTrailer(tail[:], size, version)
	if err != nil {
		return nil, err
	}
	stored := make([]byte, t.stored)
	if err := readFull(f, stored, t.offset); err != nil {
		return nil, err
	}
	if got := colenc.Checksum(stored); got != t.sum {
		return nil, fmt.Errorf("%w: footer checksum %08x, want %08x", logs.ErrCorrupt, got, t.sum)
	}
	raw, err := unzstd(nil, stored, int(t.raw))
	if err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	r := &Reader{f: f, version: int(version)}
	if r.groups, r.blocks, err = decodeFooter(raw, t.offset, version); err != nil {
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

// Version returns the version of the file's format, at most [Version].
func (r *Reader) Version() int { return r.version }

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
