package logexec

import (
	"skywatch/internal/logtype"
)

// numberVec is a slot's values as numbers, by ordinal.
type numberVec struct {
	slot   int
	num    []float64
	kind   []kind  // null, number, or text for no number; nil when all are numbers
	ints   []int64 // the same, when all are whole and exact; shared
	simple bool    // equal numbers are written alike
}

// numeric gives a slot's numbers, nil when they do not come from a column of
// numbers.
func (u *unit) numeric(slot int) *numberVec {
	b := u.bind(slot)
	if b.kind != bindVar || b.span != nil {
		return nil
	}
	c, v := u.column(b.k)
	if v == nil || c.Kind != logtype.KindNumber {
		return nil
	}
	w := u.w
	if x := w.numbers[slot]; x != nil && x.slot == u.t {
		return x
	}
	out := &numberVec{slot: u.t, num: make([]float64, u.n), simple: len(c.Forms) == 1}
	if len(c.Forms) == 1 && v.Relative == 0 && !c.Forms[0].IsText && (!computed(b.render) || b.render == logtype.RenderFloat) {
		f := &c.Forms[0]
		if int(f.Scale) >= len(powersOf10) {
			return nil
		}
		p := powersOf10[f.Scale]
		var wide int64
		for i, n := range v.Ints {
			wide |= n ^ n>>63
			out.num[i] = float64(n) / p
		}
		if wide >= exactInt {
			return nil
		}
		if f.Scale == 0 {
			out.ints = v.Ints
		}
	} else {
		for i := range u.n {
			n, f := u.number(c, v, uint32(i))
			k := number
			var x float64
			if f.IsText {
				val := rendered(b.render, f.Text)
				var ok bool
				if x, ok = val.number(); !ok {
					k = val.kind
				}
			} else {
				var ok bool
				if x, ok = decimal(n, f); !ok {
					return nil
				}
				if computed(b.render) {
					val := renderedNumber(b.render, x)
					k, x = val.kind, val.num
				}
			}
			if k != number && out.kind == nil {
				out.kind = make([]kind, u.n)
				for j := range i {
					out.kind[j] = number
				}
			}
			if out.kind != nil {
				out.kind[i] = k
			}
			out.num[i] = x
		}
	}
	if w.numbers == nil {
		w.numbers = map[int]*numberVec{}
	}
	w.numbers[slot] = out
	return out
}

// keyed says what tells the values of a column apart: whole numbers, one per
// row. dense is an upper bound when they are small and begin with 0.
func (u *unit) keyed(b *binding) (keys []int64, dense int) {
	if b.span != nil {
		return nil, 0
	}
	c, v := u.column(b.k)
	if v == nil {
		return nil, 0
	}
	switch c.Kind {
	case logtype.KindDict:
		return v.Ints, c.Distinct
	case logtype.KindUUID:
		return v.Ints, u.w.block.Typed.UUIDs()
	case logtype.KindIPv4:
		return v.Ints, 0
	case logtype.KindNumber:
		if len(c.Forms) == 1 && v.Relative == 0 {
			return v.Ints, 0
		}
	case logtype.KindTime:
		if v.Relative == 0 {
			return v.Ints, 0
		}
	}
	return nil, 0
}
