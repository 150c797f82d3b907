package logexec

import (
	"skywatch/internal/lang/insights"
	"skywatch/internal/timetext"
)

// funcParseDate is parseDate(s, "pattern"[, "zone"]): the milliseconds after
// 1970 of a date in a pattern of Java's DateTimeFormatter; a date without a
// zone of its own is in the one given, or UTC. Nothing when not all of the text
// fits, and for days that do not exist. AWS: "Datetime functions".
func funcParseDate(_ *compiler, call *insights.Call, args []eval) eval {
	pattern, zone := dateArgs(call)
	layout := timetext.NewLayout(pattern)
	return onText(func(s string) value {
		t, ok := layout.Parse(s, zone)
		if !ok {
			return value{}
		}
		return num(float64(t.UnixMilli()))
	})(nil, nil, args)
}
