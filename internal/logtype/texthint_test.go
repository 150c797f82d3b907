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
			h := newTextHint(&list, 1<<30)
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
	h := newTextHint(&words, 1<<30)
	for _, s := range []string{"refused", "123456", "ord3r", strings.Repeat("order ", 3) + "x"} {
		if h.MayHold(s, false) {
			t.Errorf("some text may hold %q", s)
		}
	}
	if h.MayHold("Order", false) || h.Empty || h.MayBegin('x', false) || h.MayEnd('x', true) {
		t.Error("the hint knows no bytes")
	}
}

// Where nearly all runs of three letters occur those of four tell texts apart,
// as long as there is room for them.
func TestWideTextHint(t *testing.T) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	rng := rand.New(rand.NewPCG(3, 4))
	var ids colenc.Strings
	for range 4000 {
		b := make([]byte, 16)
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		ids.Append(string(b))
	}
	h := newTextHint(&ids, 1<<30)
	for i := range ids.Len() {
		s := string(ids.At(i))
		if !h.MayHold(s, false) || !h.MayHold(s[3:9], false) || !h.MayHold(strings.ToLower(s), true) || !h.MayHold(s[:3], false) {
			t.Fatalf("none may hold %q", s)
		}
	}
	wrong := 0
	for range 1000 {
		b := make([]byte, 8)
		for i := range b {
			b[i] = letters[rng.IntN(len(letters))]
		}
		if h.MayHold(string(b), false) {
			wrong++
		}
	}
	if wrong > 20 {
		t.Errorf("of 1000 texts %d may be in random ids, want few", wrong)
	}
	if h := newTextHint(&ids, hintBase+1<<maxHintLog/8); h.grams != nil {
		t.Errorf("a hint of %d words, want no more than its room", len(h.grams))
	}
}

func allBytes() (b []byte) {
	for c := range 256 {
		b = append(b, byte(c))
	}
	return b
}
