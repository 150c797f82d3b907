// Package logpattern finds what log messages of one shape share: their pattern, as
// the commands pattern, diff and anomaly of Logs Insights show it. A pattern is
// found in two steps, both the same for any order of the messages:
//
//		message ─ Shaper ─ shape ─┐
//		message ─ Shaper ─ shape ─┼─ Merge ─ pattern, Severity
//		message ─ Shaper ─ shape ─┘
//
//	 1. A Shaper replaces what is variable by its form (times, addresses, UUIDs,
//	    numbers, words with many digits: forms.go) by typed tokens. It looks at one
//	    text only, up to maxText bytes.
//	 2. Merge replaces a word by <Token-n> where minSiblings shapes or more differ in
//	    that word alone, and by <ID-n> where many words that look like identifiers
//	    stand at one place.
//
// The package knows no storage and no query: counting is the caller's.
package logpattern

import (
	"strconv"
	"strings"
)

// maxText is how many bytes of a text are looked at.
const maxText = 4096

// Piece is a part of a shape: literal text, or a variable token.
type Piece struct {
	Text  string // of a literal; a token's kind: Time, UUID, IP, Number, ID, Token
	Token bool
	Word  bool // a literal that may become a token
}

// Render is the text of a pattern; tokens are numbered from 1.
func Render(pieces []Piece) string {
	var b strings.Builder
	n := 0
	for _, p := range pieces {
		if !p.Token {
			b.WriteString(p.Text)
			continue
		}
		n++
		b.WriteString("<" + p.Text + "-" + strconv.Itoa(n) + ">")
	}
	return b.String()
}
