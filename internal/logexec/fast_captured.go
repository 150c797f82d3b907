package logexec

import (
	"slices"
	"unicode/utf8"

	"skywatch/internal/logtype"
)

// Groups that end inside a variable, or that are there for some of its texts
// only, follow from that variable alone when two things hold:
//
//   - Before it the run is in one state: what came earlier has decided nothing.
//   - From each state behind it everything that may follow ends with the same
//     places of the group, and no other variable lies between these.
//
// Which text leads to which state, and where inside it a place is, need not be
// known: equal texts do the same. Only when two threads of a state have places in
// the variable a later one may choose between them, so there each place is one
// of its own.
//
//	user=<dict> from <ip>     /user=(?<x>[a-z]+)/     x follows from the variable user

// capture is what a group captures in the rows of a template.
type capture struct {
	how      bindKind // bindConst for nothing
	from, to place    // with bindVar, unless on decides
	on       int      // the variable that it follows from, -1 for none
}

// captureRun is an expression on its way through a template.
type captureRun struct {
	*captureProgram
	u     *unit
	texts []*language // of variables, of those met
	forks []captureFork
	fail  bool // it cannot be followed
}

// captureFork is a variable that decides something, and the states behind it.
type captureFork struct {
	k     int
	after captureStates
}

// captured is what the groups of an expression capture in the unit's rows.
func (u *unit) captured(c *captureProgram) []capture {
	out := make([]capture, c.places/2)
	for i := range out {
		out[i] = capture{how: bindUnknown, on: -1}
	}
	allowed := min(maxCaptureWork, max(c.credit, 0)+2*u.n)
	if allowed < leastCaptureWork {
		return out
	}
	c.work = allowed
	r := &captureRun{captureProgram: c, u: u, texts: make([]*language, len(u.tpl.Columns))}
	var set captureStates
	set.add(&captureState{begin: true})
	ends := r.through(set, 0, true)
	for i := range out {
		if !r.fail {
			out[i] = r.group(ends, i)
		}
	}
	if slices.ContainsFunc(out, func(c capture) bool { return c.how == bindUnknown }) {
		c.credit -= allowed - c.work
	} else {
		c.credit = min(maxCaptureWork, c.credit+16*u.n)
	}
	return out
}

// group is what all ends say of a group.
func (r *captureRun) group(ends [][]place, i int) capture {
	from, to, alike := groupOf(ends, i)
	if alike && (from == nowhere || to == nowhere) {
		return capture{how: bindConst, on: -1}
	}
	if alike && from.static >= 0 && to.static >= 0 {
		return capture{how: bindVar, from: from, to: to, on: -1}
	}
	// What it follows from is the variable that it ends in, if it does, else
	// the last one that has decided something.
	for f := len(r.forks) - 1; f >= 0; f-- {
		fork := &r.forks[f]
		if alike && from.static != within(fork.k).static && to.static != within(fork.k).static {
			continue
		}
		if !r.fail && r.follows(fork, i) {
			return capture{how: bindVar, on: fork.k}
		}
		break
	}
	return capture{how: bindUnknown, on: -1}
}

// groupOf are the places of a group when all ends say the same.
func groupOf(ends [][]place, i int) (from, to place, alike bool) {
	for n, places := range ends {
		a, b := nowhere, nowhere
		if places != nil {
			a, b = places[2*i], places[2*i+1]
		}
		if n > 0 && (a != from || b != to) {
			return from, to, false
		}
		from, to = a, b
	}
	return from, to, len(ends) > 0
}

// follows says whether a group follows from the variable of a fork alone.
func (r *captureRun) follows(fork *captureFork, i int) bool {
	for _, s := range fork.after.list {
		var one captureStates
		one.add(s.apart(fork.k))
		from, to, alike := groupOf(r.through(one, fork.k+1, false), i)
		if r.fail || !alike {
			return false
		}
		if from == nowhere || to == nowhere {
			continue
		}
		first, last := from.static, to.static-1
		if from.static < 0 {
			first = within(0).static - from.static
		}
		if to.static < 0 {
			last = within(0).static - to.static
		}
		if first <= last && (first != fork.k || last != fork.k) {
			return false
		}
	}
	return true
}

// apart is the state with each place inside variable k as one of its own.
func (s *captureState) apart(k int) *captureState {
	out := &captureState{begin: s.begin}
	n := 0
	own := func(places []place) []place {
		places = slices.Clone(places)
		for i := range places {
			if places[i].static == within(k).static {
				n++
				places[i].offset = n
			}
		}
		return places
	}
	for _, t := range s.threads {
		out.threads = append(out.threads, captureThread{t.pc, own(t.places)})
	}
	if s.matched != nil {
		out.matched = own(s.matched)
	}
	return out
}

// through leads a set from static text i to the end of the template and answers
// what each state there has found, nil for no match.
func (r *captureRun) through(set captureStates, i int, fork bool) (ends [][]place) {
	t := r.u.tpl
	for ; ; i++ {
		text := t.Static[i]
		if !utf8.ValidString(text) {
			r.fail = true // a rune may begin here and end elsewhere
			return nil
		}
		if set = r.static(set, i, text); r.work < 0 {
			r.fail = true
			return nil
		}
		if i == len(t.Columns) || set.ended() {
			break
		}
		if r.texts[i] == nil {
			r.texts[i] = r.u.language(&r.runeClasses, i)
		}
		if r.u.w.err != nil || i > 0 && text == "" && r.texts[i-1] != nil && r.texts[i-1].beyond && r.texts[i].beyond {
			r.fail = true // a rune may begin in one variable and end in the next
			return nil
		}
		one := len(set.list) == 1
		if set = r.variable(set, i, place{i, len(text)}, r.texts[i]); r.over(&set) {
			r.fail = true
			return nil
		}
		switch {
		case !fork:
		case one && set.decides(i) && r.u.fewValues(i):
			r.forks = append(r.forks, captureFork{i, set})
		case set.lost(i):
			r.fail = true
			return nil
		}
	}
	last := len(t.Columns)
	for _, s := range set.list {
		_, matched := r.close(s, place{last, len(t.Static[last])}, true)
		ends = append(ends, matched)
	}
	return ends
}

// decides says whether a set behind variable k depends on its text.
func (set *captureStates) decides(k int) bool {
	inside := func(places []place) bool {
		return slices.ContainsFunc(places, func(p place) bool { return p.static == within(k).static })
	}
	return len(set.list) > 1 || slices.ContainsFunc(set.list, func(s *captureState) bool {
		return inside(s.matched) || slices.ContainsFunc(s.threads, func(t captureThread) bool { return inside(t.places) })
	})
}

// lost says that a state has found all groups inside variable k, which nothing
// can change any more.
func (set *captureStates) lost(k int) bool {
	return slices.ContainsFunc(set.list, func(s *captureState) bool {
		for i := 0; i < len(s.matched); i += 2 {
			if s.matched[i].static != within(k).static && s.matched[i+1].static != within(k).static {
				return false
			}
		}
		return s.ended() && len(s.matched) > 0
	})
}

// fewValues says that most rows share the value of a variable with another row,
// and that a number tells the values apart.
func (u *unit) fewValues(k int) bool {
	values := int64(u.n)
	switch c := variable(u.tpl, k); c.Kind {
	case logtype.KindDict:
		values = int64(c.Distinct)
	case logtype.KindUUID:
		values = int64(u.typed().UUIDs())
	case logtype.KindNumber, logtype.KindIPv4, logtype.KindTime:
		if lo, hi, ok := c.Range(); ok {
			values = hi - lo
		}
	}
	return values <= int64(u.n)/2
}
