// Package filterpattern is CloudWatch's filter pattern language: text to
// [Pattern], and a pattern against messages. FilterLogEvents, live tail, metric
// filters and subscription filters all use it; it is not the Logs Insights
// query language.
//
// The first non-blank character decides the form:
//
//	(nothing)    every message matches           pattern.go
//	%…%          one regular expression          regex.go
//	{ … }        tests on a JSON message         json_parse.go, json_match.go
//	[ … ]        tests on blank-separated words  fields_parse.go, fields_match.go
//	other        words and phrases               terms.go
//
// Parse once, then call [Pattern.Match] from any number of goroutines: it
// allocates nothing unless a JSON string holds escapes.
//
// # Where the published description is silent
//
// These readings are ours, each tested in testdata/match.test:
//   - A bare term matches inside a longer word.
//   - ?terms are ignored as soon as any other term is present, also a -term.
//   - != on an absent JSON member does not match; on a member of another type
//     than the value it does. = between a JSON string and an unquoted number
//     does not match; an unquoted true or false equals the boolean as well as
//     the string; an unquoted value with a * also looks at numbers as written.
//   - { $.x = * } matches when x is there and is no object or array.
//   - A name given twice in one JSON object counts with its last value.
//   - In a delimited pattern without "...", the last field is the rest of the
//     line, for conditions as for extraction. A word in "…" or […] loses its
//     delimiters when a blank or the end follows the closing one.
//   - In a regular expression $ matches at the end and before a final line
//     break, as most engines have it, for Lambda's lines end in one. A blank
//     is a literal.
package filterpattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxLength is the longest pattern in characters.
const MaxLength = 1024

// Error says what is wrong with a pattern and where.
type Error struct {
	Start, End int // bytes of the pattern text, End exclusive
	Message    string
}

func (e *Error) Error() string {
	return fmt.Sprintf("invalid filter pattern at position %d: %s", e.Start+1, e.Message)
}

// Kind is the form of a pattern.
type Kind uint8

const (
	All    Kind = iota // matches every message
	Terms              // words and phrases
	Regex              // one regular expression
	JSON               // tests on members of a JSON message
	Fields             // tests on blank-separated words
)

// Pattern is a parsed filter pattern. It is immutable and safe for concurrent
// use.
type Pattern struct {
	kind     Kind
	terms    []term    // Terms
	regex    *regex    // Regex
	expr     *node     // JSON
	fields   fieldList // Fields
	required []string  // see Required
	jsonNeed []string  // what a JSON message without \u escapes must contain
	regexes  int       // how many regular expressions it holds
}

// Parse reads a pattern. An error is an *Error.
func Parse(text string) (*Pattern, error) {
	if n := utf8.RuneCountInString(text); n > MaxLength {
		return nil, &Error{0, len(text), fmt.Sprintf("the pattern has %d characters, at most %d are allowed", n, MaxLength)}
	}
	p := &parser{text: text}
	p.blanks()
	switch {
	case p.end():
		return &Pattern{kind: All}, nil
	case p.peek() == '%':
		return p.regexPattern()
	case p.peek() == '{':
		return p.jsonPattern()
	case p.peek() == '[':
		return p.fieldsPattern()
	}
	return p.termsPattern()
}

// Kind returns the form of the pattern.
func (p *Pattern) Kind() Kind { return p.kind }

// Regexes returns how many regular expressions the pattern holds; a log group
// may have at most five filters with any.
func (p *Pattern) Regexes() int { return p.regexes }

// Match reports whether the message matches.
func (p *Pattern) Match(message string) bool {
	for _, r := range p.required {
		if !strings.Contains(message, r) {
			return false
		}
	}
	switch p.kind {
	case All:
		return true
	case Terms:
		return matchTerms(p.terms, message)
	case Regex:
		return p.regex.match(message)
	case JSON:
		return p.matchJSON(message)
	default:
		return p.fields.match(message)
	}
}

// Required returns texts that every matching message contains, byte for byte,
// for who can skip messages without reading them. It may be empty.
func (p *Pattern) Required() []string { return p.required }

// Needs returns texts that every matching message contains, none when there are
// none to name. With escaped a message whose JSON spells a character as \uXXXX
// may match without them.
func (p *Pattern) Needs() (texts []string, escaped bool) {
	if len(p.jsonNeed) > 0 {
		return p.jsonNeed, true
	}
	return p.required, false
}

// Extract returns the values a matching message has for the pattern's names:
// "$name" for the fields of a delimited pattern, the selector as written for a
// JSON pattern (members that are absent, objects or arrays are left out).
// It returns nil when the message does not match.
func (p *Pattern) Extract(message string) map[string]string {
	if !p.Match(message) {
		return nil
	}
	values := map[string]string{}
	switch p.kind {
	case JSON:
		p.expr.each(func(t *test) {
			if v, ok := t.selector.Value(message); ok {
				values[t.selector.String()] = v
			}
		})
	case Fields:
		p.fields.extract(message, values)
	}
	return values
}

// String returns the pattern in canonical spelling; it parses to the same
// pattern.
func (p *Pattern) String() string {
	switch p.kind {
	case All:
		return ""
	case Terms:
		return termsText(p.terms)
	case Regex:
		return p.regex.String()
	case JSON:
		return "{ " + p.expr.text(precedenceOr) + " }"
	default:
		return p.fields.String()
	}
}
