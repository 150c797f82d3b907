package logexec

import (
	"math"
	"strconv"
	"strings"

	"skywatch/internal/lang/insights"
)

// funcDecToHex is decToHex(n): a whole number as hex with 0x in front, without
// its decimals, exact in all its digits. Nothing for what is no number and for
// numbers beyond 64 bits, as hexToDec. AWS: "String functions".
func funcDecToHex(_ *compiler, _ *insights.Call, args []eval) eval {
	return func(r *row) value {
		v := args[0](r)
		f, ok := v.number()
		if !ok {
			return value{}
		}
		// A float does not hold all digits of what was read or written.
		n, err := uint64(0), strconv.ErrSyntax
		if v.str != "" {
			whole, _, _ := strings.Cut(strings.TrimLeft(strings.TrimSpace(v.str), "+-"), ".")
			n, err = strconv.ParseUint(whole, 10, 64)
		}
		if err != nil {
			if math.Abs(f) >= 1<<64 {
				return value{}
			}
			n = uint64(math.Abs(f))
		}
		hex := "0x" + strconv.FormatUint(n, 16)
		if f < 0 && n > 0 {
			return str("-" + hex)
		}
		return str(hex)
	}
}
