package filterpattern

import (
	"strings"

	"skywatch/internal/jsontext"
)

// word is one piece of a message: start and end of its text, delimiters left
// out, and from where it was written.
type word struct{ from, start, end int }

// nextWord returns the word at or after s[i] and where to go on; ok is false
// when only blanks are left. Text in "…" or […] is one word when a blank or
// the end follows the closing delimiter; a \ inside quotes guards the next byte.
func nextWord(s string, i int) (w word, next int, ok bool) {
	if i = jsontext.Blank(s, i); i == len(s) {
		return word{}, i, false
	}
	if end := delimited(s, i); end > 0 {
		return word{i, i + 1, end - 1}, end, true
	}
	end := i
	for end < len(s) && !isBlank(s[end]) {
		end++
	}
	return word{i, i, end}, end, true
}

// delimited returns the end of the "…" or […] at s[i], or 0.
func delimited(s string, i int) int {
	closing := byte('"')
	switch s[i] {
	case '"':
	case '[':
		closing = ']'
	default:
		return 0
	}
	for j := i + 1; j < len(s); j++ {
		switch {
		case s[j] == '\\' && closing == '"':
			j++
		case s[j] == closing:
			if j+1 == len(s) || isBlank(s[j+1]) {
				return j + 1
			}
			return 0
		}
	}
	return 0
}

// stackWords is how many words fit without allocating.
const stackWords = 32

// locate finds the words that the pattern's fields stand for, head then tail,
// appended to buf. It reports false when the message has too few.
func (l *fieldList) locate(message string, buf []word) ([]word, bool) {
	words := buf
	i := 0
	for range l.head {
		w, next, ok := nextWord(message, i)
		if !ok {
			return nil, false
		}
		words = append(words, w)
		i = next
	}
	switch {
	case !l.ellipsis:
		last := &words[len(words)-1]
		if end := len(strings.TrimRight(message, " \t\r\n")); end > i {
			*last = word{last.from, last.from, end} // the rest of the line, as written
		}
	case len(l.tail) > 0:
		// A ring of the last len(tail) words.
		n := 0
		for {
			w, next, ok := nextWord(message, i)
			if !ok {
				break
			}
			if n < len(l.tail) {
				words = append(words, w)
			} else {
				words[len(l.head)+n%len(l.tail)] = w
			}
			n++
			i = next
		}
		if n < len(l.tail) {
			return nil, false
		}
		rotate(words[len(l.head):], n%len(l.tail))
	}
	return words, true
}

// rotate moves the first k words behind the others.
func rotate(words []word, k int) {
	reverse(words[:k])
	reverse(words[k:])
	reverse(words)
}

func reverse(words []word) {
	for i, j := 0, len(words)-1; i < j; i, j = i+1, j-1 {
		words[i], words[j] = words[j], words[i]
	}
}

func (l *fieldList) match(message string) bool {
	var buf [stackWords]word
	words, ok := l.locate(message, buf[:0])
	if !ok {
		return false
	}
	for i := range words {
		f := l.at(i)
		if f.expr != nil && !f.expr.matchText(message[words[i].start:words[i].end]) {
			return false
		}
	}
	return true
}

func (l *fieldList) at(i int) *field {
	if i < len(l.head) {
		return &l.head[i]
	}
	return &l.tail[i-len(l.head)]
}

// extract adds "$name" → value for a message that matches.
func (l *fieldList) extract(message string, values map[string]string) {
	words, _ := l.locate(message, nil)
	for i, w := range words {
		values["$"+l.at(i).name] = message[w.start:w.end]
	}
}

// matchText decides the tree on the text of one field.
func (n *node) matchText(s string) bool {
	switch n.op {
	case leaf:
		return n.test.matchField(s)
	case and:
		for _, k := range n.kids {
			if !k.matchText(s) {
				return false
			}
		}
		return true
	default:
		for _, k := range n.kids {
			if k.matchText(s) {
				return true
			}
		}
		return false
	}
}

// matchField tests a text. An unquoted number compares by value with a text
// that is a number, for = and != by text otherwise.
func (t *test) matchField(s string) bool {
	if t.value.isNumber {
		if n, ok := parseNumber(s); ok {
			return t.op.holds(n.compare(t.value.number))
		}
		if t.op.ordered() {
			return false
		}
	}
	return t.value.matchText(s) == (t.op == opEqual)
}
