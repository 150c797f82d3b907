package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) filter(e insights.Expr) {
	cond := c.cond(e)
	c.addRowwise("filter", func(next sink, r *row) error {
		if !cond(r) {
			return nil
		}
		return next.push(r)
	})
}
