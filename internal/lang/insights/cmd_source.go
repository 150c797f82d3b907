package insights

import (
	"slices"
	"strings"
)

// Source chooses log groups inside the query text, in one of three ways: by
// what holds for them (the zero value chooses all), by Names or by Tags.
type Source struct {
	Span
	NamePrefixes []string // at most 5
	Accounts     []string // at most 20
	Classes      []string // STANDARD, INFREQUENT_ACCESS, DELIVERY; none means STANDARD

	Names []string    // names or ARNs, at most 50
	Tags  []TagFilter // all must hold, at most 5
}

// TagFilter says what a tag of a log group must be: one of Values, which may
// hold stars, and none of those that begin with "!". Without values the tag
// must only be there.
type TagFilter struct {
	Key    string
	Values []string // at most 5
}

const (
	maxSourcePrefixes = 5
	maxSourceAccounts = 20
	maxSourceNames    = 50
	maxTagFilters     = 5
	maxTagValues      = 5
)

var logClasses = []string{"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"}

func (s *Source) String() string {
	switch {
	case len(s.Names) > 0:
		return "SOURCE " + printStrings(s.Names)
	case len(s.Tags) > 0:
		parts := make([]string, len(s.Tags))
		for i, t := range s.Tags {
			parts[i] = "{key: " + quote(t.Key)
			if len(t.Values) > 0 {
				parts[i] += ", values: [" + printStrings(t.Values) + "]"
			}
			parts[i] += "}"
		}
		return "SOURCE logGroupTags([" + strings.Join(parts, ", ") + "])"
	}
	var parts []string
	add := func(key string, list []string) {
		if len(list) > 0 {
			parts = append(parts, key+": ["+printStrings(list)+"]")
		}
	}
	add("namePrefix", s.NamePrefixes)
	add("accountIdentifiers", s.Accounts)
	add("class", s.Classes)
	return "SOURCE logGroups(" + strings.Join(parts, ", ") + ")"
}

func printStrings(list []string) string {
	quoted := make([]string, len(list))
	for i, v := range list {
		quoted[i] = quote(v)
	}
	return strings.Join(quoted, ", ")
}

func (p *parser) source() (*Source, error) {
	s := &Source{Span: p.tok.Span}
	if err := p.advance(); err != nil {
		return nil, err
	}
	call := p.peek().is("(")
	var err error
	switch {
	case p.tok.is("dataSource"):
		return nil, errorAt(p.tok.Span, "SOURCE dataSource is not supported: events carry no data source name or type here; choose log groups with logGroups(…), logGroupTags(…) or their names")
	case p.tok.is("logGroupTags") && call:
		err = p.sourceTags(s)
	case p.tok.is("loggroups"):
		err = p.sourceGroups(s)
	case p.tok.kind == tokString, p.tok.is("["), p.tok.kind == tokWord && !call:
		err = p.sourceNames(s)
	default:
		return nil, p.unexpected("logGroups(…), logGroupTags(…) or names of log groups after SOURCE")
	}
	s.End = p.end
	if err == nil && (p.tok.is("start") || p.tok.is("end")) {
		return nil, errorAt(p.tok.Span, "SOURCE … %s= is not supported; the query's time range is that of the request", p.tok.text)
	}
	return s, err
}

// sourceNames reads "g", 'h' or ["g", 'h'].
func (p *parser) sourceNames(s *Source) error {
	list, err := p.accept("[")
	if err != nil {
		return err
	}
	for {
		at := p.tok.Span
		name, err := p.label("the name of a log group")
		if err != nil {
			return err
		}
		if s.Names = append(s.Names, name); len(s.Names) > maxSourceNames {
			return errorAt(at, "SOURCE names more than %d log groups", maxSourceNames)
		}
		if more, err := p.accept(","); err != nil {
			return err
		} else if !more {
			break
		}
	}
	if list {
		return p.expect("]", "to end the list of SOURCE")
	}
	return nil
}

