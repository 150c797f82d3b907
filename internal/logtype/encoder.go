package logtype

import (
	"bytes"
	"math"

	"github.com/cespare/xxhash/v2"

	"skywatch/internal/colenc"
)

// Limits of a block.
const (
	// MaxRows is the most messages of a block.
	MaxRows = 1 << 20
	// maxLeaves bounds the different skeletons of a block; messages of further
	// ones are kept raw.
	maxLeaves = 1 << 13
	// maxSkeletons bounds their bytes.
	maxSkeletons = 4 << 20
)

// Encoder collects the messages of one block and encodes them. It is not safe
// for concurrent use. It keeps the message strings until
// Reset, and its memory for as long as it lives.
type Encoder struct {
	scanner
	level colenc.Level
	depth int // 0 for a block of messages, more for one of a variable's values

	rows   []row
	refs   []int64
	bytes  int64
	leaves []leaf
	arena  []byte // skeletons of the leaves
	table  []uint32
	uuids  *uuidTable
	sub    *Encoder           // for nested blocks, made when first needed
	filter *textFilterBuilder // nil in nested blocks

	pack packer

	joiner Joiner // for Verify
	joined []byte
}

// row is one message and where its holes begin.
type row struct {
	msg  string
	leaf uint32
	hole uint32
}

// leaf is one skeleton as it was found. Leaf 0 is the raw message.
type leaf struct {
	hash     uint64
	from, to uint32 // in arena
	holes    int
	rows     int
	first    uint32 // row
}

// NewEncoder returns an empty encoder whose blocks are compressed at level.
func NewEncoder(level colenc.Level) *Encoder {
	e := &Encoder{level: level, uuids: newUUIDTable(), filter: &textFilterBuilder{}}
	e.pack.level = level
	e.Reset()
	return e
}

// Reset forgets all messages and keeps memory for the next ones.
func (e *Encoder) Reset() {
	clear(e.rows)
	e.rows, e.refs, e.bytes = e.rows[:0], e.refs[:0], 0
	e.leaves, e.arena, e.holes = e.leaves[:0], e.arena[:0], e.holes[:0]
	if len(e.table) > 1<<12 {
		e.table = nil
	}
	if e.table == nil {
		e.table = make([]uint32, 1<<9)
	}
	clear(e.table)
	if e.depth == 0 {
		e.uuids.reset()
		e.filter.reset()
	}
	e.leaves = append(e.leaves, leaf{})
	e.msg = ""
	clear(e.pack.values)
	if e.sub != nil {
		e.sub.Reset()
	}
}

// Len is the number of messages, Bytes their length together.
func (e *Encoder) Len() int     { return len(e.rows) }
func (e *Encoder) Bytes() int64 { return e.bytes }

// Add takes one more message. ref is a moment near those the message tells of,
// in milliseconds since 1970 (the event's timestamp): it makes them smaller,
// and whoever decodes the block must have it again. A block holds at most
// MaxRows messages and 4 G holes; the encoder panics over that.
func (e *Encoder) Add(msg string, ref int64) {
	if len(e.rows) >= MaxRows || len(e.holes) > math.MaxUint32-maxHoles-1 {
		panic("logtype: block is full")
	}
	if len(msg) >= math.MaxInt32 {
		panic("logtype: message of more than 2 GiB")
	}
	e.bytes += int64(len(msg))
	e.scan(msg)
	kind, id := byte(lambdaUnknown), noHole
	if e.depth == 0 {
		kind, id = e.lambda()
	}
	e.skel = append(e.skel, 0, markEnd, byte(e.json), kind, byte(id), byte(e.kind))
	l := e.find()
	if l == 0 {
		e.holes = e.holes[:e.base]
	}
	lf := &e.leaves[l]
	if e.filter != nil {
		e.filter.message(msg, e.holes[e.base:], l == 0 || lf.rows == 0)
	}
	if lf.rows == 0 {
		lf.first, lf.holes = uint32(len(e.rows)), len(e.holes)-e.base
	}
	lf.rows++
	e.rows = append(e.rows, row{msg: msg, leaf: l, hole: uint32(e.base)})
	e.refs = append(e.refs, ref)
}

// find answers the leaf of the current skeleton, a new one when it is new, and
// the raw leaf when there are too many.
func (e *Encoder) find() uint32 {
	h := xxhash.Sum64(e.skel)
	mask := uint64(len(e.table) - 1)
	i := h & mask
	for ; e.table[i] != 0; i = (i + 1) & mask {
		l := &e.leaves[e.table[i]]
		if l.hash == h && bytes.Equal(e.arena[l.from:l.to], e.skel) {
			return e.table[i]
		}
	}
	if len(e.leaves) >= maxLeaves || len(e.arena)+len(e.skel) > maxSkeletons {
		return 0
	}
	k := uint32(len(e.leaves))
	from := uint32(len(e.arena))
	e.arena = append(e.arena, e.skel...)
	e.leaves = append(e.leaves, leaf{hash: h, from: from, to: uint32(len(e.arena))})
	e.table[i] = k
	if 2*len(e.leaves) > len(e.table) {
		e.rehash()
	}
	return k
}

func (e *Encoder) rehash() {
	e.table = make([]uint32, 4*len(e.table))
	mask := uint64(len(e.table) - 1)
	for k := 1; k < len(e.leaves); k++ {
		i := e.leaves[k].hash & mask
		for e.table[i] != 0 {
			i = (i + 1) & mask
		}
		e.table[i] = uint32(k)
	}
}

// uuidTable gives the UUIDs of a block numbers in the order they are met.
type uuidTable struct {
	list  []UUID
	table []uint32 // number + 1
}

func newUUIDTable() *uuidTable { return &uuidTable{table: make([]uint32, 1<<8)} }

func (t *uuidTable) reset() {
	t.list = t.list[:0]
	if len(t.table) > 1<<16 {
		t.table = make([]uint32, 1<<8)
		return
	}
	clear(t.table)
}

func uuidHash(u *UUID) uint64 {
	h := uint64(0)
	for i := range 8 {
		h |= uint64(u[i]^u[i+8]) << (8 * i)
	}
	h *= 0x9e3779b97f4a7c15
	return h ^ h>>29
}

func (t *uuidTable) code(u UUID) int64 {
	mask := uint64(len(t.table) - 1)
	i := uuidHash(&u) & mask
	for ; t.table[i] != 0; i = (i + 1) & mask {
		if k := t.table[i] - 1; t.list[k] == u {
			return int64(k)
		}
	}
	t.list = append(t.list, u)
	t.table[i] = uint32(len(t.list))
	if 2*len(t.list) > len(t.table) {
		t.table = make([]uint32, 4*len(t.table))
		mask = uint64(len(t.table) - 1)
		for k := range t.list {
			i := uuidHash(&t.list[k]) & mask
			for t.table[i] != 0 {
				i = (i + 1) & mask
			}
			t.table[i] = uint32(k + 1)
		}
	}
	return int64(len(t.list) - 1)
}
