package logexec

import "skywatch/internal/lang/insights"

// pick is greatest (1) or least (-1): the largest or smallest of the arguments
// that are numbers or look like one; those that do not are passed over. Nothing
// when none is. AWS: "Numeric operations and functions".
func pick(sign float64) function {
	return func(_ *compiler, _ *insights.Call, args []eval) eval {
		return func(r *row) (best value) {
			for _, x := range args {
				v := x(r)
				f, ok := v.number()
				if ok && (best.kind == null || f*sign > best.num*sign) {
					best = num(f)
				}
			}
			return best
		}
	}
}
