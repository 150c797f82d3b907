package logexec

import (
	"slices"

	"skywatch/internal/lang/insights"
)

// table finds a lookup table.
func (c *compiler) table(at insights.Span, name string) *Table {
	if c.req.Tables != nil {
		t, err := c.req.Tables.Lookup(name)
		if err != nil && c.err == nil {
			c.err = err
		}
		if t != nil {
			return t
		}
	}
	c.fail(at, "there is no lookup table %q", name)
	return &Table{}
}

// tableColumn finds a column of a table.
func (c *compiler) tableColumn(at insights.Span, t *Table, table, name string) int {
	i := slices.Index(t.Columns, name)
	if i < 0 {
		c.fail(at, "the lookup table %q has no column %q", table, name)
		return 0
	}
	return i
}

// tableOutput is a column of a table on its way into rows.
type tableOutput struct {
	column int
	slot   int
	before eval // what the field was
}

func (c *compiler) tableOutputs(at insights.Span, t *Table, table string, list []insights.LookupOutput) []tableOutput {
	out := make([]tableOutput, len(list))
	for i, o := range list {
		out[i] = tableOutput{column: c.tableColumn(at, t, table, o.Column), before: c.named(o.Name)}
	}
	for i, o := range list {
		out[i].slot = c.replace(o.Name)
		c.show(o.Name, out[i].slot)
	}
	return out
}

// fill sets the outputs of a row from a row of the table, nil for none.
func fillOutputs(r *row, out []tableOutput, found []string, onlyMissing bool) {
	for _, o := range out {
		v := o.before(r)
		if found != nil && (!onlyMissing || v.kind == null || v.kind == text && v.str == "") {
			v = str(found[o.column])
		}
		r.vals[o.slot] = v
	}
}

func (c *compiler) lookup(cmd *insights.Lookup) {
	t := c.table(cmd.Span, cmd.Table)
	keys := make([]eval, len(cmd.Keys))
	columns := make([]int, len(cmd.Keys))
	for i, k := range cmd.Keys {
		keys[i], columns[i] = c.field(k.Field.Path), c.tableColumn(cmd.Span, t, cmd.Table, k.Column)
	}
	out := c.tableOutputs(cmd.Span, t, cmd.Table, cmd.Output)
	if c.err != nil {
		return
	}
	rows := map[string][]string{}
	var b []byte
	for _, row := range t.Rows {
		b = b[:0]
		for _, i := range columns {
			v := str(row[i])
			b = appendKey(b, &v)
		}
		if _, ok := rows[string(b)]; !ok {
			rows[string(b)] = row
		}
	}
	c.add(stage{name: "lookup", make: func(next sink, _ *budget) sink {
		var b []byte
		return eachRow{next, func(r *row) error {
			b = b[:0]
			for _, k := range keys {
				s, ok := textOf(k, r)
				if !ok {
					fillOutputs(r, out, nil, false)
					return next.push(r)
				}
				v := str(s)
				b = appendKey(b, &v)
			}
			fillOutputs(r, out, rows[string(b)], false)
			return next.push(r)
		}}
	}})
}
