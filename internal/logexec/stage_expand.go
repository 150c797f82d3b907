package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) expand(cmd *insights.Expand) {
	list := c.structure(cmd.Field.Path)
	slot := c.replace(cmd.Field.Name())
	c.addMany("expand", func(next sink, r *row) error {
		v := list(r)
		l, ok := listOf(v)
		if !ok {
			r.vals[slot] = v
			return next.push(r)
		}
		return eachElement(next, r, slot, l)
	})
}