// sourceTags reads ([{key: "k", values: ["v"]}]); the quotes of the two keys
// do not matter.
func (p *parser) sourceTags(s *Source) error {
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.expect("(", "after logGroupTags"); err != nil {
		return err
	}
	if err := p.expect("[", "to begin the list of logGroupTags"); err != nil {
		return err
	}
	for {
		at := p.tok.Span
		t, err := p.tagFilter()
		if err != nil {
			return err
		}
		if s.Tags = append(s.Tags, t); len(s.Tags) > maxTagFilters {
			return errorAt(at, "logGroupTags holds more than %d keys", maxTagFilters)
		}
		if more, err := p.accept(","); err != nil {
			return err
		} else if !more {
			break
		}
	}
	if err := p.expect("]", "to end the list of logGroupTags"); err != nil {
		return err
	}
	return p.expect(")", "after the list of logGroupTags")
}

func (p *parser) tagFilter() (t TagFilter, err error) {
	if err := p.expect("{", "to begin a tag in logGroupTags"); err != nil {
		return t, err
	}
	for {
		at := p.tok
		name, err := p.label("key or values in logGroupTags")
		if err != nil {
			return t, err
		}
		if err := p.expect(":", "after "+at.text); err != nil {
			return t, err
		}
		switch {
		case name == "key" && t.Key == "":
			if p.tok.kind != tokString || p.tok.value == "" {
				return t, p.unexpected("the tag's key, a string")
			}
			t.Key = p.tok.value
			err = p.advance()
		case name == "values" && t.Values == nil:
			t.Values, err = p.stringList("values", maxTagValues, nil)
		default:
			return t, errorAt(at.Span, "unexpected %s, expected key and values once each", at.describe())
		}
		if err != nil {
			return t, err
		}
		if more, err := p.accept(","); err != nil {
			return t, err
		} else if !more {
			break
		}
	}
	if t.Key == "" {
		return t, p.unexpected("key: in the tag")
	}
	return t, p.expect("}", "to end the tag")
}

// sourceGroups reads logGroups(key: [...], …).
func (p *parser) sourceGroups(s *Source) error {
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.expect("(", "after logGroups"); err != nil {
		return err
	}
	seen := map[*[]string]bool{}
	for first := true; !p.tok.is(")"); first = false {
		if !first {
			if !p.tok.is(",") {
				return p.unexpected("\",\" or \")\" in logGroups")
			}
			if err := p.advance(); err != nil {
				return err
			}
		}
		if err := p.sourceKey(s, seen); err != nil {
			return err
		}
	}
	return p.advance()
}

// sourceKey reads key ":" [ strings ].
func (p *parser) sourceKey(s *Source, seen map[*[]string]bool) (err error) {
	key := p.tok
	var dst *[]string
	limit := 0
	var allowed []string
	switch {
	case key.is("namePrefix"), key.is("namePrefixes"):
		dst, limit = &s.NamePrefixes, maxSourcePrefixes
	case key.is("accountIdentifier"), key.is("accountIdentifiers"):
		dst, limit = &s.Accounts, maxSourceAccounts
	case key.is("class"), key.is("logGroupClass"):
		dst, limit, allowed = &s.Classes, len(logClasses), logClasses
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
	*dst, err = p.stringList(key.text, limit, allowed)
	return err
}

// stringList reads "[" string { "," string } "]".
func (p *parser) stringList(what string, limit int, allowed []string) (list []string, err error) {
	if err := p.expect("[", "to begin the list of "+what); err != nil {
		return nil, err
	}
	for {
		v := p.tok
		if v.kind != tokString {
			return nil, p.unexpected("a string in the list of %s", what)
		}
		if allowed != nil && !slices.Contains(allowed, v.value) {
			return nil, errorAt(v.Span, "unknown log class %s, want one of %s", v.text, strings.Join(allowed, ", "))
		}
		list = append(list, v.value)
		if len(list) > limit {
			return nil, errorAt(v.Span, "%s holds more than %d values", what, limit)
		}
		if err := p.advance(); err != nil {
			return nil, err
		}
		if more, err := p.accept(","); err != nil {
			return nil, err
		} else if !more {
			return list, p.expect("]", "to end the list of "+what)
		}
	}
}
