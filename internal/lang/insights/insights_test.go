package insights

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/scripttest"
)

// TestScripts parses the queries of testdata/*.test. The answer is the query as
// it prints or, in the files *.bad.test, its error.
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		bad := strings.HasSuffix(t.Name(), ".bad")
		return func(query string) string {
			got := describe(query)
			if strings.HasPrefix(got, "error") != bad {
				t.Errorf("%s\n%s", query, got)
			}
			return got
		}
	})
}

func describe(query string) string {
	q, err := Parse(query)
	if err == nil {
		again, err := Parse(q.String())
		if err != nil {
			return fmt.Sprintf("error: prints %q, which does not parse: %v", q, err)
		}
		if d := cmp.Diff(q, again, sameTree); d != "" {
			return "error: prints as another tree: " + d
		}
		return q.String()
	}
	var e *Error
	if !errors.As(err, &e) {
		return "error of another type: " + err.Error()
	}
	if e.Start < 0 || e.End > len(query) || e.Start > e.End {
		return fmt.Sprintf("error out of range %d-%d: %s", e.Start, e.End, e.Msg)
	}
	return fmt.Sprintf("error at %d-%d %q: %s", e.Start, e.End, query[e.Start:e.End], e.Msg)
}

func TestLongQuery(t *testing.T) {
	if _, err := Parse("fields a" + strings.Repeat(" ", MaxText)); err == nil {
		t.Error("a query over the limit parsed")
	}
	if _, err := Parse("filter " + strings.Repeat("(", 5000) + "a"); err == nil || !strings.Contains(err.Error(), "nests deeper") {
		t.Errorf("deep nesting: %v", err)
	}
	if _, err := Parse("filter a" + strings.Repeat("+a", 4900)); err != nil {
		t.Errorf("long chain: %v", err)
	}
}

// The reference lists what the parser knows, and nothing it refuses.
func TestReference(t *testing.T) {
	seen := map[string]bool{}
	for _, e := range Reference() {
		if e.Name == "" || e.Syntax == "" || !strings.HasSuffix(e.Help, ".") || e.Kind == "" {
			t.Errorf("incomplete entry %+v", e)
		}
		if seen[e.Kind+e.Name] {
			t.Errorf("%s is listed twice", e.Name)
		}
		seen[e.Kind+e.Name] = true
		if wants := e.Kind == "command" || e.Kind == "function" || e.Kind == "aggregate"; wants != (e.Example != "") {
			t.Errorf("%s %s: example %q", e.Kind, e.Name, e.Example)
		} else if wants {
			if _, err := Parse(e.Example); err != nil || !strings.Contains(e.Example, e.Name) {
				t.Errorf("example of %s %s, %q: %v", e.Kind, e.Name, e.Example, err)
			}
		}
		if e.Kind != "command" {
			continue
		}
		// Known commands fail on their arguments, not on their name.
		if _, err := Parse(e.Name + " |"); err == nil || strings.Contains(err.Error(), "command \"") {
			t.Errorf("command %s: %v", e.Name, err)
		}
	}
	for _, examples := range []struct {
		kinds []string
		of    map[string]string
	}{{[]string{"command"}, commandExamples}, {[]string{"function", "aggregate"}, functionExamples}} {
		for name := range examples.of {
			if !slices.ContainsFunc(examples.kinds, func(kind string) bool { return seen[kind+name] }) {
				t.Errorf("an example for %s, which is none of %v", name, examples.kinds)
			}
		}
	}
	for _, f := range functions {
		if f.Alias != "" && functionsByName[strings.ToLower(f.Alias)] != f {
			t.Errorf("alias %s of %s means something else", f.Alias, f.Name)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	const q = `filter @type = "REPORT" and @message like /(?i)memory/ | stats max(@memorySize/1000/1000) as prov, pct(@duration, 99) as p99 by bin(5m), @log | sort p99 desc | limit 20`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(q); err != nil {
			b.Fatal(err)
		}
	}
}

// Chains of thousands of operators are checked in time that grows with their
// length: at ten thousand letters the square is seconds, the cube minutes.
func TestLongChains(t *testing.T) {
	for _, text := range []string{
		"stats count(*) | filter " + strings.Repeat("a+", 4900) + "a",
		"stats " + strings.Repeat("count(*)+", 1000) + "1 by a, b, c | filter a " + strings.Repeat("and a ", 100),
		"filter " + strings.Repeat("a=1 or ", 1400) + "a=1",
		"stats sum(" + strings.Repeat("a-", 4900) + "a) by strlen(a)",
	} {
		q, err := Parse(text)
		if err != nil {
			t.Fatalf("%.60s…: %v", text, err)
		}
		if got, err := Parse(q.String()); err == nil && got.String() != q.String() {
			t.Errorf("%.60s… prints another text when parsed again", text)
		}
	}
}
