package logexec

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// The columnar path. A source that hands out parts is not scanned event by
// event: the leading filters of a query are decided for the rows of a template
// together (fast_filter.go, fast_text.go), what a parse finds is read from the
// columns its literals stand around (fast_parse.go) or its expression captures
// (fast_capture.go), a stats behind them reads
// columns (fast_stats.go, fast_keys.go, fast_aggregate.go), and only rows that
// are left over go, one by one, through the same stages as ever, reading their
// fields from columns where these say what the message does (fast_bind.go). The
// rows are those of the plain path, in its order: conditions and expressions are
// computed by the same closures, on fewer rows or values.
//
// What was learnt: most of the time of a stats is in what is not its sums. Row
// numbers of the block are for who reads columns of every row; percentiles of
// one argument share their numbers; of many groups behind a sort with a limit
// nearly all are left out by a look at one state (group_best.go); and groups by
// a key that each row has of its own wait for memory, not for the processor. So
// such keys are grouped by as packed numbers, and their texts and percentiles are
// made only for the groups that are shown (packed_shape.go, packed_settle.go).

// partScan feeds a chain from parts.
type partScan struct {
	ctx    context.Context
	plan   *plan
	chain  *chain
	budget *budget
	// tick is told of what has been read, under the lock of the chain; nil
	// when nobody wants to know.
	tick func(logs.ScanStats)

	filters []*predicate
	tests   []cond       // the same, row by row
	probing []*predicate // those of the filters that can rule parts out
	front   []*extraction
	entry   int        // the stage that rows go into, behind the filters
	counter int        // the stage that counts matched events, -1 when it is behind entry
	blocks  int        // the first stage that holds rows, -1 for none
	grouper int        // that stage when it is a stats that reads columns right behind the filters, else -1
	asks    []*operand // of that stats
	apart   bool       // every worker has a chain of its own
	stats   logs.ScanStats
	mu      sync.Mutex // of the chain and stats
}

// maxWorkers bounds the goroutines of one query.
const maxWorkers = 8

func newPartScan(ctx context.Context, p *plan, ch *chain, b *budget, tick func(logs.ScanStats)) *partScan {
	s := &partScan{ctx: ctx, plan: p, chain: ch, budget: b, tick: tick, counter: -1, blocks: -1, grouper: -1}
	native := func(slot int) bool {
		return p.events.of[slot] != nil || slices.ContainsFunc(s.front, func(x *extraction) bool { return slices.Contains(x.slots, slot) })
	}
	i := 0
front:
	for ; i < len(p.stages) && ch.sinks[i] != nil; i++ {
		switch st := &p.stages[i]; {
		case st.extract != nil: // found when it is asked for
			s.front = append(s.front, st.extract)
		case st.name == "count" && s.counter < 0:
			s.counter = i
		case st.filter != nil && s.counter < 0 && st.filter.reads(native):
			for _, f := range st.filter.conjuncts() {
				s.filters = append(s.filters, f)
				s.tests = append(s.tests, f.test())
			}
			if st.filter.probes() {
				s.probing = append(s.probing, st.filter)
			}
		default:
			break front
		}
	}
	s.entry = i
	for k := i; k < len(p.stages) && ch.sinks[k] != nil; k++ {
		if p.stages[k].blocking {
			s.blocks = k
			break
		}
	}
	if s.blocks == i && p.stages[i].stats != nil {
		s.grouper = i
	}
	return s
}

// push sends a row into the chain behind the filters.
func (s *partScan) push(ch *chain, r *row) error {
	if s.counter >= 0 {
		return ch.sinks[s.counter].(*counter).pass(r, ch.at(s.entry))
	}
	return ch.at(s.entry).push(r)
}

// at is the sink of a stage, the end of the chain behind the last one.
func (c *chain) at(stage int) sink {
	if stage < len(c.sinks) && c.sinks[stage] != nil {
		return c.sinks[stage]
	}
	return c.end
}

// whole says that nobody looks at messages before a row is pushed.
func (s *partScan) whole() bool {
	system := func(slot int) bool {
		f := s.plan.events.of[slot]
		return f != nil && f.fill != nil && f.name != "@message"
	}
	for _, f := range s.filters {
		if !f.reads(system) {
			return false
		}
	}
	if s.grouper < 0 {
		return s.plan.columns&logs.ColMessage == 0
	}
	st := s.plan.stages[s.grouper].stats
	for i := range st.known {
		for _, slot := range st.known[i].slots {
			if !system(slot) {
				return false
			}
		}
	}
	for i := range st.calls {
		for _, slot := range st.calls[i].known.slots {
			if !system(slot) {
				return false
			}
		}
	}
	return true
}

