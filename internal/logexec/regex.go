package logexec

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// needle is a text to look for; with fold, case does not matter and the text is
// lower-case ASCII.
type needle struct {
	text string
	fold bool
}

func (n needle) in(s string) bool {
	if n.fold {
		return containsFold(s, n.text)
	}
	return strings.Contains(s, n.text)
}

// containsFold looks for a lower-case ASCII text in any case.
func containsFold(s, lower string) bool {
	first := lower[0]
	for i := 0; i+len(lower) <= len(s); i++ {
		if lowerByte(s[i]) != first {
			continue
		}
		j := 1
		for j < len(lower) && lowerByte(s[i+j]) == lower[j] {
			j++
		}
		if j == len(lower) {
			return true
		}
	}
	return false
}

func lowerByte(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// containsRegex is a matcher that asks for texts one of which every match must
// hold before it lets the regular expression run: most messages lack them, and
// looking for a text is some twenty times cheaper (BenchmarkRun/Regex).
func containsRegex(re *regexp.Regexp) func(string) bool {
	needles, exact := requiredTexts(re.String())
	if needles == nil {
		return re.MatchString
	}
	return func(s string) bool {
		for _, n := range needles {
			if n.in(s) {
				return exact || re.MatchString(s)
			}
		}
		return false
	}
}

// maxNeedles bounds the alternatives that are worth looking for one by one.
const maxNeedles = 8

// requiredTexts are texts of which every match of the pattern contains at least
// one; nil when none are known. exact says that a text holding one is a match.
func requiredTexts(pattern string) (needles []needle, exact bool) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, false
	}
	return required(re.Simplify())
}

func required(re *syntax.Regexp) (needles []needle, exact bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return literalNeedle(string(re.Rune), re.Flags&syntax.FoldCase != 0)
	case syntax.OpCapture:
		return required(re.Sub[0])
	case syntax.OpPlus:
		needles, _ = required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			needles, _ = required(re.Sub[0])
		}
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if n, _ := required(sub); shortest(n) > shortest(needles) {
				needles = n
			}
		}
	case syntax.OpAlternate:
		exact = true
		for _, sub := range re.Sub {
			n, e := required(sub)
			if n == nil || len(needles)+len(n) > maxNeedles {
				return nil, false
			}
			needles, exact = append(needles, n...), exact && e
		}
		return needles, exact
	}
	return needles, false
}

// shortest is the length of the weakest of the needles.
func shortest(needles []needle) int {
	n := 0
	for i, nd := range needles {
		if i == 0 || len(nd.text) < n {
			n = len(nd.text)
		}
	}
	return n
}

// literalNeedle is the longest part of a literal that can be looked for byte by
// byte. Under case folding that leaves out everything beyond ASCII, and k and s,
// which have partners there (the Kelvin sign and the long s).
func literalNeedle(s string, fold bool) (needles []needle, exact bool) {
	if !fold {
		if strings.ContainsRune(s, '\uFFFD') {
			return nil, false // matches invalid bytes too
		}
		return []needle{{s, false}}, true
	}
	best := ""
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r >= 0x80 || strings.ContainsRune("kKsS", r) }) {
		if len(part) > len(best) {
			best = part
		}
	}
	if best == "" {
		return nil, false
	}
	return []needle{{strings.ToLower(best), true}}, len(best) == len(s)
}
