package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) unnest(cmd *insights.Unnest) {
	list := c.structured(cmd.Expr)
	slot := c.define(cmd.Into)
	c.addMany("unnest", func(next sink, r *row) error {
		v := list(r)
		l, ok := v.node.([]any)
		if !ok || v.kind != tree {
			r.vals[slot] = v
			return next.push(r)
		}
		return eachElement(next, r, slot, l)
	})
}

// eachElement pushes the row with each element in a slot; a list without
// elements leaves one row without that field.
func eachElement(next sink, r *row, slot int, list []any) error {
	if len(list) == 0 {
		r.vals[slot] = value{}
		return next.push(r)
	}
	for _, e := range list {
		r.vals[slot] = fromJSON(e)
		if err := next.push(r); err != nil {
			return err
		}
	}
	return nil
}
