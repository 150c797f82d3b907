package logtype

import (
	"math/rand/v2"
	"strings"
	"testing"

	"skywatch/internal/colenc"
)

// A hint never says no to what a text holds, in either case, whatever the
// texts are.
func TestTextHint(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, alphabet := range []string{"ab", "abcXYZ019 -", "\x00\x7f\x80\xffAz", string(allBytes())} {
		for range 200 {
			var list colenc.Strings
			var texts []string
			for range 1 + rng.IntN(40) {
				b := make([]byte, rng.IntN(60))
				for i := range b {
					b[i] = alphabet[rng.IntN(len(alphabet))]
				}
				texts = append(texts, string(b))
				list.Append(string(b))
			}
			h := newTextHint(&list)
			for _, s := range texts {
				if s == "" {
					if !h.Empty {
						t.Fatalf("texts %q: none is empty", texts)
					}
					continue
				}
				from := rng.IntN(len(s))
				part := s[from : from+1+rng.IntN(len(s)-from)]
				lower := []byte(part)
				for i, c := range lower {
					lower[i] = lowerASCII[c]
				}
				if !h.MayHold(part, false) || !h.MayHold(string(lower), true) {
					t.Fatalf("texts %q: none may hold %q", texts, part)
				}
				if !h.MayBegin(s[0], false) || !h.MayEnd(s[len(s)-1], false) {
					t.Fatalf("texts %q: none may begin and end as %q", texts, s)
				}
			}
		}
	}
	var words colenc.Strings
	words.Append("payment accepted")
	words.Append("order 1234")
	h := newTextHint(&words)
	for _, s := range []string{"refused", "123456", "ord3r", strings.Repeat("order ", 3) + "x"} {
		if h.MayHold(s, false) {
			t.Errorf("some text may hold %q", s)
		}
	}
	if h.MayHold("Order", false) || h.Empty || h.MayBegin('x', false) || h.MayEnd('x', true) {
		t.Error("the hint knows no bytes")
	}
}

func allBytes() (b []byte) {
	for c := range 256 {
		b = append(b, byte(c))
	}
	return b
}
