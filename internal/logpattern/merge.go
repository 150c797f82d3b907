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
	// minIdentifiers is how many different words that look like identifiers make
	// their place one of identifiers.
	minIdentifiers = 50
	// maxMerged bounds the shapes that are compared with each other.
	maxMerged = 200_000
)

// Shape is a pattern with what is known of its events, a T.
type Shape[T any] struct {
	Pieces []Piece
	Key    string // Pieces, rendered
	Of     T

	first []int  // of each piece, the place of the word it repeats, or its own
	sum   uint64 // of the hashes of all pieces, by the mode of the merger
	frame uint64 // of those between words
}

// Merge joins shapes that differ in one word, place by place from the left, until
// nothing changes. A word that stands at several places counts as one, when all of
// the shapes have theirs there. Where shapes that are alike between their words
// have many different ones that look like identifiers, these are tokens, too,
// however the shapes differ elsewhere. Shapes come back in the order of their keys, and
// are the same for any order they are given in. join is told what becomes one: of
// belongs to a shape whose word is now the tokens of those numbers (from 0,
// ascending, none when it was a token before) of the new shape, whose T begins as
// the zero value.
func Merge[T any](shapes []*Shape[T], join func(into, of *T, tokens []int, word string)) []*Shape[T] {
	if len(shapes) <= maxMerged {
		for before := -1; before != len(shapes); {
			before = len(shapes)
			for _, repeats := range []bool{false, true} {
				m := merger[T]{shapes, join, repeats}
				m.merge()
				shapes = m.shapes
			}
		}
	}
	slices.SortFunc(shapes, func(a, b *Shape[T]) int { return strings.Compare(a.Key, b.Key) })
	return shapes
}

// merger goes over all places once.
type merger[T any] struct {
	shapes  []*Shape[T]
	join    func(into, of *T, tokens []int, word string)
	repeats bool // a word that repeats an earlier one is told by where that stands
}

func (m *merger[T]) merge() {
	longest := 0
	for _, s := range m.shapes {
		m.see(s)
		longest = max(longest, len(s.Pieces))
	}
	for at := range longest {
		m.mergeAt(at)
	}
}

// see prepares a shape for being compared.
func (m *merger[T]) see(s *Shape[T]) {
	s.first = make([]int, len(s.Pieces))
	words := map[string]int{}
	for i, p := range s.Pieces {
		s.first[i] = i
		if m.repeats && p.Word {
			if k, ok := words[p.Text]; ok {
				s.first[i] = k
			} else {
				words[p.Text] = i
			}
		}
	}
	s.sum, s.frame = 0, uint64(len(s.Pieces))
	for i, p := range s.Pieces {
		h := s.hash(i)
		if s.sum += h; !p.Word && !p.Token {
			s.frame += h
		}
	}
}

// hash is the piece at a place, with the place.
func (s *Shape[T]) hash(at int) uint64 {
	var buf [64]byte
	b := binary.AppendUvarint(buf[:0], uint64(at))
	p := &s.Pieces[at]
	switch {
	case s.first[at] != at:
		return xxhash.Sum64(binary.AppendUvarint(append(b, 2), uint64(s.first[at])))
	case p.Token:
		b = append(b, 1)
	default:
		b = append(b, 0)
	}
	return xxhash.Sum64(append(b, p.Text...))
}

// siblings is the same for shapes that differ in one place only.
type siblings struct {
	pieces int
	hash   uint64
}

