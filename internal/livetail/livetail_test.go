package livetail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"skywatch/internal/logs"
)

// batchOf makes n events with messages "<prefix> 0", "<prefix> 1", ….
func batchOf(prefix string, n int) []logs.Event {
	events := make([]logs.Event, n)
	for i := range events {
		events[i] = logs.Event{Timestamp: int64(i), Message: fmt.Sprintf("%s %d", prefix, i)}
	}
	return events
}

func open(t *testing.T, h *Hub, spec Spec) *Session {
	t.Helper()
	s, err := h.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func newHub(t *testing.T, cfg Config) *Hub {
	if cfg.Interval == 0 {
		cfg.Interval = time.Millisecond
	}
	h := New(cfg)
	t.Cleanup(h.Close)
	return h
}

// collect reads until n events have come.
func collect(t *testing.T, s *Session, n int) (events []Event, sampled bool) {
	t.Helper()
	for len(events) < n {
		u, err := s.Next(t.Context())
		if err != nil {
			t.Fatalf("after %d of %d events: %v", len(events), n, err)
		}
		events = append(events, u.Events...)
		sampled = sampled || u.Sampled
	}
	return events, sampled
}

func TestSessionSeesWhatItFollows(t *testing.T) {
	h := newHub(t, Config{})
	all := open(t, h, Spec{Groups: []logs.GroupID{1, 2}})
	named := open(t, h, Spec{Groups: []logs.GroupID{1}, Streams: []string{"b", "x"}})
	prefixed := open(t, h, Spec{Groups: []logs.GroupID{1}, Prefixes: []string{"a/"}})
	matched := open(t, h, Spec{Groups: []logs.GroupID{1, 2}, Match: func(m string) bool { return strings.HasSuffix(m, " 1") }})

	reused := batchOf("first", 3)
	h.Publish(1, "a/1", 7, reused)
	clear(reused) // writers use their slices again
	h.Publish(3, "a/1", 7, batchOf("foreign", 3))
	h.Publish(1, "b", 8, batchOf("second", 2))
	h.Publish(2, "b", 9, batchOf("third", 2))
	f := func(what string, s *Session, want ...string) {
		t.Helper()
		events, sampled := collect(t, s, len(want))
		var got []string
		for _, e := range events {
			got = append(got, fmt.Sprintf("%d %s %d %d %s", e.Group, e.Stream, e.Timestamp, e.Ingested, e.Message))
		}
		if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w || sampled {
			t.Errorf("%s (sampled %v) got\n%s\nwant\n%s", what, sampled, g, w)
		}
	}
	f("all", all, "1 a/1 0 7 first 0", "1 a/1 1 7 first 1", "1 a/1 2 7 first 2", "1 b 0 8 second 0", "1 b 1 8 second 1", "2 b 0 9 third 0", "2 b 1 9 third 1")
	f("named", named, "1 b 0 8 second 0", "1 b 1 8 second 1")
	f("prefixed", prefixed, "1 a/1 0 7 first 0", "1 a/1 1 7 first 1", "1 a/1 2 7 first 2")
	f("matched", matched, "1 a/1 1 7 first 1", "1 b 1 8 second 1", "2 b 1 9 third 1")

	u, err := all.Next(t.Context())
	if err != nil || len(u.Events) != 0 || u.Sampled {
		t.Errorf("a quiet interval brought %+v, %v; want an empty update", u, err)
	}
}

func TestSessionsEnd(t *testing.T) {
	h := newHub(t, Config{Life: 5 * time.Millisecond})
	ended := func(s *Session, want error) {
		t.Helper()
		for {
			if _, err := s.Next(t.Context()); err != nil {
				if !errors.Is(err, want) {
					t.Errorf("ended with %v, want %v", err, want)
				}
				return
			}
		}
	}
	ended(open(t, h, Spec{}), ErrExpired)
	if n := h.Sessions(); n != 0 {
		t.Errorf("%d sessions are open after the only one expired", n)
	}

	h = newHub(t, Config{})
	s := open(t, h, Spec{Groups: []logs.GroupID{1}})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		if _, err := s.Next(gone); err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("Next of a reader that is gone: %v", err)
			}
			break
		}
	}
	s.Close()
	s.Close()
	h.Publish(1, "s", 0, batchOf("late", 1))
	ended(s, ErrClosed)

	s = open(t, h, Spec{Groups: []logs.GroupID{1}, Match: func(string) bool { panic("broken filter") }})
	h.Publish(1, "s", 0, batchOf("x", 1))
	for {
		if _, err := s.Next(t.Context()); err != nil {
			if !strings.Contains(err.Error(), "broken filter") {
				t.Errorf("a panicking filter: %v", err)
			}
			break
		}
	}

	s = open(t, h, Spec{})
	h.Close()
	ended(s, ErrClosed)
	if _, err := h.Open(Spec{}); !errors.Is(err, ErrClosed) {
		t.Errorf("open on a closed hub: %v", err)
	}
}

