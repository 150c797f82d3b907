package logexec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart/logparttest"
)

// randomGlob cuts pieces out of a message and joins them with stars; now and
// then a piece is one that is not there.
func randomGlob(r *rand.Rand, msg string) (glob string, stars int) {
	var b strings.Builder
	stars = 1 + r.IntN(4)
	at := 0
	for i := range stars + 1 {
		if i > 0 {
			b.WriteByte('*')
		}
		if (i == 0 || i == stars) && r.IntN(2) == 0 {
			continue
		}
		from := at + r.IntN(max(1, min(12, len(msg)-at)))
		to := min(len(msg), from+1+r.IntN(3))
		if from >= to {
			continue
		}
		lit := msg[from:to]
		if r.IntN(20) == 0 {
			lit = string(rune('a' + r.IntN(26)))
		}
		b.WriteString(lit)
		at = to
	}
	return b.String(), stars
}

// TestStarsEqualMatcher lays random globs over random messages: what the
// templates say about the stars is what matching every message says.
func TestStarsEqualMatcher(t *testing.T) {
	seed := *fastSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("-fastseed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	decided := 0
	var src *logparttest.Source
	var base Request
	var messages []string
	for i := range max(20, *fastCount/4) {
		if i%20 == 0 {
			events, groups, streams := oddEvents(r, 400)
			messages = messages[:0]
			for k := range events {
				if r.IntN(2) == 0 { // lines of few letters, so that globs meet in many places
					events[k].Message = fmt.Sprintf("%s=%d %s-%d ab%s", []string{"a", "ab", "b a"}[r.IntN(3)], r.IntN(30), []string{"x", "a", ""}[r.IntN(3)], r.IntN(3), strings.Repeat("ab", r.IntN(3)))
				}
				messages = append(messages, events[k].Message)
			}
			src = logparttest.New(events, logparttest.Options{BlockRows: []int{20, 300}[r.IntN(2)], Overlap: 1, Seed: r.Uint64(), Level: colenc.Fast})
			base = Request{Groups: groups, EndMs: 1 << 60, Stream: streams, Now: estateStart}
		}
		glob, stars := randomGlob(r, messages[r.IntN(len(messages))])
		if strings.Count(glob, "*") != stars || strings.ContainsAny(glob, "\"\\\n\t\r") {
			continue
		}
		var names []string
		for s := range stars {
			names = append(names, fmt.Sprintf("p%d", s))
		}
		list := strings.Join(names, ", ")
		for _, tail := range []string{"| stats count(*) as n by " + list, "| filter ispresent(p0) | fields @timestamp, " + list, "| filter p0 = \"1\" or p0 != \"a\" | stats max(p0), pct(p0, 50) by " + names[stars-1]} {
			q, err := insights.Parse(fmt.Sprintf("parse @message \"%s\" as %s %s", glob, list, tail))
			if err != nil {
				break // such as a glob with nothing between its stars
			}
			decided++
			req := base
			req.Query = q
			samePlain(t, src, req)
		}
	}
	if decided == 0 {
		t.Fatal("no glob was one")
	}
}
