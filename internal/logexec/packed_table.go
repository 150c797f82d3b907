package logexec

import (
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
)

// packedTable counts rows by packed key. It is cut into parts by the hash of
// the key, each small enough for the cache that is a core's own. Rows are only
// noted in their part at first: a part counts many of them together, most often
// those of all workers when everything has been read, so that a group is looked
// for where it is near, and made once. There are few pointers: the garbage
// collector need not look at a million groups.
type packedTable struct {
	parts [packedParts]packedPart
}

const (
	packedPartBits = 6
	packedParts    = 1 << packedPartBits
)

// packedPart is rows that wait to be counted, and an open-addressing table of
// the groups of those that were.
type packedPart struct {
	waiting []*packedRows
	filling *packedRows // the last one of them

	slots []tableSlot   // a power of two of them, at most three quarters used
	list  []packedGroup // the first one is none: slots count from 1
	late  []lateRows
}

// packedRows are rows that wait.
type packedRows struct {
	nums []float64 // packedRun of them for each call that takes numbers late; NaN for none
	n    int
	keys [packedRun]packedKey
}

// lateRows are rows that were counted and whose numbers are still wanted.
type lateRows struct {
	ids  []uint32  // the places of their groups
	nums []float64 // as in packedRows
}

// packedRowsPool keeps packedRows of nothing: as much as a query's keys need is
// not made, cleared and collected for each.
var packedRowsPool = sync.Pool{New: func() any { return new(packedRows) }}

// packedRun is how many rows wait together.
const packedRun = 128

// packedGroup is a group of rows.
type packedGroup struct {
	packedKey
	n int64
}

// packedGroupBytes is about what a group takes: itself, its slots, and what
// lists grow ahead.
const packedGroupBytes = 64

// packedRowsBytes is what packedRows and lateRows of so many calls take.
func packedRowsBytes(calls int) (waiting, late int64) {
	late = packedRun * 8 * int64(calls)
	if calls > 0 {
		late += packedRun*4 + 48
	}
	return packedRun*(24+8*int64(calls)) + 48, late
}

var packedSeed = [2]uint64{rand.Uint64(), rand.Uint64()}

func (k *packedKey) hashed() uint64 {
	hi, lo := bits.Mul64(k.lo^packedSeed[0], packedSeed[1]|1)
	hi, lo = bits.Mul64(hi^lo^k.hi^uint64(k.shape)<<32, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// differs is 0 for equal keys.
func (k *packedKey) differs(o *packedKey) uint64 {
	return k.hi ^ o.hi | k.lo ^ o.lo | uint64(k.shape^o.shape)
}

// lateNumbers are the numbers of rows that a call takes late.
type lateNumbers struct {
	nums []float64 // by ordinal; nil when no row has one
	kind []kind    // as in numberVec
}

func (l *lateNumbers) at(ord uint32) float64 {
	if l.nums == nil || l.kind != nil && l.kind[ord] != number {
		return nan
	}
	return l.nums[ord]
}

// note lets rows wait and answers how many packedRows were begun.
func (t *packedTable) note(keys []packedKey, sel []uint32, calls []lateNumbers) (begun int) {
	for _, o := range sel {
		k := keys[o]
		h := k.hashed()
		k.hash = uint32(h)
		p := &t.parts[h>>(64-packedPartBits)]
		rows := p.filling
		if rows == nil || rows.n == packedRun {
			rows = packedRowsPool.Get().(*packedRows)
			if len(calls) > 0 {
				rows.nums = make([]float64, packedRun*len(calls))
			}
			p.waiting, p.filling = append(p.waiting, rows), rows
			begun++
		}
		i := rows.n
		rows.keys[i] = k
		for c := range calls {
			rows.nums[c*packedRun+i] = calls[c].at(o)
		}
		rows.n++
	}
	return begun
}

// countWaiting counts rows that wait, which may be another part's, and lets go
// of them.
func (p *packedPart) countWaiting(waiting []*packedRows) {
	for _, rows := range waiting {
		var ids []uint32
		if rows.nums != nil {
			ids = make([]uint32, rows.n)
			p.late = append(p.late, lateRows{ids, rows.nums})
		}
		p.count(ids, rows.keys[:rows.n])
		rows.nums, rows.n = nil, 0
		packedRowsPool.Put(rows)
	}
}

// count adds rows. ids, unless it is nil, gets the places of their groups.
func (p *packedPart) count(ids []uint32, keys []packedKey) {
	for i := range keys {
		at := p.find(&keys[i])
		p.list[at].n++
		if ids != nil {
			ids[i] = at
		}
	}
}

// find is the place of a key's group, made when there is none.
func (p *packedPart) find(k *packedKey) uint32 {
	if 4*(len(p.list)+1) > 3*len(p.slots) {
		p.grow()
	}
	slots, mask := p.slots, uint32(len(p.slots)-1)
	i := k.hash & mask
	for ; slots[i].at != 0; i = (i + 1) & mask {
		if s := slots[i]; s.hash == k.hash && p.list[s.at].differs(k) == 0 {
			return s.at
		}
	}
	at := uint32(len(p.list))
	slots[i] = tableSlot{k.hash, at}
	p.list = append(p.list, packedGroup{packedKey: *k})
	return at
}

func (p *packedPart) grow() {
	if len(p.list) == 0 {
		p.list = append(p.list, packedGroup{packedKey: packedKey{shape: noShape}})
	}
	old := p.slots
	p.slots = make([]tableSlot, max(64, 4*len(old)))
	mask := uint32(len(p.slots) - 1)
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		i := s.hash & mask
		for p.slots[i].at != 0 {
			i = (i + 1) & mask
		}
		p.slots[i] = s
	}
}

// gather takes over what other parts have counted, and counts what waits in them
// and here. Where nothing was counted yet scratch lends the memory to do it.
func (p *packedPart) gather(others []*packedPart, scratch *packedPart) {
	lent := len(p.list) == 0
	if lent {
		clear(scratch.slots)
		p.slots, p.list = scratch.slots, scratch.list[:min(1, len(scratch.list))]
	}
	for _, o := range others {
		if len(o.list) > 1 {
			to := p.absorb(o)
			for _, rows := range o.late {
				for i, id := range rows.ids {
					rows.ids[i] = to[id]
				}
			}
			p.late = append(p.late, o.late...)
		}
	}
	p.countWaiting(p.waiting)
	for _, o := range others {
		p.countWaiting(o.waiting)
		*o = packedPart{}
	}
	p.waiting, p.filling = nil, nil
	if lent {
		scratch.slots, scratch.list = p.slots, p.list
		p.slots, p.list = nil, slices.Clone(p.list) // nothing is looked for any more
	}
}

// absorb adds the groups of another part. to answers which place each of them
// has here.
func (p *packedPart) absorb(o *packedPart) (to []uint32) {
	to = make([]uint32, len(o.list))
	for i := 1; i < len(o.list); i++ {
		from := &o.list[i]
		at := p.find(&from.packedKey)
		p.list[at].n += from.n
		to[i] = at
	}
	return to
}
