package logexec

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"skywatch/internal/lang/insights"
)

// eval computes an expression for a row.
type eval func(*row) value

// cond computes a condition for a row.
type cond func(*row) bool

func constant(v value) eval { return func(*row) value { return v } }

// expr compiles an expression.
func (c *compiler) expr(e insights.Expr) eval {
	if c.special != nil {
		if f, ok := c.special(e); ok {
			return f
		}
	}
	switch e := e.(type) {
	case *insights.Number:
		return constant(literal(e))
	case *insights.String:
		return constant(str(e.Value))
	case *insights.Bool:
		return constant(truth(e.Value))
	case *insights.Field:
		return c.field(e.Path)
	case *insights.Call:
		return c.call(e)
	case *insights.Unary:
		if e.Op == "-" {
			if n, ok := e.X.(*insights.Number); ok {
				v := literal(n)
				if v.num != 0 {
					v.num = -v.num
				}
				if v.num != 0 && v.str != "" {
					v.str = "-" + v.str
				}
				return constant(v)
			}
			x := c.expr(e.X)
			return func(r *row) value {
				v := x(r)
				f, ok := v.number()
				if !ok {
					return value{}
				}
				return num(-f)
			}
		}
	case *insights.Binary:
		if op, ok := arithmetic[e.Op]; ok {
			a, b := c.expr(e.L), c.expr(e.R)
			return func(r *row) value {
				x, y := a(r), b(r)
				f, okF := x.number()
				g, okG := y.number()
				if !okF || !okG {
					return value{}
				}
				return num(op(f, g))
			}
		}
	}
	test := c.cond(e)
	return func(r *row) value { return truth(test(r)) }
}

func literal(e *insights.Number) value {
	v := value{kind: number, num: e.Value}
	if strings.Trim(e.Text, "0123456789") == "" {
		v.str = strings.TrimLeft(e.Text, "0") // digits matter beyond a float's precision
		if v.str == "" {
			v.str = "0"
		}
	}
	return v
}

var arithmetic = map[string]func(a, b float64) float64{
	"+": func(a, b float64) float64 { return a + b },
	"-": func(a, b float64) float64 { return a - b },
	"*": func(a, b float64) float64 { return a * b },
	"/": func(a, b float64) float64 { return a / b },
	"%": math.Mod,
	"^": math.Pow,
}

// cond compiles a condition: what filter asks, and what not, and, or, the
// comparisons, like and in yield.
func (c *compiler) cond(e insights.Expr) cond {
	if c.special != nil {
		if f, ok := c.special(e); ok {
			return holds(f)
		}
	}
	switch e := e.(type) {
	case *insights.Bool:
		return func(*row) bool { return e.Value }
	case *insights.Unary:
		if e.Op == "not" {
			x := c.cond(e.X)
			return func(r *row) bool { return !x(r) }
		}
	case *insights.Binary:
		switch e.Op {
		case "and":
			return c.and(e)
		case "or":
			a, b := c.cond(e.L), c.cond(e.R)
			return func(r *row) bool { return a(r) || b(r) }
		case "=", "!=", "<", "<=", ">", ">=":
			return c.comparison(e)
		}
	case *insights.Like:
		x, want := c.expr(e.X), !e.Not
		match := func(s string) bool { return strings.Contains(s, e.Text) }
		if e.Regex != nil {
			match = containsRegex(e.Regex)
		}
		return func(r *row) bool {
			v := x(r)
			return (v.kind != null && v.kind != tree && match(v.text())) == want
		}
	case *insights.In:
		return c.in(e)
	}
	return holds(c.expr(e))
}

func holds(f eval) cond {
	return func(r *row) bool {
		v := f(r)
		return v.holds()
	}
}

// and compiles a conjunction with the cheap conditions first. Conditions have
// no side effects, so their order shows only in the time they take.
func (c *compiler) and(e *insights.Binary) cond {
	var parts []insights.Expr
	var flatten func(e insights.Expr)
	flatten = func(e insights.Expr) {
		if b, ok := e.(*insights.Binary); ok && b.Op == "and" {
			flatten(b.L)
			flatten(b.R)
			return
		}
		parts = append(parts, e)
	}
	flatten(e)
	slices.SortStableFunc(parts, func(a, b insights.Expr) int { return cost(a) - cost(b) })
	conds := make([]cond, len(parts))
	for i, p := range parts {
		conds[i] = c.cond(p)
	}
	return func(r *row) bool {
		for _, f := range conds {
			if !f(r) {
				return false
			}
		}
		return true
	}
}

// cost says what an expression makes an event discover: nothing, Lambda's
// fields, JSON.
func cost(e insights.Expr) int {
	worst := 0
	insights.Walk(e, func(e insights.Expr) bool {
		if f, ok := e.(*insights.Field); ok {
			name := f.Name()
			_, system := systemFields[name]
			switch {
			case system:
			case slices.Contains(lambdaFields[:], name):
				worst = max(worst, 1)
			default:
				worst = 2
			}
		}
		return true
	})
	return worst
}

