package logexec

import (
	"slices"

	"skywatch/internal/lang/insights"
)

// items compiles the items of fields or display: expressions are computed into
// slots of their own, plain fields only add a column.
func (c *compiler) items(columns []column, items []insights.Item) []column {
	type assignment struct {
		slot int
		eval eval
	}
	var todo []assignment
	for _, it := range items {
		f, plain := it.Expr.(*insights.Field)
		slot := -1
		switch {
		case plain && !it.Aliased:
			if s, ok := c.plainSlot(f); ok {
				slot = s
				break
			}
			fallthrough
		default:
			e := c.expr(it.Expr)
			if it.Aliased {
				slot = c.define(it.Name)
			} else if slot = c.slotNamed(it.Name); slot < 0 {
				slot = c.define(it.Name)
			}
			todo = append(todo, assignment{slot, e})
		}
		if !slices.ContainsFunc(columns, func(col column) bool { return col.name == it.Name }) {
			columns = append(columns, column{it.Name, slot})
		}
	}
	if len(todo) > 0 {
		c.addRowwise("fields", func(next sink, r *row) error {
			made := int64(0)
			for _, a := range todo {
				v := a.eval(r)
				r.vals[a.slot] = v
				if made += int64(len(v.str)); v.kind == tree {
					made += v.held()
				}
				if made > maxRowBytes {
					return &LimitError{What: "one row", Limit: maxRowBytes, Unit: "bytes", Where: "fields"}
				}
			}
			return next.push(r)
		})
	}
	return columns
}

// slotNamed is the slot of a name that commands made, -1 for none.
func (c *compiler) slotNamed(name string) int {
	if s, ok := c.names[name]; ok {
		return s
	}
	return -1
}

// eachRow is a stage without state of its own.
type eachRow struct {
	next sink
	f    func(*row) error
}

func (s eachRow) push(r *row) error { return s.f(r) }
func (s eachRow) finish() error     { return s.next.finish() }
