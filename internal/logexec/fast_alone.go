package logexec

// Rows whose messages have to be read. Taking a message apart costs more than
// everything else that is done with a row, so it is done once: what reads the
// messages of a template's rows waits until they go one by one through the rest
// of the filters and the stages, as on the plain path, with the fields that
// columns know from there. Only filters with nothing behind them that needs
// messages, and arguments whose keys need none, have a loop of their own. Filters
// do not wait either where workers share the stages: they would wait for each
// other.

// readsMessages says whether a condition has to be read from the messages of the
// unit's rows. Texts in messages are looked for by column, as far as that goes.
func (u *unit) readsMessages(p *predicate) bool {
	switch {
	case p.op != 0:
		for _, k := range p.kids {
			if u.readsMessages(k) {
				return true
			}
		}
		return false
	case p.text != nil:
		return false
	}
	d := u.dependence(p.slots)
	return d.messages
}

// readsBehind says what behind the filters reads the messages of the unit's rows:
// everything does, as far as is known, where rows go one by one anyway.
func (s *partScan) readsBehind(u *unit) (keys, args bool) {
	if s.grouper < 0 {
		return true, true
	}
	st := s.plan.stages[s.grouper].stats
	for i := range st.known {
		d := u.dependence(st.known[i].slots)
		keys = keys || d.messages
	}
	for i := range st.calls {
		d := u.dependence(st.calls[i].known.slots)
		args = args || d.messages
	}
	return keys, args
}

// ready settles how the selected rows of a unit are consumed. Damage to what the
// messages are made of is found here, before a stage has had a row of the block.
func (s *partScan) ready(u *unit, sel []uint32) error {
	if len(sel) == 0 {
		return nil
	}
	late := u.late < len(s.filters)
	keys, _ := s.readsBehind(u)
	u.alone = s.grouper >= 0 && (late || keys)
	if u.alone && u.w.binning >= 0 {
		u.w.timestamps() // also where columns make do with the bins
	}
	if u.alone || late {
		u.message(sel[0])
	}
	return u.w.err
}

// passes asks the filters of a row that were left for now.
func (s *partScan) passes(u *unit, r *row) bool {
	for _, holds := range s.tests[u.late:] {
		if !holds(r) {
			u.w.dropMessage()
			return false
		}
	}
	return true
}
