package insights

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sameTree compares queries but for their places in the text.
var sameTree = cmp.Options{
	cmpopts.IgnoreTypes(Span{}),
	cmpopts.IgnoreFields(Query{}, "Text"),
	cmpopts.IgnoreFields(Call{}, "Written"),
	cmpopts.IgnoreFields(Extract{}, "pattern"),
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b *regexp.Regexp) bool { return fmt.Sprint(a) == fmt.Sprint(b) }),
	cmp.Comparer(func(a, b *Function) bool { return a == b }),
}

// TestRoundTrip prints random trees and parses them back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &generator{T: t}
		q := &Query{Commands: []Command{&Filter{Cond: g.expr(4)}}}
		if rapid.Bool().Draw(t, "source") {
			q.Source = &Source{DataSources: []string{"n" + g.string(), "m"}}
			if rapid.Bool().Draw(t, "groups") {
				q.Source = &Source{NamePrefixes: g.strings(5), Accounts: g.strings(20), Classes: []string{"STANDARD"}}
			}
		}
		q.Commands = append(q.Commands, &Fields{Items: g.items(3)}, &Display{Items: g.items(3)})
		if rapid.Bool().Draw(t, "parse") {
			q.Commands = append(q.Commands, &Extract{From: g.field(), Glob: "a " + g.string() + "*", Aliased: true, Names: []string{g.name()}})
			e := q.Commands[len(q.Commands)-1].(*Extract)
			e.Glob = strings.ReplaceAll(e.Glob[:len(e.Glob)-1], "*", "") + "*"
		}
		q.Commands = append(q.Commands, &Sort{Keys: []SortKey{{g.sortable(), true}, {g.sortable(), false}}}, &Limit{N: 5, Any: rapid.Bool().Draw(t, "any")})
		text := q.String()
		got, err := Parse(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(q, got, sameTree); d != "" {
			t.Fatalf("%s\n-drawn +parsed\n%s", text, d)
		}
	})
}

// sortable is an expression that sort takes: no bin as it is.
func (g *generator) sortable() Expr {
	e := g.expr(2)
	if c, ok := e.(*Call); ok && c.Func.Name == "bin" {
		return &Unary{Op: "-", X: c}
	}
	return e
}

type generator struct {
	*rapid.T
	n int
}

func (g *generator) pick(label string, n int) int { return rapid.IntRange(0, n-1).Draw(g.T, label) }

func (g *generator) string() string {
	return rapid.StringOf(rapid.SampledFrom([]rune("ab\\\"'/*# \n\tä`|)"))).Draw(g.T, "string")
}

func (g *generator) strings(most int) []string {
	out := make([]string, g.pick("count", most+1))
	for i := range out {
		out[i] = g.string()
	}
	return out
}

func (g *generator) field() *Field {
	f := &Field{}
	for range 1 + g.pick("segments", 3) {
		f.Path = append(f.Path, rapid.SampledFrom([]string{"a", "@x", "user.id", "foo-bar", "0", "like", "5m", "desc", "ö", "x y"}).Draw(g.T, "segment"))
	}
	return f
}

// name is unique, so that no two results share one.
func (g *generator) name() string {
	g.n++
	return rapid.SampledFrom([]string{"n", "@n", "n.", "n n", "as"}).Draw(g.T, "name") + strconv.Itoa(g.n)
}

func (g *generator) items(most int) []Item {
	items := make([]Item, 1+g.pick("items", most))
	for i := range items {
		items[i] = Item{Expr: g.expr(2), Name: g.name(), Aliased: true}
		if g.pick("unnamed", 3) == 0 {
			items[i].Aliased = false
			items[i].Name = items[i].Expr.String()
			if f, ok := items[i].Expr.(*Field); ok {
				items[i].Name = f.Name()
			}
		}
	}
	return items
}

