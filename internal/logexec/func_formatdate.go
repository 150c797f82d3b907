package logexec

import (
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/timetext"
)

// funcFormatDate is formatDate(t, "pattern"[, "zone"]), also called strftime: a
// timestamp, or milliseconds after 1970, as text in a pattern of strftime, in
// UTC unless a zone is given. Nothing for anything else. AWS: "Datetime
// functions".
func funcFormatDate(_ *compiler, call *insights.Call, args []eval) eval {
	pattern, zone := dateArgs(call)
	return func(r *row) value {
		v := args[0](r)
		ms, ok := v.number()
		if !ok {
			return value{}
		}
		if v = timestamp(ms); v.kind == null {
			return v
		}
		return str(timetext.Strftime(time.UnixMilli(int64(v.num)).In(zone), pattern))
	}
}
