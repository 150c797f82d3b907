package logexec

import (
	"encoding/binary"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// A pattern is what events of one shape share. It is found in two steps, both
// the same for any order of the events:
//
//  1. shapeOf replaces what is variable by its form (times, addresses, UUIDs,
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

// variable forms that are longer than a word, tried where a word begins.
var forms = []struct {
	kind string
	re   *regexp.Regexp
}{
	{"Time", regexp.MustCompile(`^\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?`)},
	{"Time", regexp.MustCompile(`^\d{2}/(?:\d{2}|[A-Z][a-z]{2})/\d{2,4}[ :]\d{2}:\d{2}:\d{2}(?: [+-]\d{4})?`)},
	{"Time", regexp.MustCompile(`^\d{2}:\d{2}:\d{2}(?:[.,]\d+)?`)},
	{"UUID", regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`)},
	{"IP", regexp.MustCompile(`^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`)},
	{"Number", regexp.MustCompile(`^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`)},
	{"ID", regexp.MustCompile(`^0[xX][0-9a-fA-F]+`)},
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// shapeOf takes a text apart. values, when not nil, receives what each token
// stands for.
func shapeOf(s string, values *[]string) []piece {
	if len(s) > maxPatternText {
		s = strings.ToValidUTF8(s[:maxPatternText], "")
	}
	var out []piece
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			out = append(out, piece{text: literal.String()})
			literal.Reset()
		}
	}
	token := func(kind, val string) {
		flush()
		out = append(out, piece{text: kind, dyn: true})
		if values != nil {
			*values = append(*values, val)
		}
	}
	for i := 0; i < len(s); {
		if !wordByte(s[i]) {
			literal.WriteByte(s[i])
			i++
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
		flush()
		out = append(out, piece{text: word, word: true})
	}
	flush()
	return out
}

// form finds a variable form at the start of s: its kind and length.
func form(s string) (string, int) {
	if s[0] < '0' || s[0] > '9' {
		if c := s[0] | 0x20; c < 'a' || c > 'f' {
			return "", 0
		}
		if n := len(forms[3].re.FindString(s)); n > 0 && (n == len(s) || !wordByte(s[n])) {
			return "UUID", n
		}
		return "", 0
	}
	for _, f := range forms {
		n := len(f.re.FindString(s))
		if n == 0 || f.kind != "Number" && n < len(s) && wordByte(s[n]) {
			continue
		}
		if f.kind == "Number" {
			// 12ms and 128MB are numbers with a unit, 12ab34 is not.
			unit := wordLen(s[n:])
			if end := n + unit; end+1 < len(s) && (s[end] == '-' || s[end] == '.') && wordByte(s[end+1]) {
				continue // 12-34 is a word
			}
			if unit > 2 || strings.ContainsAny(s[n:n+unit], "0123456789_-") {
				continue
			}
		}
		return f.kind, n
	}
	return "", 0
}

// wordLen is the length of the word at the start of s: a run of letters, digits
// and _, and of - and . between them.
func wordLen(s string) int {
	n := 0
	for n < len(s) && (wordByte(s[n]) || n > 0 && (s[n] == '-' || s[n] == '.') && n+1 < len(s) && wordByte(s[n+1])) {
		n++
	}
	return n
}

// isID says whether a word varies from event to event by its looks: it holds
// three digits or more, or is long hex with a digit.
func isID(word string) bool {
	digits, hex := 0, true
	for i := 0; i < len(word); i++ {
		c := word[i]
		switch {
		case c >= '0' && c <= '9':
			digits++
		case (c|0x20 < 'a' || c|0x20 > 'f') && c != '-':
			hex = false
		}
	}
	return digits >= 3 || digits > 0 && hex && len(word) >= 8
}

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
