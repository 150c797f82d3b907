package logexec

import (
	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

// partWorker reads parts, one after the other, in one goroutine.
type partWorker struct {
	plan    *plan
	src     *source // with caches of its own
	row     *row
	late    lateRow
	scratch *logpart.Scratch
	block   *logpart.Block
	times   []int64
	streams []logs.StreamID
	ingest  []int64
	seqs    []uint64

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

	lambda  map[logs.StreamID]bool
	numbers map[int]*numberVec // of the unit at work, by slot
}

// newPartWorker prepares a worker for rows of the plan.
func newPartWorker(p *plan) *partWorker {
	w := &partWorker{plan: p, src: p.events.another(), scratch: new(logpart.Scratch), lambda: map[logs.StreamID]bool{}}
	w.row = w.src.row()
	w.late.w = w
	return w
}

// another is a source of the same slots with caches of its own.
func (s *source) another() *source {
	o := newSource(s.req)
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
func (w *partWorker) open(b *logpart.Block, whole bool) error {
	w.block, w.err, w.is = b, nil, lambdaUnasked
	w.times, w.streams, w.ingest, w.seqs = nil, nil, nil, nil
	clear(w.numbers)
	var err error
	needs := w.plan.columns
	if needs&logs.ColStream != 0 && (w.named("@logStream") || !w.src.labels[b.Group].lambda) {
		if w.streams, err = b.Streams(); err != nil {
			return err
		}
	}
	if needs&logs.ColIngested != 0 {
		if w.ingest, err = b.Ingested(); err != nil {
			return err
		}
	}
	if needs&logs.ColSeq != 0 {
		if w.seqs, err = b.Seqs(); err != nil {
			return err
		}
	}
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
	return nil
}

// named says whether the query names a system column.
func (w *partWorker) named(name string) bool {
	for _, f := range w.src.of {
		if f != nil && f.name == name {
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

// timestamps are those of all rows of the block.
func (w *partWorker) timestamps() []int64 {
	if w.times == nil {
		var err error
		if w.times, err = w.block.Timestamps(); err != nil {
			w.fail(err)
			w.times = make([]int64, w.block.Rows)
		}
	}
	return w.times
}

func (w *partWorker) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *partWorker) lambdaRows() lambdaKind {
	if w.src.labels[w.block.Group].lambda {
		return lambdaYes
	}
	if w.streams == nil {
		return lambdaMixed // nobody knows
	}
	yes, no := false, false
	last, is := logs.StreamID(0), false
	for i, s := range w.streams {
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
