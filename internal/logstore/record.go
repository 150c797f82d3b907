package logstore

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"skywatch/internal/logs"
)

// A WAL record of this store (integers little-endian; uvarint and varint are
// those of encoding/binary):
//
//	events                           drop
//	    0  1  type 1                     0  1  type 2
//	    1  8  seq of the first event     1  8  highest seq that is dropped
//	    uvarint batches; per batch:      9  8  group id
//	        uvarint group id            17  8  stream id, 0 for the whole group
//	        uvarint stream id
//	        varint  ingested, ms
//	        uvarint events, at least 1
//	        varint  first timestamp, then uvarint differences to the one before
//	        uvarint length per message
//	        the messages' bytes
//
// Sequence numbers go up by one per event over all batches. A type this
// program does not know is an error: a newer program wrote it.
const (
	recordEvents byte = 1
	recordDrop   byte = 2

	seqOffset  = 1 // of the seq in both types, which is set when the record is placed
	dropLength = 25
)

// record is a decoded WAL record: a drop or batches.
type record struct {
	drop    *drop
	batches []batch
	bytes   int // of the payload
}

func (r *record) lastSeq() uint64 {
	if len(r.batches) == 0 {
		return 0
	}
	b := &r.batches[len(r.batches)-1]
	return b.firstSeq + uint64(len(b.timestamps)) - 1
}

// setSeq writes seq into an encoded record.
func setSeq(payload []byte, seq uint64) {
	binary.LittleEndian.PutUint64(payload[seqOffset:], seq)
}

// encodeEvents encodes batches, leaving the seq at 0, and returns the number
// of events, which may be 0. It refuses what the contract forbids.
func encodeEvents(batches []logs.Batch) (payload []byte, events int, err error) {
	size, used := 16, 0
	for i := range batches {
		b := &batches[i]
		if len(b.Events) == 0 {
			continue
		}
		if b.Group == 0 || b.Stream == 0 {
			return nil, 0, fmt.Errorf("batch %d: group %d, stream %d: ids are not 0", i, b.Group, b.Stream)
		}
		used++
		events += len(b.Events)
		size += 40 + 6*len(b.Events)
		for j := range b.Events {
			size += len(b.Events[j].Message)
			if j > 0 && b.Events[j].Timestamp < b.Events[j-1].Timestamp {
				return nil, 0, fmt.Errorf("batch %d: timestamp of event %d is %d, less than %d before it",
					i, j, b.Events[j].Timestamp, b.Events[j-1].Timestamp)
			}
		}
	}
	p := make([]byte, 0, size)
	p = append(p, recordEvents)
	p = binary.LittleEndian.AppendUint64(p, 0)
	p = binary.AppendUvarint(p, uint64(used))
	for i := range batches {
		b := &batches[i]
		if len(b.Events) == 0 {
			continue
		}
		p = binary.AppendUvarint(p, uint64(b.Group))
		p = binary.AppendUvarint(p, uint64(b.Stream))
		p = binary.AppendVarint(p, b.Ingested)
		p = binary.AppendUvarint(p, uint64(len(b.Events)))
		prev := b.Events[0].Timestamp
		p = binary.AppendVarint(p, prev)
		for _, e := range b.Events[1:] {
			p = binary.AppendUvarint(p, uint64(e.Timestamp-prev))
			prev = e.Timestamp
		}
		for j := range b.Events {
			p = binary.AppendUvarint(p, uint64(len(b.Events[j].Message)))
		}
		for j := range b.Events {
			p = append(p, b.Events[j].Message...)
		}
	}
	return p, events, nil
}

func encodeDrop(d drop) []byte {
	p := make([]byte, 0, dropLength)
	p = append(p, recordDrop)
	p = binary.LittleEndian.AppendUint64(p, d.seq)
	p = binary.LittleEndian.AppendUint64(p, uint64(d.group))
	return binary.LittleEndian.AppendUint64(p, uint64(d.stream))
}

// decodeRecord decodes a payload, which from then on belongs to the record:
// its messages point into it. Damaged bytes cannot come this far past the
// WAL's checksum; lengths are distrusted all the same.
func decodeRecord(p []byte) (*record, error) {
	if len(p) < seqOffset+8 {
		return nil, fmt.Errorf("%w: record of %d bytes", logs.ErrCorrupt, len(p))
	}
	seq := binary.LittleEndian.Uint64(p[seqOffset:])
	rec := &record{bytes: len(p)}
	switch p[0] {
	case recordDrop:
		if len(p) != dropLength {
			return nil, fmt.Errorf("%w: drop record of %d bytes, want %d", logs.ErrCorrupt, len(p), dropLength)
		}
		rec.drop = &drop{
			group:  logs.GroupID(binary.LittleEndian.Uint64(p[9:])),
			stream: logs.StreamID(binary.LittleEndian.Uint64(p[17:])),
			seq:    seq,
		}
		return rec, nil
	case recordEvents:
	default:
		return nil, fmt.Errorf("record of type %d, which this program does not know", p[0])
	}
	d := recordDecoder{b: p[seqOffset+8:]}
	n := d.count(7)
	rec.batches = make([]batch, n)
	for i := range rec.batches {
		b := &rec.batches[i]
		b.group, b.stream, b.ingested = logs.GroupID(d.uint()), logs.StreamID(d.uint()), d.int()
		b.firstSeq = seq
		events := d.count(2)
		if d.bad || events == 0 || b.group == 0 || b.stream == 0 || uint64(events) > math.MaxUint64-seq {
			return nil, fmt.Errorf("%w: batch %d of %d: group %d, stream %d, %d events", logs.ErrCorrupt, i, n, b.group, b.stream, events)
		}
		seq += uint64(events)
		d.events(b, events)
		if d.bad {
			return nil, fmt.Errorf("%w: events of batch %d of %d", logs.ErrCorrupt, i, n)
		}
	}
	if d.bad || len(d.b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes behind %d batches", logs.ErrCorrupt, len(d.b), n)
	}
	return rec, nil
}

// recordDecoder reads varints; the first failure sticks in bad.
type recordDecoder struct {
	b   []byte
	bad bool
}

func (d *recordDecoder) uint() uint64 {
	v, w := binary.Uvarint(d.b)
	if w <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[w:]
	return v
}

func (d *recordDecoder) int() int64 {
	v, w := binary.Varint(d.b)
	if w <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[w:]
	return v
}

// count reads a number of things of at least size bytes each.
func (d *recordDecoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

func (d *recordDecoder) events(b *batch, n int) {
	b.timestamps = make([]int64, n)
	b.messages = make([]string, n)
	t := d.int()
	b.timestamps[0] = t
	for i := 1; i < n; i++ {
		next := t + int64(d.uint())
		if next < t {
			d.bad = true
			return
		}
		t = next
		b.timestamps[i] = t
	}
	lengths := d.b
	for range n {
		b.bytes += int64(min(d.uint(), math.MaxInt32)) // a record is shorter, see wal.MaxRecord
	}
	if d.bad || b.bytes > int64(len(d.b)) {
		d.bad = true
		return
	}
	// The record is never written again, so strings may point into it. That
	// keeps one object per append alive instead of one per event.
	text := unsafe.String(unsafe.SliceData(d.b), int(b.bytes))
	d.b = d.b[b.bytes:]
	for i := range n {
		length, w := binary.Uvarint(lengths)
		if length > uint64(len(text)) {
			d.bad = true
			return
		}
		lengths = lengths[w:]
		b.messages[i], text = text[:length], text[length:]
	}
}
