package livetail

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"skywatch/internal/logs"
)

const (
	eventOverhead = 64 // about what an event takes beside its message, in bytes
	inboxBytes    = 4 << 20
	// An SDK refuses a message of the wire beyond 16 MiB, and escaping may
	// make six bytes of one.
	updateBytes  = 2 << 20
	updateEvents = 500
	waitingMax   = 10 // updates
	waitingBytes = 4 << 20
)

// Spec says what a session follows.
type Spec struct {
	Account string // whose quota it counts for
	Groups  []logs.GroupID
	// Streams and Prefixes, when one is not empty, name the streams, or what
	// their names begin with.
	Streams  []string
	Prefixes []string
	// Match tells which messages are wanted; nil means all. It is called by
	// one goroutine at a time.
	Match func(message string) bool
}

// Event is a stored log event.
type Event struct {
	Group     logs.GroupID
	Stream    string
	Timestamp int64 // milliseconds, the writer's
	Ingested  int64 // milliseconds, the server's
	Message   string
}

// Update is what came in one interval, in the order of arrival.
type Update struct {
	Events  []Event // at most 500; none when nothing matched
	Sampled bool    // more matched, or events were dropped before
	bytes   int
}

// batch is what one write brought.
type batch struct {
	group    logs.GroupID
	stream   string
	ingested int64
	events   []logs.Event
	bytes    int
}

// Session is one reader's view of the Hub.
type Session struct {
	hub    *Hub
	spec   Spec
	wake   chan struct{} // the inbox has something; holds one
	fresh  chan struct{} // an update waits; holds one
	done   chan struct{} // closed by end
	sample sampler       // the session's goroutine's own

	mu         sync.Mutex // guards what follows
	inbox      []batch
	inboxBytes int
	dropped    bool // something fell out of the inbox since the last update
	waiting    []Update
	waitBytes  int
	err        error // why the session has ended
}

func newSession(h *Hub, spec Spec) *Session {
	return &Session{
		hub: h, spec: spec, sample: newSampler(updateEvents, updateBytes),
		wake: make(chan struct{}, 1), fresh: make(chan struct{}, 1), done: make(chan struct{}),
	}
}

// Next returns the next update, waiting for it. When the session has ended and
// all updates are taken the error is ErrExpired, ErrClosed, or another that is
// an internal failure; it may be that of ctx. One goroutine may call it.
func (s *Session) Next(ctx context.Context) (Update, error) {
	for {
		s.mu.Lock()
		if len(s.waiting) > 0 {
			u := s.waiting[0]
			s.waiting = slices.Delete(s.waiting, 0, 1)
			s.waitBytes -= u.bytes
			s.mu.Unlock()
			return u, nil
		}
		err := s.err
		s.mu.Unlock()
		if err != nil {
			return Update{}, err
		}
		select {
		case <-ctx.Done():
			return Update{}, ctx.Err()
		case <-s.fresh:
		case <-s.done:
		}
	}
}

// Close ends the session; a second call does nothing.
func (s *Session) Close() { s.end(ErrClosed) }

// end ends the session for the reason err, unless it has ended.
func (s *Session) end(err error) {
	s.mu.Lock()
	ended := s.err != nil
	if !ended {
		s.err = err
		s.inbox, s.inboxBytes = nil, 0
		close(s.done)
	}
	s.mu.Unlock()
	if !ended {
		s.hub.remove(s)
	}
}

// offer puts a batch into the inbox, at the cost of the oldest ones when there
// is no room. Called by writers.
func (s *Session) offer(b batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.inbox = append(s.inbox, b)
	s.inboxBytes += b.bytes
	for s.inboxBytes > inboxBytes {
		s.inboxBytes -= s.inbox[0].bytes
		s.inbox[0] = batch{}
		s.inbox = s.inbox[1:] // and not moved: the writer's time is dear
		s.dropped = true
	}
	signal(s.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run is the session's goroutine.
func (s *Session) run() {
	defer func() {
		if v := recover(); v != nil { // a filter's fault ends its session, not the server
			s.end(fmt.Errorf("live tail session: panic: %v\n%s", v, debug.Stack()))
		}
	}()
	tick := time.NewTicker(s.hub.cfg.Interval)
	defer tick.Stop()
	life := time.NewTimer(s.hub.cfg.Life)
	defer life.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-life.C:
			s.end(ErrExpired)
			return
		case <-s.wake:
			s.read()
		case <-tick.C:
			s.read()
			s.push(s.sample.take())
		}
	}
}

// read empties the inbox into the sample.
func (s *Session) read() {
	s.mu.Lock()
	batches := s.inbox
	s.inbox, s.inboxBytes = nil, 0
	if s.dropped {
		s.sample.sampled, s.dropped = true, false
	}
	s.mu.Unlock()
	for _, b := range batches {
		if !s.follows(b.stream) {
			continue
		}
		for i := range b.events {
			if e := &b.events[i]; s.spec.Match == nil || s.spec.Match(e.Message) {
				s.sample.add(Event{Group: b.group, Stream: b.stream, Timestamp: e.Timestamp, Ingested: b.ingested, Message: e.Message})
			}
		}
	}
}

// follows reports whether the session wants that stream.
func (s *Session) follows(stream string) bool {
	if len(s.spec.Streams) == 0 && len(s.spec.Prefixes) == 0 {
		return true
	}
	return slices.Contains(s.spec.Streams, stream) ||
		slices.ContainsFunc(s.spec.Prefixes, func(p string) bool { return strings.HasPrefix(stream, p) })
}

// push lets an update wait for the reader, at the cost of the oldest ones when
// there is no room.
func (s *Session) push(u Update) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.waiting = append(s.waiting, u)
	s.waitBytes += u.bytes
	for len(s.waiting) > 1 && (len(s.waiting) > waitingMax || s.waitBytes > waitingBytes) {
		s.waitBytes -= s.waiting[0].bytes
		if len(s.waiting[0].Events) > 0 || s.waiting[0].Sampled {
			s.waiting[1].Sampled = true
		}
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
	signal(s.fresh)
}
