package segment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
)

// trailer is a decoded trailer.
type trailer struct {
	offset, stored, raw int64 // of the footer
	sum, version        uint32
}

// length is that of the footer with its trailer.
func (t *trailer) length() int64 { return t.stored + trailerSize }

func appendTrailer(dst []byte, t trailer) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.offset))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.stored))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(t.raw))
	dst = binary.LittleEndian.AppendUint32(dst, t.sum)
	dst = binary.LittleEndian.AppendUint32(dst, t.version)
	dst = append(dst, magicTail...)
	return binary.LittleEndian.AppendUint32(dst, colenc.Checksum(dst[start:]))
}

// decodeTrailer reads the trailer at an offset of a file; the error may be
// [ErrVersion].
func decodeTrailer(b []byte, at int64) (trailer, error) {
	if string(b[32:40]) != magicTail {
		return trailer{}, fmt.Errorf("%w: magic %q at the end, want %q", logs.ErrCorrupt, b[32:40], magicTail)
	}
	if got, want := colenc.Checksum(b[:40]), binary.LittleEndian.Uint32(b[40:]); got != want {
		return trailer{}, fmt.Errorf("%w: trailer checksum %08x, want %08x", logs.ErrCorrupt, got, want)
	}
	version := binary.LittleEndian.Uint32(b[28:])
	if version == 0 || version > Version {
		return trailer{}, tooNew(version)
	}
	t := trailer{
		offset:  int64(binary.LittleEndian.Uint64(b)),
		stored:  int64(binary.LittleEndian.Uint64(b[8:])),
		raw:     int64(binary.LittleEndian.Uint64(b[16:])),
		sum:     binary.LittleEndian.Uint32(b[24:]),
		version: version,
	}
	if t.offset < headerSize || t.stored <= 0 || t.stored > maxFooterBytes || t.raw <= 0 || t.raw > maxFooterBytes ||
		t.offset != at-t.stored {
		return trailer{}, fmt.Errorf("%w: footer of %d bytes (%d raw) at %d, its trailer at %d", logs.ErrCorrupt,
			t.stored, t.raw, t.offset, at)
	}
	return t, nil
}

// footers encodes both footers of a file, with their trailers: the one behind
// the blocks, which end at offset blocksEnd, and the one behind the text filters.
func footers(groups []Group, blocks []Block, blocksEnd int64) (first, last []byte, err error) {
	raw := appendFooter(nil, groups, blocks)
	if len(raw) > maxFooterBytes {
		return nil, nil, fmt.Errorf("footer of %d bytes, at most %d", len(raw), maxFooterBytes)
	}
	stored := encoder().EncodeAll(raw, nil)
	t := trailer{stored: int64(len(stored)), raw: int64(len(raw)), sum: colenc.Checksum(stored), version: Version}
	at := func(offset int64) []byte {
		t.offset = offset
		return appendTrailer(stored[:len(stored):len(stored)], t)
	}
	behind := blocksEnd + t.length()
	for i := range blocks {
		behind += int64(blocks[i].filter.length)
	}
	return at(blocksEnd), at(behind), nil
}

// readStored reads a footer as it is stored, by the trailer at an offset.
func readStored(f io.ReaderAt, at int64) (t trailer, stored []byte, err error) {
	var b [trailerSize]byte
	if err := readFull(f, b[:], at); err != nil {
		return t, nil, err
	}
	if t, err = decodeTrailer(b[:], at); err != nil {
		return t, nil, err
	}
	stored = make([]byte, t.stored)
	if err := readFull(f, stored, t.offset); err != nil {
		return t, nil, err
	}
	if got := colenc.Checksum(stored); got != t.sum {
		return t, nil, fmt.Errorf("%w: footer checksum %08x, want %08x", logs.ErrCorrupt, got, t.sum)
	}
	return t, stored, nil
}

// readFooter reads the footer of the trailer at an offset.
func readFooter(f io.ReaderAt, at int64) (*footer, error) {
	t, stored, err := readStored(f, at)
	if err != nil {
		return nil, err
	}
	raw, err := unzstd(nil, stored, int(t.raw))
	if err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	return decodeFooter(raw, t)
}

// searchWindow bytes are searched for a trailer at a time.
const searchWindow = 1 << 20

// searchFooter returns the last whole footer in a file of size bytes, nil when
// there is none.
func searchFooter(f io.ReaderAt, size int64) (*footer, error) {
	buf := make([]byte, min(searchWindow, size))
	for end := size; end > headerSize; {
		start := max(end-int64(len(buf)), 0)
		b := buf[:end-start]
		if err := readFull(f, b, start); err != nil {
			return nil, err
		}
		for i := bytes.LastIndex(b, []byte(magicTail)); i >= 0; i = bytes.LastIndex(b[:i], []byte(magicTail)) {
			at := start + int64(i) - magicAt
			if at < headerSize || at > size-trailerSize {
				continue
			}
			if found, err := readFooter(f, at); !errors.Is(err, logs.ErrCorrupt) {
				return found, err
			}
		}
		if start == 0 {
			break
		}
		end = start + int64(len(magicTail)) - 1 // it may lie across
	}
	return nil, nil
}

// CheckCopy holds the first footer against the last, when that was the one to
// be read; otherwise [Reader.Foot] says what there is to say. The error is as of
// [NewReader].
func (r *Reader) CheckCopy() error {
	if r.version < 4 || r.first() {
		return nil
	}
	t, _, err := readStored(r.f, r.blocksEnd+r.stored)
	if err != nil {
		return err
	}
	if t.offset = r.offset; t != r.trailer {
		return fmt.Errorf("%w: the first footer is %+v, the last %+v", logs.ErrCorrupt, t, r.trailer)
	}
	return nil
}
