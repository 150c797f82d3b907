package logexec

import (
	"math"
	"strconv"

	"skywatch/internal/lang/insights"
)

// funcRound is round(a[, digits]): the nearest number with that many decimals,
// none when left out, tens and hundreds when negative; halves go away from zero.
// It works on the decimal form, so that 2.675 becomes 2.68. Nothing when an
// argument is no number. AWS: "Numeric operations and functions".
func funcRound(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		v := args[0](r)
		f, ok := v.number()
		if !ok {
			return value{}
		}
		digits := 0.0
		if len(args) > 1 {
			d := args[1](r)
			if digits, ok = d.number(); !ok {
				return value{}
			}
		}
		digits = math.Trunc(min(max(digits, -300), 300))
		if digits == 0 || math.Abs(f) >= exactInt && digits > 0 {
			return num(math.Round(f))
		}
		// Shift the point in the text: multiplying would round before we do.
		scaled, err := strconv.ParseFloat(shift(f, int(digits)), 64)
		if err != nil {
			return v
		}
		out, err := strconv.ParseFloat(shift(math.Round(scaled), -int(digits)), 64)
		if err != nil {
			return value{}
		}
		return num(out)
	}
}

// shift writes f with its decimal point moved n places to the right.
func shift(f float64, n int) string {
	s := strconv.FormatFloat(f, 'e', -1, 64)
	for i := range s {
		if s[i] == 'e' {
			exp, _ := strconv.Atoi(s[i+1:])
			return s[:i] + "e" + strconv.Itoa(exp+n)
		}
	}
	return s
}
