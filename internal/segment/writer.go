package segment

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"

	"skywatch/internal/colenc"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// Row is one event with everything the engine knows of it.
type Row struct {
	Group     logs.GroupID
	Stream    logs.StreamID
	Timestamp int64 // milliseconds
	Ingested  int64 // milliseconds
	Seq       uint64
	Message   string
}

// Position returns the row's place in time order.
func (r *Row) Position() logs.Position { return logs.Position{Timestamp: r.Timestamp, Seq: r.Seq} }

// Writer writes one segment. It is for one goroutine. The file is whole only
// after Finish returned nil, and durable after the caller's sync.
type Writer struct {
	w     io.Writer
	level Level
	off   int64
	err   error // sticky

	// The open block.
	timestamps, ingested, seqs []int64
	streams                    []logs.StreamID
	messages                   *logtype.Encoder
	columns                    columnWriter
	perMinute                  []int64
	buf, typed                 []byte
	filters                    []byte // of all blocks so far, to be written behind them

	group   logs.GroupID // of the open block and group
	last    logs.Position
	rows    int64
	groups  []Group
	blocks  []Block
	byID    map[logs.StreamID]*Stream // of the open group
	current *Stream                   // of the last row
}

// encoderPools keep encoders that hold no message: many segments are small,
// and an encoder's tables are not.
var encoderPools [2]sync.Pool // by Level, of *logtype.Encoder

func messageEncoder(level Level) *logtype.Encoder {
	if e, ok := encoderPools[level].Get().(*logtype.Encoder); ok {
		return e
	}
	return logtype.NewEncoder(level.colenc())
}

// NewWriter starts a segment on w.
func NewWriter(w io.Writer, level Level) *Writer {
	return &Writer{w: w, level: level, messages: messageEncoder(level), columns: columnWriter{level: level.colenc()},
		byID: map[logs.StreamID]*Stream{}}
}

// Rows returns how many rows were added.
func (w *Writer) Rows() int64 { return w.rows }

// Add appends a row. Rows come in ascending (Group, Timestamp, Seq) order; any
// other is a broken invariant of the caller and fails the segment.
func (w *Writer) Add(r *Row) error {
	if w.err != nil {
		return w.err
	}
	if r.Group == 0 || r.Stream == 0 {
		w.err = fmt.Errorf("write segment: row of group %d, stream %d", r.Group, r.Stream)
		return w.err
	}
	pos := r.Position()
	if r.Group != w.group {
		if r.Group < w.group {
			w.err = fmt.Errorf("write segment: group %d after group %d", r.Group, w.group)
			return w.err
		}
		if err := w.endGroup(); err != nil {
			return err
		}
		w.group = r.Group
	} else if !w.last.Less(pos) {
		w.err = fmt.Errorf("write segment: group %d: row %+v after row %+v", r.Group, pos, w.last)
		return w.err
	}
	if n := len(w.timestamps); n > 0 && (n >= BlockRows || w.messages.Bytes()+int64(len(r.Message)) > BlockBytes) {
		if err := w.endBlock(); err != nil {
			return err
		}
	}
	w.last = pos
	w.rows++
	w.timestamps = append(w.timestamps, r.Timestamp)
	w.streams = append(w.streams, r.Stream)
	w.ingested = append(w.ingested, r.Ingested)
	w.seqs = append(w.seqs, int64(r.Seq))
	w.messages.Add(r.Message, r.Timestamp)
	w.count(r)
	return nil
}

// count adds a row to the statistics of its stream.
func (w *Writer) count(r *Row) {
	s := w.current
	if s == nil || s.Stream != r.Stream {
		if s = w.byID[r.Stream]; s == nil {
			s = &Stream{Stream: r.Stream, First: r.Timestamp, Last: r.Timestamp,
				LastIngestion: r.Ingested, MinSeq: r.Seq, MaxSeq: r.Seq}
			w.byID[r.Stream] = s
		}
		w.current = s
	}
	s.Events++
	s.Bytes += int64(len(r.Message))
	s.First, s.Last = min(s.First, r.Timestamp), max(s.Last, r.Timestamp)
	s.LastIngestion = max(s.LastIngestion, r.Ingested)
	s.MinSeq, s.MaxSeq = min(s.MinSeq, r.Seq), max(s.MaxSeq, r.Seq)
}

