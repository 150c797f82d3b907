// Package logimport brings log files into a log group: it finds the files, reads
// their events, makes batches within the limits of PutLogEvents, sends them side
// by side, and remembers how far it came.
//
//	paths ─ Plan ─ units (a stream and its files, in order)
//	unit ─ logfile.Reader ─ window ─ sort ─ batches ─ Sender ─ acknowledged ─ State
//
// Events are put into time order within windows of bounded size, as the API
// wants it within a batch; a file need not be in order. The server keeps events
// of one stream and time in the order they came in, so batches of a stream that
// share a timestamp are sent one after the other, others side by side.
//
// With each acknowledged batch the [State] learns up to which event a file is
// acknowledged without a gap. An import that is cancelled lets the batches under
// way come to their end and so sends nothing of a file in time order twice when
// it goes on; one that failed sends at most one window of each stream twice, and
// one that was killed also what was acknowledged since the last save (saveEvery).
package logimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"skywatch/internal/logfile"
)

// Limits of PutLogEvents.
const (
	maxBatchBytes  = 1 << 20 // message bytes plus eventOverhead each
	maxBatchEvents = 10_000
	maxBatchSpan   = 24 * 3600 * 1000 // milliseconds from the first to the last event
	eventOverhead  = 26
)

// grace is how long batches under way may take to come to their end when the
// import is cancelled.
const grace = 10 * time.Second

// Windows of a unit in memory.
const (
	windowEvents = 50_000
	windowBytes  = 8 << 20
)

// Event is one event to send.
type Event struct {
	Timestamp int64 // milliseconds
	Message   string

	place int // in the window, as read
}

// Rejected says how many events of a batch the server left out.
type Rejected struct {
	TooOld, TooNew, Expired int64
}

// Sender is the server. Its methods are called from several goroutines.
type Sender interface {
	// Prepare makes the stream, which may exist.
	Prepare(ctx context.Context, stream string) error
	// Put sends a batch, which is within the API's limits and in time order. It
	// tries again what is worth it.
	Put(ctx context.Context, stream string, events []Event) (Rejected, error)
}

// Options of an import.
type Options struct {
	Reader   logfile.Options // Export and Default are set by file
	Parallel int             // batches under way at a time, and units read at a time; 0 means 4
	State    *State          // nil: nothing is remembered
	Sender   Sender          // nil: dry run, events are only counted
}

// Counts are the figures of an import or of one unit.
type Counts struct {
	Files    int64 // read to their end
	Events   int64 // sent and taken, or counted in a dry run
	Bytes    int64 // of their messages
	First    int64 // smallest timestamp in milliseconds; meaningful when Events is not 0
	Last     int64 // largest
	Resumed  int64 // events left out because an earlier run had sent them
	Undated  int64 // events that took their time from elsewhere
	Blank    int64 // events without text, which the API cannot take
	TooLarge int64 // events over the API's limit of one megabyte
	Repaired int64 // events with bytes that are no UTF-8, which the API's JSON cannot hold: sent with U+FFFD
	Rejected
}

// Add adds d's figures to c.
func (c *Counts) Add(d Counts) {
	if d.Events > 0 {
		if c.Events == 0 {
			c.First, c.Last = d.First, d.Last
		}
		c.First, c.Last = min(c.First, d.First), max(c.Last, d.Last)
	}
	c.Files += d.Files
	c.Events += d.Events
	c.Bytes += d.Bytes
	c.Resumed += d.Resumed
	c.Undated += d.Undated
	c.Blank += d.Blank
	c.TooLarge += d.TooLarge
	c.Repaired += d.Repaired
	c.TooOld += d.TooOld
	c.TooNew += d.TooNew
	c.Expired += d.Expired
}

// Refused is how many events did not get in.
func (c *Counts) Refused() int64 { return c.TooLarge + c.TooOld + c.TooNew + c.Expired }

// Result is the outcome of an import.
type Result struct {
	Counts
	Units []Counts // by unit
	// Warnings say where a file may mean something else than what was read of it.
	Warnings []string
	Failed   []error // files that could not be read to their end; the others went in
}

// Progress is what a running import can tell, from any goroutine.
type Progress struct {
	events, bytes, stored atomic.Int64
}

// Events returns the events that were sent (or counted) so far, and Stored the
// bytes of files read.
func (p *Progress) Events() int64 { return p.events.Load() }

