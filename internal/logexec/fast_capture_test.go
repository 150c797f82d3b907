package logexec

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
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

// parsesEqualMatcher asks random parses of random messages: what the templates
// say they find is what each message says. line makes a message, or "" for one as
// nobody expects it; draw makes a parse that may match a message, and says how
// many fields it has, none when the language has no such parse.
func parsesEqualMatcher(t *testing.T, stream uint64, draws int, line func(*rand.Rand) string, draw func(r *rand.Rand, msg string) (parse string, fields int)) {
	seed := *fastSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-fastseed %d", seed)
	r := rand.New(rand.NewPCG(seed, stream))
	asked := 0
	var src *logparttest.Source
	var base Request
	var messages []string
	for i := range draws {
		if i%20 == 0 {
			events, groups, streams := oddEvents(r, 300)
			messages = messages[:0]
			for k := range events {
				if s := line(r); s != "" {
					events[k].Message = s
				}
				messages = append(messages, events[k].Message)
			}
			src = logparttest.New(events, logparttest.Options{BlockRows: []int{20, 300}[r.IntN(2)], Overlap: 1, Seed: r.Uint64(), Level: colenc.Fast})
			base = Request{Groups: groups, EndMs: 1 << 60, Stream: streams, Now: estateStart}
		}
		parse, fields := draw(r, messages[r.IntN(len(messages))])
		var names []string
		for k := range fields {
			names = append(names, fmt.Sprintf("p%d", k))
		}
		if fields == 0 {
			continue
		}
		list := strings.Join(names, ", ")
		one, other := names[r.IntN(fields)], names[r.IntN(fields)]
		for _, tail := range []string{
			"stats count(*) as n by " + list,
			"filter ispresent(p0) | fields @timestamp, " + list,
			"filter " + one + ` = "1" or ` + one + ` != "a" | stats max(` + other + "), pct(p0, 50) by " + names[fields-1],
			"stats avg(" + one + "), count(" + one + "), sum(" + other + ")",
			"filter " + one + " > 1 | stats count(*) by bin(1h), " + other,
		} {
			q, err := insights.Parse(parse + " | " + tail)
			if err != nil {
				break // such as what the language wants quoted
			}
			asked++
			req := base
			req.Query = q
			samePlain(t, src, req)
		}
	}
	if asked < draws/4 {
		t.Fatalf("%d questions asked in %d draws", asked, draws)
	}
}

// fewLetters is a line of few letters, so that patterns meet in many places.
func fewLetters(r *rand.Rand) string {
	return fmt.Sprintf("%s=%d %s-%d ab%s", oneOf(r, "a", "ab", "b a"), r.IntN(30), oneOf(r, "x", "a", ""), r.IntN(3), strings.Repeat("ab", r.IntN(3)))
}

// fewWords is a line whose words come from dictionaries.
func fewWords(r *rand.Rand) string {
	word := func() string { return oneOf(r, "a1b", "ab2", "a1ba1b", "b3", "é4", "1", "a2-b3") }
	return fmt.Sprintf("%s/%s took %d of %s", word(), word(), r.IntN(5), word())
}

// TestCapturesEqualMatcher runs random expressions over random messages.
func TestCapturesEqualMatcher(t *testing.T) {
	line := func(r *rand.Rand) string {
		switch r.IntN(5) {
		case 0:
			return fewLetters(r)
		case 1, 2:
			return fewWords(r)
		case 3:
			return fmt.Sprintf("took %d ms, used %d.%02d MB\xc3%s by %s%s", r.IntN(2000)-r.IntN(2)*1000, r.IntN(50), r.IntN(100), oneOf(r, "", "\xa9", "é"), oneOf(r, "a", "Ab", "", "é"), oneOf(r, "", "\n", "."))
		}
		return ""
	}
	parsesEqualMatcher(t, 3, *fastCount, line, func(r *rand.Rand, msg string) (string, int) {
		pattern, groups := randomRegex(r, msg)
		return fmt.Sprintf("parse @message /%s/", strings.ReplaceAll(pattern, "/", `\/`)), groups
	})
}

// TestCapturesFromColumns holds which expressions are answered by templates:
// those of which the law above would not notice that messages are asked.
func TestCapturesFromColumns(t *testing.T) {
	var events []logparttest.Event
	for i := range 300 {
		events = append(events, logparttest.Event{Group: 1, Timestamp: int64(i), Message: fmt.Sprintf(
			`took %d ms, used %d.%02d MB, from 10.0.%d.%d for %08x-0000-4000-8000-%012x by user=b%d%s. in a%dx`,
			i*7, i%90, i%100, i%200, i%7, i*99991, i, i%3, strings.Repeat("xyz", 1+i%3), 1+i%2)})
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
		{`user=(?<p>\w\d)`, "columns"},                                    // part of one of few texts
		{`user=b\d(?<p>(?:xyz){2})`, "columns"},                           // some of them
		{`user=(?<p>\w{2,3})(?:\w{2}\. in a1|\w{3}\. in a2)`, "messages"}, // a later variable chooses
		{`user=\w*(?<p>z)\.`, "columns"},
		{`user=..(?<p>xyz).*(?<q>z)\.`, "columns"},
		{`took (?<q>\d+) .*user=\w*?(?<p>yz)`, "columns"},
		{`took (?<p>\d+) .*(?:zxyz)`, "messages"}, // of one variable if another is as wanted
		{`user=(?<p>\w+)\. in \w+$`, "columns"},
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
		snap, err := src.Parts(t.Context(), logs.Scan{Groups: []logs.GroupID{1}, End: req.EndMs})
		if err != nil {
			t.Fatal(err)
		}
		x := p.stages[slices.IndexFunc(p.stages, func(s stage) bool { return s.extract != nil })].extract
		slot := x.slots[slices.Index(q.Commands[0].(*insights.Extract).Names, "p")]
		w := newPartWorker(p, []*extraction{x})
		if len(snap.Parts()) == 0 {
			t.Fatal("no part to look at")
		}
		for _, part := range snap.Parts() {
			b, err := part.Open(t.Context(), w.scratch)
			if err != nil {
				t.Fatal(err)
			}
			w.open(b, false)
			for i := range w.units {
				got := map[bindKind]string{bindConst: "nothing varies", bindVar: "columns", bindUnknown: "messages"}[w.units[i].bind(slot).kind]
				if got != c.want {
					t.Errorf("/%s/ on %s is read from %s, want %s", c.pattern, w.units[i].tpl, got, c.want)
				}
			}
		}
		snap.Release()
	}
}
