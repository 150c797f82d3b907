package insights

import (
	"slices"
	"strings"
)

// Source chooses log groups inside the query text. An empty list does not
// restrict.
type Source struct {
	Span
	NamePrefixes []string // at most 5
	Accounts     []string // at most 20
	Classes      []string // STANDARD, INFREQUENT_ACCESS, DELIVERY
}

const (
	maxSourcePrefixes = 5
	maxSourceAccounts = 20
)

var logClasses = []string{"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"}

func (s *Source) String() string {
	var parts []string
	add := func(key string, list []string) {
		if len(list) == 0 {
			return
		}
		quoted := make([]string, len(list))
		for i, v := range list {
			quoted[i] = quote(v)
		}
		parts = append(parts, key+": ["+strings.Join(quoted, ", ")+"]")
	}
	add("namePrefix", s.NamePrefixes)
	add("accountIdentifiers", s.Accounts)
	add("class", s.Classes)
	return "SOURCE logGroups(" + strings.Join(parts, ", ") + ")"
}

func (p *parser) source() (*Source, error) {
	s := &Source{Span: p.tok.Span}
	if err := p.advance(); err != nil {
		return nil, err
	}
	for _, kind := range []string{"dataSource", "logGroupTags"} {
		if p.tok.is(kind) {
			return nil, errorAt(p.tok.Span, "SOURCE %s is not supported yet", kind)
		}
	}
	if !p.tok.is("loggroups") {
		return nil, p.unexpected("logGroups(…) after SOURCE")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	if err := p.expect("(", "after logGroups"); err != nil {
		return nil, err
	}
	seen := map[*[]string]bool{}
	for first := true; !p.tok.is(")"); first = false {
		if !first {
			if !p.tok.is(",") {
				return nil, p.unexpected("\",\" or \")\" in logGroups")
			}
			if err := p.advance(); err != nil {
				return nil, err
			}
		}
		if err := p.sourceKey(s, seen); err != nil {
			return nil, err
		}
	}
	err := p.advance()
	s.End = p.end
	return s, err
}

// sourceKey reads key ":" [ strings ].
func (p *parser) sourceKey(s *Source, seen map[*[]string]bool) error {
	key := p.tok
	var dst *[]string
	limit := 0
	switch {
	case key.is("namePrefix"), key.is("namePrefixes"):
		dst, limit = &s.NamePrefixes, maxSourcePrefixes
	case key.is("accountIdentifier"), key.is("accountIdentifiers"):
		dst, limit = &s.Accounts, maxSourceAccounts
	case key.is("class"):
		dst, limit = &s.Classes, len(logClasses)
	default:
		return p.unexpected("namePrefix, class or accountIdentifiers in logGroups")
	}
	if seen[dst] {
		return errorAt(key.Span, "%s is given twice", key.text)
	}
	seen[dst] = true
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.expect(":", "after "+key.text); err != nil {
		return err
	}
	if err := p.expect("[", "to begin the list of "+key.text); err != nil {
		return err
	}
	for {
		v := p.tok
		if v.kind != tokString {
			return p.unexpected("a string in the list of %s", key.text)
		}
		if dst == &s.Classes && !slices.Contains(logClasses, v.value) {
			return errorAt(v.Span, "unknown log class %s, want one of %s", v.text, strings.Join(logClasses, ", "))
		}
		*dst = append(*dst, v.value)
		if len(*dst) > limit {
			return errorAt(v.Span, "%s holds more than %d values", key.text, limit)
		}
		if err := p.advance(); err != nil {
			return err
		}
		if more, err := p.accept(","); err != nil {
			return err
		} else if !more {
			return p.expect("]", "to end the list of "+key.text)
		}
	}
}
