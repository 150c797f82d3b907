package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) autoRegress(cmd *insights.AutoRegress) {
	get := c.field(cmd.Field.Path)
	var slots []int
	for _, name := range cmd.Names() {
		slot := c.define(name)
		c.show(name, slot)
		slots = append(slots, slot)
	}
	c.add(stage{name: "autoregress", make: func(next sink, _ *budget) sink {
		ring := make([]value, cmd.To) // the value of row n is at n % To
		n := 0
		return eachRow{next, func(r *row) error {
			v := get(r)
			for i, slot := range slots {
				r.vals[slot] = value{}
				if back := cmd.From + i; back <= n {
					r.vals[slot] = ring[(n-back)%cmd.To]
				}
			}
			ring[n%cmd.To] = v
			n++
			return next.push(r)
		}}
	}})
}
