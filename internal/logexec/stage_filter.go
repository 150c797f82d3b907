package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) filter(cmd *insights.Filter) {
	cond := c.cond(cmd.Cond)
	c.add(stage{name: "filter", make: func(next sink, _ *budget) sink {
		return eachRow{next, func(r *row) error {
			if !cond(r) {
				return nil
			}
			return next.push(r)
		}}
	}})
}
