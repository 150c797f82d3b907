package logexec

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
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

// TestStarsEqualMatcher lays random globs over random messages.
func TestStarsEqualMatcher(t *testing.T) {
	line := func(r *rand.Rand) string {
		switch r.IntN(4) {
		case 0:
			return fewLetters(r)
		case 1:
			return fewWords(r)
		}
		return ""
	}
	parsesEqualMatcher(t, 2, max(20, *fastCount/4), line, func(r *rand.Rand, msg string) (string, int) {
		glob, stars := randomGlob(r, msg)
		if strings.Count(glob, "*") != stars || strings.ContainsAny(glob, "\"\\\n\t\r") {
			return "", 0
		}
		var names []string
		for s := range stars {
			names = append(names, fmt.Sprintf("p%d", s))
		}
		return fmt.Sprintf("parse @message \"%s\" as %s", glob, strings.Join(names, ", ")), stars
	})
}
