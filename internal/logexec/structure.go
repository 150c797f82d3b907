package logexec

import (
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logs"
)

// structured compiles an expression that may be a map or list of the event.
func (c *compiler) structured(e insights.Expr) eval {
	if f, ok := e.(*insights.Field); ok {
		return c.structure(f.Path)
	}
	return c.expr(e)
}

// structure compiles a field that may be a map or list: where there is no plain
// value, the member of the event's JSON of that name, which is no field by
// itself.
func (c *compiler) structure(path []string) eval {
	plain := c.field(path)
	if _, made := c.names[(&insights.Field{Path: path}).Name()]; made || c.src == nil || c.mapBehind(path) > 0 || c.joined.side(path) != 0 || path[0][0] == '@' && len(path[0]) > 1 && path[0][1] != '@' {
		return plain
	}
	src := c.src
	src.needs |= logs.ColMessage | logs.ColGroup | logs.ColStream
	slot, _ := c.sourceSlot("@message")
	msg := c.slot(slot)
	inside := slices.Clone(path)
	inside[0] = strings.TrimPrefix(inside[0], "@")
	return func(r *row) value {
		if v := plain(r); v.kind != null {
			return v
		}
		m := msg(r)
		if m.kind == null {
			return m // the row of column totals is no event
		}
		if src.labels[r.ev.group].undiscovered {
			return value{}
		}
		doc := parseJSON(jsonDocument(m.str, src.isLambda(&r.ev)))
		if doc.kind != tree {
			return value{}
		}
		return member(doc.node, inside)
	}
}

// jsonDocument is the text of the event's JSON object, "" for none.
func jsonDocument(msg string, lambda bool) string {
	var j jsonScanner
	none := func([]byte, string) {}
	if !lambda {
		start := j.start(msg)
		if end := j.scan(msg, start, none); end >= 0 && strings.Trim(msg[end:], " \t\r\n") == "" {
			return msg[start:end]
		}
		return ""
	}
	for i, try := 0, 0; try < maxFragments; try++ {
		n := strings.IndexByte(msg[i:], '{')
		if n < 0 {
			return ""
		}
		i += n
		if end := j.scan(msg, i, none); end >= 0 {
			return msg[i:end]
		}
		i++
	}
	return ""
}
