package logexec

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// randomRegex makes an expression of pieces of a message: letters as they are,
// as classes, repeated and left out, and groups around some of it.
func randomRegex(r *rand.Rand, msg string) (pattern string, groups int) {
	var b strings.Builder
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	if r.IntN(6) == 0 {
		b.WriteString("(?i)")
	}
	b.WriteString(pick("", "", "", "^", ".*", "^.*?", "^.*"))
	group := func() {
		b.WriteString(fmt.Sprintf("(?<p%d>", groups))
		groups++
	}
	runes := []rune(msg)
	at := r.IntN(max(1, len(runes)))
	for range 1 + r.IntN(5) {
		open := groups < 4 && r.IntN(2) == 0
		if open {
			group()
		}
		from := min(len(runes), at+r.IntN(2)*r.IntN(4))
		to := min(len(runes), from+1+r.IntN(4))
		piece := string(runes[from:to])
		at = to
		quoted := regexp.QuoteMeta(piece)
		switch r.IntN(9) {
		case 0, 1, 2:
			b.WriteString(quoted)
		case 3:
			b.WriteString(pick(`\d+`, `\d*`, `\d+?`, `[\d.]+`, `-?\d+`, `\d{1,3}`, `\d{2}`))
		case 4:
			b.WriteString(pick(`\S+`, `\S*`, `\w+`, `[^ ]+`, `[^"]*`, `[^,}]+`, `\w+?`, `[a-f0-9-]+`))
		case 5:
			b.WriteString(pick(`.`, `.*`, `.*?`, `.+`, `.+?`, `\s*`, `\s`))
		case 6:
			b.WriteString("(?:" + quoted + "|" + pick("a", "ab", `\d+`, "b", "") + ")" + pick("", "?", "*", "??"))
		case 7:
			b.WriteString("(?:" + pick("a", "b", quoted) + "|" + quoted + ")")
		case 8:
			if groups < 4 {
				b.WriteString("(?:")
				group()
				b.WriteString(quoted + ")|" + pick("x", "a", `\d`) + ")" + pick("", "?", "*"))
			}
		}
		if open {
			b.WriteString(")" + pick("", "", "", "?"))
		}
	}
	b.WriteString(pick("", "", "", "$", ".*", `\b`))
	if groups == 0 {
		group()
		b.WriteString(pick(`.`, `\d+`, `.*`, `\S+`) + ")")
	}
	return b.String(), groups
}

// TestCapturesEqualMatcher runs random expressions over random messages: what
// the templates say about the captures is what the regexp package finds in each
// message.
func TestCapturesEqualMatcher(t *testing.T) {
	seed := *fastSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-fastseed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	asked := 0
	var src *logparttest.Source
	var base Request
	var messages []string
	for i := range *fastCount {
		if i%20 == 0 {
			events, groups, streams := oddEvents(r, 300)
			messages = messages[:0]
			for k := range events {
				switch r.IntN(4) {
				case 0: // lines of few letters, so that expressions meet in many places
					events[k].Message = fmt.Sprintf("%s=%d %s-%d ab%s", []string{"a", "ab", "b a"}[r.IntN(3)], r.IntN(30), []string{"x", "a", ""}[r.IntN(3)], r.IntN(3), strings.Repeat("ab", r.IntN(3)))
				case 1:
					events[k].Message = fmt.Sprintf("took %d ms, used %d.%02d MB\xc3%s by %s%s", r.IntN(2000)-r.IntN(2)*1000, r.IntN(50), r.IntN(100), []string{"", "\xa9", "é"}[r.IntN(3)], []string{"a", "Ab", "", "é"}[r.IntN(4)], []string{"", "\n", "."}[r.IntN(3)])
				}
				messages = append(messages, events[k].Message)
			}
			src = logparttest.New(events, logparttest.Options{BlockRows: []int{20, 300}[r.IntN(2)], Overlap: 1, Seed: r.Uint64(), Level: colenc.Fast})
			base = Request{Groups: groups, EndMs: 1 << 60, Stream: streams, Now: estateStart}
		}
		pattern, groups := randomRegex(r, messages[r.IntN(len(messages))])
		var names []string
		for g := range groups {
			names = append(names, fmt.Sprintf("p%d", g))
		}
		list := strings.Join(names, ", ")
		for _, tail := range []string{"| stats count(*) as n by " + list, "| filter ispresent(p0) | fields @timestamp, " + list, "| filter p0 = \"1\" or p0 != \"a\" | stats max(p0), pct(p0, 50) by " + names[groups-1]} {
			q, err := insights.Parse(fmt.Sprintf("parse @message /%s/ %s", strings.ReplaceAll(pattern, "/", `\/`), tail))
			if err != nil {
				break // such as what the language wants quoted
			}
			asked++
			req := base
			req.Query = q
			samePlain(t, src, req)
		}
	}
	if asked < *fastCount/4 {
		t.Fatalf("%d questions asked of %d", asked, *fastCount)
	}
}

