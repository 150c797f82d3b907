package insights

import (
	"regexp"
	"strings"
)

// Expr is an expression: *Number, *String, *Bool, *Period, *Star, *Field,
// *Call, *Unary, *Binary, *Like or *In.
type Expr interface {
	Pos() Span
	String() string // text that parses back
}

// Number is a numeric constant.
type Number struct {
	Span
	Value float64
	Text  string // as written
}

// String is a quoted constant.
type String struct {
	Span
	Value string
}

// Bool is true or false.
type Bool struct {
	Span
	Value bool
}

// Star is the * of count(*).
type Star struct{ Span }

// Field names a column of the row: a discovered field, a name made by an
// earlier command, or a member of a map.
type Field struct {
	Span
	Path []string // segments; a list index is its digits
}

// Name is the field's whole name, segments joined with dots. It is how results
// call the column.
func (f *Field) Name() string {
	if len(f.Path) == 1 {
		return f.Path[0]
	}
	return strings.Join(f.Path, ".")
}

// Call is a function applied to arguments.
type Call struct {
	Span
	Func *Function
	Args []Expr
	// Written is the function's name in the query, which may be another one of
	// it or of median; "" in trees that no text made.
	Written string
}

// called is the name for messages.
func (c *Call) called() string {
	if c.Written != "" {
		return c.Written
	}
	return c.Func.Name
}

// Unary is "-" or "not".
type Unary struct {
	Span
	Op string
	X  Expr
}

// Binary is an arithmetic operator (+ - * / % ^), a comparison (= != < <= > >=)
// or a connective (and, or).
type Binary struct {
	Span
	Op   string
	L, R Expr
}

// Like tests for a substring or a regular expression; "=~" is one too.
type Like struct {
	Span
	X       Expr
	Not     bool
	Text    string         // the substring, when Regex is nil
	Regex   *regexp.Regexp // nil for a substring
	Pattern string         // the regular expression as written between the slashes
}

// In tests for membership in a list, or in the one column of a subquery.
type In struct {
	Span
	X    Expr
	Not  bool
	List []Expr
	Sub  *Query // instead of List
}

func (e *Number) Pos() Span { return e.Span }
func (e *String) Pos() Span { return e.Span }
func (e *Bool) Pos() Span   { return e.Span }
func (e *Star) Pos() Span   { return e.Span }
func (e *Field) Pos() Span  { return e.Span }
func (e *Call) Pos() Span   { return e.Span }
func (e *Unary) Pos() Span  { return e.Span }
func (e *Binary) Pos() Span { return e.Span }
func (e *Like) Pos() Span   { return e.Span }
func (e *In) Pos() Span     { return e.Span }

// Precedences, loosest first.
const (
	precOr = iota
	precAnd
	precNot
	precCompare
	precAdd
	precMul
	precNeg
	precPow
	precPrimary
)

var binaryPrec = map[string]int{"or": precOr, "and": precAnd,
	"=": precCompare, "!=": precCompare, "<": precCompare, "<=": precCompare, ">": precCompare, ">=": precCompare,
	"+": precAdd, "-": precAdd, "*": precMul, "/": precMul, "%": precMul, "^": precPow}

func precOf(e Expr) int {
	switch e := e.(type) {
	case *Unary:
		if e.Op == "not" {
			return precNot
		}
		return precNeg
	case *Binary:
		return binaryPrec[e.Op]
	case *Like, *In:
		return precCompare
	}
	return precPrimary
}

func (e *Number) String() string { return e.Text }
func (e *String) String() string { return quote(e.Value) }
func (e *Star) String() string   { return "*" }

func (e *Bool) String() string {
	if e.Value {
		return "true"
	}
	return "false"
}

func (e *Field) String() string {
	var b strings.Builder
	for i, seg := range e.Path {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(printSegment(seg, i == 0, len(e.Path) == 1))
	}
	return b.String()
}

func printSegment(seg string, first, only bool) string {
	for _, r := range seg {
		if !isWordRune(r) {
			return "`" + seg + "`"
		}
	}
	if seg == "" || first && seg[0] >= '0' && seg[0] <= '9' || only && isReserved(seg) {
		return "`" + seg + "`"
	}
	return seg
}

