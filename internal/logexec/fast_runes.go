package logexec

import (
	"regexp/syntax"
	"slices"
	"sort"
	"unicode"
)

// runeClasses are sets of runes that no part of a regular expression tells
// apart: class c begins with rune starts[c].
type runeClasses struct {
	starts []rune
	ascii  [128]uint8
}

const maxClasses = 128

// classesOf is false for an expression with too many classes.
func classesOf(prog *syntax.Prog) (c runeClasses, ok bool) {
	cuts := map[rune]bool{0: true}
	cut := func(lo, hi rune) {
		cuts[lo] = true
		if hi < unicode.MaxRune {
			cuts[hi+1] = true
		}
	}
	for i := range prog.Inst {
		in := &prog.Inst[i]
		switch in.Op {
		case syntax.InstRuneAnyNotNL:
			cut('\n', '\n')
		case syntax.InstRune, syntax.InstRune1:
			if len(in.Rune) == 1 {
				cut(in.Rune[0], in.Rune[0])
				for f := unicode.SimpleFold(in.Rune[0]); f != in.Rune[0]; f = unicode.SimpleFold(f) {
					cut(f, f)
				}
			}
			for k := 0; k+1 < len(in.Rune); k += 2 {
				cut(in.Rune[k], in.Rune[k+1])
			}
		}
		if len(cuts) > maxClasses {
			return c, false
		}
	}
	for r := range cuts {
		c.starts = append(c.starts, r)
	}
	slices.Sort(c.starts)
	for r := range rune(128) {
		c.ascii[r] = uint8(c.find(r))
	}
	return c, true
}

func (c *runeClasses) find(r rune) int {
	return sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > r }) - 1
}

// class is the class of a rune.
func (c *runeClasses) class(r rune) int {
	if r >= 0 && r < 128 {
		return int(c.ascii[r])
	}
	return c.find(r)
}

// of are the classes of the runes of texts that consist of some bytes. Bytes
// beyond ASCII stand for every rune beyond it: alone they are no runes, and
// read as one of these.
func (c *runeClasses) of(letters byteSet) (out []int) {
	for b := range rune(128) {
		if letters[b>>6]>>(b&63)&1 == 0 {
			continue
		}
		if k := c.class(b); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	if letters[2]|letters[3] != 0 {
		for k := c.class(128); k < len(c.starts); k++ {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out
}

// takes says whether an instruction passes the runes of a class.
func (c *runeClasses) takes(in *syntax.Inst, class int) bool {
	switch in.Op {
	case syntax.InstRuneAny:
		return true
	case syntax.InstRuneAnyNotNL:
		return c.starts[class] != '\n'
	case syntax.InstRune, syntax.InstRune1:
		return in.MatchRune(c.starts[class])
	}
	return false
}
