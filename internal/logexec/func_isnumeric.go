package logexec

import "skywatch/internal/lang/insights"

// funcIsNumeric is isNumeric(a): 1 for a number, a timestamp and a text that
// looks like a number, else 0. AWS: "General functions".
func funcIsNumeric(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		v := x(r)
		_, ok := v.number()
		return truth(ok)
	}
}
