// Package livetail hands log events that were just stored to whoever follows
// them: the tap behind StartLiveTail.
//
//	ingest ─ Hub.Publish ─┬─ Session: inbox ─ filter ─ sample ─ updates ─ Next ─ one reader
//	 (a writer's           └─ Session: …
//	  goroutine)                      (the session's goroutine)   (the reader's)
//
// A writer pays for a look into a map, and for an append when somebody follows
// its group: it never waits, neither for a filter nor for a reader. All else
// is done by one goroutine a session, which makes an [Update] every second of
// at most 500 events, chosen at random when more matched, and says so.
//
// What a session holds is bounded in events and in bytes: its inbox, the
// update being made and the updates that its reader has not taken yet. Where a
// bound is met the oldest goes, and the next update says that it is sampled.
// Nothing of the past is shown: who wants it asks FilterLogEvents.
package livetail

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"skywatch/internal/logs"
)

// Sentinel errors, tested with errors.Is.
var (
	ErrTooMany = errors.New("too many live tail sessions are open") // of one account, or of all
	ErrExpired = errors.New("the live tail session has lasted its time")
	ErrClosed  = errors.New("live tail is closed")
)

const (
	// SessionsPerAccount is CloudWatch's quota.
	SessionsPerAccount = 15
	// maxSessions bounds those of all accounts, since unsigned callers choose
	// their account.
	maxSessions = 60
)

// Config holds what a Hub is built from; its zero value is CloudWatch's.
type Config struct {
	Interval time.Duration // between two updates; 0 means one second
	Life     time.Duration // of a session; 0 means three hours
}

// Hub knows the open sessions. Safe for concurrent use.
type Hub struct {
	cfg Config
	// byGroup is what writers look into. It is replaced, never changed.
	byGroup atomic.Pointer[map[logs.GroupID][]*Session]

	mu       sync.Mutex // guards what follows, and the replacing of byGroup
	sessions map[*Session]struct{}
	closed   bool
	running  sync.WaitGroup // the goroutines of sessions
}

// New returns a Hub without sessions.
func New(cfg Config) *Hub {
	if cfg.Interval == 0 {
		cfg.Interval = time.Second
	}
	if cfg.Life == 0 {
		cfg.Life = 3 * time.Hour
	}
	h := &Hub{cfg: cfg, sessions: map[*Session]struct{}{}}
	h.byGroup.Store(&map[logs.GroupID][]*Session{})
	return h
}

// Publish hands the durable events of one stream to the sessions that follow
// its group. ingested is the server's time of arrival, in milliseconds. It never
// blocks, and keeps the messages but not the slice.
func (h *Hub) Publish(group logs.GroupID, stream string, ingested int64, events []logs.Event) {
	sessions := (*h.byGroup.Load())[group]
	if len(sessions) == 0 {
		return
	}
	b := batch{group: group, stream: stream, ingested: ingested, events: slices.Clone(events)}
	for i := range events {
		b.bytes += len(events[i].Message) + eventOverhead
	}
	for _, s := range sessions {
		s.offer(b)
	}
}

// Open begins a session: every event published from now on is looked at. Close
// it. The error is ErrTooMany or ErrClosed.
func (h *Hub) Open(spec Spec) (*Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	ofAccount := 0
	for s := range h.sessions {
		if s.spec.Account == spec.Account {
			ofAccount++
		}
	}
	if ofAccount >= SessionsPerAccount {
		return nil, fmt.Errorf("%w: %d of account %s", ErrTooMany, ofAccount, spec.Account)
	}
	if len(h.sessions) >= maxSessions {
		return nil, fmt.Errorf("%w: %d of all accounts", ErrTooMany, len(h.sessions))
	}
	s := newSession(h, spec)
	h.sessions[s] = struct{}{}
	h.index()
	h.running.Go(s.run)
	return s, nil
}

// Sessions returns how many are open.
func (h *Hub) Sessions() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions)
}

// Close ends every session with ErrClosed and waits for their goroutines.
func (h *Hub) Close() {
	h.mu.Lock()
	h.closed = true
	open := maps.Clone(h.sessions)
	h.mu.Unlock()
	for s := range open {
		s.end(ErrClosed)
	}
	h.running.Wait()
}

// remove forgets a session that has ended.
func (h *Hub) remove(s *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, s)
	h.index()
}

// index makes byGroup anew. The caller holds mu.
func (h *Hub) index() {
	m := map[logs.GroupID][]*Session{}
	for s := range h.sessions {
		for _, g := range s.spec.Groups {
			m[g] = append(m[g], s)
		}
	}
	h.byGroup.Store(&m)
}
