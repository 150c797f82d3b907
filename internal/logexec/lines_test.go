package logexec

import (
	"math/rand/v2"
	"testing"
)

// TestClfEnd holds the quick look at a line's end against the expression:
// whatever that takes, it lets through.
func TestClfEnd(t *testing.T) {
	words := []string{"203.0.113.9", "-", " - ", "[10/Oct/2026:13:55:36 +0000]", ` "GET /a b HTTP/1.1"`, ` "`, `" `, " 200", " 404 ", " - ", " 1024", " id", "=", "é", "\t", "\n", " ", "7"}
	line := `203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 200 1024 id id2`
	r := rand.New(rand.NewPCG(1, 5))
	taken, refused := 0, 0
	for range 20_000 {
		s := line
		for range r.IntN(3) {
			from := r.IntN(len(s) + 1)
			to := min(len(s), from+r.IntN(4))
			s = s[:from] + words[r.IntN(len(words))] + s[to:]
		}
		switch {
		case clf.MatchString(s):
			if taken++; !clfEnd(s) {
				t.Fatalf("%q is a line, but not by its end", s)
			}
		case !clfEnd(s):
			refused++
		}
	}
	if taken < 1000 || refused < 1000 {
		t.Errorf("%d lines were taken and %d refused", taken, refused)
	}
}
