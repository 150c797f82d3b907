// Package insights is the Logs Insights query language: text in, checked tree
// out. It knows neither storage nor HTTP nor what an expression evaluates to;
// that is logexec's.
//
// The way through: [Parse] lexes (lexer.go), parses commands and expressions
// (parser.go, expr_parse.go, one cmd_*.go per command) and checks what a grammar
// cannot say (check.go): names, arities, the order of commands. Every node
// prints itself as text that parses back to the same tree, and every [Error]
// carries the byte range it is about. What the language has is listed once, in
// functions.go and reference.go, for the checks and for the editor's completion.
//
//	query   = [ source "|" ] command { "|" command }
//	source  = "SOURCE" ( "logGroups" "(" [ key ":" list { "," key ":" list } ] ")"
//	                   | "logGroupTags" "(" "[" tag { "," tag } "]" ")" | "dataSource" "(" list ")"
//	                   | label { "," label } | "[" label { "," label } "]" )
//	tag     = "{" "key" ":" string [ "," "values" ":" list ] "}"
//	command = ( "fields" | "display" | "unmask" ) item { "," item }
//	        | ( "filter" | "where" ) expr
//	        | "filterIndex" field ( "=" constant | "in" list )
//	        | "stats" item { "," item } [ "by" item { "," item } [ "offset" period ] ]
//	        | "sort" expr [ "asc" | "desc" ] { "," expr [ "asc" | "desc" ] }
//	        | "limit" [ "any" ] integer
//	        | "parse" [ primary ] ( string "as" names | regex [ "as" names ] [ "multi" ] | "logfmt" "as" name | "csv" "as" names )
//	        | "dedup" fields
//	        | "pattern" expr | "diff" [ "previousDay" | "previousWeek" | "previousMonth" ]
//	        | "anomaly" | "logcompare" "timeshift" period | "estimate"
//	        | "unnest" expr "into" name | "expand" field | "json" "field=" field string "as" name
//	        | "lookup" label key { "," key } "OUTPUT" output { "," output }
//	        | "cidrlookup" label field [ "as" label ] ( "OUTPUT" | "OUTPUTNEW" ) output { "," output }
//	        | "join" { "type=" | "left=" | "right=" word } "where" field "=" field sub
//	        | "appendcols" { "override=" bool | "max=" integer } sub
//	        | "addtotals" { "fieldname=" name | "row=" bool | "col=" bool } [ fields ]
//	        | "relevantfields" [ fields ] "where" expr
//	        | "autoregress" field [ "as" name ] [ "p=" integer [ "-" integer ] ]
//	        | "accum" field [ "as" name ] | "filldown" { wildcard }
//	        | "fillmissing" [ "with" constant "for" field { "," constant "for" field } ]
//	        | "outlier" { "action=" | "param=" | "uselower=" | "mark=" value } field { field }
//	        | "sessionize" fields [ "maxspan" period ] [ "as" name ]
//	        | ( "countFrequent" | "count_frequent" ) fields
//	sub     = "(" ( source | [ source "|" ] command { "|" command } ) ")"
//	item    = expr [ "as" name ];  output = label [ "as" name ];  key = label [ "as" field ]
//	expr    = or: "or" < "and" < "not" < comparison, like, in < "+ -" < "* / %" < unary "-" < "^" < primary
//	primary = number | string | period | "true" | "false" | field | function "(" … ")" | "(" expr ")" | "!" primary
//	field   = segment { "." segment | "[" integer "]" };  segment = word | "`" any "`";  label = word | string
//
// Decided here, where AWS says nothing:
//   - A backslash in a string escapes quotes, backslash, n, t and r; before any
//     other character it stays as it is, so that "\d" means \d.
//   - A comparison cannot be chained (a < b < c), "^" groups to the right.
//   - true and false are constants; they equal 1 and 0 and the words themselves.
//   - After stats, an expression whose text is that of an unnamed output column
//     (count(*), bin(5m)) means that column.
//   - A column without a name is called by its text as written, white space and
//     comments collapsed to one blank.
//   - sort, limit and dedup stand behind the last stats; before pattern and the
//     other commands that make new rows they may stand.
//   - diff follows pattern directly, or stands where rows are events: then it is
//     pattern @message | diff. anomaly follows pattern directly. What pattern,
//     diff, logcompare, relevantfields and countFrequent make is no event.
//   - filterIndex, sessionize and logcompare read events; fillmissing needs a
//     stats by bin() or datefloor() before it.
//   - Subqueries have one level; one without SOURCE reads the groups of the
//     query. They cannot hold diff, logcompare, anomaly or estimate.
//   - lookup, cidrlookup, accum without as, outlier and expand may fill a name
//     that is in use; all other commands must find theirs unused.
//   - SOURCE … start= end= is refused: the request says the time range.
//   - values, topk and histogram give lists and maps, with the rules of those;
//     topk is refused with by.
package insights

