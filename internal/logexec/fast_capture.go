package logexec

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"skywatch/internal/logtype"
)

// What a parse by a regular expression captures, from templates.
//
// A regular expression is run over a template as the regexp package runs it over
// a text: a list of threads, the preferred one first, each with the places at
// which its captures begin and end; the first thread to match cuts off those
// behind it. Only that a place is one of the static text, or before or behind a
// variable, and that a variable leads to many states: those that one of its
// texts could lead to (language says which texts). Places inside a variable are
// all the same place, so there are few of these states.
//
//	took <number> ms      /took (?<ms>\d+) ms/      ms is from (0,5) to (1,0)
//
// At the end every state says what it has found. Where all say the same of a
// group, and it neither begins nor ends inside a variable, that is what the group
// captures in every message of the template. Where that follows from the text of
// one variable alone (fast_captured.go), one message is asked for each of its
// values. If not, all messages are asked.

// captureProgram is a regular expression that runs over templates. It is one
// worker's.
type captureProgram struct {
	runeClasses
	prog *syntax.Prog
	// caps says which place of a thread a capture instruction sets, by its
	// number, -1 for captures that nobody asks for. Thread places are two per
	// group asked for.
	caps   []int
	places int
	first  []bool // by class: a match behind the begin may start with it
	empty  bool   // or be of no rune

	seen  []uint32 // by instruction: the round that has been there
	round uint32
	work  int // steps that are still allowed
	// credit is what templates that were decided have earned, in steps: those
	// that are not decided use it up.
	credit int
}

// captureState is where a run may be: the threads that have just read a rune,
// and what has matched, which ends the search for other beginnings.
type captureState struct {
	threads []captureThread
	matched []place // nil before a match
	begin   bool    // nothing has been read
}

type captureThread struct {
	pc     uint32
	places []place // shared, not to be written to
}

const (
	maxCaptureStates = 64
	maxCaptureWork   = 1 << 16 // steps of one template
	leastCaptureWork = 1 << 6  // or reading the messages is cheaper
	firstCredit      = 1 << 9
)

// nowhere is the place of a capture that has not taken part.
var nowhere = place{-1, 0}

// within is the place somewhere inside variable k.
func within(k int) place { return place{-2 - k, 0} }

// newCaptureProgram answers nil for expressions that look at word borders or at
// the ends of lines.
func newCaptureProgram(pattern string, groups []int) *captureProgram {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	const known = syntax.EmptyBeginText | syntax.EmptyEndText
	for i := range prog.Inst {
		if in := &prog.Inst[i]; in.Op == syntax.InstEmptyWidth && syntax.EmptyOp(in.Arg)&^known != 0 {
			return nil
		}
	}
	c := &captureProgram{prog: prog, seen: make([]uint32, len(prog.Inst)), places: 2 * len(groups), credit: firstCredit}
	var ok bool
	if c.runeClasses, ok = classesOf(prog); !ok {
		return nil
	}
	c.caps = make([]int, prog.NumCap)
	for i := range c.caps {
		c.caps[i] = -1
	}
	for i, g := range groups {
		if 2*g+1 < len(c.caps) { // a group that the compiler has left out never takes part
			c.caps[2*g], c.caps[2*g+1] = 2*i, 2*i+1
		}
	}
	c.first = make([]bool, len(c.starts))
	threads, matched := c.close(&captureState{}, place{}, false)
	c.empty = matched != nil
	for class := range c.first {
		c.first[class] = slices.ContainsFunc(threads, func(t captureThread) bool { return c.takes(&prog.Inst[t.pc], class) })
	}
	return c
}

