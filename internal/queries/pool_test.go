package queries

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skywatch/internal/logexec"
)

// Results are kept in the pool until they are forgotten, and go for the sake of
// others only when nobody has asked for them lately.
func TestResultsShareThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := logexec.NewPool(10_000)
		partial := 5000
		result := [][]Cell{row(strings.Repeat("x", 6000))}
		s := New(Config{Pool: pool, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Run: func(_ context.Context, _ *Request, progress func(Progress)) (Result, error) {
				progress(Progress{Rows: rows(row(strings.Repeat("p", partial)))})
				l := pool.Take(logexec.RowsBytes(result))
				if l == nil {
					return Result{}, errors.New("no room")
				}
				return Result{Rows: result, Lease: l}, nil
			}})
		defer s.Close()
		a := start(t, s, here)
		// The partial rows leave no room for the result, and nothing is left of
		// them.
		if r := wantStatus(t, s, a, Failed); r.Err.Error() != "no room" || len(r.Rows) != 0 {
			t.Errorf("got %+v", r)
		}
		if n := pool.Taken(); n != 0 {
			t.Errorf("%d bytes are taken by a failed query, want 0", n)
		}
		partial = 1000
		b := start(t, s, here)
		wantStatus(t, s, b, Complete)
		s.makeRoom(1) // looked at just before
		wantStatus(t, s, b, Complete)
		time.Sleep(wanted - time.Second)
		s.makeRoom(1)
		wantStatus(t, s, b, Complete)
		time.Sleep(wanted)
		s.makeRoom(1)
		if _, err := s.Results(here, b); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want the query forgotten", err)
		}
		if n := pool.Taken(); n != 0 {
			t.Errorf("%d bytes are taken, want 0", n)
		}
	})
}
