package logexec

import (
	"skywatch/internal/logtype"
)

// filter answers which of the rows pass the predicate. in is ascending, and so
// is the answer, which may share memory with it.
func (u *unit) filter(p *predicate, in []uint32) []uint32 {
	if len(in) == 0 {
		return nil
	}
	switch p.op {
	case '&':
		for _, k := range p.kids {
			if in = u.filter(k, in); len(in) == 0 {
				return nil
			}
		}
		return in
	case '|':
		var out []uint32
		for _, k := range p.kids {
			yes := u.filter(k, in)
			in = without(in, yes)
			out = union(out, yes)
		}
		return out
	case '!':
		return without(in, u.filter(p.kids[0], in))
	}
	if p.text != nil {
		return u.filterText(p.text, in)
	}
	return u.filterLeaf(p, in)
}

// without are the rows of a that are not in b, which is a part of a.
func without(a, b []uint32) []uint32 {
	if len(b) == 0 {
		return a
	}
	if len(a) == len(b) {
		return nil
	}
	out := make([]uint32, 0, len(a)-len(b))
	for _, x := range a {
		if len(b) > 0 && b[0] == x {
			b = b[1:]
			continue
		}
		out = append(out, x)
	}
	return out
}

// union merges two sets without common rows.
func union(a, b []uint32) []uint32 {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]uint32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] < b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// automaton is the worker's own automaton of a test for a regular expression,
// nil when there is none.
func (w *partWorker) automaton(t *textTest) *textAutomaton {
	if t.pattern == "" {
		return nil
	}
	a, ok := w.automata[t]
	if !ok {
		if w.automata == nil {
			w.automata = map[*textTest]*textAutomaton{}
		}
		a = newAutomaton(t.pattern)
		w.automata[t] = a
	}
	return a
}

func (u *unit) filterText(t *textTest, in []uint32) []uint32 {
	var yes []uint32
	if t.needles == nil {
		how := 0
		if a := u.w.automaton(t); a != nil {
			how = u.decide(a)
		}
		switch how {
		case 1:
			yes = in
		case 0:
			yes = u.verify(in, t.match)
		}
	} else {
		rest := in
		for _, n := range t.needles {
			some := u.containing(n, rest)
			rest = without(rest, some)
			yes = union(yes, some)
		}
		if !t.exact && len(yes) > 0 {
			how := 0
			if a := u.w.automaton(t); a != nil {
				how = u.decide(a)
			}
			switch how {
			case -1:
				yes = nil
			case 0:
				yes = u.verify(yes, t.match)
			}
		}
	}
	if t.not {
		return without(in, yes)
	}
	return yes
}

// filterLeaf decides a condition on fields: once, when they are the same in all
// rows; once per value, when they follow from one column with few of them; else
// row by row.
func (u *unit) filterLeaf(p *predicate, in []uint32) []uint32 {
	d := u.dependence(p.slots)
	if u.w.err != nil {
		return nil
	}
	switch {
	case d.constant():
		if p.cond(u.w.fields(u, in[0])) {
			return in
		}
		return nil
	case d.messages || d.system > 0:
		return u.filterRows(p, in, u.w.set)
	case d.vars > 1:
		return u.filterRows(p, in, u.w.fields)
	}
	c, v := u.column(d.on.k)
	if p.uuid != "" && d.on.via == nil && c.Kind == logtype.KindUUID {
		code := u.w.uuid(p.uuid)
		if code < 0 {
			return nil
		}
		var out []uint32
		for _, o := range in {
			if v.Ints[o] == code {
				out = append(out, o)
			}
		}
		return out
	}
	if p.equal != nil {
		if out, ok := u.equal(p.equal, d.on, in); ok {
			return out
		}
	}
	if p.bound != nil && len(p.slots) == 1 {
		if x := u.numeric(d.slot); x != nil && x.kind == nil {
			out, nums := make([]uint32, 0, len(in)), x.floats(u.w)
			for _, o := range in {
				if p.bound.holds(nums[o]) {
					out = append(out, o)
				}
			}
			return out
		}
	}
	keys, dense := u.keyed(d.on)
	switch {
	case keys != nil && d.on.via != nil && dense == 0:
		return u.filterValues(p, in, keys)
	case keys == nil || dense == 0 || dense > len(in):
		return u.filterRows(p, in, u.w.fields)
	}
	known := make([]int8, dense)
	var out []uint32
	for _, o := range in {
		k := keys[o]
		if known[k] == 0 {
			known[k] = -1
			if p.cond(u.w.fields(u, o)) {
				known[k] = 1
			}
		}
		if known[k] > 0 {
			out = append(out, o)
		}
	}
	return out
}

// filterValues asks once for each number that tells values apart.
func (u *unit) filterValues(p *predicate, in []uint32, keys []int64) (out []uint32) {
	holds := map[int64]bool{}
	for i, o := range in {
		if u.w.ended(i) {
			return nil
		}
		yes, known := holds[keys[o]]
		if !known {
			yes = p.cond(u.w.fields(u, o))
			u.w.dropMessage()
			holds[keys[o]] = yes
		}
		if yes {
			out = append(out, o)
		}
	}
	return out
}

func (u *unit) filterRows(p *predicate, in []uint32, set func(*unit, uint32) *row) []uint32 {
	var out []uint32
	for i, o := range in {
		if u.w.ended(i) {
			return nil
		}
		if p.cond(set(u, o)) {
			out = append(out, o)
		}
		u.w.dropMessage()
	}
	return out
}
