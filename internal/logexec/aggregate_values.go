package logexec

import (
	"encoding/json"
	"slices"
)

// valuesAgg is values, the list of the different values in sort order, or topk,
// that of the most frequent ones first (equally frequent ones in sort order);
// empty without any. Maps and lists do not count.
type valuesAgg struct {
	seen map[string]*frequency
	top  int // 0 for all
}

func (a *valuesAgg) add(c *aggCall, r *row) int64 {
	v := c.arg(r)
	if v.kind == null || v.kind == tree {
		return 0
	}
	var buf [64]byte // most fit; a buffer in each state would cost more than the state
	key := appendKey(buf[:0], &v)
	f, ok := a.seen[string(key)]
	grown := int64(0)
	if !ok {
		if a.seen == nil {
			a.seen = map[string]*frequency{}
			grown = frequencyMapBytes
		}
		f = &frequency{keys: []value{v}}
		a.seen[string(key)] = f
	}
	f.n++
	if ok {
		if keyRank(&v) > keyRank(&f.keys[0]) { // which came first must not show
			f.keys[0] = v
		}
		return 0
	}
	return grown + frequencyBytes(len(key))
}

func (a *valuesAgg) merge(o aggregate) (grown int64) {
	b := o.(*valuesAgg)
	if a.seen == nil {
		a.seen = b.seen
		return 0
	}
	if b.seen != nil {
		grown -= frequencyMapBytes
	}
	for key, f := range b.seen {
		mine, ok := a.seen[key]
		if !ok {
			a.seen[key] = f
			continue
		}
		mine.n += f.n
		if keyRank(&f.keys[0]) > keyRank(&mine.keys[0]) {
			mine.keys[0] = f.keys[0]
		}
		grown -= frequencyBytes(len(key))
	}
	return grown
}

// frequencyMapBytes is what a map for the first values costs.
const frequencyMapBytes = 256

// frequencyBytes is what a value costs whose key has n bytes.
func frequencyBytes(n int) int64 { return int64(2*n) + valueBytes + 96 }

func (a *valuesAgg) result() value {
	all := make([]*frequency, 0, len(a.seen))
	for _, f := range a.seen {
		all = append(all, f)
	}
	slices.SortFunc(all, func(x, y *frequency) int {
		if a.top > 0 && x.n != y.n {
			return int(min(1, max(-1, y.n-x.n)))
		}
		return compareKeys(x.keys, y.keys)
	})
	if a.top > 0 && len(all) > a.top {
		all = all[:a.top]
	}
	list := make([]any, len(all))
	for i, f := range all {
		list[i] = toNode(f.keys[0])
	}
	return value{kind: tree, node: list}
}

// toNode is a plain value as a member of a list.
func toNode(v value) any {
	if v.kind == number {
		return json.Number(v.text())
	}
	return v.text()
}