// Stored returns the bytes of files, as stored, that were read so far.
func (p *Progress) Stored() int64 { return p.stored.Load() }

// Run imports the units. The error is the Sender's, the State's or ctx's: then
// the import can be run again with the same State. p may be nil.
func Run(ctx context.Context, units []Unit, opts Options, p *Progress) (Result, error) {
	if opts.Parallel <= 0 {
		opts.Parallel = 4
	}
	if p == nil {
		p = &Progress{}
	}
	r := &runner{opts: opts, progress: p, slots: make(chan struct{}, opts.Parallel), result: Result{Units: make([]Counts, len(units))}}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(opts.Parallel)
	for i := range units {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			u := &unitRun{runner: r, unit: &units[i]}
			err := u.run(ctx)
			r.mu.Lock()
			defer r.mu.Unlock()
			r.result.Units[i] = u.counts
			r.result.Add(u.counts)
			return err
		})
	}
	err := g.Wait()
	if opts.State != nil && opts.Sender != nil {
		err = errors.Join(err, opts.State.save(true))
	}
	return r.result, err
}

type runner struct {
	opts     Options
	progress *Progress
	slots    chan struct{} // one for each batch under way

	mu     sync.Mutex
	result Result
}

func (r *runner) warn(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Warnings = append(r.result.Warnings, text)
}

func (r *runner) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result.Failed = append(r.result.Failed, err)
}

// unitRun is the import of one unit.
type unitRun struct {
	*runner
	unit     *Unit
	counts   Counts
	prepared bool

	window []Event
	bytes  int
	read   []source // where the window's events are from, in the order read

	mu    sync.Mutex // guards counts and what follows while batches are under way
	acked int        // read[:acked] are all acknowledged

	// ends are files read to their end whose last events are in the window.
	ends []int
}

// source is where an event was read.
type source struct {
	file  int   // of the unit
	index int64 // of the event in its file, from 1
	acked bool

	dated, repaired bool
}

func (u *unitRun) run(ctx context.Context) error {
	for i := range u.unit.Files {
		if err := u.file(ctx, i); err != nil {
			return err
		}
	}
	return u.flush(ctx)
}

// file reads one file into windows.
func (u *unitRun) file(ctx context.Context, i int) error {
	ref := &u.unit.Files[i]
	skip := int64(0)
	if u.opts.State != nil {
		done := false
		if skip, done = u.opts.State.done(ref); done {
			u.counts.Resumed += skip
			u.progress.stored.Add(ref.Size)
			return nil
		}
	}
	f, modTime, consumed, err := ref.open()
	if err != nil {
		u.failed(err)
		return nil
	}
	defer f.Close() // it was only read
	opts := u.opts.Reader
	opts.Export, opts.Default = ref.Export, modTime
	r := logfile.NewReader(f, opts)
	told := int64(0)
	tell := func() {
		n := consumed()
		u.progress.stored.Add(n - told)
		told = n
	}
	defer func() {
		tell()
		st := r.Stats()
		u.counts.Blank += st.Blank
		if st.Broken > 0 {
			u.warn(fmt.Sprintf("%s looks like a list of CloudTrail's records and is none, or does not go on as one; that part was read by lines", ref.Path))
		}
	}()
	for n := int64(1); ; n++ {
		e, err := r.Next()
		if errors.Is(err, io.EOF) {
			u.ends = append(u.ends, i)
			u.counts.Files++
			return nil
		}
		if err != nil {
			u.failed(err)
			return nil
		}
		if n <= skip {
			u.counts.Resumed++
			continue
		}
		if n%1024 == 0 {
			tell()
		}
		if err := u.add(ctx, Event{Timestamp: e.Timestamp, Message: e.Message}, source{file: i, index: n, dated: e.Dated, repaired: e.Repaired}); err != nil {
			return err
		}
	}
}

// add puts an event into the window and sends the window when it is full.
func (u *unitRun) add(ctx context.Context, e Event, from source) error {
	switch {
	case e.Message == "":
		u.counts.Blank++
		return nil
	case len(e.Message)+eventOverhead > maxBatchBytes:
		u.counts.TooLarge++
		return nil
	}
	if from.repaired {
		u.counts.Repaired++
	}
	if !from.dated {
		u.counts.Undated++
	}
	e.place = len(u.read)
	u.window, u.read = append(u.window, e), append(u.read, from)
	if u.bytes += len(e.Message) + eventOverhead; len(u.window) < windowEvents && u.bytes < windowBytes {
		return nil
	}
	return u.flush(ctx)
}

