package logexec

import (
	"maps"
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
)

// operand is what the columnar path knows of an expression that it cannot look
// into otherwise: the slots that it reads. An expression is a pure function of
// these, so it has to be computed only once for each different value of them.
type operand struct {
	slots []int
	plain bool  // it is its one slot
	bin   *grid // it is the time bin of the event
}

// reading runs a compilation and answers which slots it reads.
func (c *compiler) reading(compile func()) []int {
	outer := c.used
	c.used = map[int]bool{}
	compile()
	slots := slices.Sorted(maps.Keys(c.used))
	maps.Copy(outer, c.used)
	c.used = outer
	return slots
}

// operand runs the compilation of e and notes what it reads.
func (c *compiler) operand(e insights.Expr, compile func()) operand {
	o := operand{slots: c.reading(compile)}
	switch e := e.(type) {
	case *insights.Field:
		o.plain = len(o.slots) == 1 && c.mapBehind(e.Path) == 0
	case *insights.Call:
		if p, ok := periodOf(e); ok && c.offset == nil && e.Func.Name == "bin" && len(e.Args) == 1 && len(o.slots) == 1 {
			g := newGrid(p)
			o.bin = &g
		}
	}
	return o
}

func periodOf(e *insights.Call) (*insights.Period, bool) {
	if len(e.Args) == 0 {
		return nil, false
	}
	p, ok := e.Args[0].(*insights.Period)
	return p, ok
}

// predicate is a compiled condition as a tree, so that its parts can be decided
// for many events at once. Every leaf has the row-wise condition too.
type predicate struct {
	op   byte // '&', '|', '!', or 0 for a leaf
	kids []*predicate

	cond  cond
	slots []int
	text  *textTest  // the leaf asks for a text in @message
	uuid  string     // the leaf asks whether its one slot is this UUID
	bound *bound     // the leaf compares its one slot with a number
	probe *textProbe // what must be in the message for the leaf to hold, nil for nothing known
	equal *equality  // the leaf compares its one slot with a text
}

// textTest is a like on the message.
type textTest struct {
	needles []needle // one of which is in every match, nil when unknown
	exact   bool     // what has a needle is a match
	match   func(string) bool
	pattern string // the regular expression, "" for a plain text
	not     bool
}

// bound is a comparison with a number of less than 2^53.
type bound struct {
	op string
	to float64
}

// predicate compiles a condition.
func (c *compiler) predicate(e insights.Expr) *predicate {
	switch b := e.(type) {
	case *insights.Unary:
		if b.Op == "not" {
			return &predicate{op: '!', kids: []*predicate{c.predicate(b.X)}}
		}
	case *insights.Binary:
		switch b.Op {
		case "and", "or":
			var parts []insights.Expr
			var flatten func(insights.Expr)
			flatten = func(x insights.Expr) {
				if y, ok := x.(*insights.Binary); ok && y.Op == b.Op {
					flatten(y.L)
					flatten(y.R)
					return
				}
				parts = append(parts, x)
			}
			flatten(e)
			// Conditions have no side effects, so the cheap ones go first.
			slices.SortStableFunc(parts, func(a, b insights.Expr) int { return cost(a) - cost(b) })
			p := &predicate{op: '&'}
			if b.Op == "or" {
				p.op = '|'
			}
			for _, x := range parts {
				p.kids = append(p.kids, c.predicate(x))
			}
			return p
		}
	}
	p := &predicate{}
	p.slots = c.reading(func() { p.cond = c.cond(e) })
	c.kernel(p, e)
	c.probe(p, e)
	return p
}

// kernel notes what a leaf asks when there is a faster way to answer it.
func (c *compiler) kernel(p *predicate, e insights.Expr) {
	switch e := e.(type) {
	case *insights.Like:
		f, ok := e.X.(*insights.Field)
		if !ok || f.Name() != "@message" || c.src == nil || c.slotNamed("@message") >= 0 {
			return
		}
		t := &textTest{not: e.Not}
		if e.Regex != nil {
			t.needles, t.exact = requiredTexts(e.Regex.String())
			t.match, t.pattern = e.Regex.MatchString, e.Regex.String()
		} else {
			text := e.Text
			t.needles, t.exact = []needle{{text: text}}, true
			t.match = func(s string) bool { return strings.Contains(s, text) }
		}
		if slices.ContainsFunc(t.needles, func(n needle) bool { return n.text == "" }) {
			t.needles, t.exact = nil, false
		}
		p.text = t
	case *insights.Binary:
		f, ok := e.L.(*insights.Field)
		if !ok || len(p.slots) != 1 || c.mapBehind(f.Path) > 0 {
			return
		}
		switch lit := e.R.(type) {
		case *insights.String:
			if e.Op == "=" || e.Op == "!=" {
				p.equal = &equality{lit.Value, e.Op == "!="}
			}
			if e.Op == "=" && isUUIDText(lit.Value) {
				p.uuid = lit.Value
			}
		case *insights.Number:
			switch e.Op {
			case "=", "<", "<=", ">", ">=":
				if lit.Value < exactInt && lit.Value > -exactInt {
					p.bound = &bound{e.Op, lit.Value}
				}
			}
		}
	}
}

func isUUIDText(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range 36 {
		switch c := s[i]; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}

func (b *bound) holds(f float64) bool {
	switch b.op {
	case "<":
		return f < b.to
	case "<=":
		return f <= b.to
	case ">":
		return f > b.to
	case ">=":
		return f >= b.to
	}
	return f == b.to
}

// test is the condition of the whole tree, row by row.
func (p *predicate) test() cond {
	var kids []cond
	for _, k := range p.kids {
		kids = append(kids, k.test())
	}
	switch p.op {
	case '!':
		return func(r *row) bool { return !kids[0](r) }
	case '&':
		return func(r *row) bool {
			for _, k := range kids {
				if !k(r) {
					return false
				}
			}
			return true
		}
	case '|':
		return func(r *row) bool {
			for _, k := range kids {
				if k(r) {
					return true
				}
			}
			return false
		}
	}
	return p.cond
}

// conjuncts are the conditions that must all hold for p to hold, in the order
// in which they are asked.
func (p *predicate) conjuncts() []*predicate {
	if p.op == '&' {
		return p.kids
	}
	return []*predicate{p}
}

// reads says whether every slot that the condition reads passes.
func (p *predicate) reads(ok func(slot int) bool) bool {
	for _, s := range p.slots {
		if !ok(s) {
			return false
		}
	}
	for _, k := range p.kids {
		if !k.reads(ok) {
			return false
		}
	}
	return true
}
