package logexec

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// A pattern is what events of one shape share. It is found in two steps, both
// the same for any order of the events:
//
//  1. A shaper (pattern_shape.go) replaces what is variable by its form (times, addresses, UUIDs,
//     numbers, words with many digits) by typed tokens. This looks at one text
//     only.
//  2. mergeShapes replaces a word by <Token-n> where minSiblings shapes or more
//     differ in that word alone.
//
// Texts are looked at up to maxPatternText bytes.

// piece is a part of a shape: literal text, or a variable token.
type piece struct {
	text string // of a literal; a token's kind: Time, UUID, IP, Number, ID, Token
	dyn  bool
	word bool // a literal that may become a token
}

const (
	maxPatternText = 4096
	minSiblings    = 4
	// maxMerged bounds the shapes that are compared with each other.
	maxMerged = 5_000
)

// render is the text of a pattern; tokens are numbered from 1.
func render(pieces []piece) string {
	var b strings.Builder
	n := 0
	for _, p := range pieces {
		if !p.dyn {
			b.WriteString(p.text)
			continue
		}
		n++
		b.WriteString("<" + p.text + "-" + strconv.Itoa(n) + ">")
	}
	return b.String()
}

// shape is a pattern with what is known of its events.
type shape struct {
	pieces []piece
	key    string
	hashes []uint64 // of pieces and their places, for mergeShapes
	sum    uint64   // of hashes
	count  float64  // in the query's time range
	before float64  // in the earlier range of a comparison
	spread *spread  // for anomaly, nil else
}

// mergeShapes joins shapes that differ in one word, position by position from
// the left, until nothing changes. Shapes come and go in the order of their keys.
func mergeShapes(shapes []*shape) []*shape {
	byKey := func(a, b *shape) int { return strings.Compare(a.key, b.key) }
	slices.SortFunc(shapes, byKey)
	if len(shapes) > maxMerged {
		return shapes
	}
	longest := 0
	for _, s := range shapes {
		s.hash()
		longest = max(longest, len(s.pieces))
	}
	for at := range longest {
		groups := map[siblings][]*shape{}
		for _, s := range shapes {
			if at < len(s.pieces) && s.pieces[at].word && severityOf(s.pieces[at].text) == "" {
				k := s.except(at)
				groups[k] = append(groups[k], s)
			}
		}
		merged := map[*shape]bool{}
		var added []*shape
		for _, s := range shapes {
			if merged[s] || at >= len(s.pieces) || !s.pieces[at].word {
				continue
			}
			g := groups[s.except(at)]
			if len(g) < minSiblings || merged[g[0]] || severityOf(s.pieces[at].text) != "" {
				continue
			}
			one := &shape{pieces: slices.Clone(s.pieces)}
			one.pieces[at] = piece{text: "Token", dyn: true}
			one.key = render(one.pieces)
			one.hash()
			index := tokensBefore(one.pieces, at)
			for _, m := range g {
				merged[m] = true
				one.count += m.count
				one.before += m.before
				one.spread = one.spread.join(m.spread, index, m.pieces[at].text, m.count)
			}
			added = append(added, one)
		}
		if len(added) == 0 {
			continue
		}
		shapes = slices.DeleteFunc(shapes, func(s *shape) bool { return merged[s] })
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

func (s *shape) hash() {
	s.hashes, s.sum = make([]uint64, len(s.pieces)), 0
	for i, p := range s.pieces {
		b := binary.AppendUvarint(nil, uint64(i))
		if p.dyn {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
		s.hashes[i] = xxhash.Sum64(append(b, p.text...))
		s.sum += s.hashes[i]
	}
}

// except is what the shape shares with those that differ at one place.
func (s *shape) except(at int) siblings { return siblings{len(s.pieces), s.sum - s.hashes[at]} }

func tokensBefore(pieces []piece, at int) int {
	n := 0
	for _, p := range pieces[:at] {
		if p.dyn {
			n++
		}
	}
	return n
}

// severities are the words that tell a level, the most severe first.
var severities = []struct{ label, words string }{
	{"Error", " error err fatal critical severe exception failed failure panic emerg emergency alert crit "},
	{"Warning", " warn warning "},
	{"Info", " info notice information "},
	{"Debug", " debug trace fine finer finest verbose "},
}

// severityOf is the level that a word tells, "" for none.
func severityOf(word string) string {
	w := " " + strings.ToLower(word) + " "
	if len(w) > 14 {
		if strings.HasSuffix(w, "exception ") || strings.HasSuffix(w, "error ") {
			return "Error"
		}
		return ""
	}
	for _, s := range severities {
		if strings.Contains(s.words, w) {
			return s.label
		}
	}
	if strings.HasSuffix(w, "exception ") || strings.HasSuffix(w, "error ") {
		return "Error"
	}
	return ""
}

// severity is the label of a pattern: that of its first word that is a level in
// capitals or in brackets, else the most severe level among its words, else None.
func severity(pieces []piece) string {
	best := len(severities)
	for _, p := range pieces {
		if !p.word {
			continue
		}
		label := severityOf(p.text)
		if label == "" {
			continue
		}
		if len(p.text) <= 8 && p.text == strings.ToUpper(p.text) {
			return label
		}
		for i, s := range severities {
			if s.label == label {
				best = min(best, i)
			}
		}
	}
	if best == len(severities) {
		return "None"
	}
	return severities[best].label
}
