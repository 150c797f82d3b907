package logexec

import (
	"cmp"
	"slices"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// Time bins without timestamps. The rows of a block are in the order of time, so
// those of a bin are a run of rows. Where bins begin at whole minutes the counts
// per minute that a part keeps say where each run ends, and a stats that asks for
// nothing else of time leaves the column of timestamps alone: that is larger
// than all else that a count of few matching rows reads.

// binRun is rows of a block that lie in one bin, up to end, exclusive.
type binRun struct {
	end uint32
	at  int64 // a time in the bin, in milliseconds
}

// blockBins are the runs of a block for one grid.
type blockBins struct {
	grid *grid
	runs []binRun
}

// timeInBins says whether the stats behind the filters reads timestamps as bins
// only, and nothing in front of it reads them.
func (s *partScan) timeInBins() bool {
	if s.grouper < 0 || s.plan.columns&logs.ColTimestamp == 0 || s.plan.columns&logs.ColSeq != 0 {
		return false
	}
	other := func(slot int) bool {
		f := s.plan.events.of[slot]
		return f == nil || f.fill == nil || f.name != "@timestamp"
	}
	for _, f := range s.filters {
		if !f.reads(other) {
			return false
		}
	}
	st := s.plan.stages[s.grouper].stats
	for i := range st.known {
		if o := &st.known[i]; o.bin == nil && slices.ContainsFunc(o.slots, func(slot int) bool { return !other(slot) }) {
			return false
		}
	}
	for i := range st.calls {
		if slices.ContainsFunc(st.calls[i].known.slots, func(slot int) bool { return !other(slot) }) {
			return false
		}
	}
	return true
}

// loadBins reads what the bins of the block at work follow from, so that damage
// is found before the first of its rows counts.
func (w *partWorker) loadBins() {
	st := w.plan.stages[w.binning].stats
	messages := false
	for i := range st.known {
		if g := st.known[i].bin; g != nil {
			w.binRuns(g)
		}
		messages = messages || w.readsMessages(&st.known[i])
	}
	for i := range st.calls {
		messages = messages || w.readsMessages(&st.calls[i].known)
	}
	if messages && w.block.Typed != nil && w.block.Typed.Relative() {
		w.timestamps() // what is in messages may be less these
	}
}

// readsMessages says whether some slot is no system column.
func (w *partWorker) readsMessages(o *operand) bool {
	return slices.ContainsFunc(o.slots, func(slot int) bool {
		f := w.src.of[slot]
		return f == nil || f.fill == nil || f.name == "@message"
	})
}

// binRuns are the runs of the block at work.
func (w *partWorker) binRuns(g *grid) []binRun {
	for i := range w.bins {
		if w.bins[i].grid == g {
			return w.bins[i].runs
		}
	}
	if len(w.bins) < cap(w.bins) {
		w.bins = w.bins[:len(w.bins)+1] // with its memory
	} else {
		w.bins = append(w.bins, blockBins{})
	}
	b := &w.bins[len(w.bins)-1]
	b.grid, b.runs = g, w.appendRuns(b.runs[:0], g)
	return b.runs
}

func (w *partWorker) appendRuns(runs []binRun, g *grid) []binRun {
	info, rows := w.part.Info(), uint32(w.block.Rows)
	if g.floor(info.First.Timestamp) == g.floor(info.Last.Timestamp) {
		return append(runs, binRun{rows, info.First.Timestamp})
	}
	if w.times == nil && g.wholeMinutes() {
		m, err := w.part.Minutes(w.ctx)
		if err != nil {
			w.fail(err)
		}
		if m != nil {
			if runs = g.appendMinutes(runs, m); len(runs) > 0 && runs[len(runs)-1].end == rows {
				return runs
			}
			runs = runs[:0] // counts of other rows than these
		}
	}
	times := w.timestamps()
	for from := 0; from < len(times); {
		at := times[from]
		n, _ := slices.BinarySearchFunc(times[from:], g.ceil(at+1), cmp.Compare[int64])
		from += max(n, 1)
		runs = append(runs, binRun{uint32(from), at})
	}
	return runs
}

// wholeMinutes says whether every bin begins at a whole minute.
func (g *grid) wholeMinutes() bool {
	return g.months != 0 || g.size%minuteMs == 0 && g.origin%minuteMs == 0
}

// appendMinutes appends the runs of rows that lie in minutes as counted.
func (g *grid) appendMinutes(runs []binRun, m *logpart.Minutes) []binRun {
	row, end := int64(0), int64(0)
	for k, n := range m.Counts {
		if n == 0 {
			continue
		}
		at := (m.First + int64(k)) * minuteMs
		if row += n; len(runs) > 0 && at < end {
			runs[len(runs)-1].end = uint32(row)
			continue
		}
		end = g.ceil(at + 1)
		runs = append(runs, binRun{uint32(row), at})
	}
	return runs
}

// binIDs numbers the time bins of rows.
func (u *unit) binIDs(g *grid, sel []uint32, eval func(uint32, int64) value) keyIDs {
	runs := u.w.binRuns(g)
	if len(runs) <= 1 || u.w.err != nil {
		at := int64(0)
		if len(runs) > 0 {
			at = runs[0].at
		}
		return keyIDs{vals: []value{eval(sel[0], at)}}
	}
	within := func(row uint32) int {
		k, _ := slices.BinarySearchFunc(runs, row, func(r binRun, row uint32) int {
			if r.end <= row {
				return -1
			}
			return 1
		})
		return k
	}
	first, last := within(u.blockRow(sel[0])), within(u.blockRow(sel[len(sel)-1]))
	if u.w.err != nil {
		return keyIDs{}
	}
	if first == last {
		return keyIDs{vals: []value{eval(sel[0], runs[first].at)}}
	}
	out := keyIDs{ids: make([]int32, len(sel)), vals: make([]value, 0, min(len(sel), last-first+1))}
	k, id := first-1, int32(-1)
	for n, ord := range sel {
		row := u.blockRow(ord)
		if k < first || row >= runs[k].end {
			for k++; row >= runs[k].end; k++ {
			}
			id++
			out.vals = append(out.vals, eval(ord, runs[k].at))
		}
		out.ids[n] = id
	}
	return out
}
