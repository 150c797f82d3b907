package logexec

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
)

// large is a world of a few events of many words and one long list, for both
// paths.
func large(t *testing.T) (map[string]logs.Scanner, Request) {
	t.Helper()
	msg := fmt.Sprintf(`{"text":"%s","list":[%s1],"same":"x"}`, strings.Repeat("x y ", 25_000), strings.Repeat("1,", 20_000))
	mem := logstest.NewMem()
	var events []logparttest.Event
	for i := range 5 {
		events = append(events, logparttest.Event{Group: 1, Stream: 1, Timestamp: int64(i), Message: msg})
		if err := mem.Append(context.Background(), []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Timestamp: int64(i), Message: msg}}}}); err != nil {
			t.Fatal(err)
		}
	}
	return map[string]logs.Scanner{"plain": mem, "columnar": logparttest.New(events, logparttest.Options{BlockRows: 2})},
		Request{Groups: []Group{{ID: 1, Account: testAccount, Name: "g"}}, EndMs: 100}
}

// Functions that make texts longer fail the query before memory does.
func TestTextsAreBounded(t *testing.T) {
	doubled := "fields @message as a0"
	for i := range 40 {
		doubled += fmt.Sprintf(" | fields concat(a%d, a%d) as a%d", i, i, i+1)
	}
	stringified := strings.Repeat("jsonStringify(", 30) + "text" + strings.Repeat(")", 30)
	scanners, req := large(t)
	for query, where := range map[string]string{
		doubled: "concat",
		"stats max(strlen(concat(" + strings.Repeat("text, ", 50) + "text)))":                                            "concat",
		`fields replace(text, "x", "` + strings.Repeat("x", 2000) + `") as r`:                                            "replace",
		`fields regexReplace(text, "", "` + strings.Repeat("$0y", 2000) + `") as r | stats count(r)`:                     "regexReplace",
		`filter regexReplace(text, "(?s)^.*$", "` + strings.Repeat("$0", 2000) + `") like "a"`:                           "regexReplace",
		"fields " + stringified + " as r":                                                                                "jsonStringify",
		"fields " + strings.Repeat("base64encode(", 20) + "text" + strings.Repeat(")", 20) + " as r":                     "base64encode",
		"stats count(*) as n | fields " + strings.Replace(doubled[7:], "@message", "'"+strings.Repeat("z", 4000)+"'", 1): "concat",
	} {
		for name, src := range scanners {
			req.Query = mustParse(t, query)
			_, err := Run(context.Background(), src, req, nil)
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Where != where || limit.Limit != maxText {
				t.Errorf("%s: %.80s…: got %v, want the limit of %s", name, query, err, where)
			}
		}
	}
}

// Trees that rows keep, and rows of many large values, count as memory.
func TestTreesAreCounted(t *testing.T) {
	var items []string
	for i := range 120 {
		items = append(items, fmt.Sprintf("jsonParse(@message) as j%d", i))
	}
	scanners, req := large(t)
	req.MaxMemory = 2 << 20
	for query, where := range map[string]string{
		"fields " + strings.Join(items, ", "):                                                 "fields",
		"fields jsonParse(@message) as j | sort same | filter 1 = 1 | display strlen(j.text)": "sort",
	} {
		for name, src := range scanners {
			req.Query = mustParse(t, query)
			_, err := Run(context.Background(), src, req, nil)
			var limit *LimitError
			if !errors.As(err, &limit) || limit.Where != where {
				t.Errorf("%s: %.80s…: got %v, want the limit of %s", name, query, err, where)
			}
		}
	}
}

// A query that makes more rows of an event than anybody can count ends with its
// context: the name of the stream is asked for with the first row, and that ends
// the context here.
func TestEndsInsideAnEvent(t *testing.T) {
	scanners, req := large(t)
	for _, query := range []string{
		"fields @logStream as s | unnest list into a | unnest list into b | unnest list into c | stats count(*) by s",
		"fields @logStream as s | expand list | unnest list into b | unnest list into c | unnest list into d | filter s = 1",
		`parse @message /(.)/ as a multi | parse @message /(.)/ as b multi | parse @message /(.)/ as c multi | filter @logStream = "t"`,
		`unnest list into a | fields @logStream as s | join type=inner left=l right=r where l.same = r.same (unnest list into b) | stats count(*)`,
	} {
		for name, src := range scanners {
			ctx, cancel := context.WithCancel(context.Background())
			req.Query, req.MaxMemory = mustParse(t, query), 1<<30
			req.Stream = func(logs.StreamID) string { cancel(); return "s" }
			if _, err := Run(ctx, src, req, nil); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %s: got %v, want the context's end", name, query, err)
			}
			cancel()
		}
	}
}

// TestReplaceMatches holds the bounded replacement against the library's.
func TestReplaceMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		re := regexp.MustCompile(rapid.SampledFrom([]string{"", "a", "a*", "(a)|b", "(?P<n>[ab]+)(c)?", "^.", ".$", "x"}).Draw(t, "pattern"))
		s := rapid.StringOfN(rapid.RuneFrom([]rune("abcé")), 0, 12, -1).Draw(t, "text")
		with := rapid.SampledFrom([]string{"", "-", "<$0>", "${1}", "$1-$2", "${n}!", "$$1", "$"}).Draw(t, "replacement")
		want := re.ReplaceAllString(s, with)
		if got, ok := replaceMatches(re, s, replacement(re, with)); !ok || got != want {
			t.Fatalf("%q with %q in %q: got %q, want %q", re, with, s, got, want)
		}
	})
}
