package logexec

import (
	"strings"

	"skywatch/internal/lang/insights"
)

// named compiles a field by its whole name.
func (c *compiler) named(name string) eval {
	if slot, ok := c.names[name]; ok {
		return c.slot(slot)
	}
	return c.field(strings.Split(name, "."))
}

func (c *compiler) appendCols(cmd *insights.AppendCols) {
	type col struct {
		slot        int
		before, sub eval
	}
	sub := c.sub(cmd.Sub)
	var cols []col
	for _, v := range sub.visible() {
		if v.name == "@ptr" {
			continue
		}
		before := c.named(v.name)
		slot := c.replace(v.name)
		c.show(v.name, slot)
		cols = append(cols, col{slot, before, sub.slot(v.slot)})
	}
	sub.finish()
	var rows [][]value
	c.plan.prepare = append(c.plan.prepare, func(e *execution) error {
		rows = nil
		return e.subquery(sub, func(r *row) error {
			if len(rows) >= cmd.Max {
				return errDone
			}
			vals := make([]value, len(cols))
			size := int64(24)
			for i := range cols {
				vals[i] = cols[i].sub(r)
				size += vals[i].held()
			}
			rows = append(rows, vals)
			return e.budget.take(size, "appendcols")
		})
	})
	c.add(stage{name: "appendcols", make: func(next sink, _ *budget) sink {
		n := 0
		return eachRow{next, func(r *row) error {
			for i, col := range cols {
				v, other := col.before(r), value{}
				if n < len(rows) {
					other = rows[n][i]
				}
				if v.kind == null || cmd.Override && other.kind != null {
					v = other
				}
				r.vals[col.slot] = v
			}
			n++
			return next.push(r)
		}}
	}})
}
