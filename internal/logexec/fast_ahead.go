package logexec

import (
	"slices"

	"skywatch/internal/logs"
)

// A scan over hundreds of log groups, newest first, has a part of each that
// could hold the next row. Their columns would be a hundred megabytes, of which
// it needs few rows. So only the first parts, which are those of the busiest
// groups, stay open. Of another one all is let go but the numbers of the chosen
// rows and the position of the newest. When the turn of that row comes, the part
// is opened once more, by the one worker that all of these share, and the row is
// kept with some that follow it.

const (
	// openBytes is what the open parts of one query may hold, in bytes as
	// estimated: some sixty parts of everyday size.
	openBytes = 32 << 20
	// openShare is which part of what the query may hold, as its divisor, that
	// may be at most: the rest is for the rows.
	openShare = 8
	// openRow is about what a row of an open part takes, in bytes: its position,
	// its place among those of its template, and the decoded variables of that.
	openRow = 64

	// firstAhead rows of a part that is not open are read at first, and twice as
	// many each time, up to mostAhead: most groups give few of the newest rows.
	firstAhead = 16
	mostAhead  = 128
)

// inOrder is the name of the scan in errors.
const inOrder = "reading newest first"

// cost is about what the part of a cursor takes while it is open, in bytes.
func (c *cursor) cost() int64 {
	info := c.part.Info()
	return info.Size + int64(info.Rows)*openRow
}

// admit lets the part of a cursor stay open, or lets go of it. One may be open
// whatever the budget says, as in a scan in any order.
func (o *orderedScan) admit(c *cursor) error {
	n := c.cost()
	if first := len(o.open) == 0; first || o.held+n <= o.plan.events.req.openBytes {
		if o.budget.tries(n) {
			c.held = n
			o.held += n
		}
		if first || c.held > 0 {
			return nil
		}
	}
	c.next, c.ahead = c.pos(), firstAhead
	c.rows = slices.Clone(c.rows) // they may be the worker's
	c.letGo()
	o.spare = append(o.spare, c.w)
	c.w, c.held = nil, 4*int64(len(c.rows))
	o.held += c.held
	return o.budget.take(c.held, inOrder)
}

// letGo forgets what is the worker's.
func (c *cursor) letGo() { c.ids, c.ords, c.late = nil, nil, false }

// close ends a cursor.
func (o *orderedScan) close(c *cursor) {
	o.held -= c.held
	o.budget.give(c.held + c.keptBytes)
	if c.w != nil {
		o.spare = append(o.spare, c.w)
	}
}

// readAhead reads the next rows of a part that is not open.
func (o *orderedScan) readAhead(c *cursor) error {
	if o.reader == nil {
		o.reader = newPartWorker(o.plan, o.front)
	}
	c.w = o.reader
	defer func() {
		c.letGo()
		c.w = nil
	}()
	b, err := c.part.Open(o.ctx, c.w.scratch)
	if err != nil {
		return err
	}
	c.w.part, c.w.ctx = c.part, o.ctx
	c.w.open(b, o.whole)
	if err := c.w.load(); err != nil {
		return err
	}
	if !c.w.whole {
		if err := c.templates(); err != nil {
			return err
		}
	}
	n, left := min(c.ahead, c.left), c.left
	c.ahead = min(2*c.ahead, mostAhead)
	kept, bytes := make([]*row, n), int64(0)
	for i := range n {
		r := c.at().clone(o.plan.reads)
		if c.left--; c.w.err != nil || c.w.ended(i) {
			c.left = left // none of these is given
			return c.w.err
		}
		kept[n-1-i] = r
		bytes += rowBytes(r)
	}
	c.kept, c.keptBytes = kept, bytes
	if c.left > 0 {
		r := c.row()
		c.next = logs.Position{Timestamp: c.w.times[r], Seq: c.w.seqs[r]}
	}
	return o.budget.take(bytes, inOrder)
}

// unkeep takes the next one of the kept rows.
func (o *orderedScan) unkeep(c *cursor) *row {
	n := len(c.kept) - 1
	r := c.kept[n]
	c.kept[n] = nil
	if c.kept = c.kept[:n]; n == 0 {
		o.budget.give(c.keptBytes)
		c.keptBytes = 0
	}
	return r
}
