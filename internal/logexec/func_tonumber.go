package logexec

import "skywatch/internal/lang/insights"

// funcToNumber is toNumber(a), also called toDouble: the number that a text
// looks like; a number stays with the digits it is written with, a timestamp
// gives its milliseconds. Nothing for anything else. AWS: "Numeric operations
// and functions".
func funcToNumber(_ *compiler, _ *insights.Call, args []eval) eval {
	x := args[0]
	return func(r *row) value {
		v := x(r)
		f, ok := v.number()
		switch {
		case !ok:
			return value{}
		case v.kind == number:
			return v // with its digits
		}
		return num(f)
	}
}