func TestSessionsAreLimited(t *testing.T) {
	h := newHub(t, Config{})
	var first *Session
	for i := range SessionsPerAccount {
		s := open(t, h, Spec{Account: "a"})
		if i == 0 {
			first = s
		}
	}
	if _, err := h.Open(Spec{Account: "a"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("session %d of an account: %v", SessionsPerAccount+1, err)
	}
	first.Close()
	open(t, h, Spec{Account: "a"})
	for i := range maxSessions - SessionsPerAccount {
		open(t, h, Spec{Account: fmt.Sprint(i)})
	}
	if _, err := h.Open(Spec{Account: "z"}); !errors.Is(err, ErrTooMany) {
		t.Errorf("session %d of all: %v", maxSessions+1, err)
	}
}

// A reader that does not read costs a bounded amount, and learns that it
// missed something.
func TestSlowReader(t *testing.T) {
	s := newSession(New(Config{}), Spec{})
	for i := range 3 * waitingMax {
		s.push(Update{Events: make([]Event, 1, 1), bytes: i})
	}
	if len(s.waiting) != waitingMax || !s.waiting[0].Sampled || s.waiting[1].Sampled || s.waiting[0].bytes != 2*waitingMax {
		t.Errorf("%d updates wait, the first %+v", len(s.waiting), s.waiting[0])
	}
	for range 10 {
		s.push(Update{bytes: waitingBytes / 2})
	}
	if len(s.waiting) != 2 || s.waitBytes != waitingBytes {
		t.Errorf("%d updates of %d bytes wait", len(s.waiting), s.waitBytes)
	}
	s.push(Update{bytes: 2 * waitingBytes})
	if len(s.waiting) != 1 {
		t.Errorf("%d updates wait with one that is too large alone", len(s.waiting))
	}
}

// Writers never wait: while a filter hangs the inbox stays within its bound.
func TestWritersNeverWait(t *testing.T) {
	h := newHub(t, Config{})
	hang, hanging := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s := open(t, h, Spec{Groups: []logs.GroupID{1}, Match: func(string) bool {
		once.Do(func() { close(hanging) })
		<-hang
		return true
	}})
	h.Publish(1, "s", 0, batchOf("first", 1))
	<-hanging
	big := []logs.Event{{Message: strings.Repeat("x", 1<<20)}}
	for range 50 {
		h.Publish(1, "s", 0, big)
	}
	s.mu.Lock()
	bytes, dropped := s.inboxBytes, s.dropped
	s.mu.Unlock()
	if bytes > inboxBytes || !dropped {
		t.Errorf("the inbox holds %d bytes, want at most %d; dropped %v", bytes, inboxBytes, dropped)
	}
	close(hang)
	for {
		u, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if u.Sampled {
			return
		}
	}
}

func TestSampler(t *testing.T) {
	s := newSampler(5, 1<<20)
	add := func(n int) {
		for i := range n {
			s.add(Event{Timestamp: int64(i), Message: "m"})
		}
	}
	add(5)
	if u := s.take(); len(u.Events) != 5 || u.Sampled {
		t.Errorf("five of five: %+v", u)
	}
	// Each of 20 events should be kept a quarter of the time, in order.
	const rounds = 4000
	var kept [20]int
	for range rounds {
		add(20)
		u := s.take()
		if len(u.Events) != 5 || !u.Sampled {
			t.Fatalf("five of twenty: %+v", u)
		}
		for i, e := range u.Events {
			kept[e.Timestamp]++
			if i > 0 && u.Events[i-1].Timestamp >= e.Timestamp {
				t.Fatalf("not in order of arrival: %+v", u.Events)
			}
		}
	}
	for i, n := range kept {
		if n < rounds/4*85/100 || n > rounds/4*115/100 { // five standard deviations
			t.Errorf("event %d was kept %d times of %d, want about a quarter", i, n, rounds)
		}
	}

	// Bytes bound as well, and one event is always kept.
	s = newSampler(100, 1000)
	for range 50 {
		s.add(Event{Message: strings.Repeat("x", 200)})
	}
	if u := s.take(); len(u.Events) != 3 || !u.Sampled || u.bytes > 1000 {
		t.Errorf("bounded by bytes: %d events of %d bytes", len(u.Events), u.bytes)
	}
	s.add(Event{Message: strings.Repeat("x", 5000)})
	if u := s.take(); len(u.Events) != 1 || u.Sampled {
		t.Errorf("one large event: %+v", u)
	}
	// What fell out before does not narrow the room for what comes.
	s.sampled = true
	s.add(Event{Message: "a"})
	s.add(Event{Message: "b"})
	if u := s.take(); len(u.Events) != 2 || !u.Sampled {
		t.Errorf("after a loss: %+v", u)
	}
}

// BenchmarkPublish is what a writer of 100 events pays.
func BenchmarkPublish(b *testing.B) {
	events := batchOf("a line of a log that is neither long nor short", 100)
	for _, sessions := range []int{0, 1, SessionsPerAccount} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			h := New(Config{})
			defer h.Close()
			for range sessions {
				if _, err := h.Open(Spec{Groups: []logs.GroupID{1}}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				h.Publish(1, "s", 0, events)
			}
		})
	}
}