func (c *compiler) comparison(e *insights.Binary) cond {
	a, b := c.expr(e.L), c.expr(e.R)
	switch e.Op {
	case "=", "!=":
		want := e.Op == "="
		if _, ok := e.L.(*insights.Bool); ok {
			a, b = b, a
			e = &insights.Binary{Op: e.Op, L: e.R, R: e.L}
		}
		if lit, ok := e.R.(*insights.Bool); ok {
			return func(r *row) bool {
				v := a(r)
				return equalBool(&v, lit.Value) == want
			}
		}
		return func(r *row) bool {
			x, y := a(r), b(r)
			return equal(&x, &y) == want
		}
	case ">", "<=":
		a, b = b, a
	}
	// Now > is < with the sides changed; <= and >= are not the opposites of >
	// and <, because values without an order are neither.
	orEqual := e.Op == "<=" || e.Op == ">="
	return func(r *row) bool {
		x, y := a(r), b(r)
		is, ok := less(&x, &y)
		return ok && is != orEqual
	}
}

// equalBool compares with true or false, which also equal their own words.
func equalBool(v *value, want bool) bool {
	if v.kind == text && v.str == strconv.FormatBool(want) {
		return true
	}
	f, ok := v.number()
	return ok && (want && f == 1 || !want && f == 0)
}

func (c *compiler) in(e *insights.In) cond {
	x, want := c.expr(e.X), !e.Not
	if e.Sub != nil {
		set := c.column(e)
		return func(r *row) bool {
			v := x(r)
			return set.has(&v) == want
		}
	}
	var list []eval
	texts := map[string]bool{}
	for _, item := range e.List {
		if s, ok := item.(*insights.String); ok {
			texts[s.Value] = true
		}
		list = append(list, c.expr(item))
	}
	return func(r *row) bool {
		v := x(r)
		if v.kind == text && texts[v.str] {
			return want
		}
		for _, item := range list {
			w := item(r)
			if equal(&v, &w) {
				return want
			}
		}
		return !want
	}
}

// slot reads a slot of the current scope.
func (c *compiler) slot(slot int) eval {
	c.used[slot] = true
	return func(r *row) value { return *r.get(slot) }
}

// sourceSlot gives the slot of a discovered field; ok is false when rows can
// not have it.
func (c *compiler) sourceSlot(name string) (slot int, ok bool) {
	if c.src == nil {
		return -1, false
	}
	if slot, ok := c.sources[name]; ok {
		return slot, slot >= 0
	}
	slot = c.newSlot()
	f, ok := c.src.field(name, slot)
	if !ok {
		c.sources[name] = -1
		c.src.of[slot] = &sourceField{slot: slot, lambda: -1, fill: func(_ *source, _ *row, v *value) { *v = value{} }}
		return -1, false
	}
	c.src.of[slot] = f
	c.sources[name] = slot
	return slot, true
}

// plainSlot is the slot of a field that needs no computing: a name made by a
// command or a discovered field.
func (c *compiler) plainSlot(f *insights.Field) (int, bool) {
	if slot, ok := c.names[f.Name()]; ok {
		return slot, true
	}
	if c.mapBehind(f.Path) > 0 || c.joined.side(f.Path) != 0 {
		return -1, false
	}
	return c.sourceSlot(f.Name())
}

// mapBehind is how many segments of a path name something that commands made,
// whose member the rest of the path is; 0 for none.
func (c *compiler) mapBehind(path []string) int {
	for n := len(path) - 1; n > 0; n-- {
		if _, ok := c.names[strings.Join(path[:n], ".")]; ok {
			return n
		}
	}
	return 0
}

// field compiles a reference: a name made by a command, a member of a map that
// has such a name, or a discovered field.
func (c *compiler) field(path []string) eval {
	name := strings.Join(path, ".")
	if slot, ok := c.names[name]; ok {
		return c.slot(slot)
	}
	switch c.joined.side(path) {
	case leftSide:
		return c.field(path[1:])
	case rightSide:
		return c.slot(c.joined.field(c, path[1:]))
	}
	discovered := constant(value{})
	if slot, ok := c.sourceSlot(name); ok {
		discovered = c.slot(slot)
	}
	n := c.mapBehind(path)
	if n == 0 {
		return discovered
	}
	owner := c.slot(c.names[strings.Join(path[:n], ".")])
	rest := path[n:]
	return func(r *row) value {
		v := owner(r)
		if v.kind != tree {
			return discovered(r)
		}
		return member(v.node, rest)
	}
}

// member walks into a map or list. Keys that hold dots are found too.
func member(node any, path []string) value {
	if len(path) == 0 {
		return fromJSON(node)
	}
	switch n := node.(type) {
	case map[string]any:
		for i := 1; i <= len(path); i++ {
			if m, ok := n[strings.Join(path[:i], ".")]; ok {
				if v := member(m, path[i:]); v.kind != null {
					return v
				}
			}
		}
	case []any:
		if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(n) {
			return member(n[i], path[1:])
		}
	}
	return value{}
}
