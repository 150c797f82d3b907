package insights

import (
	"slices"
	"strings"
)

// Source chooses log groups inside the query text, in one of four ways: by what
// holds for them (the zero value chooses all), by Names, by Tags or by
// DataSources.
type Source struct {
	Span
	NamePrefixes []string // at most 5
	Accounts     []string // at most 20
	Classes      []string // STANDARD, INFREQUENT_ACCESS, DELIVERY; none means STANDARD

	Names []string    // names or ARNs, at most 50
	Tags  []TagFilter // all must hold, at most 5
	// DataSources are names of data sources, or names and types as name.type;
	// one of them must fit. At most 10.
	DataSources []string
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
	maxDataSources    = 10
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
	case len(s.DataSources) > 0:
		return "SOURCE dataSource([" + printStrings(s.DataSources) + "])"
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
		err = p.sourceData(s)
	case p.tok.is("logGroupTags"):
		err = p.sourceTags(s)
	case p.tok.is("loggroups"):
		err = p.sourceGroups(s)
	case p.tok.kind == tokString, p.tok.is("["), p.tok.kind == tokWord && !call:
		err = p.sourceNames(s)
	default:
		return nil, p.unexpected("logGroups(…), logGroupTags(…), dataSource(…) or names of log groups after SOURCE")
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

// sourceData reads (["name.type", "name"]).
func (p *parser) sourceData(s *Source) (err error) {
	if err := p.advance(); err != nil {
		return err
	}
	if err := p.expect("(", "after dataSource"); err != nil {
		return err
	}
	s.DataSources, err = p.stringList("dataSource", maxDataSources, func(name token) error {
		if name.value == "" {
			return errorAt(name.Span, "dataSource holds an empty name, expected one such as \"shop.orders\"")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return p.expect(")", "after the list of dataSource")
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
			t.Values, err = p.stringList("values", maxTagValues, anyString)
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
	check := anyString
	switch {
	case key.is("namePrefix"), key.is("namePrefixes"):
		dst, limit = &s.NamePrefixes, maxSourcePrefixes
	case key.is("accountIdentifier"), key.is("accountIdentifiers"):
		dst, limit = &s.Accounts, maxSourceAccounts
	case key.is("class"), key.is("logGroupClass"):
		dst, limit, check = &s.Classes, len(logClasses), logClass
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
	*dst, err = p.stringList(key.text, limit, check)
	return err
}

func anyString(token) error { return nil }

// logClass refuses what is no log class.
func logClass(v token) error {
	if !slices.Contains(logClasses, v.value) {
		return errorAt(v.Span, "unknown log class %s, want one of %s", v.text, strings.Join(logClasses, ", "))
	}
	return nil
}

// stringList reads "[" string { "," string } "]", each of which check lets pass.
func (p *parser) stringList(what string, limit int, check func(token) error) (list []string, err error) {
	if err := p.expect("[", "to begin the list of "+what); err != nil {
		return nil, err
	}
	for {
		v := p.tok
		if v.kind != tokString {
			return nil, p.unexpected("a string in the list of %s", what)
		}
		if err := check(v); err != nil {
			return nil, err
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
