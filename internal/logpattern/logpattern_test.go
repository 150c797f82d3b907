package logpattern

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The forms as regular expressions, in the order of forms.
var formRegexes = []*regexp.Regexp{
	regexp.MustCompile(`^\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?`),
	regexp.MustCompile(`^\d{2}/(?:\d{2}|[A-Z][a-z]{2})/\d{2,4}[ :]\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?`),
	regexp.MustCompile(`^\d{2}:\d{2}:\d{2}(?:[.,]\d+)?`),
	regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`),
	regexp.MustCompile(`^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`),
	regexp.MustCompile(`^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`),
	regexp.MustCompile(`^0[xX][0-9a-fA-F]+`),
}

// TestForms holds the hand-written forms against the regular expressions, on
// texts that look like them with something changed.
func TestForms(t *testing.T) {
	samples := []string{"2024-03-04", "2024/03/04 05:06", "2024-03-04T05:06:07.890Z", "2024-03-04 05:06:07,1+09:00", "2024-03-04T05:06-0330",
		"06/Feb/2019:00:00:38 +0000", "06/02/19 00:00:38", "05:06:07.1", "123e4567-e89b-12d3-a456-426614174000", "10.1.22.255", "1234.5.6.7",
		"12.5e-7", "3e", "0xFFa", "0x", "1."}
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.SampledFrom(samples).Draw(t, "sample"))
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			switch c := rapid.SampledFrom([]byte("019-/:T .,Z+eExaFbn")).Draw(t, "byte"); rapid.IntRange(0, 2).Draw(t, "how") {
			case 0:
				b[i] = c
			case 1:
				b = append(b[:i], append([]byte{c}, b[i:]...)...)
			case 2:
				if len(b) > 1 {
					b = append(b[:i], b[i+1:]...)
				}
			}
		}
		s := string(b)
		for i, f := range forms {
			if got, want := f.match(s), len(formRegexes[i].FindString(s)); got != want {
				t.Fatalf("form %d (%s) in %q: got length %d, want %d", i, f.kind, s, got, want)
			}
		}
	})
}

// The text of a pattern is that of its pieces.
func TestShapeRenders(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.RuneFrom([]rune("019afT-:. <é_\t"))).Draw(t, "text")
		p := Shaper{wantPieces: true, WantValues: true}
		p.Shape(s)
		if got := Render(p.pieces); got != string(p.Key) {
			t.Fatalf("%q: the pieces make %q, the key is %q", s, got, p.Key)
		}
		tokens := 0
		for _, piece := range p.pieces {
			if piece.Token {
				tokens++
			}
		}
		if tokens != len(p.Values) {
			t.Fatalf("%q: %d tokens, %d values", s, tokens, len(p.Values))
		}
	})
}

func BenchmarkShape(b *testing.B) {
	for i, msg := range []string{
		"REPORT RequestId: 8f507cfc-1234-4abc-9def-1234567890ab\tDuration: 102.25 ms\tBilled Duration: 103 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB\t",
		`{"level":"INFO","time":"2024-03-04T10:00:00.123Z","user":"u-1234","path":"/orders/77","status":200,"ms":12.5}`,
		strings.Repeat("plain words and 12 numbers ", 20),
	} {
		b.Run(fmt.Sprint(i), func(b *testing.B) {
			var p Shaper
			b.ReportAllocs()
			b.SetBytes(int64(len(msg)))
			for b.Loop() {
				p.Shape(msg)
			}
		})
	}
}
