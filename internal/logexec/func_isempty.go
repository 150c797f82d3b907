package logexec

import "skywatch/internal/lang/insights"

// blankTest is isempty and isblank: 1 for nothing and for texts that pass, else
// 0; a map or list, even an empty one, is neither. AWS: "String functions".
func blankTest(test func(string) bool) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			s, ok := textOf(x, r)
			return truth(!ok && x(r).kind == null || ok && test(s))
		}
	}
}
