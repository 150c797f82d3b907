// Package ingest is the one door for writes: log events and datapoints come in
// from the API handlers (and later from collectors), go through the time
// window, derivation and back-pressure, and are handed to the engines.
//
//	PutLogEvents ─ window ─ derive ─┬─ logs.Appender ────┐
//	                                └─ metrics.Appender ─┴─ both durable ─ commit, facts, tap ─ nil
//	PutMetricData ─────────────────── metrics.Appender ─── durable ─ nil
//
// A nil error means that everything accepted is durable, the datapoints derived
// from the events included. When one of the two appends fails the call fails,
// though the other may have been stored: that is remembered, and when the writer
// tries again only what is missing is stored (unfinished.go).
//
// A process that is killed between the two appends, or before its answer reaches
// the writer, leaves nobody who remembers. A writer who tries again then stores
// its events a second time, as with CloudWatch itself, where a call without an
// answer may have been stored; what was derived of them is counted once or twice.
// Knowing better would take one log for both engines: neither can tell from its
// own whether the other's record was never written or was flushed long ago.
//
// What a handler must have checked already is the shape of the request (sizes,
// counts, names, order); what depends on the clock and on settings is checked
// here.
package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"skywatch/internal/derive"
	"skywatch/internal/inventory"
	"skywatch/internal/logs"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/scope"
)

// Sentinel errors, tested with errors.Is.
var (
	// ErrThrottled: too many bytes are in flight and room did not come in time.
	// The writer should try again later.
	ErrThrottled = errors.New("too many writes in flight")
	// ErrSpan: the events that pass the age test lie more than 24 hours apart.
	ErrSpan = errors.New("events span more than 24 hours")
	// ErrOrder: timestamps decrease within the batch.
	ErrOrder = errors.New("events are not in chronological order")
)

// Config holds what a Service is built from. Logs, Metrics, Deriver and
// Inventory are needed.
type Config struct {
	Logs      logs.Appender
	Metrics   metrics.Appender
	Deriver   *derive.Deriver
	Inventory *inventory.Inventory

	Now func() time.Time // nil means time.Now

	// MaxAge is how old an event may be; older ones are rejected as too old.
	// 0 means CloudWatch's 14 days, negative means any age (imports). A group's
	// retention is always honoured.
	MaxAge time.Duration

	// MaxInFlight bounds the bytes being written at a time, of log events and
	// datapoints together. 0 means 64 MiB.
	MaxInFlight int64
	// MaxWait is how long a call waits for room before ErrThrottled. 0 means
	// five seconds.
	MaxWait time.Duration

	// Tap, when set, sees every batch of events after it is durable, with the
	// name of its stream and the time of its arrival in milliseconds. It is
	// called on the writer's goroutine: it must not block nor change the events,
	// and may keep their messages, not the slice.
	Tap func(group logs.GroupID, stream string, ingested int64, events []logs.Event)
}

// Service takes writes in. Safe for concurrent use.
type Service struct {
	cfg   Config
	room  *semaphore.Weighted
	stats counters

	unfinished unfinished
}

