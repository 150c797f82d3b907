package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) accum(cmd *insights.Accum) {
	get := c.field(cmd.Field.Path)
	name := cmd.As
	if name == "" {
		name = cmd.Field.Name()
	}
	slot := c.replace(name)
	c.show(name, slot)
	c.add(stage{name: "accum", make: func(next sink, _ *budget) sink {
		sum := 0.0
		return eachRow{next, func(r *row) error {
			v := get(r)
			r.vals[slot] = value{}
			if f, ok := v.number(); ok {
				sum += f
				r.vals[slot] = num(sum)
			}
			return next.push(r)
		}}
	}})
}
