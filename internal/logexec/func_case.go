package logexec

import "skywatch/internal/lang/insights"

// choose is case(cond, value, …[, else]) and its short form if(cond, a, b): the
// value behind the first condition that holds, of any kind; a last argument
// without a condition is for when none does, else that is nothing. What is not
// chosen is not computed. AWS: "General functions".
func choose(_ *compiler, _ *insights.Call, args []eval) eval {
	var conds []cond
	var vals []eval
	rest := constant(value{})
	for i := 0; i < len(args); i += 2 {
		if i+1 == len(args) {
			rest = args[i]
			break
		}
		conds = append(conds, holds(args[i]))
		vals = append(vals, args[i+1])
	}
	return func(r *row) value {
		for i, f := range conds {
			if f(r) {
				return vals[i](r)
			}
		}
		return rest(r)
	}
}
