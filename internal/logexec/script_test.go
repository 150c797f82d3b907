package logexec

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
	"skywatch/internal/scripttest"
)

// TestScripts runs the scripts of testdata: one for each command, function and
// aggregate of the language in the folders of their kind (TestEveryScript holds
// them against the language's tables), and beside the folders what needs several
// of them, such as the published samples. Their blocks:
//
//	load group=/aws/lambda/f stream=s ingested=HH:MM   (defaults: group g, stream s, just after midnight)
//	12:00:00.000 message                (<TAB> and <NL> stand for themselves)
//	----
//	3 events
//
//	query [limit=N] [groups=a,b] [memory=N] [maxgroups=N] [from=HH:MM] [to=HH:MM]
//	text of the query, any number of lines
//	----
//	columns, then a line per row; cells that are missing show as ∅, and
//	@ptr as #<sequence number>
//
//	table name=t
//	a,b
//	1,2
//	----
//	1 rows
//
//	index group=g field=f since=12:00
//	----
//	ok
//
//	tag group=g key=k value=v
//	----
//	ok
//
// Times are of 2024-03-04 UTC; queries run over that day, their now is noon.
// Every query runs with blocks of one event and of many, and again as it prints
// itself: all must give the same.
func TestScripts(t *testing.T) {
	begin := func(t *testing.T) scripttest.Answer {
		w := newWorld()
		return func(input string) string { return w.run(t, input) }
	}
	for _, kind := range scriptKinds {
		t.Run(kind, func(t *testing.T) { scripttest.Run(t, filepath.Join("testdata", kind, "*.test"), begin) })
	}
	scripttest.Run(t, "testdata/*.test", begin)
}

// scriptKinds are the kinds of words that have a script each, and the folders
// with these.
var scriptKinds = []string{"command", "function", "aggregate"}

var testDay = time.Date(2024, 3, 4, 0, 0, 0, 0, time.UTC)

const testAccount = "111122223333"

// world is what a script has loaded.
type world struct {
	mem     *logstest.Mem
	events  []logparttest.Event // the same
	groups  []Group
	streams []loadedStream
	tables  tableSet
	indexes map[string]int64 // by group id and field
}

// loadedStream is one stream, with an entity as load has it.
type loadedStream struct{ name, entity string }

// fields are those of the entity, KeyAttributes.Name:n,Attributes.a:1.
func (s loadedStream) fields() map[string]string {
	fields := map[string]string{}
	for _, pair := range strings.Split(s.entity, ",") {
		if name, val, ok := strings.Cut(pair, ":"); ok {
			fields["@entity."+name] = val
		}
	}
	return fields
}

// tableSet is lookup tables by name.
type tableSet map[string]*Table

func (s tableSet) Lookup(name string) (*Table, error) { return s[name], nil }

// Since makes a world the indexes of its requests.
func (w *world) Since(g logs.GroupID, field string) (int64, bool) {
	ms, ok := w.indexes[fmt.Sprint(g, field)]
	return ms, ok
}

func newWorld() *world {
	return &world{mem: logstest.NewMem(), tables: tableSet{}, indexes: map[string]int64{}}
}

func (w *world) group(name string) logs.GroupID {
	i := slices.IndexFunc(w.groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		i = len(w.groups)
		w.groups = append(w.groups, Group{ID: logs.GroupID(i + 1), Account: testAccount, Region: "eu-west-1", Name: name})
	}
	return w.groups[i].ID
}

func (w *world) stream(s loadedStream) logs.StreamID {
	i := slices.Index(w.streams, s)
	if i < 0 {
		i = len(w.streams)
		w.streams = append(w.streams, s)
	}
	return logs.StreamID(i + 1)
}

