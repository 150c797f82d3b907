package logexec

// sound reads what the query names of a row before any stage has the row, for
// the first row of each unit of a part. It finds columns that cannot be decoded,
// which the checksums of a source do not show when a program has written them
// wrongly, while the unit's rows can still be left out; the other rows need no
// look of their own, since a column is decoded as a whole.
func (s *partScan) sound(u *unit, ord uint32) error {
	if u.tried {
		return u.w.err
	}
	u.tried = true
	r := u.w.set(u, ord)
	for slot, f := range u.w.src.of {
		if f != nil {
			r.get(slot)
		}
	}
	for _, x := range s.front {
		for _, slot := range x.slots {
			r.get(slot)
		}
	}
	return u.w.err
}
