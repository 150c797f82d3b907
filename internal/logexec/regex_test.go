package logexec

import (
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// TestRegexShortcut holds the shortcut against the plain regular expression.
func TestRegexShortcut(t *testing.T) {
	patterns := rapid.OneOf(
		rapid.SampledFrom([]string{`(?i)error`, `(?i)(exception|error)`, `timeout after \d+ms`, `(?i)task`, `k|K`, `(?i)k`, `a+b`, `(ab){2,}c?`, `^ab$`,
			`x*`, `(?i)S3`, `ab|cd|`, `(?i)é`, `a\.b`, `[ab]c`, `(?i:Ab)C`, `\x{fffd}`, `(?s)a.b`}),
		rapid.StringMatching(`(\(\?i\))?[abkS|().*+?^]{1,8}`))
	texts := rapid.StringOfN(rapid.SampledFrom([]rune("abABckKsSſKé.error 3\n")), 0, 12, -1)
	rapid.Check(t, func(t *rapid.T) {
		re, err := regexp.Compile(patterns.Draw(t, "pattern"))
		if err != nil {
			return
		}
		s := texts.Draw(t, "text") + rapid.SampledFrom([]string{"", "Error", "EXCEPTION", "tasK", "timeout after 5ms", "\xff", "S3"}).Draw(t, "end")
		if got, want := containsRegex(re)(s), re.MatchString(s); got != want {
			t.Fatalf("/%s/ on %q: got %v, want %v", re, s, got, want)
		}
	})
}
