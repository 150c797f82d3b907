package segment

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
)

// Level chooses between speed and size of compression.
type Level uint8

const (
	Fast    Level = iota // for flushing, which ingestion may wait for
	Compact              // for compaction, whose output lives long: also verified
)

// encoder compresses footers. It is shared: EncodeAll is safe for concurrent use.
var encoder = sync.OnceValue(func() *zstd.Encoder {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20),
		zstd.WithEncoderCRC(false),   // footers have their own checksum
		zstd.WithSingleSegment(true)) // so that every frame names its size, see unzstd
	if err != nil {
		panic(fmt.Sprintf("segment: zstd options: %v", err))
	}
	return enc
})

var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxFooterBytes))
	if err != nil {
		panic(fmt.Sprintf("segment: zstd options: %v", err))
	}
	return d
})

// colenc is the level of package colenc that stands for l.
func (l Level) colenc() colenc.Level {
	if l == Compact {
		return colenc.Compact
	}
	return colenc.Fast
}

// columnWriter encodes columns of one block after the other.
type columnWriter struct {
	level colenc.Level
	ints  []int64
	alt   []byte
	last  map[logs.StreamID]int64
}

// appendInts encodes an integer column.
func (c *columnWriter) appendInts(dst []byte, values []int64) ([]byte, encoding) {
	return colenc.AppendInts(dst, values, c.level), encInts
}

// appendStreams encodes the streams of a block's rows.
func (c *columnWriter) appendStreams(dst []byte, streams []logs.StreamID) ([]byte, encoding) {
	list := slices.Clone(streams)
	slices.Sort(list)
	list = slices.Compact(list)
	if len(list) == 1 {
		c.ints = c.ints[:0]
		for _, s := range streams {
			c.ints = append(c.ints, int64(s))
		}
		return c.appendInts(dst, c.ints)
	}
	place := make(map[logs.StreamID]int64, len(list))
	c.ints = c.ints[:0]
	for i, s := range list {
		place[s] = int64(i)
		c.ints = append(c.ints, int64(s))
	}
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	c.alt = colenc.AppendInts(c.alt[:0], c.ints, c.level)
	dst = binary.AppendUvarint(dst, uint64(len(c.alt)))
	dst = append(dst, c.alt...)
	c.ints = c.ints[:0]
	last, at := logs.StreamID(0), int64(0)
	for _, s := range streams {
		if s != last {
			last, at = s, place[s]
		}
		c.ints = append(c.ints, at)
	}
	return colenc.AppendInts(dst, c.ints, c.level), encListed
}

// appendByStream encodes a column whose values go up by step from one row of a
// stream to its next, mostly; as plain integers when that is smaller.
func (c *columnWriter) appendByStream(dst []byte, streams []logs.StreamID, values []int64, step int64) ([]byte, encoding) {
	if c.last == nil {
		c.last = map[logs.StreamID]int64{}
	}
	clear(c.last)
	c.ints = c.ints[:0]
	prev, stream := int64(0), logs.StreamID(0)
	for i, v := range values {
		if s := streams[i]; s != stream {
			if stream != 0 {
				c.last[stream] = prev
			}
			stream = s
			if p, ok := c.last[s]; ok {
				prev = p
			}
		}
		c.ints = append(c.ints, v-prev-step)
		prev = v
	}
	start := len(dst)
	dst = colenc.AppendInts(dst, c.ints, c.level)
	c.alt = colenc.AppendInts(c.alt[:0], values, c.level)
	if len(c.alt) < len(dst)-start {
		return append(dst[:start], c.alt...), encInts
	}
	return dst, encByStream
}

// minutes counts rows per minute, from that of the first timestamp on; nil
// when that would be out of proportion.
func minutes(dst, timestamps []int64) []int64 {
	n := minuteCount(timestamps[0], timestamps[len(timestamps)-1], len(timestamps))
	if n == 0 {
		return nil
	}
	dst = slices.Grow(dst[:0], n)[:n]
	clear(dst)
	first := minuteOf(timestamps[0])
	for _, t := range timestamps {
		dst[minuteOf(t)-first]++
	}
	return dst
}

// minuteCount is the number of minutes that a block keeps counts of, 0 for none.
func minuteCount(first, last int64, rows int) int {
	n := uint64(minuteOf(last)-minuteOf(first)) + 1
	if n > uint64(rows+minutesMin) {
		return 0
	}
	return int(n)
}

// minuteOf is the minute since 1970 that a timestamp in milliseconds lies in.
func minuteOf(ms int64) int64 {
	m := ms / 60_000
	if ms%60_000 < 0 {
		m--
	}
	return m
}
