package logexec

import "skywatch/internal/lang/insights"

// funcIsPresent is ispresent(f): 1 when there is a value, an empty text, map or
// list included, else 0. AWS: "General functions".
func funcIsPresent(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value { return truth(x(r).kind != null) }
}