// run feeds the chain; it does not finish it.
func (s *partScan) run(src logpart.Source, scan logs.Scan) (logs.ScanStats, error) {
	snap, err := src.Parts(s.ctx, scan)
	if err != nil {
		return logs.ScanStats{}, err
	}
	defer snap.Release()
	s.stats = snap.Skipped()
	if scan.Order == logs.NewestFirst {
		err = s.ordered(snap.Parts())
	} else {
		err = s.parallel(snap.Parts())
	}
	return s.stats, err
}

// split says whether every worker can have a chain of its own whose state is
// merged at the end.
func (s *partScan) split() bool {
	if s.blocks < 0 {
		return false
	}
	for k := s.entry; k < s.blocks; k++ {
		switch s.plan.stages[k].name {
		case "fields", "filter", "parse", "count":
		default:
			return false
		}
	}
	switch g := s.chain.sinks[s.blocks].(type) {
	case *grouper:
		for i := range g.plan.calls {
			if _, ok := g.makers[i]().(merger); !ok {
				return false
			}
		}
		return true
	case *sorter:
		return true
	}
	return false
}

// own builds a worker's chain, up to the first stage that holds rows. It ends
// with ctx.
func (s *partScan) own(ctx context.Context) *chain {
	b := s.budget.until(ctx)
	return s.plan.build(s.entryOrCounter(), s.blocks+1, &output{plan: s.plan, budget: b}, b)
}

func (s *partScan) entryOrCounter() int {
	if s.counter >= 0 {
		return s.counter
	}
	return s.entry
}

// parallel reads parts in any order.
func (s *partScan) parallel(parts []logpart.Part) error {
	workers := min(maxWorkers, runtime.GOMAXPROCS(0), len(parts))
	if workers == 0 {
		return nil
	}
	split, whole := s.split(), s.whole()
	s.apart = split
	runs := runsOf(parts, max(1, len(parts)/(8*workers)))
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, workers)
	chains := make([]*chain, workers)
	shapes := &keyShapes{}
	for i := range chains {
		chains[i] = s.chain
		if split {
			chains[i] = s.own(ctx)
			if s.grouper >= 0 {
				chains[i].sinks[s.grouper].(*grouper).packs(shapes)
			}
		}
	}
	if split {
		s.chain.workers = chains // until they have ended
	}
	binned := s.timeInBins()
	for i := range workers {
		w := newPartWorker(s.plan, s.front)
		if binned {
			w.binning = s.grouper
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			for ctx.Err() == nil {
				k := int(next.Add(1)) - 1
				if k >= len(runs) {
					return
				}
				for _, p := range runs[k] {
					if err := s.part(ctx, w, chains[i], p, whole, split); err != nil {
						errs[i] = err
						cancel()
						return
					}
				}
			}
		}()
	}
	wg.Wait()
	s.chain.workers = nil
	if err := s.ctx.Err(); err != nil {
		return err
	}
	for _, err := range errs {
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, errDone) {
			return err
		}
	}
	if split {
		return s.merge(chains)
	}
	return nil
}

// runsOf cuts parts into runs of one group and at most so many parts. A run is
// one worker's, so that most groups by @log, or by what only one log group has,
// are made by one worker and need no merging.
func runsOf(parts []logpart.Part, most int) (runs [][]logpart.Part) {
	from := 0
	for i := 1; i <= len(parts); i++ {
		if i == len(parts) || i-from == most || parts[i].Info().Group != parts[from].Info().Group {
			runs = append(runs, parts[from:i])
			from = i
		}
	}
	return runs
}

// count moves the number of matched events of a worker's chain into the
// query's, under the lock.
func (s *partScan) count(c *chain) {
	for k, sink := range c.sinks {
		if n, ok := sink.(*counter); ok {
			s.chain.sinks[k].(*counter).n += n.n
			n.n = 0
		}
	}
}

