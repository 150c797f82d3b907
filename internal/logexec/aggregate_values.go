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
	key  []byte
}

func (a *valuesAgg) add(c *aggCall, r *row) int64 {
	v := c.arg(r)
	if v.kind == null || v.kind == tree {
		return 0
	}
	a.key = appendKey(a.key[:0], &v)
	f, ok := a.seen[string(a.key)]
	if !ok {
		if a.seen == nil {
			a.seen = map[string]*frequency{}
		}
		f = &frequency{keys: []value{v}}
		a.seen[string(a.key)] = f
	}
	f.n++
	if ok {
		if keyRank(&v) > keyRank(&f.keys[0]) { // which came first must not show
			f.keys[0] = v
		}
		return 0
	}
	return frequencyBytes(len(a.key))
}

func (a *valuesAgg) merge(o aggregate) (grown int64) {
	for key, f := range o.(*valuesAgg).seen {
		mine, ok := a.seen[key]
		if !ok {
			if a.seen == nil {
				a.seen = map[string]*frequency{}
			}
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
