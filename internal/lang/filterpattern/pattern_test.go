package filterpattern

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"skywatch/internal/scripttest"
)

// TestScripts runs testdata/*.test. A block is the pattern after "pattern: ",
// then messages after "| " (or as Go strings after "|= "). The answer is the
// pattern in canonical spelling or its error and place, and for each message
// whether it matches and what it yields.
func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata/*.test", func(t *testing.T) scripttest.Answer {
		return func(input string) string { return tryPattern(t, input) }
	})
}

func tryPattern(t *testing.T, input string) string {
	t.Helper()
	head, messages, _ := strings.Cut(input, "\n")
	text, ok := strings.CutPrefix(head, "pattern:")
	if !ok {
		t.Fatalf("%q is no pattern", head)
	}
	text = strings.TrimPrefix(text, " ")
	pattern, err := Parse(text)
	if err != nil {
		var pe *Error
		if !errors.As(err, &pe) {
			t.Fatalf("%q: error of type %T", text, err)
		}
		return fmt.Sprintf("error [%d,%d) %v", pe.Start, pe.End, err)
	}
	out := "parsed: " + pattern.String()
	for line := range strings.Lines(messages) {
		out += "\n" + tryMessage(t, pattern, strings.TrimSuffix(line, "\n"))
	}
	return out
}

func tryMessage(t *testing.T, pattern *Pattern, line string) string {
	t.Helper()
	message, ok := strings.CutPrefix(line, "| ")
	if quoted, isQuoted := strings.CutPrefix(line, "|= "); isQuoted {
		var err error
		message, err = strconv.Unquote(quoted)
		ok = err == nil
	}
	if !ok {
		t.Fatalf("%q is no message", line)
	}
	if !pattern.Match(message) {
		return "no"
	}
	answer := "match"
	values := pattern.Extract(message)
	for _, k := range slices.Sorted(maps.Keys(values)) {
		answer += fmt.Sprintf("  %s=%q", k, values[k])
	}
	return answer
}

func TestRequiredTextsAreRequired(t *testing.T) {
	for _, c := range []struct{ pattern, want string }{
		{`ERROR -x`, "[ERROR]"},
		{`?a ?b`, "[]"},
		{`?a`, "[a]"},
		{`%timeout after \d+ms%`, "[timeout after ]"},
		{`%a|bc%`, "[]"},
		{`[..., x=GET*, y=1]`, "[GET]"},
		{`[x=a || x=b, y="c d"]`, "[c d]"},
		{`{ $.a = "x" }`, "[]"}, // a JSON string may be spelled with escapes
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(p.Required()); got != c.want {
			t.Errorf("%s: got %s, want %s", c.pattern, got, c.want)
		}
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	for _, c := range []struct{ pattern, message string }{
		{`ERROR -x ok`, "an ERROR and ok"},
		{`%4\d\d%`, "status 404"},
		{`{ $.a.b[*] = "x*" && $.n > 1e2 || $.q NOT EXISTS }`, `{"a":{"b":[1,"xy"]},"n":150}`},
		{`[ip, ..., status=4*, bytes>10]`, `1.1.1.1 [a b] "GET /x" 404 1534`},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Match(c.message) {
			t.Errorf("%s does not match %s", c.pattern, c.message)
		}
		if n := testing.AllocsPerRun(100, func() { p.Match(c.message) }); n != 0 {
			t.Errorf("%s: %v allocations", c.pattern, n)
		}
	}
}

func TestSelectors(t *testing.T) {
	f := func(selector, message, want string) {
		t.Helper()
		s, err := ParseSelector(selector)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := s.Value(message); got != want || ok != (want != "") {
			t.Errorf("%s of %s: got %q %v, want %q", selector, message, got, ok, want)
		}
	}
	f(`$.a`, `{"a":"x\ty"}`, "x\ty")
	f(`$.a`, `{"a":1.50}`, "1.50")
	f(`$.a`, `{"a":null}`, "")
	f(`$.a`, `{"a":{}}`, "")
	f(`$.a`, `{"b":1}`, "")
	f(`$.a`, `{"a":1`, "")
	f(`$.a`, `{"a":1,"a":2}`, "2")
	f(`$[1].a`, `[0,{"a":true}]`, "true")
	f(`$.*.a`, `{"x":1,"y":{"a":"z"}}`, "z")
	f(`$.a[*]`, `{"a":[{},"z"]}`, "z")
	for _, bad := range []string{"", "$", "$.", "a", "$.a ", "$.[*", "$.a[*].*", "$['a", "$.a[99999999999]"} {
		if _, err := ParseSelector(bad); err == nil {
			t.Errorf("%q parses", bad)
		}
	}
}

// FuzzParse holds that errors point into the text and that a pattern's
// canonical spelling is the same pattern.
func FuzzParse(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s, `{"a":{"b":[1,"x"]},"n":150} ERROR`)
	}
	f.Fuzz(func(t *testing.T, text, message string) {
		p, err := Parse(text)
		if err != nil {
			var pe *Error
			if !errors.As(err, &pe) || pe.Start < 0 || pe.Start > pe.End || pe.End > len(text) {
				t.Fatalf("%q: bad error %#v", text, err)
			}
			return
		}
		got := p.Match(message)
		if got {
			p.Extract(message)
			for _, r := range p.Required() {
				if !strings.Contains(message, r) {
					t.Fatalf("%q matches %q without its required %q", text, message, r)
				}
			}
			needs, escaped := p.Needs()
			for _, r := range needs {
				if !strings.Contains(message, r) && !(escaped && strings.Contains(message, `\u`)) {
					t.Fatalf("%q matches %q without %q, which it needs", text, message, r)
				}
			}
		}
		if len(p.String()) > MaxLength {
			return
		}
		again, err := Parse(p.String())
		if err != nil {
			t.Fatalf("%q prints as %q: %v", text, p.String(), err)
		}
		if again.String() != p.String() || again.Match(message) != got {
			t.Fatalf("%q prints as %q, which is %q or matches %q otherwise", text, p.String(), again.String(), message)
		}
	})
}

// FuzzJSON holds validJSON and the walk against encoding/json.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `[1,{"a":"b\u0041"}]`, `{"a":{"b":[1,"x",null,true]}} `, `"x`, `-0.1e+5`, `01`, "\"\x01\"", "{\"a\":\"\xff\"}"} {
		f.Add(s)
	}
	selector, err := ParseSelector("$.a")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		if got, want := validJSON(doc), json.Valid([]byte(doc)); got != want {
			t.Fatalf("validJSON(%q) is %v, encoding/json says %v", doc, got, want)
		}
		var m map[string]any
		got, ok := selector.Value(doc)
		if json.Unmarshal([]byte(doc), &m) != nil {
			return
		}
		want, isText := m["a"].(string)
		if isText && (!ok || got != want && strings.ToValidUTF8(got, "\ufffd") != strings.ToValidUTF8(want, "\ufffd") && !strings.Contains(want, "\ufffd")) {
			t.Fatalf("$.a of %q: got %q %v, want %q", doc, got, ok, want)
		}
		if m["a"] == nil && ok {
			t.Fatalf("$.a of %q: got %q, want nothing", doc, got)
		}
	})
}

func seeds() []string {
	return []string{``, `ERROR -x ?y "a \"b"`, `?a ?b`, `%4\d\d$%`, `{ $.a.b[0] = "x*" }`,
		`{ ($.a = 1 || $.['x y'] != 2) && $.c[*] >= 1e+3 }`, `{ $.a IS NULL || $.b NOT EXISTS && $.c IS TRUE }`,
		`{ $.ip = %10\.0\.\d+% }`, `[a, b=4*, ..., c>1.5 && c<=2, d=%x|y%]`, `[w1=ERROR || (w1=WARN && w1!="a b"), w2]`}
}

func BenchmarkMatch(b *testing.B) {
	const report = `{"time":"2026-11-22T10:00:00.000Z","type":"platform.report","record":{"requestId":"6f7f0961-5ba5-4e1d-8a2c-0f6b1d8b2a11","metrics":{"durationMs":123.45,"billedDurationMs":124,"memorySizeMB":512,"maxMemoryUsedMB":210},"status":"success"}}`
	const access = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	for _, c := range []struct{ name, pattern, message string }{
		{"term", `ERROR -DEBUG`, report},
		{"regex", `%durationMs.:1[0-9]+%`, report},
		{"json", `{ $.record.metrics.durationMs > 100 && $.record.status = "success" }`, report},
		{"json-ruled-out", `{ $.record.status = "failure" }`, report},
		{"fields", `[ip, user, username, timestamp, request=*.html*, status_code=4*, bytes]`, access},
	} {
		p, err := Parse(c.pattern)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.message)))
			for b.Loop() {
				p.Match(c.message)
			}
		})
	}
}
