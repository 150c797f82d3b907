package logexec

import (
	"hash/maphash"
	"slices"
	"unsafe"
)

// group is one group at work.
type group struct {
	key  string // of appendKey, the values behind each other
	hash uint64
	keys []value
	aggs []aggregate

	// unit and place are used while the rows of a unit are added: which unit
	// has met the group last, and as its how manieth.
	unit  uint64
	place int32
}

// groupTable holds groups by key. It is cut into parts by the hash of the key,
// so that several goroutines can merge tables, each its parts. What groups
// consist of is cut from larger allocations: there may be a million of them.
type groupTable struct {
	parts [tableParts]tablePart
	n     int

	groups []group // to be used
	values []value
	states []aggregate
	text   []byte
}

const (
	tablePartBits = 4
	tableParts    = 1 << tablePartBits
)

// tablePart is an open-addressing table: the slot of a group is the first free
// one from its hash on.
type tablePart struct {
	slots []tableSlot // a power of two of them, at most three quarters used
	list  []*group
}

// tableSlot has the low bits of the hash, and the place in the list + 1.
type tableSlot struct{ hash, at uint32 }

var tableSeed = maphash.MakeSeed()

func hashKey(key []byte) uint64 { return maphash.Bytes(tableSeed, key) }

func homeOf(hash uint64) int { return int(hash >> (64 - tablePartBits)) }

func (p *tablePart) find(hash uint64, key []byte) *group {
	if len(p.slots) == 0 {
		return nil
	}
	mask := uint32(len(p.slots) - 1)
	for i := uint32(hash) & mask; ; i = (i + 1) & mask {
		s := p.slots[i]
		if s.at == 0 {
			return nil
		}
		if s.hash == uint32(hash) {
			if g := p.list[s.at-1]; g.key == string(key) {
				return g
			}
		}
	}
}

// guess is the group whose slot comes first for a hash, nil for none: find
// with nothing but looking there.
func (p *tablePart) guess(hash uint64) *group {
	if len(p.slots) == 0 {
		return nil
	}
	if s := p.slots[uint32(hash)&uint32(len(p.slots)-1)]; s.at != 0 && s.hash == uint32(hash) {
		return p.list[s.at-1]
	}
	return nil
}

// insert adds a group whose key is not there.
func (p *tablePart) insert(g *group) {
	p.list = append(p.list, g)
	if 4*len(p.list) > 3*len(p.slots) {
		p.slots = make([]tableSlot, max(8, 2*len(p.slots)))
		for i, g := range p.list {
			p.place(g, i)
		}
		return
	}
	p.place(g, len(p.list)-1)
}

func (p *tablePart) place(g *group, at int) {
	mask := uint32(len(p.slots) - 1)
	i := uint32(g.hash) & mask
	for p.slots[i].at != 0 {
		i = (i + 1) & mask
	}
	p.slots[i] = tableSlot{uint32(g.hash), uint32(at + 1)}
}

// all are the groups, in no order.
func (t *groupTable) all() []*group {
	all := make([]*group, 0, t.n)
	for i := range t.parts {
		all = append(all, t.parts[i].list...)
	}
	return all
}

// slab cuts n items off a stock, which is made anew when it ends, the larger the
// more groups there are. No item is ever moved.
func slab[T any](stock *[]T, n, groups int) []T {
	if len(*stock) < n {
		*stock = make([]T, max(n, min(groups, 512)))
	}
	items := (*stock)[:n:n]
	*stock = (*stock)[n:]
	return items
}

// keep is a copy of b.
func (t *groupTable) keep(b []byte) string {
	if len(t.text)+len(b) > cap(t.text) {
		t.text = make([]byte, 0, max(len(b), min(2*cap(t.text)+64, 64<<10)))
	}
	at := len(t.text)
	t.text = append(t.text, b...)
	return unsafeString(t.text[at:])
}

// add makes the group of a key, without states. vals are copied.
func (t *groupTable) add(hash uint64, key []byte, vals []value, calls int) *group {
	g := &slab(&t.groups, 1, t.n)[0]
	g.hash, g.key = hash, t.keep(key)
	g.keys = slab(&t.values, len(vals), t.n)
	copy(g.keys, vals)
	g.aggs = slab(&t.states, calls, t.n)
	t.parts[homeOf(hash)].insert(g)
	t.n++
	return g
}

// groupBytes is what a new group costs.
func (s *grouper) groupBytes(g *group) int64 {
	n := int64(len(g.key)+len(g.keys)*valueBytes) + int64(unsafe.Sizeof(*g)) + 24 // its slots and pointer
	for i := range g.keys {
		if !shares(g.key, g.keys[i].str) {
			n += int64(len(g.keys[i].str))
		}
	}
	for i := range s.plan.calls {
		n += s.plan.calls[i].size + 16
	}
	return n
}

// shares says whether s is a part of key in memory, too.
func shares(key, s string) bool {
	if s == "" || key == "" {
		return false
	}
	from, at := uintptr(unsafe.Pointer(unsafe.StringData(key))), uintptr(unsafe.Pointer(unsafe.StringData(s)))
	return at >= from && at < from+uintptr(len(key))
}

// upgrade makes the keys show as the kind that ranks first: the groups' keys
// look alike in all rows, but as what kind must not depend on which row came
// first.
func (g *group) upgrade(vals []value) {
	for i := range vals {
		if v := &vals[i]; keyRank(v) > keyRank(&g.keys[i]) {
			g.keys[i] = *v
		}
	}
}

// absorbPart takes over part p of other tables. It answers by how many bytes
// the states grew, less what groups cost that were there already.
func (s *grouper) absorbPart(p int, others []*grouper) (grown int64) {
	mine := &s.table.parts[p]
	for _, o := range others {
		list := o.table.parts[p].list
		if len(mine.list) == 0 {
			*mine = o.table.parts[p]
			continue
		}
		for _, g := range list {
			have := mine.find(g.hash, unsafeBytes(g.key))
			if have == nil {
				mine.insert(g)
				continue
			}
			have.upgrade(g.keys)
			for i := range have.aggs {
				grown += have.aggs[i].(merger).merge(g.aggs[i])
			}
			grown -= s.groupBytes(g)
		}
	}
	return grown
}

// sortGroups puts groups into the order of results.
func sortGroups(groups []*group) {
	slices.SortFunc(groups, func(a, b *group) int { return compareKeys(a.keys, b.keys) })
}

func unsafeBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
