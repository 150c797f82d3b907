package estate

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Writer sends to the APIs. Its methods may be called at the same time; they
// retry what can be retried and return an error only when the request is
// refused for good or ctx is done. [skywatch/internal/estate/client.Client]
// is the one that speaks HTTP.
type Writer interface {
	// CreateLogGroup and CreateLogStream succeed when the thing exists already.
	CreateLogGroup(ctx context.Context, group string) error
	CreateLogStream(ctx context.Context, group, stream string) error
	// PutLogEvents returns how many events of the batch were not accepted.
	PutLogEvents(ctx context.Context, batch LogBatch) (rejected int, err error)
	PutMetricData(ctx context.Context, batch MetricBatch) error
}

// Phases of a run.
const (
	PhaseBackfill = "backfill"
	PhaseLive     = "live"
)

// Progress says how far a run is.
type Progress struct {
	Phase    string    // PhaseBackfill, then PhaseLive
	Done     float64   // part of the back-fill that is sent, 0 to 1
	From     time.Time // metrics are complete from here to the start of the run
	Events   int64     // log events accepted
	Data     int64     // metric data accepted
	Rejected int64     // log events not accepted (too old, too new, expired)
}

// sender creates groups and streams when they are first needed and counts.
type sender struct {
	w                      Writer
	events, data, rejected atomic.Int64

	mu      sync.Mutex
	created map[[2]string]*creation // group and stream; stream "" is the group itself
}

// creation is done when the group or stream exists.
type creation struct {
	mu   sync.Mutex
	done bool
}

// maxCreated bounds the memory of what exists. Beyond it everything is
// forgotten and created again when needed, which is harmless.
const maxCreated = 100_000

func newSender(w Writer) *sender { return &sender{w: w, created: make(map[[2]string]*creation)} }

// ensure creates a group (stream "") or a stream once. Callers with the same
// need wait for the one that creates.
func (s *sender) ensure(ctx context.Context, group, stream string) error {
	key := [2]string{group, stream}
	s.mu.Lock()
	c := s.created[key]
	if c == nil {
		if len(s.created) >= maxCreated {
			clear(s.created)
		}
		c = &creation{}
		s.created[key] = c
	}
	s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done {
		return nil
	}
	if stream == "" {
		if err := s.w.CreateLogGroup(ctx, group); err != nil {
			return fmt.Errorf("create log group %q: %w", group, err)
		}
	} else {
		if err := s.ensure(ctx, group, ""); err != nil {
			return err
		}
		if err := s.w.CreateLogStream(ctx, group, stream); err != nil {
			return fmt.Errorf("create log stream %q of %q: %w", stream, group, err)
		}
	}
	c.done = true
	return nil
}

func (s *sender) logs(ctx context.Context, b LogBatch) error {
	if err := s.ensure(ctx, b.Group, b.Stream); err != nil {
		return err
	}
	rejected, err := s.w.PutLogEvents(ctx, b)
	if err != nil {
		return fmt.Errorf("put %d log events into %q: %w", len(b.Events), b.Group, err)
	}
	s.rejected.Add(int64(rejected))
	s.events.Add(int64(len(b.Events) - rejected))
	return nil
}

func (s *sender) metrics(ctx context.Context, b MetricBatch) error {
	if err := s.w.PutMetricData(ctx, b); err != nil {
		return fmt.Errorf("put %d metric data into %q: %w", len(b.Data), b.Namespace, err)
	}
	s.data.Add(int64(len(b.Data)))
	return nil
}

// Run writes the estate through w until ctx is done: the history first, then
// what happens. It calls progress, when not nil, about twice a second and at
// each change of phase, from one goroutine at a time. It returns ctx's error,
// or the first error that retrying cannot mend.
//
// Each run writes its whole history again, unless Config.Resume tells how much
// a former run has written.
func (e *Estate) Run(ctx context.Context, w Writer, progress func(Progress)) error {
	s := newSender(w)
	now := minute(e.cfg.Now())
	r := &reporter{sender: s, fn: progress}
	if err := e.backfill(ctx, s, now, r); err != nil {
		return fmt.Errorf("back-fill simulated estate: %w", err)
	}
	l := newLive(e, s, now)
	r.report(PhaseLive, 1, e.start, true)
	tick := time.NewTicker(e.cfg.LiveInterval)
	defer tick.Stop()
	for {
		if err := l.advance(ctx, e.cfg.Now().UnixMilli()); err != nil {
			return fmt.Errorf("write simulated estate: %w", err)
		}
		r.report(PhaseLive, 1, e.start, true)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// reporter calls the progress function, not too often.
type reporter struct {
	sender *sender
	mu     sync.Mutex
	fn     func(Progress)
	last   time.Time
}

func (r *reporter) report(phase string, done float64, fromMinute int64, always bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fn == nil || !always && time.Since(r.last) < 400*time.Millisecond {
		return
	}
	r.last = time.Now()
	r.fn(Progress{
		Phase: phase, Done: done, From: time.UnixMilli(fromMinute * minuteMillis).UTC(),
		Events: r.sender.events.Load(), Data: r.sender.data.Load(), Rejected: r.sender.rejected.Load(),
	})
}
