package insights

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// maxRegexSize bounds a regular expression, in steps of the compiled program
// about. The time of a match grows with the steps times the text, and a match
// cannot be interrupted: at this size it takes some seconds in an event of 1 MB.
const maxRegexSize = 5000

// compileRegex compiles the regular expression that stands at s.
func compileRegex(s Span, pattern string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, errorAt(s, "invalid regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if regexSize(tree) > maxRegexSize {
		return nil, errorAt(s, "the regular expression is too large: with its repetitions written out it has more than %d steps", maxRegexSize)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, errorAt(s, "invalid regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// regexSize counts the steps of the program of a regular expression, where it
// stops soon after maxRegexSize.
func regexSize(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		if n += regexSize(sub); n > maxRegexSize {
			return n
		}
	}
	if re.Op == syntax.OpRepeat {
		// x{2,5} is xx(x(x(x)?)?)?, x{2,} is xx+.
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
