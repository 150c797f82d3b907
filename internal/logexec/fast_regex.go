package logexec

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"skywatch/internal/logtype"
)

// textAutomaton is a regular expression as a deterministic automaton that says
// whether a text holds a match, built state by state as texts ask for it. A
// template is run through it with sets of states: a variable leads to every
// state that one of its texts could. When all or none of the states at the end
// have met a match, the template is decided without its messages.
type textAutomaton struct {
	runeClasses
	prog   *syntax.Prog
	states []autoState
	byKey  map[string]int32
	full   bool // there were too many states
}

type autoState struct {
	pcs  []uint32
	next []int32 // by class, 0 for not yet known, else state + 1
}

const (
	autoMatch = 0 // the state that has met a match
	maxStates = 256
)

// newAutomaton answers nil for expressions that look at more than the runes
// they pass: anchors and word borders.
func newAutomaton(pattern string) *textAutomaton {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil
	}
	for i := range prog.Inst {
		if prog.Inst[i].Op == syntax.InstEmptyWidth {
			return nil
		}
	}
	a := &textAutomaton{prog: prog, byKey: map[string]int32{}, states: []autoState{{}}}
	var ok bool
	if a.runeClasses, ok = classesOf(prog); !ok {
		return nil
	}
	return a
}

// state numbers a set of instructions, closed over those that read nothing.
func (a *textAutomaton) state(pcs []uint32) int32 {
	seen := map[uint32]bool{}
	match := false
	var out []uint32
	var walk func(pc uint32)
	walk = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch in := &a.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			walk(in.Out)
		case syntax.InstMatch:
			match = true
		case syntax.InstFail:
		default:
			out = append(out, pc)
		}
	}
	for _, pc := range pcs {
		walk(pc)
	}
	walk(uint32(a.prog.Start)) // a match may begin anywhere
	if match {
		return autoMatch
	}
	slices.Sort(out)
	var key []byte
	for _, pc := range out {
		key = binary.AppendUvarint(key, uint64(pc))
	}
	id, ok := a.byKey[string(key)]
	if !ok {
		if len(a.states) >= maxStates {
			a.full = true
			return autoMatch
		}
		id = int32(len(a.states))
		a.states = append(a.states, autoState{pcs: out, next: make([]int32, len(a.starts))})
		a.byKey[string(key)] = id
	}
	return id
}

func (a *textAutomaton) step(s int32, class int) int32 {
	if s == autoMatch {
		return autoMatch
	}
	if n := a.states[s].next[class]; n != 0 {
		return n - 1
	}
	var pcs []uint32
	for _, pc := range a.states[s].pcs {
		if in := &a.prog.Inst[pc]; a.takes(in, class) {
			pcs = append(pcs, in.Out)
		}
	}
	n := a.state(pcs)
	a.states[s].next[class] = n + 1
	return n
}

func (a *textAutomaton) text(s int32, text string) int32 {
	for _, r := range text { // as the regexp package reads invalid bytes
		if s = a.step(s, a.class(r)); s == autoMatch {
			return s
		}
	}
	return s
}

// stateSet is a set of states.
type stateSet map[int32]bool

// reach adds every state that some of the classes lead to, any number of times.
func (a *textAutomaton) reach(set stateSet, classes []int) {
	var todo []int32
	for s := range set {
		todo = append(todo, s)
	}
	for len(todo) > 0 && !a.full {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, c := range classes {
			if n := a.step(s, c); !set[n] {
				set[n] = true
				todo = append(todo, n)
			}
		}
	}
}

func (a *textAutomaton) once(set stateSet, classes []int) stateSet {
	out := stateSet{}
	for s := range set {
		for _, c := range classes {
			out[a.step(s, c)] = true
		}
	}
	return out
}

// decide runs the unit's template: 1 when every message holds a match, -1 when
// none does, 0 when it depends.
func (u *unit) decide(a *textAutomaton) int {
	if u.tpl == nil || u.tpl.Raw {
		return 0
	}
	every := make([]int, len(a.starts))
	for i := range every {
		every[i] = i
	}
	digits := a.of(setOf("0123456789"))
	set := stateSet{a.state(nil): true}
	for k, s := range u.tpl.Static {
		// Runes must not begin in one part and end in the next.
		if !utf8.ValidString(s) || a.full {
			return 0
		}
		next := stateSet{}
		for st := range set {
			next[a.text(st, s)] = true
		}
		set = next
		if len(set) == 1 && set[autoMatch] && !a.full {
			return 1
		}
		if k == len(u.tpl.Columns) {
			break
		}
		c := variable(u.tpl, k)
		letters, any := alphabet(c)
		switch {
		case c.Kind == logtype.KindNumber && len(c.Forms) == 1 && !c.Forms[0].IsText:
			if u.negative(k) {
				for st := range a.once(set, a.of(setOf("-"))) {
					set[st] = true
				}
			}
			set = a.once(set, digits)
			a.reach(set, digits)
			if n := int(c.Forms[0].Scale); n > 0 {
				set = a.once(set, a.of(setOf(".")))
				for range n {
					set = a.once(set, digits)
				}
			}
		case any:
			a.reach(set, every)
		default:
			a.reach(set, a.of(*letters))
		}
	}
	switch {
	case a.full:
		return 0
	case !set[autoMatch]:
		return -1
	case len(set) == 1:
		return 1
	}
	return 0
}

// negative says whether a number of the column may have a minus.
func (u *unit) negative(k int) bool {
	c := variable(u.tpl, k)
	if lo, _, ok := c.Bounds(); ok && !c.IsRelative() {
		return lo < 0
	}
	c, v := u.column(k)
	if v == nil || c.Kind != logtype.KindNumber {
		return true
	}
	for i := range v.Ints {
		if n, _ := u.number(c, v, uint32(i)); n < 0 {
			return true
		}
	}
	return false
}
