package logexec

// output is the end of the chain: it turns rows into cells.
type output struct {
	plan   *plan
	budget *budget
	rows   [][]Cell
}

const cellBytes = 48

func (o *output) push(r *row) error {
	if len(o.rows) >= o.plan.limit {
		return errDone
	}
	cells := make([]Cell, 0, len(o.plan.output)+1)
	size := int64(32)
	add := func(name string, slot int) {
		if v := r.get(slot); v.kind != null {
			c := Cell{name, v.text()}
			size += cellBytes + int64(len(c.Value))
			cells = append(cells, c)
		}
	}
	for _, col := range o.plan.output {
		add(col.name, col.slot)
	}
	if o.plan.pointer >= 0 {
		add("@ptr", o.plan.pointer)
	}
	o.rows = append(o.rows, cells)
	if err := o.budget.take(size, "the result"); err != nil {
		return err
	}
	if len(o.rows) >= o.plan.limit {
		return errDone
	}
	return nil
}

// RowsBytes is what rows of a result hold, in bytes.
func RowsBytes(rows [][]Cell) int64 {
	var n int64
	for _, row := range rows {
		n += 32
		for _, c := range row {
			n += cellBytes + int64(len(c.Value))
		}
	}
	return n
}

func (o *output) finish() error { return nil }