func (w *world) run(t *testing.T, input string) string {
	t.Helper()
	head, body, _ := strings.Cut(input, "\n")
	words := strings.Fields(head)
	args := map[string]string{}
	for _, a := range words[1:] {
		k, v, _ := strings.Cut(a, "=")
		args[k] = v
	}
	switch words[0] {
	case "load":
		return w.load(t, args, body)
	case "query":
		return w.query(t, args, body)
	case "table":
		lines := strings.Split(body, "\n")
		table := &Table{Columns: strings.Split(lines[0], ",")}
		for _, l := range lines[1:] {
			table.Rows = append(table.Rows, strings.Split(l, ","))
		}
		w.tables[args["name"]] = table
		return fmt.Sprintf("%d rows", len(table.Rows))
	case "index":
		w.indexes[fmt.Sprint(w.group(args["group"]), args["field"])] = atClock(t, args["since"])
		return "ok"
	case "undiscovered":
		w.groups[w.group(args["group"])-1].Undiscovered = true
		return "ok"
	case "tag":
		for i := range w.groups {
			if w.groups[i].Name == args["group"] {
				w.groups[i].Tags = map[string]string{args["key"]: args["value"]}
			}
		}
		return "ok"
	case "fields":
		var b strings.Builder
		for _, f := range StreamFields(unescape(body), args["group"], args["stream"]) {
			fmt.Fprintf(&b, "%s = %s\n", f.Name, escape(f.Value))
		}
		return or(b.String(), "none")
	}
	t.Fatalf("unknown command %q", head)
	return ""
}

// atClock is a time of the test day.
func atClock(t *testing.T, hhmm string) int64 {
	t.Helper()
	clock, err := time.Parse("15:04", hhmm)
	if err != nil {
		t.Fatal(err)
	}
	return testDay.UnixMilli() + clock.Sub(clock.Truncate(24*time.Hour)).Milliseconds()
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

var (
	toText   = strings.NewReplacer("<TAB>", "\t", "<NL>", "\n")
	fromText = strings.NewReplacer("\t", "<TAB>", "\n", "<NL>")
)

func unescape(s string) string { return toText.Replace(s) }
func escape(s string) string   { return fromText.Replace(s) }

func (w *world) load(t *testing.T, args map[string]string, body string) string {
	t.Helper()
	b := logs.Batch{Group: w.group(or(args["group"], "g")), Stream: w.stream(loadedStream{or(args["stream"], "s"), args["entity"]}), Ingested: testDay.UnixMilli() + 1}
	if at := args["ingested"]; at != "" {
		b.Ingested = atClock(t, at)
	}
	for _, line := range strings.Split(body, "\n") {
		at, msg, _ := strings.Cut(line, " ")
		clock, err := time.Parse("15:04:05.000", at)
		if err != nil {
			t.Fatal(err)
		}
		ms := testDay.UnixMilli() + clock.Sub(clock.Truncate(24*time.Hour)).Milliseconds()
		b.Events = append(b.Events, logs.Event{Timestamp: ms, Message: unescape(msg)})
	}
	for _, e := range b.Events {
		w.events = append(w.events, logparttest.Event{Group: b.Group, Stream: b.Stream, Ingested: b.Ingested, Timestamp: e.Timestamp, Message: e.Message})
	}
	if err := w.mem.Append(context.Background(), []logs.Batch{b}); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d events", len(b.Events))
}

func (w *world) request(args map[string]string, q *insights.Query) Request {
	req := Request{Query: q, StartMs: testDay.UnixMilli(), EndMs: testDay.Add(24 * time.Hour).UnixMilli(), Now: testDay.Add(12 * time.Hour),
		Stream: func(id logs.StreamID) string { return w.streams[id-1].name },
		Entity: func(id logs.StreamID) map[string]string { return w.streams[id-1].fields() }}
	for _, g := range w.groups {
		if args["groups"] == "" || slices.Contains(strings.Split(args["groups"], ","), g.Name) {
			req.Groups = append(req.Groups, g)
		}
	}
	// Sources choose groups of the script's world, by name or by prefix.
	req.Sources = map[*insights.Source][]Group{}
	for _, s := range q.Sources() {
		req.Sources[s] = nil
		for _, g := range w.groups {
			prefixed := func(p string) bool { return strings.HasPrefix(g.Name, p) }
			named := slices.Contains(s.Names, g.Name) || slices.ContainsFunc(s.NamePrefixes, prefixed)
			if named || len(s.Names) == 0 && len(s.NamePrefixes) == 0 && len(s.Tags) == 0 {
				req.Sources[s] = append(req.Sources[s], g)
			}
		}
	}
	if q.Source != nil {
		req.Groups = req.Sources[q.Source]
	}
	req.Tables, req.Indexes = w.tables, w
	number := func(s string) int { n, _ := strconv.Atoi(s); return n }
	req.Limit, req.MaxMemory, req.MaxGroups = number(args["limit"]), int64(number(args["memory"])), number(args["maxgroups"])
	return req
}

func (w *world) query(t *testing.T, args map[string]string, text string) string {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		return err.Error()
	}
	var first string
	for i, blockLen := range []int{1024, 1, 3} {
		w.mem.BlockLen = blockLen
		if i == 2 {
			if q, err = insights.Parse(q.String()); err != nil {
				t.Fatalf("%q prints %q, which does not parse: %v", text, q, err)
			}
		}
		req := w.request(args, q)
		if args["from"] != "" {
			req.StartMs = atClock(t, args["from"])
		}
		if args["to"] != "" {
			req.EndMs = atClock(t, args["to"])
		}
		got := w.show(Run(context.Background(), w.mem, req, nil))
		if i == 0 {
			first = got
		} else if rowsOf(got) != rowsOf(first) {
			t.Errorf("%s\nblocks of %d give\n%s\nblocks of 1024\n%s", text, blockLen, got, first)
		}
		parts := logparttest.New(w.events, logparttest.Options{BlockRows: []int{1000, 2, 5}[i], Overlap: 1 + i, PlainShare: 20 * i})
		if got := w.show(Run(context.Background(), parts, req, nil)); rowsOf(got) != rowsOf(first) && !strings.Contains(first, "more than") && !strings.Contains(text, "limit any") {
			t.Errorf("%s\nby column\n%s\nevent by event\n%s", text, got, first)
		}
	}
	return first
}

