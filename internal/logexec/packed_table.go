package logexec

import (
	"math/bits"
	"math/rand/v2"
)

// packedTable counts rows by packed key. It is cut into parts by the hash of
// the key, as the groupTable is, and holds no pointers: the garbage collector
// need not look at a million groups.
type packedTable struct {
	parts [tableParts]packedPart
	n     int
}

// packedPart is an open-addressing table of groups.
type packedPart struct {
	slots []tableSlot // a power of two of them, at most three quarters used
	list  []packedGroup
}

// packedGroup is a group of rows. The first one of a list is none: slots count
// from 1.
type packedGroup struct {
	packedKey
	n int64
}

// packedGroupBytes is about what a group takes: itself, its slots, and what
// lists grow ahead.
const packedGroupBytes = 64

// The number of a packed group is that of its part, then its place there.
const (
	packedPlaceBits = 32 - tablePartBits
	packedPlaceMask = 1<<packedPlaceBits - 1
)

var packedSeed = [2]uint64{rand.Uint64(), rand.Uint64()}

func (k *packedKey) hash() uint64 {
	hi, lo := bits.Mul64(k.lo^packedSeed[0], packedSeed[1]|1)
	hi, lo = bits.Mul64(hi^lo^k.hi^uint64(k.shape)<<32, 0x9e3779b97f4a7c15)
	return hi ^ lo
}

// differs is 0 for equal keys.
func (k *packedKey) differs(o *packedKey) uint64 {
	return k.hi ^ o.hi | k.lo ^ o.lo | uint64(k.shape^o.shape)
}

// guess is the place of the group whose slot comes first for a hash, 0 for none.
func (p *packedPart) guess(hash uint64) uint32 {
	if len(p.slots) == 0 {
		return 0
	}
	s := p.slots[uint32(hash)&uint32(len(p.slots)-1)]
	if s.hash != uint32(hash) {
		return 0
	}
	return s.at
}

// find is the place of a key's group, made when there is none.
func (p *packedPart) find(hash uint64, k *packedKey) uint32 {
	if 4*(len(p.list)+1) > 3*len(p.slots) {
		p.grow()
	}
	mask := uint32(len(p.slots) - 1)
	i := uint32(hash) & mask
	for ; p.slots[i].at != 0; i = (i + 1) & mask {
		if s := p.slots[i]; s.hash == uint32(hash) && p.list[s.at].differs(k) == 0 {
			return s.at
		}
	}
	at := uint32(len(p.list))
	p.slots[i] = tableSlot{uint32(hash), at}
	p.list = append(p.list, packedGroup{packedKey: *k})
	return at
}

func (p *packedPart) grow() {
	if p.list == nil {
		p.list = append(make([]packedGroup, 0, 8), packedGroup{packedKey: packedKey{shape: noShape}})
	}
	old := p.slots
	p.slots = make([]tableSlot, max(16, 4*len(old)))
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

// packedRun is how many keys are looked up together, step by step: the memory
// of many groups is far away, and the processor can wait for all of them at once.
const packedRun = 64

// count adds rows and appends the numbers of their groups to ids.
func (t *packedTable) count(ids []uint32, keys []packedKey, sel []uint32) []uint32 {
	var hashes [packedRun]uint64
	var places [packedRun]uint32
	for len(sel) > 0 {
		run := sel[:min(packedRun, len(sel))]
		sel = sel[len(run):]
		for i, o := range run {
			h := keys[o].hash()
			hashes[i] = h
			places[i] = t.parts[homeOf(h)].guess(h)
		}
		for i, o := range run {
			p := &t.parts[homeOf(hashes[i])]
			if at := places[i]; at != 0 && p.list[at].differs(&keys[o]) != 0 {
				places[i] = 0
			}
		}
		for i, o := range run {
			home := homeOf(hashes[i])
			p := &t.parts[home]
			at := places[i]
			if at == 0 {
				before := len(p.list)
				at = p.find(hashes[i], &keys[o])
				t.n += len(p.list) - max(before, 1)
			}
			p.list[at].n++
			ids = append(ids, uint32(home)<<packedPlaceBits|at)
		}
	}
	return ids
}

// absorb adds the groups of another part. to answers which place each of them
// has here.
func (p *packedPart) absorb(o *packedPart) (to []uint32) {
	to = make([]uint32, len(o.list))
	var hashes [packedRun]uint64
	for from := 1; from < len(o.list); from += packedRun {
		run := o.list[from:min(from+packedRun, len(o.list))]
		touched := uint32(0)
		for i := range run {
			hashes[i] = run[i].hash()
			touched |= p.guess(hashes[i])
		}
		_ = touched
		for i := range run {
			at := p.find(hashes[i], &run[i].packedKey)
			p.list[at].n += run[i].n
			to[from+i] = at
		}
	}
	return to
}
