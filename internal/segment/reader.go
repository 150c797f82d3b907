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
	head    error // what is wrong with the header
}

// NewReader reads the footer of a segment of size bytes. The error is
// [logs.ErrCorrupt] when the file is damaged there and [ErrVersion] when this
// program cannot read it. The trailer says all that the header does, under a
// checksum, so a damaged header costs nothing; [Reader.Head] tells of it.
func NewReader(f io.ReaderAt, size int64) (*Reader, error) {
	if size < headerSize+trailerSize {
		return nil, fmt.Errorf("%w: segment of %d bytes", logs.ErrCorrupt, size)
	}
	var head [headerSize]byte
	if err := readFull(f, head[:], 0); err != nil {
		return nil, err
	}
	var tail [trailerSize]byte
	if err := readFull(f, tail[:], size-trailerSize); err != nil {
		return nil, err
	}
	t, err := decodeTrailer(tail[:], size)
	if v := binary.LittleEndian.Uint32(head[8:]); err != nil && string(head[:8]) == magicHead && v > Version {
		err = tooNew(v) // what its trailer looks like is not known
	}
	if err != nil {
		return nil, err
	}
	version := t.version
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
	r := &Reader{f: f, version: int(version), head: checkHeader(head[:], version)}
	if r.groups, r.blocks, err = decodeFooter(raw, t.offset, version); err != nil {
		return nil, err
	}
	for _, g := range r.groups {
		r.rows += g.Events
	}
	return r, nil
}

// checkHeader compares a header with the version that the trailer names.
func checkHeader(b []byte, version uint32) error {
	if string(b[:8]) != magicHead {
		return fmt.Errorf("%w: magic %q, want %q", logs.ErrCorrupt, b[:8], magicHead)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != version {
		return fmt.Errorf("%w: version %d in the header, %d in the trailer", logs.ErrCorrupt, v, version)
	}
	return nil
}

func tooNew(version uint32) error {
	return fmt.Errorf("%w: %d, this program reads up to %d", ErrVersion, version, Version)
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

// Head returns what is wrong with the file's header, a [logs.ErrCorrupt], or
// nil. Everything else can be read all the same.
func (r *Reader) Head() error { return r.head }

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
