package logexec

import (
	"context"

	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// partWorker reads parts, one after the other, in one goroutine.
type partWorker struct {
	ctx     context.Context // of what it is doing
	plan    *plan
	front   []*extraction // that rows have behind them when they go into a stage
	src     *source       // with caches of its own
	row     *row
	late    lateRow
	texts   textRoom
	scratch *logpart.Scratch
	part    logpart.Part
	block   *logpart.Block
	times   []int64
	streams []logs.StreamID
	ingest  []int64
	seqs    []uint64

	binning int         // the stats that asks for no time but bins, -1 for none
	bins    []blockBins // of the block

	ordinals []uint32 // 0, 1, 2, …
	buf      []byte
	err      error // what went wrong where no error can be returned

	units []unit // by template, or one
	whole bool   // the one unit is the whole block
	is    lambdaKind

	dict    colenc.Strings
	idText  string // the UUID last looked for, in which block, and its number
	idBlock *logtype.Block
	idCode  int64

	automata map[*textTest]*textAutomaton
	programs map[*extraction]*captureProgram

	lambda  map[logs.StreamID]bool
	numbers map[int]*numberVec // of the unit at work, by slot
	room    []float64          // where the numbers of a block are
	binds   []binding          // of all units of a block
	found   []value            // by a parse
	keys    [64]rowKey         // of a run of rows
	keyText []byte
	keyBuf  []byte
	packed  []packedKey // of the rows of a unit
	packing logtype.Values
	words   []wordColumn
}

// newPartWorker prepares a worker for rows of the plan.
func newPartWorker(p *plan, front []*extraction) *partWorker {
	w := &partWorker{plan: p, front: front, binning: -1, src: p.events.another(), scratch: new(logpart.Scratch), lambda: map[logs.StreamID]bool{}}
	w.row = w.src.row()
	w.late.w = w
	return w
}

// another is a source of the same slots with caches of its own.
func (s *source) another() *source {
	o := sourceOf(s.req, s.labels) // a scan in order may have one for each group
	o.fields, o.of, o.paths, o.lambdas, o.needs = s.fields, s.of, s.paths, s.lambdas, s.needs
	return o
}

type lambdaKind uint8

const (
	lambdaUnasked lambdaKind = iota
	lambdaYes
	lambdaNo
	lambdaMixed
)

// open makes ready for a block. Whole says that nothing is asked of messages.
// It decodes no column: most blocks have no row that passes the filters.
func (w *partWorker) open(b *logpart.Block, whole bool) {
	w.block, w.err, w.is = b, nil, lambdaUnasked
	w.times, w.streams, w.ingest, w.seqs = nil, nil, nil, nil
	w.bins = w.bins[:0]
	clear(w.numbers)
	w.room = w.room[:0]
	w.late.loaded = false
	w.units = w.units[:0]
	w.whole = whole || b.Typed == nil
	if w.whole {
		w.units = append(w.units, unit{w: w, t: -1, n: b.Rows})
	} else {
		for t := range b.Typed.Templates {
			tpl := &b.Typed.Templates[t]
			w.units = append(w.units, unit{w: w, t: t, tpl: tpl, n: tpl.Rows})
		}
	}
	slots := len(w.src.of)
	if n := slots * len(w.units); cap(w.binds) < n {
		w.binds = make([]binding, n)
	}
	for i := range w.units {
		w.units[i].binds = w.binds[i*slots : (i+1)*slots : (i+1)*slots]
		clear(w.units[i].binds)
	}
}

// load decodes what the plan wants of every row besides its message. It comes
// before rows are used, so that damage is found while they can be left out.
func (w *partWorker) load() error {
	if w.binning >= 0 {
		w.loadBins()
	}
	w.moments()
	w.streamIDs()
	w.ingestion()
	w.sequence()
	return w.err
}

// streamIDs are those of all rows of the block, nil when nobody asks for them.
func (w *partWorker) streamIDs() []logs.StreamID {
	if w.streams == nil && w.plan.columns&logs.ColStream != 0 && (w.readsStream() || !w.src.labels[w.block.Group].lambda) {
		w.streams = have(w, w.block.Streams)
	}
	return w.streams
}

// ingestion are the ingestion times, as streamIDs.
func (w *partWorker) ingestion() []int64 {
	if w.ingest == nil && w.plan.columns&logs.ColIngested != 0 {
		w.ingest = have(w, w.block.Ingested)
	}
	return w.ingest
}

// sequence are the sequence numbers, as streamIDs.
func (w *partWorker) sequence() []uint64 {
	if w.seqs == nil && w.plan.columns&logs.ColSeq != 0 {
		w.seqs = have(w, w.block.Seqs)
	}
	return w.seqs
}

// moments are the timestamps, as streamIDs; nil as well when only bins of them
// are asked for.
func (w *partWorker) moments() []int64 {
	if w.times == nil && w.binning < 0 && w.plan.columns&(logs.ColTimestamp|logs.ColSeq) != 0 {
		w.timestamps()
	}
	return w.times
}

// timestamps are those of all rows of the block.
func (w *partWorker) timestamps() []int64 {
	if w.times == nil {
		w.times = have(w, w.block.Timestamps)
	}
	return w.times
}

// have reads a column of the block. When it is damaged the worker fails, and
// the column is zeros until somebody looks at that.
func have[T any](w *partWorker, read func() ([]T, error)) []T {
	v, err := read()
	if err != nil {
		w.fail(err)
		v = make([]T, w.block.Rows)
	}
	return v
}

// readsStream says whether the query names a field that follows from the stream.
func (w *partWorker) readsStream() bool {
	for _, f := range w.src.of {
		if f != nil && f.stream {
			return true
		}
	}
	return false
}

// all are the ordinals below n.
func (w *partWorker) all(n int) []uint32 {
	for len(w.ordinals) < n {
		w.ordinals = append(w.ordinals, uint32(len(w.ordinals)))
	}
	return w.ordinals[:n:n]
}

func (w *partWorker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// ended says whether the query has ended when row i of a loop comes: at every
// row for a fault, now and then for the context. Every loop over rows that
// computes something asks it: one row of a megabyte may take a second.
func (w *partWorker) ended(i int) bool {
	if w.plan.fault.err.Load() == nil && (i%watchEvery != 0 || w.ctx.Err() == nil) {
		return false
	}
	w.fail(context.Cause(w.ctx))
	return true
}

func (w *partWorker) lambdaRows() lambdaKind {
	switch g := w.src.labels[w.block.Group]; {
	case g.lambda:
		return lambdaYes
	case g.undiscovered:
		return lambdaNo
	}
	streams := w.streamIDs()
	if streams == nil {
		return lambdaMixed // nobody knows
	}
	yes, no := false, false
	last, is := logs.StreamID(0), false
	for i, s := range streams {
		if i == 0 || s != last {
			var ok bool
			if is, ok = w.lambda[s]; !ok {
				is = IsLambda("", w.src.stream(s))
				w.lambda[s] = is
			}
			last = s
		}
		yes, no = yes || is, no || !is
	}
	switch {
	case yes && no:
		return lambdaMixed
	case yes:
		return lambdaYes
	}
	return lambdaNo
}
