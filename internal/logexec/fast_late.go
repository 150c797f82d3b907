package logexec

import (
	"slices"
	"strings"
)

// lateRow is where the columns and the message of the row at work are.
type lateRow struct {
	w      *partWorker
	u      *unit
	ord    uint32
	loaded bool
}

// fill sets a slot if it can without the oracle's own discovery, for which it
// fetches the message otherwise.
func (l *lateRow) fill(r *row, slot int) bool {
	b := l.u.bind(slot)
	switch b.kind {
	case bindConst:
		r.vals[slot] = b.val
		return true
	case bindVar:
		r.vals[slot] = l.u.value(b, l.ord)
		return true
	case bindSystem:
		return false
	}
	if x := l.w.extracts(slot); x != nil {
		l.extract(r, x)
		return true
	}
	l.message(r)
	return false
}

// message is the message of the row, fetched once.
func (l *lateRow) message(r *row) string {
	if !l.loaded {
		l.loaded = true
		r.ev.message = strings.Clone(l.u.message(l.ord))
	}
	return r.ev.message
}

// set makes the worker's row that of a row of the unit.
func (w *partWorker) set(u *unit, ord uint32) *row {
	r := w.row
	w.keep(r)
	r.reset()
	if u.kept != nil && u.kept[ord] != nil {
		copy(r.vals, u.kept[ord])
	}
	ev := &r.ev
	*ev = event{group: w.block.Group, late: &w.late}
	w.late.u, w.late.ord, w.late.loaded = u, ord, false
	if v := w.moments(); v != nil {
		ev.pos.Timestamp = v[u.blockRow(ord)]
	}
	if v := w.sequence(); v != nil {
		ev.pos.Seq = v[u.blockRow(ord)]
	}
	if v := w.streamIDs(); v != nil {
		ev.stream = v[u.blockRow(ord)]
	}
	if v := w.ingestion(); v != nil {
		ev.ingested = v[u.blockRow(ord)]
	}
	return r
}

// fields makes the worker's row that of a row of the unit for who reads nothing
// but slots that are the same in all rows or follow from variables.
func (w *partWorker) fields(u *unit, ord uint32) *row {
	r := w.row
	w.keep(r)
	r.reset()
	r.ev = event{group: w.block.Group, late: &w.late}
	w.late.u, w.late.ord, w.late.loaded = u, ord, false
	return r
}

// maxKept bounds what is kept of the rows of a block, in bytes.
const maxKept = 16 << 20

// keep remembers what was read from the message of the row at work, so that the
// conditions of a filter, the keys of a stats and the stages behind them take
// each message apart once. A row that a stage has had is not kept: stages fill
// slots.
func (w *partWorker) keep(r *row) {
	l := &w.late
	if !l.loaded || w.pushed || w.held > maxKept {
		return
	}
	if l.u.kept == nil {
		l.u.kept = make([][]value, l.u.n)
		w.held += int64(l.u.n) * 24
	}
	if l.u.kept[l.ord] == nil {
		w.held += int64(len(r.vals))*valueBytes + int64(len(r.ev.message))
	}
	l.u.kept[l.ord] = slices.Clone(r.vals)
}