// TestCapturesFromColumns holds which expressions are answered by templates:
// those of which the law above would not notice that messages are asked.
func TestCapturesFromColumns(t *testing.T) {
	var events []logparttest.Event
	for i := range 300 {
		events = append(events, logparttest.Event{Group: 1, Timestamp: int64(i), Message: fmt.Sprintf(
			`took %d ms, used %d.%02d MB, from 10.0.%d.%d for %08x-0000-4000-8000-%012x by user=%s.`,
			i*7, i%90, i%100, i%200, i%7, i*99991, i, strings.Repeat("xyz", 1+i%3))})
	}
	src := logparttest.New(events, logparttest.Options{Level: colenc.Fast})
	for _, c := range []struct{ pattern, want string }{
		{`took (?<p>\d+) ms`, "columns"},
		{`(?i)TOOK (?<p>\d+) Ms`, "columns"},
		{`^took (?<p>\S+)`, "columns"},
		{`.*used (?<p>[\d.]+) MB.*`, "columns"},
		{`used (?<p>\d+)`, "messages"}, // part of a number
		{`from (?<p>\S+) for`, "columns"},
		{`from (?<p>\d+\.\d+\.\d+\.\d+)`, "columns"},
		{`for (?<p>[0-9a-f-]{36}) `, "columns"},
		{`(?<p>\w{8}-\w{4})`, "messages"},
		{`user=(?<p>\w+)\.$`, "columns"},
		{`(?:took|lasted) (?<p>\d+) (?:ms|s)`, "columns"},
		{`(?<p>ms)`, "nothing varies"},
		{`took (?<p>x)?`, "nothing varies"},
		{`lasted (?<p>\d+)`, "nothing varies"},
		{`took (?<p>[a-z]+)`, "nothing varies"},
		{`\btook (?<p>\d+)`, "messages"}, // word borders are not followed
	} {
		q, err := insights.Parse(fmt.Sprintf("parse @message /%s/ | stats count(*) by p", c.pattern))
		if err != nil {
			t.Fatal(err)
		}
		req := Request{Query: q, Groups: []Group{{ID: 1, Name: "g"}}, EndMs: 1 << 60}
		samePlain(t, src, req)
		req.setDefaults()
		p, err := compile(&req)
		if err != nil {
			t.Fatal(err)
		}
		snap, err := src.Parts(t.Context(), logs.Scan{})
		if err != nil {
			t.Fatal(err)
		}
		x := p.stages[0].extract
		w := newPartWorker(p, []*extraction{x})
		for _, part := range snap.Parts() {
			b, err := part.Open(t.Context(), w.scratch)
			if err != nil {
				t.Fatal(err)
			}
			w.open(b, false)
			for i := range w.units {
				got := map[bindKind]string{bindConst: "nothing varies", bindVar: "columns", bindUnknown: "messages"}[w.units[i].bind(x.slots[0]).kind]
				if got != c.want {
					t.Errorf("/%s/ on %s is read from %s, want %s", c.pattern, w.units[i].tpl, got, c.want)
				}
			}
		}
		snap.Release()
	}
}
