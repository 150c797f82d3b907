package logexec

import (
	"errors"

	"skywatch/internal/lang/insights"
)

func (c *compiler) addTotals(cmd *insights.AddTotals) {
	p := &totalsPlan{row: -1, col: cmd.Col, scope: c.scope}
	if len(cmd.Fields) == 0 {
		for _, col := range c.visible() {
			p.columns = append(p.columns, assigned{col.slot, c.slot(col.slot)})
		}
	}
	for _, f := range cmd.Fields {
		e := c.field(f.Path)
		slot, ok := c.plainSlot(f)
		if !ok {
			slot = c.newSlot()
		}
		p.columns = append(p.columns, assigned{slot, e})
	}
	if cmd.Row {
		p.row = c.define(cmd.Total)
		c.show(cmd.Total, p.row)
	}
	c.add(stage{name: "addtotals", make: func(next sink, _ *budget) sink {
		return &totals{totalsPlan: p, next: next, sums: make([]sumAgg, len(p.columns))}
	}})
}

type totalsPlan struct {
	columns []assigned
	row     int // slot of the row's sum, -1 for none
	col     bool
	scope   *scope
}

// totals adds up each row's numbers, and the columns' for a last row. Times
// are no numbers here.
type totals struct {
	*totalsPlan
	next sink
	sums []sumAgg
}

func (s *totals) push(r *row) error {
	sum := 0.0
	for i, c := range s.columns {
		v := c.eval(r)
		if f, ok := v.number(); ok && v.kind != moment {
			sum += f
			s.sums[i].sum.Add(f)
			s.sums[i].n++
		}
	}
	if s.row >= 0 {
		r.vals[s.row] = num(sum)
	}
	return s.next.push(r)
}

func (s *totals) finish() error {
	if s.col {
		r := row{vals: make([]value, s.scope.width)}
		sum := 0.0
		for i, c := range s.columns {
			r.vals[c.slot] = s.sums[i].result()
			sum += s.sums[i].sum.Value()
		}
		if s.row >= 0 {
			r.vals[s.row] = num(sum)
		}
		if err := s.next.push(&r); err != nil && !errors.Is(err, errDone) {
			return err
		}
	}
	return s.next.finish()
}