// rowsOf is what show printed without the count of matched events: a query that
// stops early has matched those of the blocks it saw.
func rowsOf(shown string) string {
	if strings.HasPrefix(shown, "error: plan query:") {
		return shown[:strings.LastIndex(shown, " at ")] // the reprinted query has other places
	}
	before, _, _ := strings.Cut(shown, " rows, ")
	return before
}

// show prints a result.
func (w *world) show(r *Result, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	var b strings.Builder
	b.WriteString(strings.Join(r.Columns, " | ") + "\n")
	for _, row := range r.Rows {
		cells := row
		for i, col := range r.Columns {
			if i > 0 {
				b.WriteString(" | ")
			}
			switch {
			case len(cells) == 0 || cells[0].Field != col:
				b.WriteString("∅")
				continue
			case col == "@ptr":
				p, err := ParsePointer(cells[0].Value)
				if err != nil {
					return "error: " + err.Error()
				}
				fmt.Fprintf(&b, "#%d", p.Position.Seq)
			default:
				b.WriteString(escape(strings.TrimPrefix(cells[0].Value, "2024-03-04 ")))
			}
			cells = cells[1:]
		}
		if len(cells) > 0 {
			fmt.Fprintf(&b, " | left over: %v", cells)
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "(%d rows, %v matched)", len(r.Rows), r.Statistics.RecordsMatched)
	return b.String()
}

// Every function and aggregate of the language has an implementation.
func TestEveryFunction(t *testing.T) {
	for _, f := range insights.Functions() {
		if f.Name == "median" {
			continue // the language makes it a pct
		}
		if f.Aggregate {
			func() {
				defer func() {
					if recover() != nil {
						t.Errorf("aggregate %s has no implementation", f.Name)
					}
				}()
				c := &compiler{}
				call := &insights.Call{Func: f}
				switch f.Name {
				case "pct", "topk", "histogram":
					call.Args = []insights.Expr{&insights.Number{}, &insights.Number{}}
				case "rate":
					call.Args = []insights.Expr{&insights.Number{}, &insights.Period{Count: 1}}
				}
				c.aggregate(call)
			}()
		} else if _, ok := functionFor(f.Name); !ok {
			t.Errorf("function %s has no implementation", f.Name)
		}
	}
}

func TestLimitErrorIsFound(t *testing.T) {
	w := newWorld()
	w.load(t, nil, "12:00:00.000 a\n12:00:00.000 b")
	q, err := insights.Parse("stats count(*) by @message")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Run(context.Background(), w.mem, w.request(map[string]string{"maxgroups": "1"}, q), nil)
	if e := new(LimitError); !errors.As(err, &e) || e.What != "groups" || e.Limit != 1 {
		t.Errorf("got %v, want a LimitError for groups", err)
	}
}
