package queries

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

var (
	here  = scope.Scope{Account: "000000000000", Region: "us-east-1"}
	there = scope.Scope{Account: "111111111111", Region: "us-east-1"}
)

// gate is a RunFunc whose queries do what the test tells them.
type gate struct {
	running chan *call // receives each call when it begins
}

type call struct {
	req      *Request
	progress func(Progress)
	end      chan outcome
}

type outcome struct {
	result Result
	err    error
}

func (g *gate) run(ctx context.Context, req *Request, progress func(Progress)) (Result, error) {
	c := &call{req, progress, make(chan outcome, 1)}
	g.running <- c
	select {
	case o := <-c.end:
		return o.result, o.err
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// in runs f with a fresh service inside a bubble of fake time.
func in(t *testing.T, cfg Config, f func(t *testing.T, s *Service, g *gate)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{running: make(chan *call, 2000)}
		cfg.Run = g.run
		cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
		s := New(cfg)
		defer s.Close() // the bubble fails the test when a goroutine stays
		f(t, s, g)
	})
}

func start(t *testing.T, s *Service, sc scope.Scope, groups ...string) string {
	t.Helper()
	req := &Request{Scope: sc, Text: "fields @message"}
	for _, g := range groups {
		req.Groups = append(req.Groups, Group{Name: g})
	}
	id, err := s.Start(req)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantStatus(t *testing.T, s *Service, id string, want Status) Results {
	t.Helper()
	synctest.Wait()
	r, err := s.Results(here, id, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != want {
		t.Fatalf("status %s, want %s (error %v)", r.Status, want, r.Err)
	}
	return r
}

func row(values ...string) []Cell {
	var cells []Cell
	for i, v := range values {
		cells = append(cells, Cell{Field: fmt.Sprint("f", i), Value: v})
	}
	return cells
}

func rows(r ...[]Cell) func() [][]Cell { return func() [][]Cell { return r } }

func TestLife(t *testing.T) {
	in(t, Config{Workers: 1}, func(t *testing.T, s *Service, g *gate) {
		a, b := start(t, s, here, "/a"), start(t, s, here, "/b")
		wantStatus(t, s, a, Running)
		wantStatus(t, s, b, Scheduled)
		first := <-g.running
		first.progress(Progress{Statistics{RecordsScanned: 5}, rows(row("1"))})
		if r := wantStatus(t, s, a, Running); len(r.Rows) != 1 || r.Stats.RecordsScanned != 5 {
			t.Errorf("partial results: got %+v", r)
		}
		first.progress(Progress{Statistics{RecordsScanned: 9}, rows(row("1"), row("2"))})
		first.progress(Progress{Statistics{RecordsScanned: 9}, func() [][]Cell { t.Error("rows are made though nobody looked"); return nil }})
		if r := wantStatus(t, s, a, Running); len(r.Rows) != 2 || r.Stats.RecordsScanned != 9 {
			t.Errorf("more partial results: got %+v", r)
		}
		first.end <- outcome{result: Result{Rows: [][]Cell{row("1"), row("2")}, Stats: Statistics{RecordsScanned: 10}}}
		if r := wantStatus(t, s, a, Complete); len(r.Rows) != 2 || r.Stats.RecordsScanned != 10 {
			t.Errorf("results: got %+v", r)
		}
		wantStatus(t, s, b, Running)
		second := <-g.running
		second.progress(Progress{Statistics{RecordsScanned: 5, RecordsMatched: 7}, rows(row("1"))})
		second.end <- outcome{err: errors.New("sick disk")}
		r := wantStatus(t, s, b, Failed)
		if r.Err == nil || r.Err.Error() != "sick disk" {
			t.Errorf("failure: got %v", r.Err)
		}
		if want := (Statistics{RecordsScanned: 5, RecordsMatched: 5, LogGroupsScanned: 1}); len(r.Rows) != 0 || r.Stats != want {
			t.Errorf("failure: got %+v, want no rows and %+v", r, want)
		}
	})
}

func TestStop(t *testing.T) {
	in(t, Config{Workers: 1}, func(t *testing.T, s *Service, g *gate) {
		a, b := start(t, s, here), start(t, s, here)
		synctest.Wait()
		for _, id := range []string{b, a} { // first the one that waits
			if err := s.Stop(there, id); !errors.Is(err, ErrNotFound) {
				t.Errorf("another scope's stop: %v", err)
			}
			if err := s.Stop(here, id); err != nil {
				t.Error(err)
			}
			wantStatus(t, s, id, Cancelled)
			if err := s.Stop(here, id); !errors.Is(err, ErrNotRunning) {
				t.Errorf("second stop: %v", err)
			}
		}
		if len(g.running) != 1 {
			t.Errorf("%d queries ran, want 1", len(g.running))
		}
	})
}

func TestTimeout(t *testing.T) {
	in(t, Config{Timeout: time.Minute}, func(t *testing.T, s *Service, g *gate) {
		id := start(t, s, here)
		synctest.Wait()
		(<-g.running).progress(Progress{Rows: rows(row("partial"))})
		time.Sleep(time.Minute - 1) // fake time
		wantStatus(t, s, id, Running)
		time.Sleep(1)
		if r := wantStatus(t, s, id, Timeout); len(r.Rows) != 1 {
			t.Errorf("partial rows after the timeout: got %d", len(r.Rows))
		}
	})
}

func TestBounds(t *testing.T) {
	in(t, Config{MaxActive: 3, MaxActiveTotal: 5}, func(t *testing.T, s *Service, g *gate) {
		for range 3 {
			start(t, s, here)
		}
		if _, err := s.Start(&Request{Scope: here}); !errors.Is(err, ErrTooMany) {
			t.Errorf("fourth of one scope: %v", err)
		}
		start(t, s, there)
		start(t, s, there)
		if _, err := s.Start(&Request{Scope: there}); !errors.Is(err, ErrTooMany) {
			t.Errorf("sixth of all: %v", err)
		}
		synctest.Wait()
		if waiting, running := s.Counts(); waiting != 3 || running != 2 {
			t.Errorf("%d wait, %d run", waiting, running)
		}
		(<-g.running).end <- outcome{}
		synctest.Wait()
		start(t, s, here)
	})
}

// noise is a text of n bytes that does not pack.
func noise(n int) string {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return string(b)
}

func TestForgetting(t *testing.T) {
	in(t, Config{KeepCount: 3, KeepBytes: 1200, MaxResultBytes: 500, KeepFor: time.Hour}, func(t *testing.T, s *Service, g *gate) {
		run := func(bytes int) string {
			id := start(t, s, here)
			(<-g.running).end <- outcome{result: Result{Rows: [][]Cell{row(noise(bytes))}}}
			synctest.Wait()
			return id
		}
		gone := func(id string) {
			t.Helper()
			if _, err := s.Results(here, id, 0, 1000); !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v, want %v", err, ErrNotFound)
			}
		}
		a, b, c, d := run(1), run(1), run(1), run(1)
		gone(a) // by count
		wantStatus(t, s, b, Complete)
		e, f := run(400), run(400)
		gone(c)
		wantStatus(t, s, d, Complete)
		h := run(400)
		gone(d)
		gone(e) // by bytes
		wantStatus(t, s, f, Complete)
		big := run(501)
		if r := wantStatus(t, s, big, Failed); !errors.Is(r.Err, ErrTooLarge) {
			t.Errorf("large result: got %v", r.Err)
		}
		wantStatus(t, s, h, Complete)
		time.Sleep(time.Hour) // fake time
		gone(h)
		if len(s.all) != 0 || s.kept != 0 || s.ended != 0 {
			t.Errorf("left: %d queries, %d bytes, %d ended", len(s.all), s.kept, s.ended)
		}
	})
}

// Partial rows may be more than the rows in the end.
func TestPartialRowsAreTooLarge(t *testing.T) {
	in(t, Config{MaxResultBytes: 100}, func(t *testing.T, s *Service, g *gate) {
		id := start(t, s, here)
		c := <-g.running
		c.progress(Progress{Statistics{RecordsScanned: 5}, rows(row(strings.Repeat("x", 200)))})
		if r := wantStatus(t, s, id, Running); len(r.Rows) != 0 || r.Stats.RecordsScanned != 5 {
			t.Errorf("got %+v", r)
		}
		c.end <- outcome{result: Result{Rows: [][]Cell{row("x")}}}
		if r := wantStatus(t, s, id, Complete); len(r.Rows) != 1 {
			t.Errorf("got %+v", r)
		}
	})
}

func TestDescribe(t *testing.T) {
	in(t, Config{Workers: 1}, func(t *testing.T, s *Service, g *gate) {
		a, b := start(t, s, here, "/a", "/x"), start(t, s, here, "/b")
		start(t, s, there, "/a")
		synctest.Wait()
		f := func(want string, f Filter) {
			t.Helper()
			got := ""
			for _, i := range s.Describe(here, f) {
				got += map[string]string{a: "a", b: "b"}[i.ID]
			}
			if got != want {
				t.Errorf("%+v: got %q, want %q", f, got, want)
			}
		}
		f("ba", Filter{})
		f("a", Filter{Group: "/x"})
		f("b", Filter{Status: Scheduled})
		f("", Filter{Group: "/b", Status: Running})
		time.Sleep(time.Second) // fake time
		if infos := s.Describe(here, Filter{}); infos[1].Duration != time.Second || infos[0].Duration != 0 {
			t.Errorf("durations: %v and %v", infos[1].Duration, infos[0].Duration)
		}
	})
}

func TestPanicFailsOneQuery(t *testing.T) {
	in(t, Config{}, func(t *testing.T, s *Service, g *gate) {
		s.cfg.Run = func(context.Context, *Request, func(Progress)) (Result, error) { panic("broken") }
		id := start(t, s, here)
		if r := wantStatus(t, s, id, Failed); r.Err == nil || !strings.Contains(r.Err.Error(), "broken") {
			t.Errorf("got %v", r.Err)
		}
	})
}

func TestClose(t *testing.T) {
	in(t, Config{Workers: 1}, func(t *testing.T, s *Service, g *gate) {
		a, b := start(t, s, here), start(t, s, here)
		synctest.Wait()
		s.Close()
		wantStatus(t, s, a, Cancelled)
		wantStatus(t, s, b, Cancelled)
		if _, err := s.Start(&Request{Scope: here}); !errors.Is(err, logs.ErrClosed) {
			t.Errorf("start after close: %v", err)
		}
	})
}

func TestEndedIsToldOnlyOfWhatRan(t *testing.T) {
	var told []string
	in(t, Config{Workers: 1, Ended: func(s Status, d time.Duration) { told = append(told, fmt.Sprint(s, " ", d)) }}, func(t *testing.T, s *Service, g *gate) {
		start(t, s, here)
		waiting := start(t, s, here)
		r := <-g.running
		time.Sleep(3 * time.Second) // fake time
		if err := s.Stop(here, waiting); err != nil {
			t.Fatal(err)
		}
		r.end <- outcome{}
		synctest.Wait()
		if got, want := strings.Join(told, ", "), "Complete 3s"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}
