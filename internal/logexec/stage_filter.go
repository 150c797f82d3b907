package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) filter(cmd *insights.Filter) {
	p := c.predicate(cmd.Cond)
	cond := p.test()
	c.add(stage{name: "filter", filter: p, make: func(next sink, _ *budget) sink {
		return eachRow{next, func(r *row) error {
			if !cond(r) {
				return nil
			}
			return next.push(r)
		}}
	}})
}
