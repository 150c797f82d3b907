package logexec

import (
	"strings"

	"skywatch/internal/lang/insights"
)

// funcStrContains is strcontains(s, search[, anyCase]): 1 when a literal text
// occurs, else 0, also when an argument is nothing or a map; in any case when
// the third argument holds. AWS: "String functions".
func funcStrContains(c *compiler, call *insights.Call, args []eval) eval {
	exact := onTexts(truth(false), func(s, t string) value { return truth(strings.Contains(s, t)) })(c, call, args)
	if len(args) == 2 {
		return exact
	}
	folded := onTexts(truth(false), func(s, t string) value {
		return truth(strings.Contains(strings.ToLower(s), strings.ToLower(t)))
	})(c, call, args)
	anyCase := holds(args[2])
	return func(r *row) value {
		if anyCase(r) {
			return folded(r)
		}
		return exact(r)
	}
}
