package logpattern

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

const (
	// minSiblings is how many shapes that differ in one word make it a token.
	minSiblings = 4
	// maxMerged bounds the shapes that are compared with each other.
	maxMerged = 5_000
)

// Shape is a pattern with what is known of its events, a T.
type Shape[T any] struct {
	Pieces []Piece
	Key    string // Pieces, rendered
	Of     T

	hashes []uint64 // of Pieces and their places, for Merge
	sum    uint64   // of hashes
}

// Merge joins shapes that differ in one word, position by position from the left.
// Shapes are given back in the order of their keys. join is told what becomes one:
// what of belongs to a shape whose word is now the token'th token (from 0) of the
// new one, whose T begins as the zero value.
func Merge[T any](shapes []*Shape[T], join func(into, of *T, token int, word string)) []*Shape[T] {
	byKey := func(a, b *Shape[T]) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(shapes, byKey)
	if len(shapes) > maxMerged {
		return shapes
	}
	longest := 0
	for _, s := range shapes {
		s.hash()
		longest = max(longest, len(s.Pieces))
	}
	for at := range longest {
		groups := map[siblings][]*Shape[T]{}
		for _, s := range shapes {
			if at < len(s.Pieces) && s.Pieces[at].Word && levelOf(s.Pieces[at].Text) == "" {
				k := s.except(at)
				groups[k] = append(groups[k], s)
			}
		}
		merged := map[*Shape[T]]bool{}
		var added []*Shape[T]
		for _, s := range shapes {
			if merged[s] || at >= len(s.Pieces) || !s.Pieces[at].Word {
				continue
			}
			g := groups[s.except(at)]
			if len(g) < minSiblings || merged[g[0]] || levelOf(s.Pieces[at].Text) != "" {
				continue
			}
			one := &Shape[T]{Pieces: slices.Clone(s.Pieces)}
			one.Pieces[at] = Piece{Text: "Token", Token: true}
			one.Key = Render(one.Pieces)
			one.hash()
			index := tokensBefore(one.Pieces, at)
			for _, m := range g {
				merged[m] = true
				join(&one.Of, &m.Of, index, m.Pieces[at].Text)
			}
			added = append(added, one)
		}
		if len(added) == 0 {
			continue
		}
		shapes = slices.DeleteFunc(shapes, func(s *Shape[T]) bool { return merged[s] })
		shapes = append(shapes, added...)
		slices.SortFunc(shapes, byKey)
	}
	return shapes
}

// siblings is the same for shapes that differ in one place only.
type siblings struct {
	pieces int
	hash   uint64
}

func (s *Shape[T]) hash() {
	s.hashes, s.sum = make([]uint64, len(s.Pieces)), 0
	for i, p := range s.Pieces {
		b := binary.AppendUvarint(nil, uint64(i))
		if p.Token {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
		s.hashes[i] = xxhash.Sum64(append(b, p.Text...))
		s.sum += s.hashes[i]
	}
}

// except is what the shape shares with those that differ at one place.
func (s *Shape[T]) except(at int) siblings { return siblings{len(s.Pieces), s.sum - s.hashes[at]} }

func tokensBefore(pieces []Piece, at int) int {
	n := 0
	for _, p := range pieces[:at] {
		if p.Token {
			n++
		}
	}
	return n
}
