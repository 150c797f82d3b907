package logexec

import (
	"unicode/utf8"

	"skywatch/internal/lang/insights"
)

// funcSubstr is substr(s, start[, length]): part of a text in code points; the
// first one is 0. A start or length outside of the text is cut to it, decimals
// are cut off. Nothing when an argument is of the wrong kind. AWS: "String
// functions".
func funcSubstr(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		s, ok := textOf(args[0], r)
		if !ok {
			return value{}
		}
		v := args[1](r)
		start, ok := v.number()
		if !ok {
			return value{}
		}
		length := float64(len(s))
		if len(args) > 2 {
			v := args[2](r)
			if length, ok = v.number(); !ok {
				return value{}
			}
		}
		from := int(min(max(start, 0), float64(len(s))))
		n := int(min(max(length, 0), float64(len(s))))
		i := skipRunes(s, from)
		return str(piece(s[i:i+skipRunes(s[i:], n)], len(s)))
	}
}

// skipRunes is the index behind the first n code points of s.
func skipRunes(s string, n int) int {
	i := 0
	for ; n > 0 && i < len(s); n-- {
		_, size := utf8.DecodeRuneInString(s[i:])
		i += size
	}
	return i
}