// flush sends the window, and remembers the files that end in it.
func (u *unitRun) flush(ctx context.Context) error {
	if len(u.window) > 0 {
		if err := u.send(ctx); err != nil {
			return err
		}
	}
	if u.remembers() {
		for _, file := range u.ends {
			u.opts.State.finished(&u.unit.Files[file])
		}
		if err := u.opts.State.save(false); err != nil {
			return err
		}
	}
	clear(u.window)
	u.window, u.bytes, u.ends = u.window[:0], 0, u.ends[:0]
	u.read, u.acked = u.read[:0], 0
	return nil
}

func (u *unitRun) remembers() bool { return u.opts.State != nil && u.opts.Sender != nil }

// send sends the batches of the window, side by side as far as they share no
// timestamp.
func (u *unitRun) send(ctx context.Context) error {
	if u.opts.Sender != nil && !u.prepared {
		if err := u.opts.Sender.Prepare(ctx, u.unit.Stream); err != nil {
			return fmt.Errorf("log stream %s: %w", u.unit.Stream, err)
		}
		u.prepared = true
	}
	g, flight := errgroup.WithContext(ctx)
	last := int64(math.MinInt64) // timestamp of the batch before
	for batch := range batches(u.window) {
		if batch[0].Timestamp == last {
			if err := g.Wait(); err != nil {
				return err
			}
			g, flight = errgroup.WithContext(ctx)
		}
		last = batch[len(batch)-1].Timestamp
		// Once over, nothing new is begun. What was begun is put even so, or a batch
		// behind it could get in without it.
		slot := false
		select {
		case u.slots <- struct{}{}:
			slot = true
		case <-flight.Done():
		}
		if flight.Err() != nil {
			if slot {
				<-u.slots
			}
			if err := g.Wait(); err != nil {
				return err // why the others were given up
			}
			return ctx.Err()
		}
		putCtx := flight
		g.Go(func() error {
			defer func() { <-u.slots }()
			return u.put(putCtx, batch)
		})
	}
	return g.Wait()
}

// put sends one batch and takes note of it.
func (u *unitRun) put(ctx context.Context, batch []Event) error {
	var rejected Rejected
	if u.opts.Sender != nil {
		ctx, cancel := lasting(ctx)
		defer cancel()
		var err error
		if rejected, err = u.opts.Sender.Put(ctx, u.unit.Stream, batch); err != nil {
			return fmt.Errorf("log stream %s: %w", u.unit.Stream, err)
		}
	}
	c := count(batch, rejected)
	u.progress.events.Add(c.Events)
	u.progress.bytes.Add(c.Bytes)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.counts.Add(c)
	if !u.remembers() {
		return nil
	}
	for i := range batch {
		u.read[batch[i].place].acked = true
	}
	for ; u.acked < len(u.read) && u.read[u.acked].acked; u.acked++ {
		at := u.read[u.acked]
		if next := u.acked + 1; next == len(u.read) || !u.read[next].acked || u.read[next].file != at.file {
			u.opts.State.sent(&u.unit.Files[at.file], at.index)
		}
	}
	return u.opts.State.save(false)
}

// lasting returns a context that outlives ctx by grace: a request that was cut
// may have been taken, and would be sent twice.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-out.Done():
		}
	})
	return out, func() { stop(); cancel() }
}

// count figures out what of a batch got in. The refused are at its ends: too
// old and expired ones overlap at the beginning.
func count(batch []Event, rejected Rejected) Counts {
	c := Counts{Rejected: rejected, First: math.MaxInt64, Last: math.MinInt64}
	c.Expired = max(0, rejected.Expired-rejected.TooOld) // those that only retention refused
	from := min(int64(len(batch)), max(rejected.TooOld, rejected.Expired))
	to := max(from, int64(len(batch))-rejected.TooNew)
	for _, e := range batch[from:to] {
		c.Events++
		c.Bytes += int64(len(e.Message))
		c.First, c.Last = min(c.First, e.Timestamp), max(c.Last, e.Timestamp)
	}
	return c
}
