package logexec

// Rows whose messages have to be read. Taking a message apart costs more than
// everything else that is done with a row, so it is done once: what reads the
// messages of a template's rows waits until they go one by one through the rest
// of the filters and the stages, as on the plain path, with the fields that
// columns know from there. Only when a single filter, key or list of arguments
// needs messages it has a loop of its own, and all others go by column. Filters
// do not wait where workers share the stages: they would wait for each other.

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

// readsBehind is how many times what is behind the filters reads the messages of
// the unit's rows: once when rows go one by one anyway; a stats that reads columns
// does for each key that needs them, and for its arguments.
func (s *partScan) readsBehind(u *unit) (n int) {
	if s.grouper < 0 {
		return 1
	}
	st := s.plan.stages[s.grouper].stats
	for i := range st.known {
		if d := u.dependence(st.known[i].slots); d.messages {
			n++
		}
	}
	for i := range st.calls {
		if d := u.dependence(st.calls[i].known.slots); d.messages {
			return n + 1
		}
	}
	return n
}

// ready settles how the selected rows of a unit are consumed. Damage to what the
// messages are made of is found here, before a stage has had a row of the block.
func (s *partScan) ready(u *unit, sel []uint32) error {
	if len(sel) == 0 {
		return nil
	}
	late := u.late < len(s.filters)
	u.alone = s.grouper >= 0 && (late || s.readsBehind(u) > 1)
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
