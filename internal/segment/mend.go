package segment

import (
	"fmt"
	"io"
	"slices"
)

// Mend writes a segment anew with a header and footers that are whole. Its
// blocks and text filters are copied as they are, damaged ones too, but filters
// that are missing are left out. It returns the new file's size in bytes; like
// that of a [Writer] it is durable after the caller's sync. It is for files of
// this [Version]: those of earlier ones, which have no second footer, are to be
// written anew from their rows.
func (r *Reader) Mend(w io.Writer) (size int64, err error) {
	if r.version != Version {
		return 0, fmt.Errorf("mend segment: version %d, want %d", r.version, Version)
	}
	out := &mender{w: w, r: r}
	out.write(appendHeader(nil))
	blocks := slices.Clone(r.blocks)
	for i := range blocks {
		for _, k := range blocks[i].order() {
			out.copy(blocks[i].columns[k])
		}
		if c := &blocks[i].filter; c.offset+int64(c.length) > r.size {
			*c = chunk{}
		}
	}
	first, last, err := footers(r.groups, blocks, out.off)
	if err != nil {
		return 0, fmt.Errorf("mend segment: %w", err)
	}
	out.write(first)
	for i := range blocks {
		out.copy(blocks[i].filter)
	}
	out.write(last)
	if out.err != nil {
		return 0, fmt.Errorf("mend segment at offset %d: %w", out.off, out.err)
	}
	return out.off, nil
}

// mender writes a file; the first failure sticks.
type mender struct {
	w   io.Writer
	r   *Reader
	off int64
	buf []byte
	err error
}

func (m *mender) write(b []byte) {
	if m.err == nil {
		_, m.err = m.w.Write(b)
		m.off += int64(len(b))
	}
}

// copy writes a chunk as it is.
func (m *mender) copy(c chunk) {
	if m.err != nil || c.length == 0 {
		return
	}
	m.buf = slices.Grow(m.buf[:0], c.length)[:c.length]
	if m.err = readFull(m.r.f, m.buf, c.offset); m.err == nil {
		m.write(m.buf)
	}
}
