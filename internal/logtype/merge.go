package logtype

import (
	"bytes"
	"sort"
)

// Skeletons that differ in one word are one sentence with a word that varies
// (a table's name, a level). Merging them keeps the number of templates down:
// without it each new word would double the sentences it stands in.

const (
	// mergeSiblings is how many skeletons have to differ in the same word.
	mergeSiblings = 4
	// mergeRare is under how many rows each two siblings are enough.
	mergeRare = 8
	// mergeWords bounds the words of a skeleton that are looked at.
	mergeWords  = 40
	mergeRounds = 6
	// mergeGroups bounds the work: with more skeletons only rare ones would
	// gain, and those go raw anyway.
	mergeGroups = 4096
)

// group is the leaves that become one template.
type group struct {
	skel   []byte // with a mark for each word that varies
	leaves []uint32
	rows   int
	holes  int
	bytes  int64 // message bytes, estimated from one message per leaf
}

// groups merges the leaves and answers the templates to be, by first row; the
// raw one is not among them.
func (e *Encoder) groups() []*group {
	var gs []*group
	for k := 1; k < len(e.leaves); k++ {
		l := &e.leaves[k]
		gs = append(gs, &group{skel: e.arena[l.from:l.to:l.to], leaves: []uint32{uint32(k)}, rows: l.rows, holes: l.holes,
			bytes: int64(l.rows) * int64(len(e.rows[l.first].msg))})
	}
	for range mergeRounds {
		if len(gs) < 2 || len(gs) > mergeGroups {
			break
		}
		next, merged := mergeRound(gs)
		gs = next
		if !merged {
			break
		}
	}
	return gs
}

type span struct{ from, to int }

// wordByte marks what a word that varies may consist of.
var wordByte = func() (t [256]bool) {
	for c := range t {
		t[c] = class[c]&(alpha|digit) != 0 || c == '_' || c == '-' || c == '.' || c == '$' || c == '@' || c == '#'
	}
	return t
}()

// words finds the words of a skeleton outside of its JSON.
func words(dst []span, skel []byte) []span {
	json := false
	most := len(dst) + mergeWords
	for i := 0; i < len(skel) && len(dst) < most; {
		c := skel[i]
		if c == 0 {
			switch skel[i+1] {
			case markOpen:
				json = true
			case markClose:
				json = false
			}
			i += markLen(skel[i+1])
			continue
		}
		if json || !wordByte[c] {
			i++
			continue
		}
		from, letters := i, false
		for i < len(skel) && wordByte[skel[i]] {
			letters = letters || class[skel[i]]&alpha != 0
			i++
		}
		if letters {
			dst = append(dst, span{from, i})
		}
	}
	return dst
}

// candidate is what the groups that differ in one word share.
type candidate struct {
	count, rows int
}

// prime is the base of the polynomial that skeletons are hashed with: so the
// hash of a skeleton without one of its words follows from three numbers.
const prime = 0x9e3779b97f4a7c15

// siblingKeys appends, for each word, a hash of everything but that word.
// prefix and powers are scratch.
func siblingKeys(dst []uint64, skel []byte, words []span, prefix, powers []uint64) []uint64 {
	prefix[0] = 0
	for i, c := range skel {
		prefix[i+1] = prefix[i]*prime + uint64(c) + 1
	}
	n := len(skel)
	for _, w := range words {
		p := powers[n-w.to]
		h := prefix[w.from]*powers[n-w.to+1]*3 + prefix[n] - prefix[w.to]*p
		h ^= h >> 31
		dst = append(dst, h*prime+uint64(w.from))
	}
	return dst
}

func mergeRound(gs []*group) ([]*group, bool) {
	longest := 0
	for _, g := range gs {
		longest = max(longest, len(g.skel))
	}
	prefix, powers := make([]uint64, longest+2), make([]uint64, longest+2)
	powers[0] = 1
	for i := 1; i < len(powers); i++ {
		powers[i] = powers[i-1] * prime
	}
	counts := map[uint64]candidate{}
	keys := make([][]uint64, len(gs))
	spans := make([][]span, len(gs))
	var allKeys []uint64
	var allSpans []span
	for i, g := range gs {
		from := len(allSpans)
		allSpans = words(allSpans, g.skel)
		spans[i] = allSpans[from:len(allSpans):len(allSpans)]
		allKeys = siblingKeys(allKeys, g.skel, spans[i], prefix, powers)
		keys[i] = allKeys[from:len(allKeys):len(allKeys)]
		for _, h := range keys[i] {
			c := counts[h]
			counts[h] = candidate{c.count + 1, c.rows + g.rows}
		}
	}
	type place struct {
		key  uint64
		word int
	}
	chosen := map[uint64][]place{} // group index in word's place: see below
	for i := range gs {
		best, at := candidate{}, -1
		for k, h := range keys[i] {
			c := counts[h]
			if (c.count >= mergeSiblings || c.count >= 2 && c.rows < mergeRare*c.count) && c.count > best.count {
				best, at = c, k
			}
		}
		if at >= 0 {
			chosen[keys[i][at]] = append(chosen[keys[i][at]], place{uint64(i), at})
		}
	}
	gone := map[int]bool{}
	var made []*group
	for _, members := range chosen {
		if len(members) < 2 {
			continue
		}
		first := gs[members[0].key]
		w := spans[members[0].key][members[0].word]
		skel := append([]byte(nil), first.skel[:w.from]...)
		skel = append(append(skel, 0, holeWord), first.skel[w.to:]...)
		g := &group{skel: skel, holes: first.holes + 1}
		for _, m := range members {
			o := gs[m.key]
			ow := spans[m.key][m.word]
			if !bytes.Equal(o.skel[:ow.from], first.skel[:w.from]) || !bytes.Equal(o.skel[ow.to:], first.skel[w.to:]) {
				continue // the hashes are equal by chance
			}
			g.leaves = append(g.leaves, o.leaves...)
			g.rows += o.rows
			g.bytes += o.bytes
			gone[int(m.key)] = true
		}
		made = append(made, g)
	}
	if len(made) == 0 {
		return gs, false
	}
	for i, g := range gs {
		if !gone[i] {
			made = append(made, g)
		}
	}
	for _, g := range made {
		sort.Slice(g.leaves, func(i, j int) bool { return g.leaves[i] < g.leaves[j] })
	}
	sort.Slice(made, func(i, j int) bool { return made[i].leaves[0] < made[j].leaves[0] })
	return made, true
}

// worth says whether a template costs less than keeping its messages raw. The
// numbers are rough: a raw byte costs a fifth of one, a template its text and a
// few bytes for each column.
func (g *group) worth() bool {
	if g.rows < 2 {
		return false
	}
	return g.bytes/5 > int64(len(g.skel)/3+6*g.holes)
}

// source says where a hole of a merged template comes from in one leaf: a hole
// of the leaf, or a word of its text.
type source struct {
	hole int // -1 for a word
	word string
}

// sources aligns a leaf with its group.
func sources(dst []source, g, leaf []byte) []source {
	hole := 0
	for i, k := 0, 0; i < len(g); {
		if g[i] != 0 {
			i++
			k++
			continue
		}
		c := g[i+1]
		if c == holeWord {
			from := k
			for k < len(leaf) && leaf[k] != 0 && wordByte[leaf[k]] {
				k++
			}
			dst = append(dst, source{-1, string(leaf[from:k])})
			i += 2
			continue
		}
		if isHole(c) {
			dst = append(dst, source{hole, ""})
			hole++
		}
		i += markLen(c)
		k += markLen(c)
	}
	return dst
}