// printName prints a result name, which may hold dots.
func printName(name string) string {
	f := Field{Path: strings.Split(name, ".")}
	for _, seg := range f.Path {
		if seg == "" {
			f.Path = []string{name}
			break
		}
	}
	if s := f.String(); !strings.Contains(s, "`") && strings.Trim(name, "@.") != "" {
		return s
	}
	return "`" + name + "`"
}

// Expressions that hold others print into one builder, so that a long chain of
// operators costs its length and not the square of it.

func (e *Call) String() string   { return printed(e) }
func (e *Unary) String() string  { return printed(e) }
func (e *Binary) String() string { return printed(e) }
func (e *Like) String() string   { return printed(e) }
func (e *In) String() string     { return printed(e) }

func printed(e Expr) string {
	var b strings.Builder
	printExpr(&b, e, precOr)
	return b.String()
}

// within prints e, in parentheses when it binds looser than min.
func within(e Expr, min int) string {
	var b strings.Builder
	printExpr(&b, e, min)
	return b.String()
}

// printExpr writes e, in parentheses when it binds looser than min.
func printExpr(b *strings.Builder, e Expr, min int) {
	if precOf(e) < min {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	switch e := e.(type) {
	case *Call:
		b.WriteString(e.Func.Name)
		b.WriteByte('(')
		printList(b, e.Args)
		b.WriteByte(')')
	case *Unary:
		if e.Op == "not" {
			b.WriteString("not ")
			printExpr(b, e.X, precNot)
			return
		}
		b.WriteByte('-')
		printExpr(b, e.X, precNeg)
	case *Binary:
		p := binaryPrec[e.Op]
		left, right := p, p+1
		switch {
		case p == precCompare:
			left = p + 1 // comparisons do not chain
		case e.Op == "^":
			left, right = p+1, precNeg // groups to the right, and 2 ^ -1 needs no parentheses
		}
		printExpr(b, e.L, left)
		b.WriteString(" " + e.Op + " ")
		printExpr(b, e.R, right)
	case *Like:
		printExpr(b, e.X, precAdd)
		if e.Not {
			b.WriteString(" not")
		}
		if e.Regex != nil {
			b.WriteString(" like /" + e.Pattern + "/")
			return
		}
		b.WriteString(" like " + quote(e.Text))
	case *In:
		printExpr(b, e.X, precAdd)
		if e.Not {
			b.WriteString(" not")
		}
		if e.Sub != nil {
			b.WriteString(" in (" + e.Sub.String() + ")")
			return
		}
		b.WriteString(" in [")
		printList(b, e.List)
		b.WriteByte(']')
	default:
		b.WriteString(e.String())
	}
}

func printList(b *strings.Builder, list []Expr) {
	for i, a := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		printExpr(b, a, precOr)
	}
}

// Item is an expression with the name its result gets.
type Item struct {
	Expr    Expr
	Name    string // the alias, else the field's name, else the expression's text
	Aliased bool   // the name was given with "as"
}

func (it Item) String() string {
	if it.Aliased {
		return it.Expr.String() + " as " + printName(it.Name)
	}
	if f, ok := it.Expr.(*Field); ok {
		return f.String()
	}
	return it.Name // the text as written: it names the column
}

func printItems(items []Item) string {
	parts := make([]string, len(items))
	for i, it := range items {
		parts[i] = it.String()
	}
	return strings.Join(parts, ", ")
}

// Walk calls f for e and every expression below it, parents first; it does not
// go below an expression for which f answers false.
func Walk(e Expr, f func(Expr) bool) {
	if !f(e) {
		return
	}
	switch e := e.(type) {
	case *Call:
		for _, a := range e.Args {
			Walk(a, f)
		}
	case *Unary:
		Walk(e.X, f)
	case *Binary:
		Walk(e.L, f)
		Walk(e.R, f)
	case *Like:
		Walk(e.X, f)
	case *In:
		Walk(e.X, f)
		for _, a := range e.List {
			Walk(a, f)
		}
	}
}
