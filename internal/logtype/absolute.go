package logtype

// Absolute makes numbers and moments of the column that are differences to the
// reference times of their rows values by themselves: v is what Block.Column
// decoded, and refs[rows[i]] the reference time of the i-th row of the template
// in milliseconds. Two rows of columns of the same layout then have the same
// value exactly when they have the same text; for numbers their form counts as
// well.
func (c *Column) Absolute(v *Values, refs []int64, rows []uint32) {
	if v.Relative == 0 || c.Kind != KindNumber && c.Kind != KindTime {
		return
	}
	switch {
	case c.Kind == KindTime && c.Layout.dayOnly():
		day, begin := int64(0), int64(0) // most rows are of the day of the one before
		for i, r := range rows {
			if ms := refs[r]; uint64(ms-begin) >= dayMillis {
				day = floorDiv(ms, dayMillis)
				begin = day * dayMillis
			}
			v.Ints[i] += day
		}
	case c.Kind == KindTime:
		day := daySeconds * c.Layout.UnitsPerSecond()
		for i, r := range rows {
			n := v.Ints[i] + c.Layout.fromMillis(refs[r])
			if c.Layout.TimeOfDay() {
				n -= floorDiv(n, day) * day
			}
			v.Ints[i] = n
		}
	case v.Relative == 1:
		for i, r := range rows {
			v.Ints[i] += refs[r]
		}
	default:
		for i, r := range rows {
			v.Ints[i] += floorDiv(refs[r], 1000)
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