// mergeAt joins the shapes that differ at one place.
func (m *merger[T]) mergeAt(at int) {
	differ := m.differ(at)
	identifiers := m.identifiers(at, differ)
	groups := map[siblings][]*Shape[T]{}
	var order []siblings
	for _, s := range m.shapes {
		if at >= len(s.Pieces) || !differ[len(s.Pieces)] || s.first[at] != at || !s.Pieces[at].mayVary() {
			continue
		}
		k := siblings{len(s.Pieces), s.sum - s.hash(at)}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], s)
	}
	merged := map[*Shape[T]]bool{}
	var added []*Shape[T]
	for _, k := range order {
		group := groups[k]
		token := slices.ContainsFunc(group, func(s *Shape[T]) bool { return s.Pieces[at].Token })
		identifier := slices.ContainsFunc(group, func(s *Shape[T]) bool {
			return len(identifiers[s.frame]) >= minIdentifiers && s.Pieces[at].likeIdentifier()
		})
		if !identifier && (len(group) < 2 || len(group) < minSiblings && !token) {
			continue
		}
		for _, s := range group {
			merged[s] = true
		}
		added = append(added, m.joined(group, at, identifier))
	}
	if len(added) > 0 {
		m.shapes = append(slices.DeleteFunc(m.shapes, func(s *Shape[T]) bool { return merged[s] }), added...)
	}
}

// differ says of shapes of each number of pieces whether they differ at a place: at
// most places of most messages they do not.
func (m *merger[T]) differ(at int) map[int]bool {
	first := map[int]*Shape[T]{}
	differ := map[int]bool{}
	for _, s := range m.shapes {
		n := len(s.Pieces)
		if at >= n || differ[n] {
			continue
		}
		if f := first[n]; f == nil {
			first[n] = s
		} else if f.Pieces[at] != s.Pieces[at] {
			differ[n] = true
		}
	}
	return differ
}

// identifiers are the words at a place that look like identifiers, up to
// minIdentifiers for each frame.
func (m *merger[T]) identifiers(at int, differ map[int]bool) map[uint64]map[string]bool {
	all := map[uint64]map[string]bool{}
	for _, s := range m.shapes {
		if at >= len(s.Pieces) || !differ[len(s.Pieces)] || s.first[at] != at {
			continue
		}
		words := all[s.frame]
		if p := &s.Pieces[at]; len(words) < minIdentifiers && p.likeIdentifier() {
			if words == nil {
				words = map[string]bool{}
				all[s.frame] = words
			}
			words[p.Text] = true
		}
	}
	return all
}

// likeIdentifier says whether a word could be an identifier: it has a digit, or a
// capital behind a small letter.
func (p *Piece) likeIdentifier() bool {
	if !p.Word {
		return false
	}
	last := byte(0)
	for i := 0; i < len(p.Text); i++ {
		kind := kinds[p.Text[i]]
		if kind == digit || kind == capital && last == smallLetter {
			return true
		}
		last = kind
	}
	return false
}

// mayVary says whether words of shapes that differ in this piece alone become one
// token: a word that tells no level, or what such words have become.
func (p *Piece) mayVary() bool {
	return p.Word && levelOf(p.Text) == "" || p.Token && (p.Text == "Token" || p.Text == "ID")
}

// joined is the shape of a group that differs at one place.
func (m *merger[T]) joined(group []*Shape[T], at int, identifier bool) *Shape[T] {
	kind := "Token"
	if identifier {
		kind = "ID"
	}
	word := group[0]
	for _, s := range group {
		if p := s.Pieces[at]; !p.Token {
			word = s // the place may be repeated only where it is a word
		} else if p.Text == "ID" {
			kind = "ID"
		}
	}
	one := &Shape[T]{Pieces: slices.Clone(word.Pieces)}
	var tokens []int
	n := 0
	for i := range one.Pieces {
		if word.first[i] == at {
			one.Pieces[i] = Piece{Text: kind, Token: true}
			tokens = append(tokens, n)
		}
		if one.Pieces[i].Token {
			n++
		}
	}
	one.Key = Render(one.Pieces)
	m.see(one)
	for _, s := range group {
		if s.Pieces[at].Token {
			m.join(&one.Of, &s.Of, nil, "")
		} else {
			m.join(&one.Of, &s.Of, tokens, s.Pieces[at].Text)
		}
	}
	return one
}
