package logexec

import (
	"slices"

	"skywatch/internal/logtype"
)

// numberVec is a slot's values as numbers, by ordinal. A column where all are
// written alike stays as it is until somebody asks for floats: sums of whole
// numbers, the largest of them and percentiles do not.
type numberVec struct {
	slot   int
	num    []float64     // see floats
	kind   []kind        // null, number, or text for no number; nil when all are numbers
	digits *numberColumn // the same as floats, nil when some are written otherwise; then num is there
	simple bool          // equal numbers are written alike

	nothing bool // no row has a value, and there are no numbers
}

// numberColumn is numbers as a column has them: whole ones, to be divided and multiplied,
// each step rounded as floats are. The quotients are those of reading the text.
type numberColumn struct {
	ints    []int64 // shared, valid until the worker's next block
	per, by float64
	whole   bool  // per is 1, and so the numbers are ints times by, exactly
	most    int64 // no whole number is further from 0
}

func (d *numberColumn) at(ord uint32) float64 { return float64(d.ints[ord]) / d.per * d.by }

// gather fills dst with the numbers of rows.
func (d *numberColumn) gather(dst []float64, sel []uint32) {
	switch ints := d.ints; {
	case len(sel) == len(ints) && d.by == 1: // all rows: sel is ascending
		for i, n := range ints {
			dst[i] = float64(n) / d.per
		}
	case d.by == 1:
		for i, o := range sel {
			dst[i] = float64(ints[o]) / d.per
		}
	default:
		for i, o := range sel {
			dst[i] = d.at(o)
		}
	}
}

// floats are the numbers as such.
func (x *numberVec) floats(w *partWorker) []float64 {
	if x.num == nil {
		x.num = w.floats(len(x.digits.ints))
		x.digits.gather(x.num, w.all(len(x.num)))
	}
	return x.num
}

// numeric gives a slot's numbers, nil when they do not come from a column of
// numbers.
func (u *unit) numeric(slot int) *numberVec {
	b := u.bind(slot)
	switch {
	case b.kind != bindVar || b.span != nil:
		return nil
	case b.via != nil:
		return u.numericVia(slot, b)
	}
	c, v := u.column(b.k)
	if v == nil || c.Kind != logtype.KindNumber {
		return nil
	}
	w := u.w
	if x := w.numbers[slot]; x != nil && x.slot == u.t {
		return x
	}
	out := &numberVec{slot: u.t, digits: plainDigits(b.render, c, v), simple: len(c.Forms) == 1}
	if out.digits == nil {
		out.num = w.floats(u.n)
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
	w.remember(slot, out)
	return out
}

func (w *partWorker) remember(slot int, x *numberVec) {
	if w.numbers == nil {
		w.numbers = map[int]*numberVec{}
	}
	w.numbers[slot] = x
}

// numericVia gives the numbers among the values that a parse finds, which it is
// asked for once for each value of the variable they follow from.
func (u *unit) numericVia(slot int, b *binding) *numberVec {
	keys, _ := u.keyed(b)
	w := u.w
	if keys == nil {
		return nil
	}
	if x := w.numbers[slot]; x != nil && x.slot == u.t {
		return x
	}
	out := &numberVec{slot: u.t, num: w.floats(u.n), kind: make([]kind, u.n)}
	first := map[int64]uint32{} // the row of each value
	for o := range uint32(u.n) {
		if w.ended(int(o)) {
			return nil
		}
		from, known := first[keys[o]]
		if !known {
			first[keys[o]] = o
			v := w.fields(u, o).get(slot)
			x, ok := v.number()
			if out.num[o], out.kind[o] = x, v.kind; ok {
				out.kind[o] = number
			}
			w.dropMessage()
			continue
		}
		out.num[o], out.kind[o] = out.num[from], out.kind[from]
	}
	if !slices.ContainsFunc(out.kind, func(k kind) bool { return k != number }) {
		out.kind = nil
	}
	w.remember(slot, out)
	return out
}

// plainDigits are the numbers of a column where all are written alike and each
// is its float, nil when that is not so.
func plainDigits(how logtype.Render, c *logtype.Column, v *logtype.Values) *numberColumn {
	f := &c.Forms[0]
	lo, hi, ok := c.Range()
	if !ok || v.Relative != 0 || f.IsText || int(f.Scale) >= len(powersOf10) {
		return nil
	}
	if lo <= -exactInt || hi >= exactInt || computed(how) && how != logtype.RenderFloat && lo <= 0 {
		return nil
	}
	d := &numberColumn{ints: v.Ints, per: powersOf10[f.Scale], by: 1}
	if how == logtype.RenderMegabytes {
		d.by = bytesPerMB
	}
	most := float64(max(-lo, hi)) * d.by
	d.whole = d.per == 1 && most < exactInt
	d.most = int64(most)
	return d
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
