package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"unsafe"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// buffers are what reading a chunk needs for a moment.
type buffers struct {
	stored, raw []byte
	ints        []int64
	places      []int64 // of the streams of rows in their list
	streams     []logs.StreamID
	last        []lastOf
}

// lastOf is the value of the last row of a stream so far.
type lastOf struct {
	value int64
	known bool
}

var bufferPool = sync.Pool{New: func() any { return &buffers{} }}

// chunk reads and checks the bytes of a column into dst[:0].
func (r *Reader) chunk(b *Block, k kind, dst []byte) ([]byte, error) {
	c := b.columns[k]
	dst = slices.Grow(dst[:0], c.length)[:c.length]
	if err := readFull(r.f, dst, c.offset); err != nil {
		return dst, err
	}
	if got := colenc.Checksum(c.covered(dst)); got != c.sum {
		return dst, fmt.Errorf("%w: column %d at offset %d: checksum %08x, want %08x", logs.ErrCorrupt, k, c.offset, got, c.sum)
	}
	return dst, nil
}

// damage says which column an error is about, and that what the rooms below
// call corrupt is.
func (b *Block) damage(k kind, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, colenc.ErrCorrupt) && !errors.Is(err, logs.ErrCorrupt) {
		return fmt.Errorf("%w: column %d at offset %d: %w", logs.ErrCorrupt, k, b.columns[k].offset, err)
	}
	return fmt.Errorf("column %d at offset %d: %w", k, b.columns[k].offset, err)
}

// Timestamps reads a column of block i into dst[:0], growing it as needed.
// This and the following methods return [logs.ErrCorrupt] for damaged bytes,
// [ErrVersion] for an unknown encoding, and the file's error when it cannot be
// read.
func (r *Reader) Timestamps(i int, dst []int64) ([]int64, error) {
	return readInts(r, i, kindTimestamps, dst, r.blocks[i].Rows)
}

// readInts reads a column that is integers of its own.
func readInts[T integer](r *Reader, i int, k kind, dst []T, n int) ([]T, error) {
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	b := &r.blocks[i]
	var err error
	if buf.stored, err = r.chunk(b, k, buf.stored); err != nil {
		return nil, err
	}
	switch enc := b.columns[k].enc; enc {
	case encInts:
		dst, err = decodeAny(dst, &buf.ints, buf.stored, n)
	default:
		dst, err = decodeInts(dst, &buf.raw, enc, buf.stored, n)
	}
	return dst, b.damage(k, err)
}

// decodeAny decodes a column of package colenc into dst[:0].
func decodeAny[T integer](dst []T, scratch *[]int64, b []byte, n int) ([]T, error) {
	if ints, ok := any(dst).([]int64); ok {
		out, err := colenc.DecodeInts(ints, b, n)
		return any(out).([]T), err
	}
	ints, err := colenc.DecodeInts(*scratch, b, n)
	if err != nil {
		return nil, err
	}
	*scratch = ints
	dst = slices.Grow(dst[:0], n)[:n]
	for i, v := range ints {
		dst[i] = T(v)
	}
	return dst, nil
}

// Streams reads the stream ids of block i.
func (r *Reader) Streams(i int, dst []logs.StreamID) ([]logs.StreamID, error) {
	b := &r.blocks[i]
	if b.columns[kindStreams].enc != encListed {
		return readInts(r, i, kindStreams, dst, b.Rows)
	}
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	var err error
	if buf.stored, err = r.chunk(b, kindStreams, buf.stored); err != nil {
		return nil, err
	}
	dst, err = decodeListed(dst, buf, buf.stored, b.Rows)
	return dst, b.damage(kindStreams, err)
}

func decodeListed(dst []logs.StreamID, buf *buffers, in []byte, rows int) ([]logs.StreamID, error) {
	list, err := decodePlaces(buf, in, rows)
	if err != nil {
		return nil, err
	}
	dst = slices.Grow(dst[:0], rows)[:rows]
	for i, at := range buf.places {
		dst[i] = logs.StreamID(list[at])
	}
	return dst, nil
}

