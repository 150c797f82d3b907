package logexec

import "skywatch/internal/lang/insights"

// funcToMillis is toMillis(t): the milliseconds after 1970 of a timestamp.
// Nothing for anything else, a number included. AWS: "Datetime functions".
func funcToMillis(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		if v := x(r); v.kind == moment {
			return num(v.num)
		}
		return value{}
	}
}
