package logexec

import (
	"strings"
	"unicode"

	"skywatch/internal/lang/insights"
)

// trimmer is trim, ltrim and rtrim: a text without white space at its ends, or
// without the characters of a set, the second argument. Nothing when an argument
// is nothing or a map. AWS: "String functions".
func trimmer(cut func(string, func(rune) bool) string) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) value {
			s, ok := textOf(args[0], r)
			if !ok {
				return value{}
			}
			if len(args) == 1 {
				return str(piece(cut(s, unicode.IsSpace), len(s)))
			}
			set, ok := textOf(args[1], r)
			if !ok {
				return value{}
			}
			return str(piece(cut(s, func(c rune) bool { return strings.ContainsRune(set, c) }), len(s)))
		}
	}
}
