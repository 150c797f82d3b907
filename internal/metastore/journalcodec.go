package metastore

import (
	"encoding/binary"
	"errors"
	"fmt"

	"skywatch/internal/logs"
)

// Rows in the journal: an op and the columns in their order. Numbers are
// varints (u: unsigned), texts their length (u) and bytes.
//
//	'g' group          id u, account, region, name, class, created, retention, kms key, protected u, tags
//	's' stream         id u, group u, name, created, entity
//	'd' document       kind, account, region, key, json, updated
//	'G' group gone     id u
//	'S' stream gone    id u
//	'D' document gone  kind, account, region, key
func appendChange(b []byte, ch change) []byte {
	switch {
	case ch.group != nil:
		r := ch.group
		b = binary.AppendUvarint(append(b, 'g'), uint64(r.id))
		b = appendTexts(b, r.account, r.region, r.name, r.class)
		b = binary.AppendVarint(binary.AppendVarint(b, r.created), r.retention)
		b = appendTexts(b, r.kmsKey)
		protected := uint64(0)
		if r.protected {
			protected = 1
		}
		return appendTexts(binary.AppendUvarint(b, protected), r.tags)
	case ch.stream != nil:
		r := ch.stream
		b = binary.AppendUvarint(binary.AppendUvarint(append(b, 's'), uint64(r.id)), uint64(r.group))
		return appendTexts(binary.AppendVarint(appendTexts(b, r.name), r.created), r.entity)
	case ch.doc != nil:
		op := byte('D')
		if ch.doc.row != nil {
			op = 'd'
		}
		k := ch.doc.key
		b = appendTexts(append(b, op), k.kind, k.account, k.region, k.key)
		if ch.doc.row != nil {
			b = binary.AppendVarint(appendTexts(b, ch.doc.row.json), ch.doc.row.updated)
		}
		return b
	case ch.dropGroup != 0:
		return binary.AppendUvarint(append(b, 'G'), uint64(ch.dropGroup))
	default:
		return binary.AppendUvarint(append(b, 'S'), uint64(ch.dropStream))
	}
}

func appendTexts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

// appendHead appends what every payload begins with.
func appendHead(b []byte, seq uint64, kind byte) []byte {
	return append(binary.AppendUvarint(b, seq), kind)
}

func cutHead(b []byte) (seq uint64, kind byte, rest []byte, ok bool) {
	d := decoder{b: b}
	seq, kind = d.uint(), d.byte()
	return seq, kind, d.b, d.err == nil
}

// cutLast reads what the snapshot's end says of identifiers.
func cutLast(b []byte) (group logs.GroupID, stream logs.StreamID, ok bool) {
	d := decoder{b: b}
	group, stream = logs.GroupID(d.uint()), logs.StreamID(d.uint())
	return group, stream, d.err == nil && len(d.b) == 0
}

// decodeChanges calls apply with each row of b.
func decodeChanges(b []byte, apply func(change)) error {
	d := decoder{b: b}
	for len(d.b) > 0 {
		var ch change
		switch op := d.byte(); op {
		case 'g':
			ch.group = &groupRow{id: logs.GroupID(d.uint()), account: d.text(), region: d.text(), name: d.text(), class: d.text(),
				created: d.int(), retention: d.int(), kmsKey: d.text(), protected: d.uint() != 0, tags: d.text()}
		case 's':
			ch.stream = &streamRow{id: logs.StreamID(d.uint()), group: logs.GroupID(d.uint()), name: d.text(), created: d.int(), entity: d.text()}
		case 'd', 'D':
			ch.doc = &docChange{key: docKey{d.text(), d.text(), d.text(), d.text()}}
			if op == 'd' {
				ch.doc.row = &docRow{json: d.text(), updated: d.int()}
			}
		case 'G':
			ch.dropGroup = logs.GroupID(d.uint())
		case 'S':
			ch.dropStream = logs.StreamID(d.uint())
		default:
			return fmt.Errorf("row of unknown kind %q", op)
		}
		if d.err != nil {
			return d.err
		}
		apply(ch)
	}
	return nil
}

// decoder reads fields from the front of b; after an error all are zero.
type decoder struct {
	b   []byte
	err error
}

var errShort = errors.New("a field runs over the record's end")

func (d *decoder) fail() { d.b, d.err = nil, errShort }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) text() string {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return ""
	}
	t := string(d.b[:n])
	d.b = d.b[n:]
	return t
}
