package logexec

import (
	"slices"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// keyIDs numbers the values of one key: ids by selected row, vals by id.
type keyIDs struct {
	ids  []int32 // nil when there is one value
	vals []value
	text *binding // ids and vals are still to be read from this column of texts
}

func (k *keyIDs) varies() bool { return k.ids != nil || k.text != nil }

// aggregate adds the rows of a selection to the groups. All columns that it
// needs are decoded before the first group changes.
func (u *unit) aggregate(g *grouper, sel []uint32) error {
	if len(sel) == 0 {
		return nil
	}
	w := u.w
	keys := make([]keyIDs, len(g.plan.keys))
	for i := range keys {
		keys[i] = u.keyOf(g, i, sel)
	}
	var vecs []*numberVec
	messages := false
	for j := range g.plan.calls {
		v, asks := u.argument(&g.plan.calls[j], sel)
		vecs = append(vecs, v)
		messages = messages || asks
	}
	if messages {
		u.message(sel[0]) // decodes all columns of the template
	}
	if w.err != nil {
		return w.err
	}
	if g.packed == nil {
		return u.addRows(g, keys, vecs, sel)
	}
	packed, in, rest := u.pack(g, keys, vecs, sel)
	if w.err != nil {
		return w.err
	}
	if len(rest) > 0 {
		if err := u.addRows(g, keys, vecs, rest); err != nil {
			return err
		}
	}
	if len(in) > 0 {
		return g.packed.add(w, g, packed, in, vecs)
	}
	return nil
}

// addRows adds rows to their groups in the table.
func (u *unit) addRows(g *grouper, keys []keyIDs, vecs []*numberVec, sel []uint32) error {
	w := u.w
	ids, groups, err := u.groups(g, keys, sel)
	if err != nil {
		return err
	}
	var rowwise []int
	for j := range g.plan.calls {
		if !addMany(g, &g.plan.calls[j], j, groups, ids, sel, vecs[j], u) {
			rowwise = append(rowwise, j)
		}
	}
	if len(rowwise) > 0 {
		gr := groups[0]
		for i, o := range sel {
			if w.ended(i) {
				return w.err
			}
			r := w.set(u, o)
			if ids != nil {
				gr = groups[ids[i]]
			}
			for _, j := range rowwise {
				if grown := gr.aggs[j].add(&g.plan.calls[j], r); grown != 0 {
					if err := g.budget.take(grown, "stats"); err != nil {
						return err
					}
				}
			}
		}
	}
	if g.grown != 0 {
		grown := g.grown
		g.grown = 0
		if err := g.budget.take(grown, "stats"); err != nil {
			return err
		}
	}
	return w.err
}

// argument gives an aggregate's argument as numbers when it is a plain field
// with a column of them, or nothing in all rows; else it is computed row by row,
// from messages when asks says so.
func (u *unit) argument(c *aggCall, sel []uint32) (v *numberVec, asks bool) {
	if c.arg == nil {
		return nil, false
	}
	varies := false
	for _, s := range c.known.slots {
		b := u.bind(s)
		varies = varies || b.kind != bindConst
		asks = asks || b.kind != bindConst && b.kind != bindSystem && !u.decoded(b)
	}
	if u.w.err != nil {
		return nil, asks
	}
	if !varies {
		if x := c.arg(u.w.fields(u, sel[0])); x.kind == null {
			return &numberVec{nothing: true}, false
		}
		return nil, false
	}
	if c.known.plain {
		if v = u.numeric(c.known.slots[0]); v != nil {
			return v, false
		}
	}
	return nil, asks
}

// decoded says that a binding's column is all that its values are read from.
func (u *unit) decoded(b *binding) bool {
	if b.kind != bindVar || b.span != nil || b.via != nil {
		return false
	}
	switch c := variable(u.tpl, b.k); c.Kind {
	case logtype.KindDict, logtype.KindText, logtype.KindUUID:
		return true
	case logtype.KindNumber:
		return !c.IsRelative() && !slices.ContainsFunc(c.Forms, func(f logtype.Form) bool { return f.Width > 0 })
	}
	return false
}

// keyOf numbers the values of key i over the selection.
func (u *unit) keyOf(g *grouper, i int, sel []uint32) keyIDs {
	w := u.w
	o := &g.plan.known[i]
	eval := func(ord uint32) value {
		v := g.plan.keys[i](w.set(u, ord))
		if v.kind == tree {
			v = value{}
		}
		return v
	}
	d := u.dependence(o.slots)
	if w.err != nil {
		return keyIDs{}
	}
	if !d.messages && d.system == 0 {
		eval = func(ord uint32) value {
			v := g.plan.keys[i](w.fields(u, ord))
			if v.kind == tree {
				v = value{}
			}
			return v
		}
	}
	switch {
	case d.constant():
		return keyIDs{vals: []value{eval(sel[0])}}
	case o.bin != nil && d.column() && d.on.name == "@timestamp":
		return u.binIDs(o.bin, sel, func(ord uint32, at int64) value {
			r := w.fields(u, ord)
			r.ev.pos.Timestamp = at
			return g.plan.keys[i](r)
		})
	case d.column() && d.on.stream && w.streamIDs() != nil:
		seen := map[logs.StreamID]int32{}
		return numbered(sel, eval, func(ord uint32) (int32, func(int32)) {
			s := w.streams[u.blockRow(ord)]
			id, ok := seen[s]
			if ok {
				return id, nil
			}
			return -1, func(id int32) { seen[s] = id }
		})
	case d.variable():
		keys, dense := u.keyed(d.on)
		if keys != nil && dense > 0 && dense <= 4*len(sel)+64 {
			table := make([]int32, dense)
			out := keyIDs{ids: make([]int32, len(sel))}
			for n, ord := range sel {
				k := keys[ord]
				if table[k] == 0 {
					out.vals = append(out.vals, eval(ord))
					table[k] = int32(len(out.vals))
				}
				out.ids[n] = table[k] - 1
			}
			return out
		}
		if keys != nil {
			seen := map[int64]int32{}
			return numbered(sel, eval, func(ord uint32) (int32, func(int32)) {
				k := keys[ord]
				id, ok := seen[k]
				if ok {
					return id, nil
				}
				return -1, func(id int32) { seen[k] = id }
			})
		}
	}
	if d.variable() && o.plain && u.manyTexts(d.on) {
		return keyIDs{text: d.on}
	}
	seen := map[string]int32{}
	out := keyIDs{ids: make([]int32, len(sel))}
	var key []byte
	for n, ord := range sel {
		v := eval(ord)
		key = append(appendKey(key[:0], &v), byte(keyRank(&v)))
		id, ok := seen[string(key)]
		if ok {
			w.dropMessage()
		} else {
			id = int32(len(out.vals))
			seen[string(key)] = id
			out.vals = append(out.vals, v)
		}
		out.ids[n] = id
	}
	return out
}

// numberTexts numbers the texts of a column.
func (u *unit) numberTexts(b *binding, sel []uint32) keyIDs {
	col := u.textColumn(b.k)
	seen := map[string]int32{}
	out := keyIDs{ids: make([]int32, len(sel))}
	var buf []byte
	for n, ord := range sel {
		buf = col.append(buf[:0], ord)
		id, ok := seen[string(buf)]
		if !ok {
			id = int32(len(out.vals))
			s := string(buf)
			seen[s] = id
			out.vals = append(out.vals, str(s))
		}
		out.ids[n] = id
	}
	return out
}

// numbered gives rows ids with a memory of what was seen: look answers the id of
// a row, or how to note a new one.
func numbered(sel []uint32, eval func(uint32) value, look func(uint32) (int32, func(int32))) keyIDs {
	out := keyIDs{ids: make([]int32, len(sel))}
	for n, ord := range sel {
		id, note := look(ord)
		if note != nil {
			id = int32(len(out.vals))
			note(id)
			out.vals = append(out.vals, eval(ord))
		}
		out.ids[n] = id
	}
	return out
}

// maxTable is how many combinations of keys are looked up in a table.
const maxTable = 1 << 16

// groups finds the group of each selected row: ids by selected row, nil when
// all are in one.
func (u *unit) groups(g *grouper, keys []keyIDs, sel []uint32) (ids []int32, groups []*group, err error) {
	var many []int
	for i := range keys {
		if keys[i].varies() {
			many = append(many, i)
		}
	}
	for _, i := range many {
		switch {
		case keys[i].text == nil:
		case len(many) == 1:
			return u.groupsByText(g, keys, i, sel)
		default:
			keys[i] = u.numberTexts(keys[i].text, sel)
		}
	}
	// combos are the ids of each combination, one per varying key.
	var combos [][]int32
	switch len(many) {
	case 0:
		combos = [][]int32{nil}
	case 1:
		ids = keys[many[0]].ids
		for k := range keys[many[0]].vals {
			combos = append(combos, []int32{int32(k)})
		}
	default:
		ids = keys[many[0]].ids
		for k := range keys[many[0]].vals {
			combos = append(combos, []int32{int32(k)})
		}
		for _, m := range many[1:] {
			ids, combos = combine(ids, combos, keys[m])
		}
	}
	for _, combo := range combos {
		g.key = g.key[:0]
		for i := range keys {
			v := keys[i].vals[0]
			if at := slices.Index(many, i); at >= 0 {
				v = keys[i].vals[combo[at]]
			}
			g.vals[i] = v
			g.key = appendKey(g.key, &v)
		}
		gr, err := g.find()
		if err != nil {
			return nil, nil, err
		}
		groups = append(groups, gr)
	}
	return ids, groups, nil
}

// combine numbers the pairs of a and key.
func combine(a []int32, combos [][]int32, key keyIDs) ([]int32, [][]int32) {
	out := make([]int32, len(a))
	var made [][]int32
	width := len(key.vals)
	add := func(x, y int32) int32 {
		made = append(made, append(slices.Clone(combos[x]), y))
		return int32(len(made) - 1)
	}
	if len(combos)*width <= maxTable {
		table := make([]int32, len(combos)*width)
		for n, x := range a {
			k := int(x)*width + int(key.ids[n])
			if table[k] == 0 {
				table[k] = add(x, key.ids[n]) + 1
			}
			out[n] = table[k] - 1
		}
		return out, made
	}
	seen := map[uint64]int32{}
	for n, x := range a {
		k := uint64(x)<<32 | uint64(uint32(key.ids[n]))
		id, ok := seen[k]
		if !ok {
			id = add(x, key.ids[n])
			seen[k] = id
		}
		out[n] = id
	}
	return out, made
}
