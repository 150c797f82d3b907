package logexec

import (
	"strings"

	"skywatch/internal/lang/insights"
)

// funcConcat is concat(a, …): the texts joined; nothing and maps add nothing, so
// there is always a text. AWS: "String functions".
func funcConcat(c *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		var b strings.Builder
		for _, x := range args {
			s, _ := textOf(x, r)
			if b.Len()+len(s) > maxText {
				return c.tooLong("concat")
			}
			b.WriteString(s)
		}
		return str(b.String())
	}
}
