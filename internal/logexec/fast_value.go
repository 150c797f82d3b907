package logexec

import (
	"strconv"
	"unsafe"

	"skywatch/internal/logtype"
)

// message is the message of a row. It is valid until the next call.
func (u *unit) message(ord uint32) string {
	w := u.w
	if w.block.Plain != nil {
		return w.block.Plain[ord]
	}
	if u.tpl != nil && u.tpl.Raw {
		if _, v := u.column(0); v != nil {
			return unsafeString(v.Strings.At(int(ord)))
		}
		return ""
	}
	var err error
	if u.nest != nil {
		w.buf, err = u.nest.append(w.buf[:0], int(u.blockRow(ord)))
	} else {
		w.buf, err = w.block.AppendMessage(w.buf[:0], int(u.blockRow(ord)))
	}
	if err != nil {
		w.fail(err)
		return ""
	}
	return unsafe.String(unsafe.SliceData(w.buf), len(w.buf))
}

// column decodes a variable of the unit's template; copies lead to what they
// repeat.
func (u *unit) column(k int) (*logtype.Column, *logtype.Values) {
	c := &u.tpl.Columns[k]
	if c.Kind == logtype.KindCopy {
		k = c.Of
		c = &u.tpl.Columns[k]
	}
	if u.cols == nil {
		u.cols = make([]*logtype.Values, len(u.tpl.Columns))
	}
	if u.cols[k] == nil {
		var v *logtype.Values
		var err error
		if u.nest != nil {
			v, err = u.nest.column(u.t, k)
		} else {
			v, err = u.w.block.Column(u.t, k)
		}
		if err != nil {
			u.w.fail(err)
			return c, nil
		}
		u.cols[k] = v
	}
	return c, u.cols[k]
}

// value is the value of a variable's field in one row.
func (u *unit) value(b *binding, ord uint32) value {
	if b.span != nil {
		text := []byte(b.span.Before)
		for k := b.span.Var; k <= b.span.Last; k++ {
			if k > b.span.Var {
				text = append(text, u.tpl.Static[k]...)
			}
			text = append(text, u.bytes(k, ord)...)
		}
		return rendered(b.render, string(append(text, b.span.After...)))
	}
	c, v := u.column(b.k)
	if v == nil {
		return value{}
	}
	if c.Kind == logtype.KindNumber && computed(b.render) {
		n, f := u.number(c, v, ord)
		if x, ok := decimal(n, f); ok {
			return renderedNumber(b.render, x)
		}
	}
	s := u.text(b.k, ord)
	if b.render == logtype.RenderValue && c.Kind == logtype.KindNumber {
		n, f := u.number(c, v, ord)
		if x, ok := decimal(n, f); ok {
			return value{kind: number, num: x, str: s}
		}
	}
	return rendered(b.render, s)
}

// number is the digits of a number and their form.
func (u *unit) number(c *logtype.Column, v *logtype.Values, ord uint32) (int64, *logtype.Form) {
	f := &c.Forms[0]
	if v.Codes != nil {
		f = &c.Forms[v.Codes[ord]]
	}
	n := v.Ints[ord]
	switch v.Relative {
	case 1:
		n += u.ref(ord)
	case 2:
		n += floorDiv(u.ref(ord), 1000)
	}
	return n, f
}

var powersOf10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// decimal is the float nearest to a number: both sides of the division are
// exact, so it rounds as reading the digits does. ok is false where they are not.
func decimal(n int64, f *logtype.Form) (float64, bool) {
	if f.IsText || n > exactInt || n < -exactInt || int(f.Scale) >= len(powersOf10) {
		return 0, false
	}
	if f.Scale == 0 {
		return float64(n), true
	}
	return float64(n) / powersOf10[f.Scale], true
}

// text is the text of a variable in one row.
func (u *unit) text(k int, ord uint32) string { return string(u.bytes(k, ord)) }

// bytes is the text of a variable in one row, valid until the next call.
func (u *unit) bytes(k int, ord uint32) []byte {
	c, v := u.column(k)
	if v == nil {
		return nil
	}
	w := u.w
	switch c.Kind {
	case logtype.KindDict:
		return v.Strings.At(int(v.Ints[ord]))
	case logtype.KindText:
		return v.Strings.At(int(ord))
	case logtype.KindUUID:
		id := u.typed().UUID(int(v.Ints[ord]))
		w.buf = id.Append(w.buf[:0])
		return w.buf
	case logtype.KindNumber:
		n, f := u.number(c, v, ord)
		switch {
		case f.IsText:
			w.buf = append(w.buf[:0], f.Text...)
			return w.buf
		case f.Width == 0:
			w.buf = appendDecimal(w.buf[:0], n, int(f.Scale))
			return w.buf
		}
	}
	var j *logtype.Joiner
	var err error
	if u.nest != nil {
		j, err = u.nest.joins()
	} else {
		j, err = w.block.Joiner()
	}
	if err == nil {
		w.buf, err = j.AppendValue(w.buf[:0], int(u.blockRow(ord)), k)
		err = w.block.Corrupt(err)
	}
	if err != nil {
		w.fail(err)
		return nil
	}
	return w.buf
}

// appendDecimal writes a number with its last scale digits behind the point.
func appendDecimal(dst []byte, n int64, scale int) []byte {
	if scale == 0 {
		return strconv.AppendInt(dst, n, 10)
	}
	u := uint64(n)
	if n < 0 {
		dst, u = append(dst, '-'), -u
	}
	var t [40]byte
	i := len(t)
	for k := 0; k <= scale || u > 0; k++ {
		if k == scale {
			i--
			t[i] = '.'
		}
		i--
		t[i] = byte('0' + u%10)
		u /= 10
	}
	return append(dst, t[i:]...)
}

// unsafeString is b as a string that lives as long as b stays as it is.
func unsafeString(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