func (g *generator) expr(depth int) Expr {
	if depth == 0 {
		switch g.pick("leaf", 4) {
		case 0:
			v := float64(rapid.IntRange(0, 1e6).Draw(g.T, "number")) / 8
			return &Number{Value: v, Text: strconv.FormatFloat(v, 'f', -1, 64)}
		case 1:
			return &String{Value: g.string()}
		case 2:
			return &Bool{Value: g.pick("bool", 2) == 0}
		}
		return g.field()
	}
	sub := func() Expr { return g.expr(g.pick("depth", depth)) }
	switch g.pick("kind", 7) {
	case 0:
		return &Unary{Op: rapid.SampledFrom([]string{"-", "not"}).Draw(g.T, "unary"), X: sub()}
	case 1:
		e := &Like{X: sub(), Not: g.pick("not", 2) == 0, Text: g.string()}
		if g.pick("regex", 2) == 0 {
			e.Text, e.Pattern = "", rapid.SampledFrom([]string{`a.*b`, `(?i)x\/y`, `[/]+`, `\d`}).Draw(g.T, "pattern")
			e.Regex = regexp.MustCompile(e.Pattern)
		}
		return e
	case 2:
		e := &In{X: sub(), Not: g.pick("not", 2) == 0}
		for range 1 + g.pick("list", 3) {
			v := g.expr(0)
			if g.pick("negative", 2) == 0 {
				v = &Unary{Op: "-", X: v}
			}
			e.List = append(e.List, v)
		}
		return e
	case 3:
		f := functionsByName[rapid.SampledFrom([]string{"abs", "concat", "datefloor", "if", "now", "bin"}).Draw(g.T, "function")]
		c := &Call{Func: f}
		for range f.MinArgs {
			c.Args = append(c.Args, sub())
		}
		per := &Period{Count: 5, Unit: Minute, Text: "5m"}
		switch f.Name {
		case "datefloor":
			c.Args[1] = per
		case "bin":
			c.Args[0] = per
		}
		return c
	default:
		op := rapid.SampledFrom([]string{"or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^"}).Draw(g.T, "op")
		return &Binary{Op: op, L: sub(), R: sub()}
	}
}

// FuzzParse holds that no text brings the parser down, errors lie inside the
// text, and what parses prints to what parses to the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"fields @timestamp, @message | filter @message like /Memory/ | sort @timestamp desc | limit 5",
		`SOURCE logGroups(namePrefix: ['a']) | stats count(*) as n, sum(x)/n by bin(5m), y | sort n desc`,
		"parse @message /user=(?<u>\\S+)/ | dedup u | limit 3", "filter !ispresent(`a b`.c[0]) and not (x in [1, -2] or -x ^ 2 = 4) # c\n",
		"stats count(*) by bin(1h) | stats max(`count(*)`) | filter max(count(*)) > 1", `parse "a*b" as @x.y`,
	} {
		f.Add(s)
	}
	for _, file := range []string{"commands", "samples", "newer"} {
		data, err := os.ReadFile("testdata/" + file + ".ok.test")
		if err != nil {
			f.Fatal(err)
		}
		for _, block := range strings.Split(string(data), "\n\n") {
			query, _, _ := strings.Cut(block, "\n----")
			f.Add(query)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse(text)
		if err != nil {
			e := err.(*Error)
			if e.Start < 0 || e.Start > e.End || e.End > len(text) {
				t.Fatalf("%q: error %v out of the text", text, e)
			}
			return
		}
		printed := q.String()
		again, err := Parse(printed)
		if err != nil {
			if strings.Contains(err.Error(), "nests deeper") || len(printed) > MaxText {
				return // printing adds blanks and parentheses
			}
			t.Fatalf("%q prints %q, which does not parse: %v", text, printed, err)
		}
		if d := cmp.Diff(q, again, sameTree); d != "" {
			t.Fatalf("%q prints %q:\n%s", text, printed, d)
		}
	})
}