// decodePlaces reads the list of a block's streams, and into buf the place in it
// of each row's stream.
func decodePlaces(buf *buffers, in []byte, rows int) (list []int64, err error) {
	n, w := binary.Uvarint(in)
	if w <= 0 || n > uint64(rows) {
		return nil, fmt.Errorf("%w: list of %d streams for %d rows", logs.ErrCorrupt, n, rows)
	}
	size, w2 := binary.Uvarint(in[w:])
	if w2 <= 0 || size > uint64(len(in)-w-w2) {
		return nil, fmt.Errorf("%w: list of streams of %d bytes", logs.ErrCorrupt, size)
	}
	in = in[w+w2:]
	if list, err = colenc.DecodeInts(nil, in[:size], int(n)); err != nil {
		return nil, err
	}
	if buf.places, err = colenc.DecodeInts(buf.places, in[size:], rows); err != nil {
		return nil, err
	}
	for _, at := range buf.places {
		if uint64(at) >= n {
			return nil, fmt.Errorf("%w: stream %d of %d", logs.ErrCorrupt, at, n)
		}
	}
	return list, nil
}

// placesOf numbers the streams of a block's rows, below n. The answer is in buf.
// streams is what Streams has read, nil for nothing.
func (r *Reader) placesOf(i int, buf *buffers, streams []logs.StreamID) (n int, err error) {
	b := &r.blocks[i]
	if streams == nil && b.columns[kindStreams].enc == encListed {
		if buf.stored, err = r.chunk(b, kindStreams, buf.stored); err != nil {
			return 0, err
		}
		list, err := decodePlaces(buf, buf.stored, b.Rows)
		return len(list), b.damage(kindStreams, err)
	}
	if streams == nil {
		if buf.streams, err = r.Streams(i, buf.streams); err != nil {
			return 0, err
		}
		streams = buf.streams
	}
	numbers := map[logs.StreamID]int64{}
	buf.places = slices.Grow(buf.places[:0], len(streams))[:len(streams)]
	last, at := logs.StreamID(0), int64(0)
	for i, s := range streams {
		if i == 0 || s != last {
			var ok bool
			if at, ok = numbers[s]; !ok {
				at = int64(len(numbers))
				numbers[s] = at
			}
			last = s
		}
		buf.places[i] = at
	}
	return len(numbers), nil
}

// Ingested reads the ingestion times of block i. streams may be what Streams
// returns, which saves reading them; nil else.
func (r *Reader) Ingested(i int, dst []int64, streams []logs.StreamID) ([]int64, error) {
	return readByStream(r, i, kindIngested, dst, streams, 0)
}

// Seqs reads the sequence numbers of block i. streams is as for Ingested.
func (r *Reader) Seqs(i int, dst []uint64, streams []logs.StreamID) ([]uint64, error) {
	return readByStream(r, i, kindSeqs, dst, streams, 1)
}

func readByStream[T integer](r *Reader, i int, k kind, dst []T, streams []logs.StreamID, step T) ([]T, error) {
	b := &r.blocks[i]
	if b.columns[k].enc != encByStream {
		return readInts(r, i, k, dst, b.Rows)
	}
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	n, err := r.placesOf(i, buf, streams)
	if err != nil {
		return nil, err
	}
	if buf.stored, err = r.chunk(b, k, buf.stored); err != nil {
		return nil, err
	}
	if buf.ints, err = colenc.DecodeInts(buf.ints, buf.stored, b.Rows); err != nil {
		return nil, b.damage(k, err)
	}
	buf.last = slices.Grow(buf.last[:0], n)[:n]
	clear(buf.last)
	dst = slices.Grow(dst[:0], b.Rows)[:b.Rows]
	prev, stream := T(0), int64(-1)
	for i, less := range buf.ints {
		if s := buf.places[i]; s != stream {
			if stream >= 0 {
				buf.last[stream] = lastOf{int64(prev), true}
			}
			stream = s
			if l := buf.last[s]; l.known {
				prev = T(l.value)
			}
		}
		prev += T(less) + step
		dst[i] = prev
	}
	return dst, nil
}

