package queries

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logs"
	"skywatch/internal/logs/logstest"
)

// house is a service whose results are kept in a pool of 10,000 bytes.
func house(t *testing.T, f func(t *testing.T, s *Service, g *gate, pool *logexec.Pool)) {
	t.Helper()
	pool := logexec.NewPool(10_000)
	in(t, Config{Pool: pool}, func(t *testing.T, s *Service, g *gate) { f(t, s, g, pool) })
}

// answer runs a query that answers rows of so many bytes each, which do not pack.
func answer(t *testing.T, s *Service, g *gate, pool *logexec.Pool, texts ...int) (id string) {
	t.Helper()
	var result [][]Cell
	for _, n := range texts {
		result = append(result, row(noise(n)))
	}
	lease := pool.Take(logexec.RowsBytes(result))
	if lease == nil {
		t.Fatal("no room for the result")
	}
	id = start(t, s, here)
	(<-g.running).end <- outcome{result: Result{Rows: result, Lease: lease}}
	synctest.Wait()
	return id
}

func wantKept(t *testing.T, s *Service, id string, want bool) {
	t.Helper()
	s.mu.Lock() // a question for results would be a look at them
	defer s.mu.Unlock()
	if got := s.byID[id] != nil; got != want {
		t.Errorf("the query is kept: %v, want %v", got, want)
	}
}

// What is kept of a result takes what it holds packed, and all of it comes back.
func TestResultsAreKeptPacked(t *testing.T) {
	house(t, func(t *testing.T, s *Service, g *gate, pool *logexec.Pool) {
		result := [][]Cell{row(strings.Repeat("x", 4000)), row(strings.Repeat("y", 4000))}
		id := start(t, s, here)
		(<-g.running).end <- outcome{result: Result{Rows: result, Lease: pool.Take(logexec.RowsBytes(result))}}
		for range 2 {
			if r := wantStatus(t, s, id, Complete); len(r.Rows) != 2 || r.Rows[1][0] != result[1][0] {
				t.Errorf("got %v", r.Rows)
			}
		}
		if n := pool.Taken(); n == 0 || n > 1000 {
			t.Errorf("%d bytes are taken, want a few", n)
		}
		time.Sleep(7 * 24 * time.Hour)
		s.Describe(here, Filter{})
		if n := pool.Taken(); n != 0 {
			t.Errorf("%d bytes are taken by what is forgotten", n)
		}
	})
}

// Results that were all fetched go first and at once, also when the others are
// older.
func TestFetchedResultsGoFirst(t *testing.T) {
	house(t, func(t *testing.T, s *Service, g *gate, pool *logexec.Pool) {
		unread := answer(t, s, g, pool, 1000, 1000)
		half := answer(t, s, g, pool, 1000, 1000)
		read := answer(t, s, g, pool, 1000, 1000)
		look := func(id string, from, want int) {
			t.Helper()
			if r, err := s.Results(here, id, from, 1); err != nil || len(r.Rows) != want || r.Count != 2 {
				t.Errorf("%d of %d rows, %v, want %d of 2", len(r.Rows), r.Count, err, want)
			}
		}
		look(half, 1, 1) // not from the first one on
		look(half, 2, 0)
		look(read, 0, 1)
		s.makeRoom(1)
		wantKept(t, s, read, true)
		look(read, 1, 1)
		look(read, 0, 1) // again, while memory is not short
		wantKept(t, s, read, true)
		s.makeRoom(1)
		wantKept(t, s, read, false)
		s.makeRoom(1)
		wantKept(t, s, half, true)
		wantKept(t, s, unread, true)
	})
}

// Results that are still to be read go when nobody has asked for them for long,
// the oldest first and no more than need be.
func TestUnreadResultsAreProtected(t *testing.T) {
	house(t, func(t *testing.T, s *Service, g *gate, pool *logexec.Pool) {
		a := answer(t, s, g, pool, 1000, 1000)
		b := answer(t, s, g, pool, 1000, 1000)
		c := answer(t, s, g, pool, 1000, 1000)
		time.Sleep(wanted - time.Second)
		if _, err := s.Results(here, a, 0, 1); err != nil {
			t.Error(err)
		}
		s.makeRoom(1)
		wantKept(t, s, a, true)
		wantKept(t, s, b, true)
		time.Sleep(time.Second)
		s.makeRoom(1)
		wantKept(t, s, a, true)
		wantKept(t, s, b, false)
		wantKept(t, s, c, true)
		time.Sleep(wanted)
		s.makeRoom(1 << 20)
		wantKept(t, s, a, false)
		wantKept(t, s, c, false)
		if n := pool.Taken(); n != 0 {
			t.Errorf("%d bytes are taken, want 0", n)
		}
	})
}

