package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) filter(e insights.Expr) {
	p := c.predicate(e)
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
