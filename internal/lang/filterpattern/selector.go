package filterpattern

import (
	"strconv"
	"strings"
)

// Selector points into a JSON document: $.a.b[0], $.['any name'], $.a[*].b.
// It is immutable and safe for concurrent use.
type Selector struct{ steps []step }

type stepKind uint8

const (
	stepName   stepKind = iota // member of an object
	stepIndex                  // element of an array
	stepAnyOf                  // [*]: every element
	stepMember                 // .*: every member
)

type step struct {
	kind  stepKind
	name  string
	index int
}

// ParseSelector reads a selector alone, as a metric value or dimension names
// it. An error is an *Error.
func ParseSelector(text string) (*Selector, error) {
	p := &parser{text: text}
	s, err := p.selector()
	if err != nil {
		return nil, err
	}
	if !p.end() {
		return nil, p.unexpected("the end of the selector")
	}
	return s, nil
}

const (
	maxSelectorWildcards = 1
	maxPatternWildcards  = 3
)

// selector = "$" { "." name | "." "*" | [ "." ] "['" any "']" | "[" index "]" | "[*]" }.
func (p *parser) selector() (*Selector, error) {
	start := p.pos
	if !p.accept("$") {
		return nil, p.unexpected("a selector such as $.name")
	}
	s := &Selector{}
	wildcards := 0
	for {
		at := p.pos
		dot := p.accept(".")
		switch {
		case p.accept("['"):
			n := strings.Index(p.text[p.pos:], "']")
			if n < 0 {
				p.pos = len(p.text)
				return nil, p.errorAt(at, "the name is not closed with ']")
			}
			s.steps = append(s.steps, step{kind: stepName, name: p.text[p.pos : p.pos+n]})
			p.pos += n + len("']")
		case dot && p.accept("*"):
			s.steps = append(s.steps, step{kind: stepMember})
			wildcards++
		case dot:
			name := p.run(func(r rune) bool { return r == '-' || isNameRune(r) })
			if name == "" {
				return nil, p.unexpected("a member name (write ['…'] around a name that holds anything but letters, digits, - and _)")
			}
			s.steps = append(s.steps, step{kind: stepName, name: name})
		case p.accept("[*]"):
			s.steps = append(s.steps, step{kind: stepAnyOf})
			wildcards++
		case p.accept("["):
			digits := p.run(func(r rune) bool { return r >= '0' && r <= '9' })
			index, err := strconv.Atoi(digits)
			if err != nil || len(digits) > 9 {
				if digits == "" {
					return nil, p.unexpected("an array index, * or a name in single quotes")
				}
				return nil, p.errorAt(at, "the array index is too large")
			}
			if !p.accept("]") {
				return nil, p.unexpected("]")
			}
			s.steps = append(s.steps, step{kind: stepIndex, index: index})
		default:
			if len(s.steps) == 0 {
				return nil, p.unexpected("a member name after $")
			}
			if wildcards > maxSelectorWildcards {
				return nil, p.errorAt(start, "a selector can hold at most %d wildcard", maxSelectorWildcards)
			}
			if p.wildcards += wildcards; p.wildcards > maxPatternWildcards {
				return nil, p.errorAt(start, "a pattern can hold at most %d wildcard selectors", maxPatternWildcards)
			}
			return s, nil
		}
	}
}

// String returns the selector in canonical spelling.
func (s *Selector) String() string {
	var b strings.Builder
	b.WriteByte('$')
	for _, st := range s.steps {
		switch st.kind {
		case stepName:
			if p := (parser{text: st.name}); st.name != "" && p.run(func(r rune) bool { return r == '-' || isNameRune(r) }) == st.name {
				b.WriteString("." + st.name)
			} else {
				b.WriteString(".['" + st.name + "']")
			}
		case stepIndex:
			b.WriteString("[" + strconv.Itoa(st.index) + "]")
		case stepAnyOf:
			b.WriteString("[*]")
		case stepMember:
			b.WriteString(".*")
		}
	}
	return b.String()
}
