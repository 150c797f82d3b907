package segment

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/klauspost/compress/zstd"

	"skywatch/internal/logs"
)

// What only files of version 1 hold.

// integer is a column's element.
type integer interface{ ~int64 | ~uint64 }

// expand undoes compress; the result may be b itself. It has at most limit bytes.
func expand(b []byte, packed bool, scratch []byte, limit int) ([]byte, error) {
	if !packed {
		if len(b) > limit {
			return nil, fmt.Errorf("%w: column of %d bytes, at most %d", logs.ErrCorrupt, len(b), limit)
		}
		return b, nil
	}
	n, w := binary.Uvarint(b)
	if w <= 0 || n > uint64(limit) {
		return nil, fmt.Errorf("%w: column of %d raw bytes, at most %d", logs.ErrCorrupt, n, limit)
	}
	return unzstd(scratch, b[w:], int(n))
}

// unzstd decompresses a frame that must hold n bytes, into dst when it fits.
func unzstd(dst, frame []byte, n int) ([]byte, error) {
	// The frame's own claim is held against n before anything is allocated.
	var head zstd.Header
	if err := head.Decode(frame); err != nil {
		return nil, fmt.Errorf("%w: zstd header: %w", logs.ErrCorrupt, err)
	}
	if !head.HasFCS || head.FrameContentSize != uint64(n) {
		return nil, fmt.Errorf("%w: zstd frame of %d bytes, want %d", logs.ErrCorrupt, head.FrameContentSize, n)
	}
	if cap(dst) < n {
		dst = make([]byte, 0, n)
	}
	out, err := decoder().DecodeAll(frame, dst[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: zstd: %w", logs.ErrCorrupt, err)
	}
	if len(out) != n {
		return nil, fmt.Errorf("%w: %d bytes after zstd, want %d", logs.ErrCorrupt, len(out), n)
	}
	return out, nil
}

// decodeInts decodes rows integers into dst[:0]. scratch is for decompression.
func decodeInts[T integer](dst []T, scratch *[]byte, enc encoding, b []byte, rows int) ([]T, error) {
	if cap(dst) < rows {
		dst = make([]T, rows)
	}
	dst = dst[:rows]
	switch enc {
	case encConst:
		v, w := binary.Varint(b)
		if w != len(b) {
			return nil, fmt.Errorf("%w: constant of %d bytes", logs.ErrCorrupt, len(b))
		}
		for i := range dst {
			dst[i] = T(v)
		}
		return dst, nil
	case encDelta, encDeltaZstd:
	default:
		return nil, fmt.Errorf("%w: integer encoding %d is unknown", ErrVersion, enc)
	}
	raw, err := expand(b, enc == encDeltaZstd, *scratch, rows*binary.MaxVarintLen64)
	if err != nil {
		return nil, err
	}
	if enc == encDeltaZstd {
		*scratch = raw
	}
	v := T(0)
	for i := range dst {
		var d int64
		// One byte is by far the most frequent length of a difference.
		if len(raw) > 0 && raw[0] < 0x80 {
			d = int64(raw[0]>>1) ^ -int64(raw[0]&1)
			raw = raw[1:]
		} else {
			var w int
			if d, w = binary.Varint(raw); w <= 0 {
				return nil, fmt.Errorf("%w: integer column ends at row %d of %d", logs.ErrCorrupt, i, rows)
			}
			raw = raw[w:]
		}
		v += T(d)
		dst[i] = v
	}
	if len(raw) != 0 {
		return nil, fmt.Errorf("%w: %d bytes behind the last row", logs.ErrCorrupt, len(raw))
	}
	return dst, nil
}

// decodeMessages decodes rows messages of bytes bytes in all into dst[:0]. The
// strings share one allocation of their own.
func decodeMessages(dst []string, enc encoding, b []byte, rows int, bytes int64) ([]string, error) {
	if enc != encPlain && enc != encPlainZstd {
		return nil, fmt.Errorf("%w: message encoding %d is unknown", ErrVersion, enc)
	}
	raw, err := expand(b, enc == encPlainZstd, nil, int(bytes)+rows*binary.MaxVarintLen64)
	if err != nil {
		return nil, err
	}
	if enc == encPlain {
		raw = append([]byte(nil), raw...) // b is the caller's buffer
	}
	if cap(dst) < rows {
		dst = make([]string, rows)
	}
	dst = dst[:rows]
	text := int64(len(raw)) - bytes
	if text < 0 {
		return nil, fmt.Errorf("%w: messages of %d bytes, want %d", logs.ErrCorrupt, len(raw), bytes)
	}
	lengths := raw[:text]
	// raw is never written again, so strings may point into it.
	all := unsafe.String(unsafe.SliceData(raw[text:]), len(raw)-int(text))
	for i := range dst {
		n, w := binary.Uvarint(lengths)
		if w <= 0 || n > uint64(len(all)) {
			return nil, fmt.Errorf("%w: length of message %d of %d", logs.ErrCorrupt, i, rows)
		}
		lengths = lengths[w:]
		dst[i], all = all[:n], all[n:]
	}
	if len(lengths) != 0 || len(all) != 0 {
		return nil, fmt.Errorf("%w: %d bytes behind the last message", logs.ErrCorrupt, len(lengths)+len(all))
	}
	return dst, nil
}
