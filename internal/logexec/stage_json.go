package logexec

import (
	"regexp"
	"strings"

	"skywatch/internal/lang/insights"
)

// bracketed is an index such as [0] in the path of json.
var bracketed = regexp.MustCompile(`\[(\d+)\]`)

func (c *compiler) json(cmd *insights.JSON) {
	from := c.structure(cmd.Field.Path)
	path := strings.Split(strings.TrimPrefix(bracketed.ReplaceAllString(cmd.Path, ".$1"), "."), ".")
	slot := c.define(cmd.As)
	c.addRowwise("json", func(next sink, r *row) error {
		v := from(r)
		if v.kind == text {
			v = parseJSON(v.str)
		}
		if v.kind == tree {
			v = member(v.node, path)
		} else {
			v = value{}
		}
		r.vals[slot] = v
		return next.push(r)
	})
}
