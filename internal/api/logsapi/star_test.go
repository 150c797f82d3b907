package logsapi

import (
	"strings"
	"testing"
)

func TestStarMatch(t *testing.T) {
	f := func(pattern, s string, want bool) {
		t.Helper()
		if got := starMatch(pattern, s); got != want {
			t.Errorf("starMatch(%q, %q) = %v, want %v", pattern, s, got, want)
		}
	}
	f("", "", true)
	f("", "a", false)
	f("a", "a", true)
	f("a", "ab", false)
	f("*", "", true)
	f("*", "anything", true)
	f("a*", "a", true)
	f("a*c", "abcbc", true)
	f("a*c", "abcb", false)
	f("*b*", "abc", true)
	f("*ab", "aab", true)
	f("**", "x", true)
	f("a*b*c", "a-b-b-c", true)
	f("a*b*c", "a-c-b", false)
	// One way back for every star would be more ways than anybody can try.
	f(strings.Repeat("*a", 40)+"b", strings.Repeat("a", 250), false)
}
