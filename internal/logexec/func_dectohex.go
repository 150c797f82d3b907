package logexec

import (
	"math"
	"strconv"

	"skywatch/internal/lang/insights"
)

// funcDecToHex is decToHex(n): a whole number as hex with 0x in front, without
// its decimals. Nothing for what is no number and for numbers beyond 63 bits.
// AWS: "String functions".
func funcDecToHex(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		v := args[0](r)
		f, ok := v.number()
		if !ok || math.Abs(f) >= 1<<63 {
			return value{}
		}
		n := int64(f)
		if exact, err := strconv.ParseInt(v.text(), 10, 64); err == nil && v.kind != moment {
			n = exact
		}
		if n < 0 {
			return str("-0x" + strconv.FormatUint(uint64(-n), 16))
		}
		return str("0x" + strconv.FormatInt(n, 16))
	}
}
