package segment

import (
	"encoding/binary"
	"fmt"
	"slices"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
)

// The block of a typed message column is checked page by page, so that one of
// its columns can be read without the others.

const (
	pageSize = 4096
	sumSize  = 4
)

// appendPageSums appends the checksum of each page of b.
func appendPageSums(dst, b []byte) []byte {
	for page := range slices.Chunk(b, pageSize) {
		dst = binary.LittleEndian.AppendUint32(dst, colenc.Checksum(page))
	}
	return dst
}

// sums is the length of the page checksums in front of a typed chunk.
func (c *chunk) sums() int {
	return (c.length + pageSize + sumSize - 1) / (pageSize + sumSize) * sumSize
}

// covered is the part of a chunk's bytes that its checksum is of.
func (c *chunk) covered(b []byte) []byte {
	if c.enc == encTyped {
		return b[:min(c.sums(), len(b))]
	}
	return b
}

// checkPages holds pages, the first being number first, against the checksums
// of all pages of a chunk.
func checkPages(sums, pages []byte, first int) error {
	i := first
	for page := range slices.Chunk(pages, pageSize) {
		if len(sums) < sumSize*(i+1) {
			return fmt.Errorf("%w: page %d has no checksum", logs.ErrCorrupt, i)
		}
		if got, want := colenc.Checksum(page), binary.LittleEndian.Uint32(sums[sumSize*i:]); got != want {
			return fmt.Errorf("%w: page %d: checksum %08x, want %08x", logs.ErrCorrupt, i, got, want)
		}
		i++
	}
	return nil
}
