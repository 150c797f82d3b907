package logexec

import (
	"math"

	"skywatch/internal/logtype"
)

// numberVec is a slot's values as numbers, by ordinal.
type numberVec struct {
	slot   int
	num    []float64
	kind   []kind  // null, number, or text for no number; nil when all are numbers
	ints   []int64 // the same, when all are whole and exact; shared
	simple bool    // equal numbers are written alike

	nothing bool // no row has a value, and num is not there
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
	out := &numberVec{slot: u.t, num: w.floats(u.n), simple: len(c.Forms) == 1}
	if !out.plain(b.render, c, v) {
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

// plain fills in the numbers of a column where all are written alike and each
// is its float; false when they are not.
func (x *numberVec) plain(how logtype.Render, c *logtype.Column, v *logtype.Values) bool {
	f := &c.Forms[0]
	if len(c.Forms) > 1 || v.Relative != 0 || f.IsText || int(f.Scale) >= len(powersOf10) {
		return false
	}
	var wide int64
	least := int64(math.MaxInt64)
	for _, n := range v.Ints {
		wide |= n ^ n>>63
		least = min(least, n)
	}
	if wide >= exactInt || computed(how) && how != logtype.RenderFloat && least <= 0 {
		return false
	}
	switch p := powersOf10[f.Scale]; {
	case how == logtype.RenderMegabytes:
		for i, n := range v.Ints {
			x.num[i] = float64(n) / p * bytesPerMB
		}
	case f.Scale == 0:
		for i, n := range v.Ints {
			x.num[i] = float64(n)
		}
		x.ints = v.Ints
	default:
		for i, n := range v.Ints {
			x.num[i] = float64(n) / p
		}
	}
	return true
}

// floats is room for n numbers, valid until the worker's next block.
func (w *partWorker) floats(n int) []float64 {
	if n > cap(w.room)-len(w.room) {
		w.room = make([]float64, 0, max(n, 2*cap(w.room), 1<<12))
	}
	at := len(w.room)
	w.room = w.room[:at+n]
	return w.room[at : at+n : at+n]
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
