package logexec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"skywatch/internal/lang/insights"
)

// commandAliases are the keywords that the language lists beside the command
// they stand for: they are shown in its script.
var commandAliases = map[string]string{"where": "filter", "count_frequent": "countFrequent"}

// TestEveryScript holds the scripts against the language's tables: each command,
// function and aggregate has a script of its name, which uses it under every
// name it has and shows something that is refused; no script is for anything
// else.
func TestEveryScript(t *testing.T) {
	want := map[string][]string{} // file to the names it must use
	add := func(kind, script, name string) {
		file := filepath.Join("testdata", kind, script+".test")
		want[file] = append(want[file], name)
	}
	for _, e := range insights.Reference() {
		if e.Kind == "command" {
			script := e.Name
			if of, ok := commandAliases[e.Name]; ok {
				script = of
			}
			add(e.Kind, script, e.Name)
		}
	}
	for _, f := range insights.Functions() {
		kind := "function"
		if f.Aggregate {
			kind = "aggregate"
		}
		add(kind, f.Name, f.Name)
		if f.Alias != "" {
			add(kind, f.Name, f.Alias)
		}
	}
	for file, names := range want {
		data, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s has no script %s", names[0], file)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		used, refused := scriptUses(t, string(data))
		for _, name := range names {
			if !used[name] {
				t.Errorf("%s has no query with %s that runs", file, name)
			}
		}
		if !refused {
			t.Errorf("%s shows nothing that is refused", file)
		}
	}
	for _, kind := range scriptKinds {
		files, err := filepath.Glob(filepath.Join("testdata", kind, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if want[file] == nil {
				t.Errorf("%s is the script of no %s", file, kind)
			}
		}
	}
}

// scriptUses finds the commands, functions and aggregates in the queries of a
// script that run, by the names they are called there, and whether one is
// refused.
func scriptUses(t *testing.T, script string) (used map[string]bool, refused bool) {
	t.Helper()
	used = map[string]bool{}
	for _, block := range strings.Split(script, "\n\n") {
		var lines []string
		for line := range strings.Lines(block) {
			if !strings.HasPrefix(line, "#") {
				lines = append(lines, line)
			}
		}
		input, answer, _ := strings.Cut(strings.Join(lines, ""), "\n----\n")
		head, text, _ := strings.Cut(input, "\n")
		if !strings.HasPrefix(head, "query") {
			continue
		}
		q, err := insights.Parse(text)
		if err != nil || strings.HasPrefix(answer, "error: ") {
			refused = true
			continue
		}
		usesOf(q, used)
	}
	return used, refused
}

// usesOf notes the words of a query and its subqueries. Keywords and functions
// stand in the tree by their proper names; those they are written with are in
// the text.
func usesOf(q *insights.Query, used map[string]bool) {
	if q.Source != nil {
		used["SOURCE"] = true
	}
	written := func(name string, at insights.Span, text string) {
		used[name] = true
		word := text[at.Start:]
		if i := strings.IndexFunc(word, func(r rune) bool { return r != '_' && !letterOrDigit(r) }); i >= 0 {
			word = word[:i]
		}
		used[word] = true
	}
	for _, c := range q.Commands {
		written(c.Name(), c.Pos(), q.Text)
		for _, e := range insights.Exprs(c) {
			insights.Walk(e, func(e insights.Expr) bool {
				if call, ok := e.(*insights.Call); ok {
					written(call.Func.Name, call.Span, q.Text)
				}
				return true
			})
		}
	}
	for _, sub := range q.Subqueries() {
		sub.Text = q.Text // its spans are of the whole text
		usesOf(sub, used)
	}
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}
