package logexec

import "skywatch/internal/lang/insights"

// funcMessageSize is messageSize([f]): the bytes, not characters, of a text, of
// the message when left out. Nothing for nothing and for maps. AWS: "General
// functions".
func funcMessageSize(c *compiler, _ *insights.Call, args []eval) eval {
	if len(args) > 0 {
		return onText(func(s string) value { return num(float64(len(s))) })(c, nil, args)
	}
	slot, _ := c.sourceSlot("@message")
	msg := c.slot(slot)
	return func(r *row) value { return num(float64(len(msg(r).str))) }
}