import (
	"fmt"
	"strings"
)

// MaxText is the longest query text AWS accepts, in characters.
const MaxText = 10000

// maxDepth bounds how deep expressions nest, so that no text can exhaust the
// stack of the parser or of those who walk the tree.
const maxDepth = 200

// Span is a range of bytes in the query text, End exclusive.
type Span struct{ Start, End int }

// Error says what is wrong with a query and where.
type Error struct {
	Span
	Msg string
}

func (e *Error) Error() string { return fmt.Sprintf("%s at %d-%d", e.Msg, e.Start, e.End) }

func errorAt(s Span, format string, args ...any) *Error {
	return &Error{Span: s, Msg: fmt.Sprintf(format, args...)}
}

// Query is a checked query.
type Query struct {
	Text     string  // as it was given to Parse
	Source   *Source // nil when the query has no SOURCE command
	Commands []Command
}

// Command is one step of the pipeline: one of the types in the files cmd_*.go.
type Command interface {
	Name() string   // the command's keyword
	Pos() Span      // where it stands in the text
	String() string // text that parses back
}

// String prints the query as text that parses to the same tree.
func (q *Query) String() string {
	var parts []string
	if q.Source != nil {
		parts = append(parts, q.Source.String())
	}
	for _, c := range q.Commands {
		parts = append(parts, c.String())
	}
	return strings.Join(parts, " | ")
}

// Sources lists the SOURCE commands of the query and of its subqueries. The
// pointers are the keys by which an executor is told their log groups.
func (q *Query) Sources() []*Source {
	var out []*Source
	if q.Source != nil {
		out = append(out, q.Source)
	}
	for _, sub := range q.Subqueries() {
		out = append(out, sub.Sources()...)
	}
	return out
}

// Subqueries lists the queries inside the query's own commands.
func (q *Query) Subqueries() []*Query {
	var out []*Query
	for _, c := range q.Commands {
		switch c := c.(type) {
		case *Join:
			out = append(out, c.Sub)
		case *AppendCols:
			out = append(out, c.Sub)
		}
		for _, e := range Exprs(c) {
			Walk(e, func(e Expr) bool {
				if in, ok := e.(*In); ok && in.Sub != nil {
					out = append(out, in.Sub)
				}
				return true
			})
		}
	}
	return out
}

// Exprs lists the expressions a command evaluates itself.
func Exprs(c Command) []Expr {
	var out []Expr
	items := func(list []Item) {
		for _, it := range list {
			out = append(out, it.Expr)
		}
	}
	switch c := c.(type) {
	case *Fields:
		items(c.Items)
	case *Display:
		items(c.Items)
	case *Unmask:
		items(c.Items)
	case *Filter:
		out = append(out, c.Cond)
	case *FilterIndex:
		out = append(out, c.Cond)
	case *RelevantFields:
		out = append(out, c.Cond)
	case *Stats:
		items(c.By)
		items(c.Items)
	case *Sort:
		for _, k := range c.Keys {
			out = append(out, k.Expr)
		}
	case *Extract:
		if c.From != nil {
			out = append(out, c.From)
		}
	case *Pattern:
		out = append(out, c.Expr)
	case *Unnest:
		out = append(out, c.Expr)
	}
	return out
}

// Parse reads and checks a query. The error, if any, is an *Error.
func Parse(text string) (*Query, error) {
	if n := len([]rune(text)); n > MaxText {
		return nil, errorAt(Span{0, len(text)}, "the query has %d characters, want at most %d", n, MaxText)
	}
	p := &parser{lexer: lexer{text: text}}
	q, err := p.query()
	if err != nil {
		return nil, err
	}
	if err := check(q, p.made); err != nil {
		return nil, err
	}
	return q, nil
}
