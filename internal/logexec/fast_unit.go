package logexec

import (
	"fmt"

	"skywatch/internal/logtype"
)

// unit is the rows of a block that have one template, or all of its rows when
// nothing is asked of the messages or there are no templates. Its rows are
// numbered by their place in the template ("ordinals").
type unit struct {
	w     *partWorker
	t     int // -1 for a unit of all rows
	tpl   *logtype.Template
	rows  []uint32 // of the block, read when first needed
	n     int
	nest  *nest   // whose block the template is of, nil for the block of messages
	nests []*nest // by variable
	binds []binding
	cols  []*logtype.Values
	late  int  // the first of the filters that are left for when the row goes into a stage
	alone bool // rows go into the stats one by one
	tried bool // sound has looked at it

	letters []*charset // by variable, of those asked for
}

// live are the ordinals of the unit's rows that are part of the scan.
func (u *unit) live() []uint32 {
	b := u.w.block
	if b.Lo == 0 && b.Hi == b.Rows && b.Live == nil {
		return u.w.all(u.n)
	}
	if u.tpl == nil && b.Live == nil {
		return u.w.all(b.Hi)[b.Lo:]
	}
	out := make([]uint32, 0, u.n)
	for o := range uint32(u.n) {
		r := int(u.blockRow(o))
		if r >= b.Lo && r < b.Hi && (b.Live == nil || b.Live.Has(r)) {
			out = append(out, o)
		}
	}
	return out
}

// blockRow is the row of the block.
func (u *unit) blockRow(ord uint32) uint32 {
	if u.tpl == nil {
		return ord
	}
	if u.rows == nil {
		var err error
		if u.nest != nil {
			u.rows = u.nest.rowsOf(u.t)
		} else if u.rows, err = u.w.block.TemplateRows(u.t); err != nil {
			u.w.fail(err)
			u.rows = u.w.all(u.n)
		}
	}
	return u.rows[ord]
}

// typed is the block that the unit's template is of.
func (u *unit) typed() *logtype.Block {
	if u.nest != nil {
		return u.nest.block
	}
	return u.w.block.Typed
}

// ref is the reference time of a row.
func (u *unit) ref(ord uint32) int64 {
	if u.nest != nil {
		return u.nest.times()[u.blockRow(ord)]
	}
	return u.w.timestamps()[u.blockRow(ord)]
}

func (u *unit) String() string { return fmt.Sprintf("template %d, %d rows", u.t, u.n) }