// close follows a state's threads, and one that begins here when nothing has
// matched, to where they read a rune, in order of preference. Matched is what
// has matched, here or before.
func (c *captureProgram) close(s *captureState, at place, end bool) (threads []captureThread, matched []place) {
	c.round++
	matched = s.matched
	var follow func(pc uint32, places []place) (match bool)
	follow = func(pc uint32, places []place) bool {
		if c.seen[pc] == c.round {
			return false
		}
		c.seen[pc] = c.round
		switch in := &c.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			return follow(in.Out, places) || follow(in.Arg, places)
		case syntax.InstNop:
			return follow(in.Out, places)
		case syntax.InstCapture:
			if k := c.caps[in.Arg]; k >= 0 {
				places = slices.Clone(places)
				places[k] = at
			}
			return follow(in.Out, places)
		case syntax.InstEmptyWidth:
			op := syntax.EmptyOp(in.Arg)
			if op&syntax.EmptyBeginText != 0 && !s.begin || op&syntax.EmptyEndText != 0 && !end {
				return false
			}
			return follow(in.Out, places)
		case syntax.InstMatch:
			matched = places
			return true
		case syntax.InstFail:
			return false
		}
		threads = append(threads, captureThread{pc, places})
		return false
	}
	for _, t := range s.threads {
		if follow(t.pc, t.places) {
			return threads, matched
		}
	}
	if s.matched == nil {
		places := make([]place, c.places)
		for i := range places {
			places[i] = nowhere
		}
		follow(uint32(c.prog.Start), places)
	}
	return threads, matched
}

// step reads a rune of a class that begins at a place.
func (c *captureProgram) step(s *captureState, at place, class int) *captureState {
	if s.idle() && !c.empty && !c.first[class] || s.ended() {
		return s
	}
	c.work--
	threads, matched := c.close(s, at, false)
	next := &captureState{matched: matched}
	c.round++
	for _, t := range threads {
		in := &c.prog.Inst[t.pc]
		if c.seen[in.Out] != c.round && c.takes(in, class) {
			c.seen[in.Out] = c.round
			next.threads = append(next.threads, captureThread{in.Out, t.places})
		}
	}
	return next
}

// idle says that nothing has begun.
func (s *captureState) idle() bool { return len(s.threads) == 0 && s.matched == nil && !s.begin }

// ended says that nothing more can come.
func (s *captureState) ended() bool { return len(s.threads) == 0 && s.matched != nil }

// key tells states apart.
func (s *captureState) key() string {
	var b []byte
	if s.begin {
		b = append(b, 'b')
	}
	places := func(list []place) {
		for _, p := range list {
			b = binary.AppendVarint(binary.AppendVarint(b, int64(p.static)), int64(p.offset))
		}
	}
	if s.matched != nil {
		b = append(b, 'm')
		places(s.matched)
	}
	for _, t := range s.threads {
		b = binary.AppendUvarint(append(b, 't'), uint64(t.pc))
		places(t.places)
	}
	return string(b)
}

// captureStates is a set of states.
type captureStates struct {
	list []*captureState
	keys map[string]bool
}

// ended says that nothing more can come in any state.
func (set *captureStates) ended() bool {
	return !slices.ContainsFunc(set.list, func(s *captureState) bool { return !s.ended() })
}

// add says whether the state is new.
func (set *captureStates) add(s *captureState) bool {
	if slices.Contains(set.list, s) { // steps of an idle state lead to itself
		return false
	}
	k := s.key()
	if set.keys[k] {
		return false
	}
	if set.keys == nil {
		set.keys = map[string]bool{}
	}
	set.keys[k] = true
	set.list = append(set.list, s)
	return true
}

// over says that there are too many states, or has been too much work.
func (c *captureProgram) over(set *captureStates) bool {
	return len(set.list) > maxCaptureStates || c.work < 0
}

// static leads a set through static text i.
func (c *captureProgram) static(set captureStates, i int, text string) (out captureStates) {
	for _, s := range set.list {
		for o, r := range text {
			s = c.step(s, place{i, o}, c.class(r))
		}
		out.add(s)
	}
	return out
}

