package insights

import (
	"fmt"
	"regexp"
	"strings"
)

// Extract is the parse command: it cuts new fields out of a text. A row that does not match stays, without
// the new fields.
type Extract struct {
	Span
	From  Expr   // nil means @message
	Mode  string // "" for a glob or Regex, "logfmt" (one name, a map), "csv" (names by position)
	Multi bool   // of a regular expression: a row for each match
	Glob  string // the glob, when Regex is nil
	Regex *regexp.Regexp
	// Pattern is the regular expression as written between the slashes. Regex
	// is the same with group names that Go refuses (such as @user) made plain.
	Pattern string
	// Names are the fields made. For a glob they belong to its stars in order;
	// for a regular expression Names[i] belongs to capture group Groups[i].
	Names   []string
	Groups  []int
	Aliased bool // the names were given with "as", not by group names
	pattern Span
}

func (c *Extract) Name() string { return "parse" }
func (c *Extract) Pos() Span    { return c.Span }
func (c *Extract) String() string {
	s := "parse "
	if _, isString := c.From.(*String); isString {
		s += "(" + c.From.String() + ") "
	} else if c.From != nil {
		s += within(c.From, precPrimary) + " "
	}
	switch {
	case c.Mode != "":
		s += c.Mode
	case c.Regex != nil:
		s += "/" + c.Pattern + "/"
	default:
		s += quote(c.Glob)
	}
	if c.Aliased {
		names := make([]string, len(c.Names))
		for i, n := range c.Names {
			names[i] = printName(n)
		}
		s += " as " + strings.Join(names, ", ")
	}
	if c.Multi {
		s += " multi"
	}
	return s
}

func (p *parser) parse(start int) (Command, error) {
	c := &Extract{}
	if p.tok.kind != tokString && !p.tok.is("/") && !(p.mode() != "" && p.peek().is("as")) {
		from, err := p.primary()
		if err != nil {
			return nil, err
		}
		c.From = from
	}
	pattern := p.tok
	c.Mode = p.mode()
	switch {
	case c.Mode != "":
	case p.tok.kind == tokString:
		c.Glob = p.tok.value
	case p.tok.is("/"):
		if err := p.regexHere(); err != nil {
			return nil, err
		}
		pattern = p.tok
	default:
		return nil, p.unexpected("a \"glob\", a /regular expression/, logfmt or csv in parse")
	}
	if err := p.advance(); err != nil {
		return nil, err
	}
	var err error
	if c.Aliased, err = p.accept("as"); err != nil {
		return nil, err
	}
	if c.Aliased {
		if c.Names, err = p.names("after as"); err != nil {
			return nil, err
		}
	}
	at := p.tok.Span
	if c.Multi, err = p.accept("multi"); err != nil {
		return nil, err
	}
	if c.Multi && pattern.kind != tokRegex {
		return nil, errorAt(at, "multi takes the matches of a /regular expression/")
	}
	c.Span, c.pattern = Span{start, p.end}, pattern.Span
	switch {
	case pattern.kind == tokRegex:
		return c, c.setRegex(pattern)
	case c.Mode == "":
		return c, c.checkGlob(pattern)
	case !c.Aliased || c.Mode == "logfmt" && len(c.Names) != 1:
		want := "as and a name for each value"
		if c.Mode == "logfmt" {
			want = "as and one name, which gets the map"
		}
		return nil, errorAt(pattern.Span, "parse %s needs %s", c.Mode, want)
	}
	return c, nil
}

// mode is the keyword logfmt or csv in lower case when it is the lookahead.
func (p *parser) mode() string {
	for _, m := range []string{"logfmt", "csv"} {
		if p.tok.is(m) {
			return m
		}
	}
	return ""
}

func (c *Extract) checkGlob(pattern token) error {
	stars := strings.Count(c.Glob, "*")
	switch {
	case stars == 0:
		return errorAt(pattern.Span, "the glob %s has no *", pattern.text)
	case !c.Aliased:
		return errorAt(pattern.Span, "expected as and %d name(s) after the glob %s", stars, pattern.text)
	case stars != len(c.Names):
		return errorAt(pattern.Span, "the glob %s has %d * but %d name(s) follow as", pattern.text, stars, len(c.Names))
	}
	return nil
}

// groupName finds (?<name> and (?P<name>, and escapes so as to skip them.
var groupName = regexp.MustCompile(`\\.|\(\?P?<([^>=!][^>]*)>`)

func (c *Extract) setRegex(pattern token) error {
	c.Pattern = pattern.value
	named := map[string]string{} // Go's group name to ours
	re, err := compileRegex(pattern.Span, c.Pattern)
	if err == nil {
		for _, n := range re.SubexpNames() {
			if n != "" {
				named[n] = n
			}
		}
	} else {
		// Perhaps only a group name such as @user is to blame.
		source := groupName.ReplaceAllStringFunc(c.Pattern, func(m string) string {
			if m[0] == '\\' {
				return m
			}
			plain := fmt.Sprintf("group%d", len(named))
			named[plain] = groupName.FindStringSubmatch(m)[1]
			return "(?P<" + plain + ">"
		})
		var renamed error
		if re, renamed = compileRegex(pattern.Span, source); renamed != nil {
			return err
		}
	}
	c.Regex = re
	if c.Aliased {
		if re.NumSubexp() != len(c.Names) {
			return errorAt(pattern.Span, "the regular expression has %d group(s) but %d name(s) follow as", re.NumSubexp(), len(c.Names))
		}
		for i := range c.Names {
			c.Groups = append(c.Groups, i+1)
		}
		return nil
	}
	for i, n := range re.SubexpNames() {
		name, ok := named[n]
		if !ok {
			continue
		}
		for _, r := range name {
			if !isWordRune(r) && r != '.' {
				return errorAt(pattern.Span, "the group name %q may hold only letters, digits, _, @ and .", name)
			}
		}
		c.Names = append(c.Names, name)
		c.Groups = append(c.Groups, i)
	}
	if len(c.Names) == 0 {
		return errorAt(pattern.Span, "the regular expression has no named group such as (?<name>…)")
	}
	return nil
}