// merge moves what the workers' chains hold into the query's.
func (s *partScan) merge(chains []*chain) error {
	switch mine := s.chain.sinks[s.blocks].(type) {
	case *grouper:
		others := make([]*grouper, len(chains))
		for i, c := range chains {
			others[i] = c.sinks[s.blocks].(*grouper)
		}
		return mine.absorb(others)
	case *sorter:
		for _, c := range chains {
			mine.absorb(c.sinks[s.blocks].(*sorter))
		}
	}
	return nil
}

// part reads one part into a chain.
func (s *partScan) part(ctx context.Context, w *partWorker, c *chain, p logpart.Part, whole, split bool) error {
	var st logs.ScanStats
	done, err := s.ruledOut(ctx, p)
	if done {
		st = skipped(p)
	}
	if !done && err == nil {
		done, st, err = s.fromCounts(ctx, w, c, p, split)
	}
	if !done && err == nil {
		st, err = s.fromBlock(ctx, w, c, p, whole, split)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if split {
		s.count(c)
	}
	if errors.Is(err, logs.ErrCorrupt) {
		s.stats.Corrupt++
		s.stats.CorruptRows += int64(p.Info().Rows)
		return nil
	}
	s.stats.Add(st)
	if s.tick != nil && err == nil {
		s.tick(s.stats)
	}
	return err
}

// locked runs f, which feeds a chain, under its lock: the scan's when workers share
// the chain.
func (s *partScan) locked(split bool, c *chain, f func() error) error {
	mu := &s.mu
	if split {
		mu = &c.mu
	}
	mu.Lock()
	defer mu.Unlock()
	return f()
}

func (s *partScan) fromBlock(ctx context.Context, w *partWorker, c *chain, p logpart.Part, whole, split bool) (logs.ScanStats, error) {
	b, err := p.Open(ctx, w.scratch)
	if err != nil {
		return logs.ScanStats{}, err
	}
	w.part = p
	sels, err := s.choose(ctx, w, b, whole)
	if err != nil {
		return logs.ScanStats{}, err
	}
	err = s.locked(split, c, func() error {
		for i := range w.units {
			if err := s.ready(&w.units[i], sels[i]); err != nil {
				return err
			}
		}
		for i := range w.units {
			if err := s.consume(ctx, &w.units[i], c, sels[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, logs.ErrCorrupt) {
		return logs.ScanStats{}, err
	}
	return b.Stats, err
}

// choose opens a block and answers the rows of each unit that pass the filters.
// When there are any the worker's columns are loaded.
func (s *partScan) choose(ctx context.Context, w *partWorker, b *logpart.Block, whole bool) ([][]uint32, error) {
	w.open(b, whole)
	w.ctx = ctx
	sels := make([][]uint32, len(w.units))
	some := false
	for i := range w.units {
		if i&63 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		u := &w.units[i]
		sel := u.live()
		for u.late = 0; u.late < len(s.filters) && len(sel) > 0; u.late++ {
			f := s.filters[u.late]
			if s.apart && u.readsMessages(f) {
				if keys, args := s.readsBehind(u); keys || args {
					break
				}
			}
			sel = u.filter(f, sel)
		}
		if w.err != nil {
			return nil, w.err
		}
		sels[i] = sel
		some = some || len(sel) > 0
	}
	if some {
		return sels, w.load()
	}
	return sels, nil
}

// consume feeds the selected rows of a unit to a chain.
func (s *partScan) consume(ctx context.Context, u *unit, c *chain, sel []uint32) error {
	if len(sel) == 0 {
		return nil
	}
	if s.grouper >= 0 && !u.alone {
		if err := u.aggregate(c.sinks[s.grouper].(*grouper), sel); err != nil {
			return err
		}
		if s.counter >= 0 {
			c.sinks[s.counter].(*counter).n += int64(len(sel))
		}
		return nil
	}
	for i, o := range sel {
		if u.w.ended(i) {
			return u.w.err
		}
		r := u.w.set(u, o)
		if s.passes(u, r) {
			if err := s.push(c, r); err != nil {
				return err
			}
		}
		if u.w.err != nil {
			return u.w.err
		}
	}
	return nil
}

// ticker tells of the progress of a scan into the query's chain.
func (e *execution) ticker(ch *chain) func(logs.ScanStats) {
	if e.progress == nil || ch != e.chain {
		return nil
	}
	before := e.stats
	return func(st logs.ScanStats) {
		stats := before
		stats.add(st)
		e.tell(stats)
	}
}
