package filterpattern

import (
	"strings"

	"skywatch/internal/jsontext"
)

func (p *Pattern) matchJSON(message string) bool {
	if len(p.jsonNeed) > 0 && !strings.Contains(message, `\u`) {
		for _, need := range p.jsonNeed {
			if !strings.Contains(message, need) {
				return false
			}
		}
	}
	if !validJSON(message) {
		return false
	}
	return p.expr.matchJSON(message, jsontext.Blank(message, 0))
}

// matchJSON decides the tree on the valid document that starts at i.
func (n *node) matchJSON(doc string, i int) bool {
	switch n.op {
	case leaf:
		found, matched := visit(doc, i, n.test.selector.steps, &n.test)
		if n.test.op == opNotExists {
			return !found
		}
		return matched
	case and:
		for _, k := range n.kids {
			if !k.matchJSON(doc, i) {
				return false
			}
		}
		return true
	default:
		for _, k := range n.kids {
			if k.matchJSON(doc, i) {
				return true
			}
		}
		return false
	}
}

// visit follows steps from the value at doc[i] and tests each value they lead
// to. It stops at the first that matches.
func visit(doc string, i int, steps []step, t *test) (found, matched bool) {
	if len(steps) == 0 {
		return true, t.matchLeaf(doc[i:jsontext.SkipValue(doc, i)])
	}
	s := &steps[0]
	switch {
	case s.kind == stepName && doc[i] == '{':
		if at := memberValue(doc, i, s.name); at >= 0 {
			return visit(doc, at, steps[1:], t)
		}
	case s.kind == stepIndex && doc[i] == '[':
		n := 0
		for at := firstIn(doc, i); at >= 0; at = nextIn(doc, at) {
			if n == s.index {
				return visit(doc, at, steps[1:], t)
			}
			n++
		}
	case s.kind == stepAnyOf && doc[i] == '[':
		for at := firstIn(doc, i); at >= 0 && !matched; at = nextIn(doc, at) {
			f, m := visit(doc, at, steps[1:], t)
			found, matched = found || f, matched || m
		}
	case s.kind == stepMember && doc[i] == '{':
		for at := firstIn(doc, i); at >= 0 && !matched; at = nextIn(doc, at) {
			f, m := visit(doc, valueOfMember(doc, at), steps[1:], t)
			found, matched = found || f, matched || m
		}
	}
	return found, matched
}

// memberValue returns where the value of the last member of that name starts
// in the object at doc[i], or -1.
func memberValue(doc string, i int, name string) int {
	at := -1
	for m := firstIn(doc, i); m >= 0; m = nextIn(doc, m) {
		end := jsontext.SkipString(doc, m)
		if stringEquals(doc[m:end], name) {
			at = jsontext.Blank(doc, jsontext.Blank(doc, end)+1)
		}
	}
	return at
}

// valueOfMember returns where the value of the member at doc[i] starts.
func valueOfMember(doc string, i int) int {
	return jsontext.Blank(doc, jsontext.Blank(doc, jsontext.SkipString(doc, i))+1)
}

// matchLeaf tests one value as written in the document.
func (t *test) matchLeaf(raw string) bool {
	switch c := raw[0]; {
	case c == '{' || c == '[':
		return false
	case t.op >= opIsNull:
		return t.op == opIsNull && raw == "null" || t.op == opIsTrue && raw == "true" || t.op == opIsFalse && raw == "false"
	case t.op == opEqual:
		return t.equals(raw)
	case t.op == opNotEqual:
		return !t.equals(raw)
	case c != '-' && (c < '0' || c > '9'):
		return false
	}
	n, ok := parseNumber(raw)
	return ok && t.op.holds(n.compare(t.value.number))
}

func (t *test) equals(raw string) bool {
	v := &t.value
	if v.anything() {
		return true
	}
	switch c := raw[0]; {
	case c == '"':
		return !v.isNumber && v.matchText(jsontext.Unquote(raw))
	case v.quoted:
		return false
	case c == '-' || c >= '0' && c <= '9':
		if v.isNumber {
			n, ok := parseNumber(raw)
			return ok && n.compare(v.number) == 0
		}
		return v.matchText(raw)
	case c == 'n':
		return false
	default: // true, false
		return v.regex == nil && v.text == raw
	}
}

// Value returns what the selector finds in a message that is JSON as a whole:
// the text of a string, a number or boolean as written. It reports false when
// there is nothing, or null, an object or an array. With a wildcard it is the
// first such value.
func (s *Selector) Value(message string) (string, bool) {
	if !validJSON(message) {
		return "", false
	}
	raw := firstLeaf(message, jsontext.Blank(message, 0), s.steps)
	if raw == "" || raw == "null" {
		return "", false
	}
	if raw[0] == '"' {
		return jsontext.Unquote(raw), true
	}
	return raw, true
}

// firstLeaf returns the first scalar the steps lead to, as written, or "".
func firstLeaf(doc string, i int, steps []step) string {
	if len(steps) == 0 {
		if doc[i] == '{' || doc[i] == '[' {
			return ""
		}
		return doc[i:jsontext.SkipValue(doc, i)]
	}
	s := &steps[0]
	switch {
	case s.kind == stepName && doc[i] == '{':
		if at := memberValue(doc, i, s.name); at >= 0 {
			return firstLeaf(doc, at, steps[1:])
		}
	case s.kind == stepMember && doc[i] == '{':
		for at := firstIn(doc, i); at >= 0; at = nextIn(doc, at) {
			if leaf := firstLeaf(doc, valueOfMember(doc, at), steps[1:]); leaf != "" {
				return leaf
			}
		}
	case (s.kind == stepIndex || s.kind == stepAnyOf) && doc[i] == '[':
		n := 0
		for at := firstIn(doc, i); at >= 0; at = nextIn(doc, at) {
			if s.kind == stepAnyOf || n == s.index {
				if leaf := firstLeaf(doc, at, steps[1:]); leaf != "" {
					return leaf
				}
			}
			n++
		}
	}
	return ""
}

// stringEquals compares a JSON string as written with a text.
func stringEquals(raw, text string) bool {
	inner := raw[1 : len(raw)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner == text
	}
	return jsontext.Unquote(raw) == text
}
