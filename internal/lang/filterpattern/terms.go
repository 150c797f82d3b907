package filterpattern

import (
	"strings"
	"unicode/utf8"
)

// term is one word or phrase of an unstructured pattern.
type term struct {
	mode byte // 0 must occur, '?' one of these must occur, '-' must not occur
	text string
}

// termsPattern = { [ "?" | "-" ] ( word | quoted ) }, blanks between.
func (p *parser) termsPattern() (*Pattern, error) {
	var terms []term
	for p.blanks(); !p.end(); p.blanks() {
		start := p.pos
		var t term
		if c := p.peek(); c == '?' || c == '-' {
			t.mode = c
			p.pos++
		}
		if p.peek() == '"' {
			text, err := p.quoted()
			if err != nil {
				return nil, err
			}
			t.text = text
		} else {
			t.text = p.run(isNameRune)
		}
		if !p.end() && !isBlank(p.peek()) {
			p.run(func(r rune) bool { return r >= utf8.RuneSelf || !isBlank(byte(r)) })
			return nil, p.errorAt(start, "invalid character(s) in term %q: put a term in double quotes when it holds anything but letters, digits and underscores", p.text[start:p.pos])
		}
		if start+1 >= p.pos && t.mode != 0 {
			return nil, p.errorAt(start, "%q is followed by no term", string(t.mode))
		}
		terms = append(terms, t)
	}
	// "" and " " are common spellings of a pattern that matches everything.
	if len(terms) == 1 && terms[0].mode == 0 && strings.TrimSpace(terms[0].text) == "" {
		return &Pattern{kind: All}, nil
	}
	pattern := &Pattern{kind: Terms, terms: dropIgnored(terms)}
	for _, t := range pattern.terms {
		if t.mode == 0 || t.mode == '?' && len(pattern.terms) == 1 {
			pattern.required = append(pattern.required, t.text)
		}
	}
	return pattern, nil
}

// dropIgnored leaves out ?terms that stand beside other terms.
func dropIgnored(terms []term) []term {
	var others []term
	for _, t := range terms {
		if t.mode != '?' {
			others = append(others, t)
		}
	}
	if len(others) > 0 {
		return others
	}
	return terms
}

// matchTerms decides what Required has not: the texts that must occur do.
func matchTerms(terms []term, message string) bool {
	if terms[0].mode == '?' {
		for _, t := range terms {
			if strings.Contains(message, t.text) {
				return true
			}
		}
		return false
	}
	for _, t := range terms {
		if t.mode == '-' && strings.Contains(message, t.text) {
			return false
		}
	}
	return true
}

func termsText(terms []term) string {
	var words []string
	for _, t := range terms {
		text := t.text
		if p := (parser{text: text}); text == "" || p.run(isNameRune) != text {
			text = quote(text)
		}
		if t.mode != 0 {
			text = string(t.mode) + text
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}