// Partial rows make room for any query, and come again with the next progress.
func TestPartialRowsMakeRoom(t *testing.T) {
	house(t, func(t *testing.T, s *Service, g *gate, pool *logexec.Pool) {
		unread := answer(t, s, g, pool, 1000)
		id := start(t, s, here)
		c := <-g.running
		partial := rows(row(noise(3000)))
		c.progress(Progress{Rows: partial})
		if r := wantStatus(t, s, id, Running); len(r.Rows) != 1 {
			t.Fatalf("got %d rows", len(r.Rows))
		}
		before := pool.Taken()
		s.makeRoom(1)
		if r := wantStatus(t, s, id, Running); len(r.Rows) != 0 || pool.Taken() > before-3000 {
			t.Errorf("%d rows, %d of %d bytes still taken", len(r.Rows), pool.Taken(), before)
		}
		wantKept(t, s, unread, true)
		c.progress(Progress{Rows: partial})
		if r := wantStatus(t, s, id, Running); len(r.Rows) != 1 {
			t.Errorf("got %d rows after the next progress", len(r.Rows))
		}
		large := rows(row(noise(9999)))
		c.progress(Progress{Rows: large})
		if r := wantStatus(t, s, id, Running); len(r.Rows) != 0 {
			t.Errorf("got %d rows that have no room", len(r.Rows))
		}
		// Of a query that fails nothing is left.
		c.progress(Progress{Rows: partial})
		c.end <- outcome{err: errors.New("sick disk")}
		if r := wantStatus(t, s, id, Failed); len(r.Rows) != 0 || pool.Taken() > 2000 {
			t.Errorf("got %+v, %d bytes taken", r, pool.Taken())
		}
	})
}

// A query that just fits the pool fits it also when somebody looks at its partial
// rows all the time, and right behind another one whose rows were fetched.
func TestPartialRowsFailNoQuery(t *testing.T) {
	mem := logstest.NewMem()
	mem.BlockLen = 50
	batch := logs.Batch{Group: 1, Stream: 1}
	const events = 1000
	for i := range events {
		batch.Events = append(batch.Events, logs.Event{Timestamp: int64(i), Message: fmt.Sprintf("%d %x", i, noise(100+i%7))})
	}
	if err := mem.Append(t.Context(), []logs.Batch{batch}); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"stats count(*) by @message", "fields @message | sort @timestamp asc", "fields @message"} {
		query, err := insights.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		req := logexec.Request{Query: query, Groups: []logexec.Group{{ID: 1, Name: "g"}}, EndMs: 1 << 40, ProgressEvery: -1}
		fits := func(size int64) bool {
			req.Pool = logexec.NewPool(size)
			_, err := logexec.Run(t.Context(), mem, req, nil)
			return err == nil
		}
		size := int64(64 << 10)
		for !fits(size) {
			size += 64 << 10
		}
		req.Pool = logexec.NewPool(size)
		var s *Service
		shown, done := 0, make(chan bool, 1)
		s = New(Config{Pool: req.Pool, Workers: 1, Ended: func(Status, time.Duration) { done <- true }, Run: func(ctx context.Context, _ *Request, progress func(Progress)) (Result, error) {
			id := s.Describe(here, Filter{})[0].ID
			result, err := logexec.Run(ctx, mem, req, func(p logexec.Progress) {
				progress(Progress{Stats: p.Statistics, Rows: p.Rows})
				if r, err := s.Results(here, id, 0, events); err == nil {
					shown += len(r.Rows)
				}
			})
			if err != nil {
				return Result{}, err
			}
			return Result{Rows: result.Rows, Stats: result.Statistics, Lease: result.Lease}, nil
		}})
		for range 3 {
			id := start(t, s, here)
			<-done
			r, err := s.Results(here, id, 0, events)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != Complete || len(r.Rows) != events {
				t.Errorf("%s in %d bytes: %s with %d rows, %v", text, size, r.Status, len(r.Rows), r.Err)
			}
		}
		s.Close()
		if shown == 0 {
			t.Errorf("%s: no partial rows were ever shown", text)
		}
	}
}