// variable leads a set through variable k, which begins at a place.
func (c *captureProgram) variable(set captureStates, k int, at place, texts *language) (out captureStates) {
	if texts.empty {
		for _, s := range set.list {
			out.add(s)
		}
	}
	for _, form := range texts.forms {
		now, at := set, at
		for _, l := range form {
			var next captureStates
			for _, s := range now.list {
				c.work -= len(l.classes)
				for _, class := range l.classes {
					next.add(c.step(s, at, class))
				}
			}
			at = within(k)
			for i := 0; l.more && i < len(next.list) && !c.over(&next); i++ {
				c.work -= len(l.classes)
				for _, class := range l.classes {
					next.add(c.step(next.list[i], at, class))
				}
			}
			if now = next; c.over(&now) {
				return now
			}
		}
		for _, s := range now.list {
			out.add(s)
		}
	}
	return out
}

// captureProgram is the worker's own program of a parse, nil when there is none.
func (w *partWorker) captureProgram(x *extraction) *captureProgram {
	c, ok := w.programs[x]
	if !ok {
		if w.programs == nil {
			w.programs = map[*extraction]*captureProgram{}
		}
		c = newCaptureProgram(x.test.pattern, x.groups)
		w.programs[x] = c
	}
	return c
}

// language is what the texts of a variable look like: like one of the forms, or
// nothing. There may be texts of a form that the variable does not have.
type language struct {
	forms  [][]letters
	empty  bool // a text may be empty
	beyond bool // they may hold bytes beyond ASCII that are no whole runes
}

// letters are one rune of some classes; with more, one or any number of them.
type letters struct {
	classes []int
	more    bool
}

// maxForms bounds the texts of a dictionary that are forms of their own.
const maxForms = 16

// language is that of variable k.
func (u *unit) language(c *runeClasses, k int) *language {
	col := variable(u.tpl, k)
	if forms := u.forms(c, col, k); forms != nil {
		return &language{forms: forms}
	}
	a := u.charset(k)
	return &language{
		forms:  [][]letters{{{classes: c.of(a.bytes), more: true}}},
		empty:  a.empty,
		beyond: a.bytes[2]|a.bytes[3] != 0,
	}
}

// forms are those of a column whose texts are whole runes in places that are
// known, nil for others.
func (u *unit) forms(c *runeClasses, col *logtype.Column, k int) (out [][]letters) {
	one := func(s string) letters { return letters{classes: c.of(setOf(s))} }
	digits := letters{classes: c.of(setOf(decimals)), more: true}
	switch col.Kind {
	case logtype.KindNumber:
		for i := range col.Forms {
			f := &col.Forms[i]
			if f.IsText {
				if !utf8.ValidString(f.Text) {
					return nil
				}
				out = append(out, c.exactly(f.Text))
				continue
			}
			form := []letters{digits}
			if f.Scale > 0 {
				form = append(form, one("."))
				for range f.Scale {
					form = append(form, one(decimals))
				}
			}
			out = append(out, form)
			if u.negative(k) {
				out = append(out, append([]letters{one("-")}, form...))
			}
		}
	case logtype.KindIPv4:
		dot := one(".")
		out = append(out, []letters{digits, dot, digits, dot, digits, dot, digits})
	case logtype.KindDict:
		d := u.dictionary(k)
		if d == nil || d.Len() > maxForms {
			return nil
		}
		for i := range d.Len() {
			if !utf8.Valid(d.At(i)) {
				return nil
			}
			out = append(out, c.exactly(string(d.At(i))))
		}
	default:
		shape := col.Shape()
		if shape == nil {
			return nil
		}
		form := make([]letters, len(shape))
		for i, s := range shape {
			var set byteSet
			for b := range 128 {
				if s.Allows(byte(b), false) {
					set[b>>6] |= 1 << (b & 63)
				}
			}
			if form[i].classes = c.of(set); set == (byteSet{}) {
				return nil
			}
		}
		out = append(out, form)
	}
	return out
}

// exactly is the form of one text.
func (c *runeClasses) exactly(s string) []letters {
	form := []letters{}
	for _, r := range s {
		form = append(form, letters{classes: []int{c.class(r)}})
	}
	return form
}
