package logpattern

import (
	"strconv"
	"strings"
)

// Shaper takes texts apart into patterns. Most texts have a pattern that was
// seen before: then only its rendered text is made, in a buffer that is used
// again. The forms are matched by hand: with regular expressions a message took
// sixteen times as long (BenchmarkShape).
type Shaper struct {
	Key    []byte   // the rendered pattern
	pieces []Piece  // only when asked for
	Values []string // what each token stands for, with WantValues

	wantPieces, WantValues bool
}

// Shape takes s apart. What it leaves in Key and Values is good until the next call.
func (p *Shaper) Shape(s string) {
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	p.Key, p.pieces, p.Values = p.Key[:0], nil, p.Values[:0]
	tokens := 0
	token := func(kind, val string) {
		tokens++
		p.Key = append(append(append(p.Key, '<'), kind...), '-')
		p.Key = append(strconv.AppendInt(p.Key, int64(tokens), 10), '>')
		if p.wantPieces {
			p.pieces = append(p.pieces, Piece{Text: kind, Token: true})
		}
		if p.WantValues {
			p.Values = append(p.Values, val)
		}
	}
	for i := 0; i < len(s); {
		if start := i; !wordByte(s[i]) {
			for i < len(s) && !wordByte(s[i]) {
				i++
			}
			p.Key = append(p.Key, s[start:i]...)
			if p.wantPieces {
				p.pieces = append(p.pieces, Piece{Text: s[start:i]})
			}
			continue
		}
		if kind, n := form(s[i:]); n > 0 {
			token(kind, s[i:i+n])
			i += n
			continue
		}
		n := wordLen(s[i:])
		word := s[i : i+n]
		i += n
		if isID(word) {
			token("ID", word)
			continue
		}
		p.Key = append(p.Key, word...)
		if p.wantPieces {
			p.pieces = append(p.pieces, Piece{Text: word, Word: true})
		}
	}
}

// Pieces are the pieces of s; they do not hold on to it.
func Pieces(s string) []Piece {
	p := Shaper{wantPieces: true}
	p.Shape(strings.Clone(s))
	return p.pieces
}