// Minutes reads how many rows of block i lie in each minute since 1970, the
// first being that of its first row; nil when the block does not keep that.
func (r *Reader) Minutes(i int) ([]int64, error) {
	b := &r.blocks[i]
	if b.columns[kindMinutes].enc == 0 {
		return nil, nil
	}
	n := minuteCount(b.First.Timestamp, b.Last.Timestamp, b.Rows)
	counts, err := readInts(r, i, kindMinutes, []int64(nil), n)
	if err != nil {
		return nil, err
	}
	sum := int64(0)
	for _, c := range counts {
		if sum += c; c < 0 || sum > int64(b.Rows) {
			break
		}
	}
	if sum != int64(b.Rows) {
		return nil, b.damage(kindMinutes, fmt.Errorf("%w: %d rows, want %d", logs.ErrCorrupt, sum, b.Rows))
	}
	return counts, nil
}

// Open reads the templates of typed block i. The block refers to memory of its
// own and is immutable. Columns that cannot be decoded later are
// [colenc.ErrCorrupt].
func (r *Reader) Open(i int) (*logtype.Block, error) {
	b := &r.blocks[i]
	if !b.Typed() {
		return nil, fmt.Errorf("%w: message encoding %d has no templates", ErrVersion, b.columns[kindMessages].enc)
	}
	stored, err := r.chunk(b, kindMessages, nil)
	if err != nil {
		return nil, err
	}
	n := b.columns[kindMessages].sums()
	if err := checkPages(stored[:n], stored[n:], 0); err != nil {
		return nil, b.damage(kindMessages, err)
	}
	t, err := logtype.Open(stored[n:])
	if err == nil && (t.Rows != b.Rows || t.Bytes != b.Bytes) {
		err = fmt.Errorf("%w: %d messages of %d bytes, want %d of %d", logs.ErrCorrupt, t.Rows, t.Bytes, b.Rows, b.Bytes)
	}
	if err != nil {
		return nil, b.damage(kindMessages, err)
	}
	return t, nil
}

// Messages reads the messages of block i. The strings are immutable and share
// one allocation, which lives as long as any of them.
func (r *Reader) Messages(i int, dst []string) ([]string, error) {
	b := &r.blocks[i]
	if b.Typed() {
		return r.joined(i, dst)
	}
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	var err error
	if buf.stored, err = r.chunk(b, kindMessages, buf.stored); err != nil {
		return nil, err
	}
	dst, err = decodeMessages(dst, b.columns[kindMessages].enc, buf.stored, b.Rows, b.Bytes)
	return dst, b.damage(kindMessages, err)
}

// joined joins all messages of a typed block.
func (r *Reader) joined(i int, dst []string) ([]string, error) {
	b := &r.blocks[i]
	t, err := r.Open(i)
	if err != nil {
		return nil, err
	}
	refs, err := r.Timestamps(i, nil)
	if err != nil {
		return nil, err
	}
	var all colenc.Strings
	j, err := logtype.NewJoiner(t, refs)
	if err == nil {
		err = j.AppendAll(&all)
	}
	if err == nil && int64(len(all.Bytes)) != b.Bytes {
		err = fmt.Errorf("%w: messages of %d bytes, want %d", logs.ErrCorrupt, len(all.Bytes), b.Bytes)
	}
	if err != nil {
		return nil, b.damage(kindMessages, err)
	}
	// all is never written again, so strings may point into it.
	text, from := unsafe.String(unsafe.SliceData(all.Bytes), len(all.Bytes)), uint32(0)
	dst = dst[:0]
	for _, end := range all.Ends {
		dst = append(dst, text[from:end])
		from = end
	}
	return dst, nil
}
