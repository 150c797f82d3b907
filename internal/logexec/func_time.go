package logexec

import (
	"time"

	"skywatch/internal/lang/insights"
)

// timeFunctions are those of timestamps and of the query's time range. Where a
// timestamp is wanted, a number is milliseconds after 1970, and anything else
// is nothing; so are times farther from 1970 than maxMoment. AWS: "Datetime
// functions".
var timeFunctions = map[string]function{
	"bin": funcBin,
	"datefloor": func(_ *compiler, call *insights.Call, args []eval) eval {
		return rounded(args[0], newGrid(call.Args[1].(*insights.Period)).floor)
	},
	"dateceil": func(_ *compiler, call *insights.Call, args []eval) eval {
		return rounded(args[0], newGrid(call.Args[1].(*insights.Period)).ceil)
	},
	"fromMillis": func(_ *compiler, _ *insights.Call, args []eval) eval {
		return rounded(args[0], func(ms int64) int64 { return ms })
	},
	"toMillis":   funcToMillis,
	"formatDate": funcFormatDate,
	"parseDate":  funcParseDate,
	// Seconds, as AWS has it, where the range is in milliseconds.
	"now":            ofQuery(func(req *Request) int64 { return req.Now.Unix() }),
	"queryStartTime": ofQuery(func(req *Request) int64 { return req.StartMs }),
	"queryEndTime":   ofQuery(func(req *Request) int64 { return req.EndMs }),
	"queryTimeRange": ofQuery(func(req *Request) int64 { return req.EndMs - req.StartMs }),
}

// ofQuery lifts what is the same for all rows of a query.
func ofQuery(f func(*Request) int64) function {
	return func(c *compiler, _ *insights.Call, _ []eval) eval {
		return constant(num(float64(f(c.req))))
	}
}

// rounded applies a rounding to a timestamp or a number of milliseconds.
func rounded(x eval, f func(int64) int64) eval {
	return func(r *row) value {
		v := x(r)
		ms, ok := v.number()
		if !ok {
			return value{}
		}
		if v = timestamp(ms); v.kind == null {
			return v
		}
		return timestamp(float64(f(int64(v.num))))
	}
}

// dateArgs are the constant arguments of formatDate and parseDate, which the
// language has checked. Without a zone it is UTC.
func dateArgs(call *insights.Call) (pattern string, zone *time.Location) {
	zone = time.UTC
	if len(call.Args) > 2 {
		if z, err := insights.Zone(call.Args[2].(*insights.String).Value); err == nil {
			zone = z
		}
	}
	return call.Args[1].(*insights.String).Value, zone
}
