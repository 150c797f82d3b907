package logexec

import "strings"

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
		if b.via != nil {
			l.extract(r, b.via)
		} else {
			r.vals[slot] = l.u.value(b, l.ord)
		}
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
		r.ev.message = l.w.texts.keep(l.u.message(l.ord))
	}
	return r.ev.message
}

// set makes the worker's row that of a row of the unit.
func (w *partWorker) set(u *unit, ord uint32) *row {
	r := w.row
	r.reset()
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
	r.reset()
	r.ev = event{group: w.block.Group, late: &w.late}
	w.late.u, w.late.ord, w.late.loaded = u, ord, false
	return r
}

// dropMessage takes back the message of the row at work, if it was fetched, for
// who is sure that nobody holds a part of it. The row is used up.
func (w *partWorker) dropMessage() {
	if w.late.loaded {
		w.late.loaded = false
		w.texts.drop(w.row.ev.message)
	}
}

// textRoom is memory for messages that values may be parts of. It is made in
// pieces: a value that somebody keeps keeps its piece.
type textRoom struct{ piece []byte }

const (
	// pieceBytes bounds what a value that is kept holds beside itself.
	pieceBytes = 1 << 10
	// aloneBytes is the length from which on a message has memory of its own.
	aloneBytes = pieceBytes / 4
)

// keep copies a message.
func (t *textRoom) keep(s string) string {
	if len(s) >= aloneBytes {
		return strings.Clone(s)
	}
	if len(s) > cap(t.piece)-len(t.piece) {
		t.piece = make([]byte, 0, pieceBytes)
	}
	from := len(t.piece)
	t.piece = append(t.piece, s...)
	return unsafeString(t.piece[from:])
}

// drop takes back the last message that was kept.
func (t *textRoom) drop(s string) {
	if len(s) < aloneBytes {
		t.piece = t.piece[:len(t.piece)-len(s)]
	}
}
