package logexec

import (
	"time"

	"skywatch/internal/lang/insights"
)

var timeFunctions = map[string]function{
	"bin": func(c *compiler, call *insights.Call, _ []eval) eval {
		g := newGrid(call.Args[0].(*insights.Period))
		// The event's own time, also when a command used the name again. The
		// language has checked that there are events.
		slot, _ := c.sourceSlot("@timestamp")
		if move := c.offset; move != nil {
			return rounded(c.slot(slot), func(ms int64) int64 { return move(g.floor(ms)) })
		}
		return rounded(c.slot(slot), g.floor)
	},
	"datefloor": func(_ *compiler, call *insights.Call, args []eval) eval {
		return rounded(args[0], newGrid(call.Args[1].(*insights.Period)).floor)
	},
	"dateceil": func(_ *compiler, call *insights.Call, args []eval) eval {
		return rounded(args[0], newGrid(call.Args[1].(*insights.Period)).ceil)
	},
	"fromMillis": func(_ *compiler, _ *insights.Call, args []eval) eval {
		return rounded(args[0], func(ms int64) int64 { return ms })
	},
	"toMillis": func(_ *compiler, _ *insights.Call, args []eval) eval {
		x := args[0]
		return func(r *row) value {
			if v := x(r); v.kind == moment {
				return num(v.num)
			}
			return value{}
		}
	},
	"formatDate": func(_ *compiler, call *insights.Call, args []eval) eval {
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
			return str(strftime(time.UnixMilli(int64(v.num)).In(zone), pattern))
		}
	},
	"parseDate": func(_ *compiler, call *insights.Call, args []eval) eval {
		pattern, zone := dateArgs(call)
		elements := datePattern(pattern)
		return onText(func(s string) value {
			t, ok := parseDate(elements, s, zone)
			if !ok {
				return value{}
			}
			return num(float64(t.UnixMilli()))
		})(nil, nil, args)
	},
	"now": func(c *compiler, _ *insights.Call, _ []eval) eval {
		return constant(num(float64(c.req.Now.Unix())))
	},
	"queryStartTime": func(c *compiler, _ *insights.Call, _ []eval) eval {
		return constant(num(float64(c.req.StartMs)))
	},
	"queryEndTime": func(c *compiler, _ *insights.Call, _ []eval) eval {
		return constant(num(float64(c.req.EndMs)))
	},
	"queryTimeRange": func(c *compiler, _ *insights.Call, _ []eval) eval {
		return constant(num(float64(c.req.EndMs - c.req.StartMs)))
	},
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
