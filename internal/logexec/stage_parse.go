package logexec

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"skywatch/internal/lang/insights"
)

func (c *compiler) extract(cmd *insights.Extract) {
	var from eval
	if cmd.From != nil {
		from = c.expr(cmd.From)
	} else {
		from = c.field([]string{"@message"})
	}
	if cmd.Multi {
		c.extractAll(cmd, from)
		return
	}
	var match func(s string, out []value) bool
	switch {
	case cmd.Mode == "logfmt":
		match = parseLogfmt
	case cmd.Mode == "csv":
		match = parseCSV
	case cmd.Regex != nil:
		match = regexMatcher(cmd.Regex, cmd.Groups)
	default:
		match = globMatcher(cmd.Glob)
	}
	slots := make([]int, len(cmd.Names))
	for i, n := range cmd.Names {
		slots[i] = c.define(n)
	}
	x := c.extraction(cmd, slots, match)
	c.add(stage{name: "parse", extract: x, make: func(next sink, _ *budget) sink {
		found := make([]value, len(slots))
		return eachRow{next, func(r *row) error {
			v := from(r)
			s := v.text()
			matched := v.kind != null && match(s, found)
			if matched {
				pieces(found, len(s))
			}
			for i, s := range slots {
				if matched {
					r.vals[s] = found[i]
				} else {
					r.vals[s] = value{}
				}
			}
			return next.push(r)
		}}
	}})
}

// extraction is what the columnar path knows of a parse, nil when it is not one
// of @message.
func (c *compiler) extraction(cmd *insights.Extract, slots []int, match func(s string, out []value) bool) *extraction {
	if cmd.From != nil {
		if f, ok := cmd.From.(*insights.Field); !ok || f.Name() != "@message" {
			return nil
		}
	}
	if c.src == nil || c.slotNamed("@message") >= 0 {
		return nil
	}
	x := &extraction{slots: slots, match: match}
	switch {
	case cmd.Regex != nil:
		needles, exact := requiredTexts(cmd.Regex.String())
		if slices.ContainsFunc(needles, func(n needle) bool { return n.text == "" }) {
			needles = nil
		}
		x.groups = cmd.Groups
		x.test = &textTest{needles: needles, exact: exact, match: cmd.Regex.MatchString, pattern: cmd.Regex.String()}
	case cmd.Mode == "":
		x.literals = strings.Split(cmd.Glob, "*")
	}
	return x
}

// extractAll makes a row for each match. A row without one stays.
func (c *compiler) extractAll(cmd *insights.Extract, from eval) {
	slots := make([]int, len(cmd.Names))
	for i, n := range cmd.Names {
		slots[i] = c.define(n)
	}
	c.addMany("parse multi", func(next sink, r *row) error {
		v := from(r)
		s := v.text()
		var all [][]int
		if v.kind != null {
			all = cmd.Regex.FindAllStringSubmatchIndex(s, -1)
		}
		if len(all) == 0 {
			for _, slot := range slots {
				r.vals[slot] = value{}
			}
			return next.push(r)
		}
		for _, m := range all {
			for i, g := range cmd.Groups {
				r.vals[slots[i]] = value{}
				if m[2*g] >= 0 {
					r.vals[slots[i]] = str(piece(s[m[2*g]:m[2*g+1]], len(s)))
				}
			}
			if err := next.push(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// parseLogfmt reads key=value pairs between blanks into a map; values in quotes
// may hold blanks and escapes. A word without = is left out, the last of equal
// keys counts, and a text without any pair does not match.
func parseLogfmt(s string, out []value) bool {
	m, whole := map[string]any{}, len(s)
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if s == "" {
			break
		}
		end := strings.IndexAny(s, "= \t\r\n")
		if end <= 0 || s[end] != '=' {
			if end <= 0 {
				end = 1
				if s[0] != '=' {
					break // one last word
				}
			}
			s = s[end:]
			continue
		}
		key := piece(s[:end], whole)
		s = s[end+1:]
		if len(s) > 0 && s[0] == '"' {
			if n := quotedEnd(s); n > 0 {
				text, err := strconv.Unquote(s[:n])
				if err != nil {
					text = s[1 : n-1]
				}
				m[key], s = piece(text, whole), s[n:]
				continue
			}
		}
		end = strings.IndexAny(s, " \t\r\n")
		if end < 0 {
			end = len(s)
		}
		m[key], s = piece(s[:end], whole), s[end:]
	}
	if len(m) == 0 {
		return false
	}
	out[0] = value{kind: tree, node: m}
	return true
}

// quotedEnd is the index behind the quoted text that s begins with, 0 for none.
func quotedEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// parseCSV reads one record of comma-separated values by position. Values in
// double quotes may hold commas, and quotes when doubled; blanks belong to the
// value. What is missing at the end is nothing, what is left over is ignored.
func parseCSV(s string, out []value) bool {
	s = strings.TrimRight(s, "\r\n")
	clear(out)
	for i := range out {
		if strings.HasPrefix(s, `"`) {
			var b strings.Builder
			j := 1
			for ; j < len(s); j++ {
				if s[j] == '"' {
					if j+1 >= len(s) || s[j+1] != '"' {
						break
					}
					j++
				}
				b.WriteByte(s[j])
			}
			rest := s[min(j+1, len(s)):]
			end := strings.IndexByte(rest, ',')
			if end < 0 {
				out[i] = str(b.String() + rest)
				return true
			}
			out[i] = str(b.String() + rest[:end])
			s = rest[end+1:]
			continue
		}
		end := strings.IndexByte(s, ',')
		if end < 0 {
			out[i] = str(s)
			return true
		}
		out[i], s = str(s[:end]), s[end+1:]
	}
	return true
}

// globMatcher cuts the text at the literals between the stars. Since each star
// is lazy, the first place of every literal is the right one.
func globMatcher(glob string) func(s string, out []value) bool {
	literals := strings.Split(glob, "*")
	return func(s string, out []value) bool {
		for i, lit := range literals {
			at := strings.Index(s, lit)
			switch {
			case i > 0 && i == len(literals)-1 && lit == "":
				at = len(s) // the last star runs to the end
			case at < 0:
				return false
			}
			if i > 0 {
				out[i-1] = str(s[:at])
			}
			s = s[at+len(lit):]
		}
		return true
	}
}

func regexMatcher(re *regexp.Regexp, groups []int) func(s string, out []value) bool {
	needles, _ := requiredTexts(re.String())
	return func(s string, out []value) bool {
		if needles != nil && !slices.ContainsFunc(needles, func(n needle) bool { return n.in(s) }) {
			return false
		}
		m := re.FindStringSubmatchIndex(s)
		if m == nil {
			return false
		}
		for i, g := range groups {
			out[i] = value{}
			if m[2*g] >= 0 {
				out[i] = str(s[m[2*g]:m[2*g+1]])
			}
		}
		return true
	}
}
