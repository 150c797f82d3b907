package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sort"

	"skywatch/internal/logs"
)

// Reader reads one segment. It is safe for concurrent use and holds nothing
// but the footer; the file stays the caller's.
type Reader struct {
	*footer
	f    io.ReaderAt
	size int64 // of the file as it is
	rows int64

	head, foot error // what is wrong with the header and the last footer
}

// NewReader reads the footer of a segment in a file of size bytes. The error is
// [logs.ErrCorrupt] when the file is damaged in both footers and [ErrVersion]
// when this program cannot read it. What is damaged and costs nothing is told by
// [Reader.Head] and [Reader.Foot].
func NewReader(f io.ReaderAt, size int64) (*Reader, error) {
	if size < headerSize+trailerSize {
		return nil, fmt.Errorf("%w: segment of %d bytes", logs.ErrCorrupt, size)
	}
	var head [headerSize]byte
	if err := readFull(f, head[:], 0); err != nil {
		return nil, err
	}
	r := &Reader{f: f, size: size}
	var err error
	if r.footer, err = readFooter(f, size-trailerSize); errors.Is(err, logs.ErrCorrupt) {
		r.foot = err
		r.footer, err = searchFooter(f, size)
	}
	switch {
	case err != nil:
		return nil, err
	case r.footer != nil:
	case string(head[:8]) == magicHead && binary.LittleEndian.Uint32(head[8:]) > Version:
		return nil, tooNew(binary.LittleEndian.Uint32(head[8:])) // what its trailer looks like is not known
	default:
		return nil, r.foot
	}
	if size != r.end {
		r.foot = fmt.Errorf("%w: the file has %d bytes, want %d", logs.ErrCorrupt, size, r.end)
	}
	r.head = checkHeader(head[:], r.version)
	for _, g := range r.groups {
		r.rows += g.Events
	}
	return r, nil
}

func appendHeader(dst []byte) []byte {
	dst = append(dst, magicHead...)
	dst = binary.LittleEndian.AppendUint32(dst, Version)
	return binary.LittleEndian.AppendUint32(dst, 0)
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
func (r *Reader) Version() int { return int(r.version) }

// Size returns the bytes of the file as it was written.
func (r *Reader) Size() int64 { return r.end }

// Head returns what is wrong with the file's header, a [logs.ErrCorrupt], or
// nil. Everything else can be read all the same, since trailers say all that the
// header does.
func (r *Reader) Head() error { return r.head }

// Foot returns what is wrong with the file's last footer and trailer, or behind
// them, a [logs.ErrCorrupt], or nil. Every block can be read all the same; of a
// file that was cut short text filters may be missing.
func (r *Reader) Foot() error { return r.foot }

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