// endBlock writes the open block.
func (w *Writer) endBlock() error {
	n := len(w.timestamps)
	if n == 0 {
		return nil
	}
	b := Block{
		Group: w.group, Rows: n, Bytes: w.messages.Bytes(),
		First:     logs.Position{Timestamp: w.timestamps[0], Seq: uint64(w.seqs[0])},
		Last:      logs.Position{Timestamp: w.timestamps[n-1], Seq: uint64(w.seqs[n-1])},
		MinSeq:    1<<64 - 1,
		MinStream: slices.Min(w.streams), MaxStream: slices.Max(w.streams),
	}
	for _, s := range w.seqs {
		b.MinSeq, b.MaxSeq = min(b.MinSeq, uint64(s)), max(b.MaxSeq, uint64(s))
	}
	if w.off == 0 {
		w.buf = appendHeader(w.buf[:0])
	} else {
		w.buf = w.buf[:0]
	}
	add := func(k kind, encode func(dst []byte) ([]byte, encoding)) {
		start := len(w.buf)
		c := chunk{offset: w.off + int64(start)}
		w.buf, c.enc = encode(w.buf)
		c.length = len(w.buf) - start
		c.sum = colenc.Checksum(c.covered(w.buf[start:]))
		b.columns[k] = c
	}
	c := &w.columns
	// Nearly every question reads timestamps, so they are only packed: half as
	// large again as with entropy coding, and read several times as fast.
	add(kindTimestamps, func(d []byte) ([]byte, encoding) {
		return colenc.AppendInts(d, w.timestamps, colenc.Fast), encInts
	})
	add(kindStreams, func(d []byte) ([]byte, encoding) { return c.appendStreams(d, w.streams) })
	add(kindIngested, func(d []byte) ([]byte, encoding) { return c.appendByStream(d, w.streams, w.ingested, 0) })
	add(kindSeqs, func(d []byte) ([]byte, encoding) { return c.appendByStream(d, w.streams, w.seqs, 1) })
	if w.perMinute = minutes(w.perMinute, w.timestamps); w.perMinute != nil {
		add(kindMinutes, func(d []byte) ([]byte, encoding) { return c.appendInts(d, w.perMinute) })
	}
	add(kindMessages, func(d []byte) ([]byte, encoding) {
		w.typed = w.messages.AppendBlock(w.typed[:0])
		return append(appendPageSums(d, w.typed), w.typed...), encTyped
	})
	if w.level == Compact {
		// What the rows were read from will be removed.
		if err := w.messages.Verify(w.typed); err != nil {
			w.err = fmt.Errorf("write segment: block of group %d from %+v: %w", b.Group, b.First, err)
			return w.err
		}
	}
	if err := w.write(w.buf); err != nil {
		return err
	}
	start := len(w.filters)
	w.filters = w.messages.AppendTextFilter(w.filters)
	b.filter = chunk{length: len(w.filters) - start, sum: colenc.Checksum(w.filters[start:])}
	w.blocks = append(w.blocks, b)
	w.timestamps, w.streams, w.ingested, w.seqs = w.timestamps[:0], w.streams[:0], w.ingested[:0], w.seqs[:0]
	w.messages.Reset()
	return nil
}

// endGroup closes the open group and its last block.
func (w *Writer) endGroup() error {
	if err := w.endBlock(); err != nil {
		return err
	}
	if len(w.byID) == 0 {
		return nil
	}
	g := Group{Group: w.group, Streams: make([]Stream, 0, len(w.byID))}
	if n := len(w.groups); n > 0 {
		g.FirstBlock = w.groups[n-1].FirstBlock + w.groups[n-1].Blocks
	}
	g.Blocks = len(w.blocks) - g.FirstBlock
	for _, s := range w.byID {
		g.Streams = append(g.Streams, *s)
	}
	slices.SortFunc(g.Streams, func(a, b Stream) int { return cmp.Compare(a.Stream, b.Stream) })
	g.sum()
	w.groups = append(w.groups, g)
	clear(w.byID)
	w.current = nil
	return nil
}

// Finish writes the footers and text filters and returns the file's size in bytes. A segment
// without rows is an error: such a file has no reason to be.
func (w *Writer) Finish() (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	if w.rows == 0 {
		return 0, fmt.Errorf("write segment: no rows")
	}
	if err := w.endGroup(); err != nil {
		return 0, err
	}
	first, last, err := footers(w.groups, w.blocks, w.off)
	if err != nil {
		w.err = fmt.Errorf("write segment: %w", err)
		return 0, w.err
	}
	for _, b := range [][]byte{first, w.filters, last} {
		if err := w.write(b); err != nil {
			return 0, err
		}
	}
	w.err = fmt.Errorf("write segment: already finished")
	encoderPools[w.level].Put(w.messages)
	w.messages = nil
	return w.off, nil
}

func (w *Writer) write(b []byte) error {
	if _, err := w.w.Write(b); err != nil {
		w.err = fmt.Errorf("write segment at offset %d: %w", w.off, err)
		return w.err
	}
	w.off += int64(len(b))
	return nil
}
