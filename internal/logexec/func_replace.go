package logexec

import (
	"strings"

	"skywatch/internal/lang/insights"
)

// funcReplace is replace(s, search, with): every occurrence of a literal text
// replaced, from left to right; an empty one occurs nowhere. Nothing when an
// argument is nothing or a map. AWS: "String functions".
func funcReplace(c *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		s, ok1 := textOf(args[0], r)
		search, ok2 := textOf(args[1], r)
		with, ok3 := textOf(args[2], r)
		switch {
		case !ok1 || !ok2 || !ok3:
			return value{}
		case search == "":
			return str(s)
		case len(with) > len(search) && len(s)+strings.Count(s, search)*(len(with)-len(search)) > maxText:
			return c.tooLong("replace")
		}
		return str(strings.ReplaceAll(s, search, with))
	}
}
