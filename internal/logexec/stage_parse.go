package logexec

import (
	"regexp"
	"slices"
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
	match := globMatcher(cmd.Glob)
	if cmd.Regex != nil {
		match = regexMatcher(cmd.Regex, cmd.Groups)
	}
	slots := make([]int, len(cmd.Names))
	for i, n := range cmd.Names {
		slots[i] = c.define(n)
	}
	c.add(stage{name: "parse", make: func(next sink, _ *budget) sink {
		found := make([]value, len(slots))
		return eachRow{next, func(r *row) error {
			v := from(r)
			matched := v.kind != null && match(v.text(), found)
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
