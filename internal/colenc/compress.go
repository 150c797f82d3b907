package colenc

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// window is how far back compression looks. Few columns of a block are longer,
// and each encoder keeps memory for a few windows.
const window = 1 << 20

// encoders are shared: EncodeAll is safe for concurrent use.
var encoders = sync.OnceValue(func() [3]*zstd.Encoder {
	var e [3]*zstd.Encoder
	for level, speed := range map[Level]zstd.EncoderLevel{Fast: zstd.SpeedFastest, Compact: zstd.SpeedDefault} {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(speed), zstd.WithEncoderConcurrency(2),
			zstd.WithWindowSize(window),
			zstd.WithEncoderCRC(false),   // checksums belong to the rooms above
			zstd.WithSingleSegment(true)) // so that every frame names its size
		if err != nil {
			panic(fmt.Sprintf("colenc: zstd options: %v", err))
		}
		e[level] = enc
	}
	return e
})

// maxRaw bounds what one frame may expand to.
const maxRaw = 1 << 30

var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxRaw))
	if err != nil {
		panic(fmt.Sprintf("colenc: zstd options: %v", err))
	}
	return d
})

// zstdMin is the raw size under which a frame's overhead outweighs its gain.
const zstdMin = 48

const (
	bytesPlain = 0
	bytesZstd  = 1
)

// AppendBytes appends raw in as few bytes as compression makes of it:
//
//	byte 0, the bytes
//	byte 1, uvarint raw length, a zstd frame
func AppendBytes(dst, raw []byte, level Level) []byte {
	if len(raw) >= zstdMin && len(raw) <= maxRaw && level != Plain {
		start := len(dst)
		out := append(dst, bytesZstd)
		out = binary.AppendUvarint(out, uint64(len(raw)))
		out = encoders()[level].EncodeAll(raw, out)
		if len(out)-start <= len(raw)-len(raw)/64 { // less than that is not worth decompressing
			return out
		}
		dst = out[:start]
	}
	dst = append(dst, bytesPlain)
	return append(dst, raw...)
}

// DecodeBytes undoes [AppendBytes]. The result has at most limit bytes; it is a
// part of b when b was not compressed, else it lies in scratch if that is large
// enough.
func DecodeBytes(scratch, b []byte, limit int) ([]byte, error) {
	if len(b) == 0 {
		return nil, corrupt("no bytes")
	}
	kind, b := b[0], b[1:]
	switch kind {
	case bytesPlain:
		if len(b) > limit {
			return nil, corrupt("%d bytes, at most %d", len(b), limit)
		}
		return b, nil
	case bytesZstd:
		n, w := binary.Uvarint(b)
		if w <= 0 || n > uint64(limit) || n > maxRaw {
			return nil, corrupt("%d raw bytes, at most %d", n, limit)
		}
		return unzstd(scratch, b[w:], int(n))
	}
	return nil, corrupt("compression %d is unknown", kind)
}

// unzstd decompresses a frame that must hold n bytes, into dst when it fits.
func unzstd(dst, frame []byte, n int) ([]byte, error) {
	// The frame's own claim is held against n before anything is allocated.
	var head zstd.Header
	if err := head.Decode(frame); err != nil {
		return nil, corrupt("zstd header: %v", err)
	}
	if !head.HasFCS || head.FrameContentSize != uint64(n) {
		return nil, corrupt("zstd frame of %d bytes, want %d", head.FrameContentSize, n)
	}
	if cap(dst) < n {
		// A frame cannot shrink below its blocks' headers: 3 bytes for 128 KiB.
		if n > len(frame)*(128<<10) {
			return nil, corrupt("zstd frame of %d bytes for %d", len(frame), n)
		}
		dst = make([]byte, 0, n)
	}
	out, err := decoder().DecodeAll(frame, dst[:0])
	if err != nil {
		return nil, corrupt("zstd: %v", err)
	}
	if len(out) != n {
		return nil, corrupt("%d bytes after zstd, want %d", len(out), n)
	}
	return out, nil
}
