package logexec

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// containsRegex is a matcher that asks for the longest text every match must
// hold before it lets the regular expression run: most messages lack it, and
// looking for a text is some twenty times cheaper.
func containsRegex(re *regexp.Regexp) func(string) bool {
	must := requiredText(re.String())
	if must == "" {
		return re.MatchString
	}
	if prefix, complete := re.LiteralPrefix(); complete && prefix == must {
		return func(s string) bool { return strings.Contains(s, must) }
	}
	return func(s string) bool { return strings.Contains(s, must) && re.MatchString(s) }
}

// requiredText is the longest text that every match of the pattern contains,
// "" when none is known.
func requiredText(pattern string) string {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return ""
	}
	return required(re.Simplify())
}

func required(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return ""
		}
		s := string(re.Rune)
		if strings.ContainsRune(s, '\uFFFD') {
			return "" // it also matches invalid bytes
		}
		return s
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		best := ""
		for _, sub := range re.Sub {
			if s := required(sub); len(s) > len(best) {
				best = s
			}
		}
		return best
	}
	return ""
}