// New returns a service. It panics when a needed part of cfg is missing.
func New(cfg Config) *Service {
	if cfg.Logs == nil || cfg.Metrics == nil || cfg.Deriver == nil || cfg.Inventory == nil {
		panic("ingest: Logs, Metrics, Deriver and Inventory are needed")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxAge == 0 {
		cfg.MaxAge = 14 * 24 * time.Hour
	}
	if cfg.MaxInFlight == 0 {
		cfg.MaxInFlight = 64 << 20
	}
	if cfg.MaxWait == 0 {
		cfg.MaxWait = 5 * time.Second
	}
	return &Service{cfg: cfg, room: semaphore.NewWeighted(cfg.MaxInFlight)}
}

// eventOverhead is what PutLogEvents counts per event beside its message.
const eventOverhead = 26

// PutLogEvents stores the events of one stream, which must be in
// chronological order. Events outside the time window are left out and named
// in Rejected; that is no error. Errors are ErrOrder, ErrSpan, ErrThrottled, those
// of ctx and those of the engines; on any error nothing is acknowledged.
func (s *Service) PutLogEvents(ctx context.Context, sc scope.Scope, group metastore.Group, stream metastore.Stream, events []logs.Event) (Rejected, error) {
	now := s.cfg.Now().UnixMilli()
	accepted, rejected, err := s.window(now, group.RetentionDays, events)
	if err != nil {
		s.stats.failedCalls.Add(1)
		return Rejected{}, fmt.Errorf("put log events into %s of %s: %w", stream.Name, group.Name, err)
	}
	s.stats.rejectedEvents.Add(int64(len(events) - len(accepted)))
	if len(accepted) == 0 {
		return rejected, nil
	}
	var bytes int64
	for i := range accepted {
		bytes += int64(len(accepted[i].Message)) + eventOverhead
	}
	if err := s.write(ctx, bytes, func() error {
		derived := s.cfg.Deriver.Derive(sc, group.Name, stream.Name, accepted)
		s.stats.malformedRecords.Add(int64(derived.Malformed))
		batch := logs.Batch{Group: group.ID, Stream: stream.ID, Ingested: now, Events: accepted}
		if err := s.both(ctx, now, &batch, derived.Data); err != nil {
			return err
		}
		s.cfg.Deriver.Commit(derived)
		s.observe(sc, derived.Facts)
		s.stats.derivedData.Add(int64(len(derived.Data)))
		return nil
	}); err != nil {
		return Rejected{}, fmt.Errorf("put %d log events into %s of %s: %w", len(accepted), stream.Name, group.Name, err)
	}
	s.stats.events.Add(int64(len(accepted)))
	s.stats.eventBytes.Add(bytes)
	if s.cfg.Tap != nil {
		s.cfg.Tap(group.ID, stream.Name, now, accepted)
	}
	return rejected, nil
}

// both appends events and derived data side by side and waits for both.
func (s *Service) both(ctx context.Context, now int64, batch *logs.Batch, data []metrics.Datum) (err error) {
	done := s.unfinished.take(batch)
	if len(data) == 0 {
		done |= dataStored
	}
	defer func() {
		if err != nil && len(data) > 0 {
			s.unfinished.put(batch, done)
		}
	}()
	var derr error
	derived := make(chan struct{})
	if done&dataStored == 0 {
		go func() {
			derr = s.cfg.Metrics.Append(ctx, now, data)
			close(derived)
		}()
	} else {
		close(derived)
	}
	if done&eventsStored == 0 {
		if err = s.cfg.Logs.Append(ctx, []logs.Batch{*batch}); err == nil {
			done |= eventsStored
		}
	}
	<-derived
	if derr != nil {
		return errors.Join(err, fmt.Errorf("append %d derived data: %w", len(data), derr))
	}
	done |= dataStored
	return err
}

func (s *Service) observe(sc scope.Scope, derived []derive.Fact) {
	if len(derived) == 0 {
		return
	}
	facts := make([]inventory.Fact, len(derived))
	for i, f := range derived {
		// A fact is kept, and must not keep the messages of its whole call.
		f.Name = strings.Clone(f.Name)
		if text, ok := f.Value.(string); ok {
			f.Value = strings.Clone(text)
		}
		facts[i] = inventory.Fact(f)
	}
	s.cfg.Inventory.Observe(sc, facts)
}

// datumBytes is about what a datum without raw values takes in flight.
const datumBytes = 128

// PutMetricData stores validated datapoints, all or none. Errors are
// ErrThrottled, those of ctx and those of the engine. The slice and what it
// points to may be reused after return.
func (s *Service) PutMetricData(ctx context.Context, data []metrics.Datum) error {
	if len(data) == 0 {
		return nil
	}
	now := s.cfg.Now().UnixMilli()
	var bytes int64
	for i := range data {
		bytes += datumBytes + 16*int64(len(data[i].Values))
	}
	if err := s.write(ctx, bytes, func() error { return s.cfg.Metrics.Append(ctx, now, data) }); err != nil {
		return fmt.Errorf("put %d data: %w", len(data), err)
	}
	s.stats.data.Add(int64(len(data)))
	return nil
}

// write runs f while bytes of the room are taken.
func (s *Service) write(ctx context.Context, bytes int64, f func() error) error {
	weight := min(bytes, s.cfg.MaxInFlight) // one call larger than the room may go alone
	if !s.room.TryAcquire(weight) {
		s.stats.waits.Add(1)
		wait, cancel := context.WithTimeout(ctx, s.cfg.MaxWait)
		err := s.room.Acquire(wait, weight)
		cancel()
		if err != nil {
			s.stats.failedCalls.Add(1)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			s.stats.throttledCalls.Add(1)
			return fmt.Errorf("%w: no room for %d of %d bytes within %s", ErrThrottled, bytes, s.cfg.MaxInFlight, s.cfg.MaxWait)
		}
	}
	s.stats.inFlight.Add(weight)
	defer func() {
		s.stats.inFlight.Add(-weight)
		s.room.Release(weight)
	}()
	if err := f(); err != nil {
		s.stats.failedCalls.Add(1)
		return err
	}
	s.stats.calls.Add(1)
	return nil
}
