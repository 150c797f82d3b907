package logtype

// Absolute makes numbers and moments of the column that are differences to the
// reference times of their rows values by themselves: v is what Block.Column
// decoded, and ref the reference time of the i-th row of the template in
// milliseconds. Two rows of columns of the same layout then have the same value
// exactly when they have the same text; for numbers their form counts as well.
func (c *Column) Absolute(v *Values, ref func(i int) int64) {
	if v.Relative == 0 || c.Kind != KindNumber && c.Kind != KindTime {
		return
	}
	for i := range v.Ints {
		switch {
		case c.Kind == KindTime:
			n := v.Ints[i] + c.Layout.fromMillis(ref(i))
			if c.Layout.TimeOfDay() {
				day := daySeconds * c.Layout.UnitsPerSecond()
				n -= floorDiv(n, day) * day
			}
			v.Ints[i] = n
		case v.Relative == 1:
			v.Ints[i] += ref(i)
		default:
			v.Ints[i] += floorDiv(ref(i), 1000)
		}
	}
	v.Relative = 0
}

// AppendMoment appends the text of a moment that counts in units of the layout.
func AppendMoment(dst []byte, l Layout, v int64) []byte {
	var w timeWriter
	return w.append(dst, l, v)
}

// AppendIPv4 appends the text of an address given as a 32-bit number.
func AppendIPv4(dst []byte, v int64) []byte { return appendIPv4(dst, v) }
