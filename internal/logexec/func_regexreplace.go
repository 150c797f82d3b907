package logexec

import (
	"regexp"
	"strconv"
	"strings"

	"skywatch/internal/lang/insights"
)

// funcRegexReplace is regexReplace(s, "pattern", with): every match of a
// regular expression (RE2) replaced. In the replacement $1, ${1}, ${name} and
// \1 stand for what a group matched, $0 and \0 for all of the match; $$ is a
// dollar. A group that is not there or did not match is empty. AWS does not say
// which of these forms it takes, so all common ones are taken. Nothing when an
// argument is nothing or a map. AWS: "String functions".
func funcRegexReplace(c *compiler, call *insights.Call, args []eval) eval {
	// The language has checked that the pattern is a valid constant.
	re := regexp.MustCompile(call.Args[1].(*insights.String).Value)
	var fixed []substitute
	if s, ok := call.Args[2].(*insights.String); ok {
		fixed = replacement(re, s.Value)
	}
	return func(r *row) value {
		s, ok := textOf(args[0], r)
		if !ok {
			return value{}
		}
		with := fixed
		if with == nil {
			t, ok := textOf(args[2], r)
			if !ok {
				return value{}
			}
			with = replacement(re, t)
		}
		out, ok := replaceMatches(re, s, with)
		if !ok {
			return c.tooLong("regexReplace")
		}
		return str(out)
	}
}

// substitute is a part of a replacement: a literal, or what a group matched.
type substitute struct {
	literal string
	group   int // -1 for a literal
}

// replacement takes a replacement apart; the result is never nil.
func replacement(re *regexp.Regexp, s string) []substitute {
	out := []substitute{}
	literal := func(s string) {
		if n := len(out); n > 0 && out[n-1].group < 0 {
			out[n-1].literal += s
			return
		}
		out = append(out, substitute{s, -1})
	}
	for s != "" {
		i := strings.IndexAny(s, `$\`)
		if i < 0 || i+1 == len(s) {
			break
		}
		literal(s[:i])
		sign, rest := s[i], s[i+1:]
		digits := digitRun(rest)
		switch {
		case digits > 0:
			// As many digits as make a group that is there, at least one.
			n := int(rest[0] - '0')
			used := 1
			for ; sign == '$' && used < digits && n*10+int(rest[used]-'0') <= re.NumSubexp(); used++ {
				n = n*10 + int(rest[used]-'0')
			}
			out, s = append(out, substitute{group: n}), rest[used:]
			continue
		case sign == '$' && rest[0] == '{':
			if name, behind, ok := strings.Cut(rest[1:], "}"); ok {
				group := re.SubexpIndex(name)
				if n, err := strconv.Atoi(name); err == nil && n >= 0 {
					group = n
				}
				if group >= 0 {
					out = append(out, substitute{group: group})
				}
				s = behind
				continue
			}
		case rest[0] == sign:
			rest = rest[1:] // $$ or \\
		}
		literal(string(sign))
		s = rest
	}
	literal(s)
	return out
}

// replaceMatches replaces the matches in s; ok is false when the text becomes
// longer than maxText.
func replaceMatches(re *regexp.Regexp, s string, with []substitute) (out string, ok bool) {
	matches := re.FindAllStringSubmatchIndex(s, -1)
	if matches == nil {
		return s, true
	}
	var b strings.Builder
	fits := func(part string) bool {
		if b.Len()+len(part) > maxText {
			return false
		}
		b.WriteString(part)
		return true
	}
	end := 0
	for _, m := range matches {
		if !fits(s[end:m[0]]) {
			return "", false
		}
		end = m[1]
		for _, p := range with {
			part := p.literal
			if g := 2 * p.group; p.group >= 0 {
				if g >= len(m) || m[g] < 0 {
					continue
				}
				part = s[m[g]:m[g+1]]
			}
			if !fits(part) {
				return "", false
			}
		}
	}
	if !fits(s[end:]) {
		return "", false
	}
	return b.String(), true
}
