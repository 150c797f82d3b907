package logexec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"skywatch/internal/logpart/logparttest"
)

// wantFull fails the test unless err is the limit of the whole pool.
func wantFull(t *testing.T, err error) {
	t.Helper()
	var limit *LimitError
	if !errors.As(err, &limit) || !limit.Shared {
		t.Errorf("got %v, want the limit of all queries", err)
	}
}

// wantTooLarge fails the test unless err is the limit of one query of the pool.
func wantTooLarge(t *testing.T, p *Pool, err error) {
	t.Helper()
	var limit *LimitError
	if !errors.As(err, &limit) || limit.Shared || limit.Limit != p.size-p.reserve() {
		t.Errorf("got %v, want the limit of one query", err)
	}
}

// A query waits for one that ends, and does not wait for those that wait
// themselves.
func TestPoolWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(4 << 20)
		a, b := p.work(), p.work()
		if err := a.reach(t.Context(), 3<<20, "a"); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() { got <- b.reach(t.Context(), 2<<20, "b") }()
		synctest.Wait()
		wantTooLarge(t, p, a.reach(t.Context(), 4<<20+1, "a")) // b waits for a
		a.Keep(1 << 20)
		if err := <-got; err != nil {
			t.Errorf("after the other query ended: %v", err)
		}
		b.Release()
		a.Release()
		if n := p.Taken(); n != 0 {
			t.Errorf("%d bytes are taken after all, want 0", n)
		}
	})
}

// Waiting ends with patience and with the context.
func TestPoolGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1 << 20)
		a, b := p.work(), p.work()
		if err := a.reach(t.Context(), 1<<20-p.reserve(), "a"); err != nil {
			t.Fatal(err)
		}
		wantTooLarge(t, p, a.reach(t.Context(), 1<<20, "a"))
		// The rest is for those that hold little.
		if err := b.reach(t.Context(), p.reserve(), "b"); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		wantFull(t, b.reach(t.Context(), p.reserve()+1, "b"))
		if waited := time.Since(begin); waited != poolPatience {
			t.Errorf("waited %v, want %v", waited, poolPatience)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stopped := errors.New("stopped")
		cancel(stopped)
		if err := b.reach(ctx, p.reserve()+1, "b"); !errors.Is(err, stopped) {
			t.Errorf("got %v, want the context's cause", err)
		}
		p.OnShort(func(n int64) bool {
			if want := p.reserve() + 1; n != want {
				t.Errorf("asked for %d bytes, want %d", n, want)
			}
			a.Keep(1000)
			return true
		})
		if err := b.reach(t.Context(), p.reserve()+1, "b"); err != nil {
			t.Errorf("with room made: %v", err)
		}
	})
}

// What is given up for a query may go to another one: it asks again, as long as
// anything is given up, also when it is alone at work.
func TestPoolAsksAgain(t *testing.T) {
	p := NewPool(1 << 20)
	kept := []*Lease{p.Take(200 << 10), p.Take(200 << 10), p.Take(200 << 10)}
	a := p.work()
	var thief *Lease
	p.OnShort(func(n int64) bool {
		if len(kept) == 0 {
			return false
		}
		kept[0].Release()
		kept = kept[1:]
		if thief == nil {
			thief = p.Take(100 << 10)
		}
		return true
	})
	if err := a.reach(t.Context(), 700<<10, "a"); err != nil {
		t.Error(err)
	}
	if thief == nil || len(kept) != 0 {
		t.Errorf("%d leases are kept, want none", len(kept))
	}
	wantFull(t, a.reach(t.Context(), 900<<10, "a"))
}

// A result whose rows are still being packed gives something back: others wait
// for it.
func TestPoolWaitsForPacking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(4 << 20)
		a, b := p.work(), p.work()
		if err := a.reach(t.Context(), 3<<20, "a"); err != nil {
			t.Fatal(err)
		}
		a.shrink(2 << 20)
		got := make(chan error, 1)
		go func() { got <- b.reach(t.Context(), 3<<20, "b") }()
		synctest.Wait()
		a.Keep(10_000)
		if err := <-got; err != nil {
			t.Errorf("after the rows were packed: %v", err)
		}
	})
}

// A query that is too large for the whole pool says so, not that others are in
// its way.
func TestPoolTooLargeAlone(t *testing.T) {
	p := NewPool(1 << 20)
	a := p.work()
	wantTooLarge(t, p, a.reach(t.Context(), 1<<20, "stats"))
	other := p.Take(1)
	wantFull(t, a.reach(t.Context(), 1<<20, "stats"))
	other.Release()
}

// Partial rows never wait, and get nothing that a query waits for. While they are
// made the query waits for what they hold.
func TestPoolPartialRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPool(1 << 20)
		p.OnShort(func(int64) bool { t.Error("partial rows ask others to make room"); return false })
		a := p.work()
		if err := a.reach(t.Context(), 512<<10, "a"); err != nil {
			t.Fatal(err)
		}
		rows := p.workPartial()
		wantFull(t, rows.reach(t.Context(), 512<<10, "rows"))
		if l := p.Take(512 << 10); l != nil {
			t.Error("partial rows got memory that is not free")
		}
		p.OnShort(nil)
		if err := rows.reach(t.Context(), 256<<10, "rows"); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() { got <- a.reach(t.Context(), 768<<10, "a") }()
		synctest.Wait()
		wantFull(t, rows.reach(t.Context(), 256<<10+1, "rows"))
		if l := p.Take(1); l != nil {
			t.Error("partial rows got memory while a query waits")
		}
		rows.Release()
		if err := <-got; err != nil {
			t.Errorf("after the partial rows went: %v", err)
		}
	})
}

// Queries that together want more than there is fail with the reason or answer,
// never hold more than the pool, and leave nothing behind but their results.
func TestPoolBoundsQueries(t *testing.T) {
	var events []logparttest.Event
	for i := range 4000 {
		events = append(events, logparttest.Event{Group: 1, Stream: 1, Timestamp: int64(i), Message: fmt.Sprintf("message %d of some length %d", i*7919%4000, i)})
	}
	src := logparttest.New(events, logparttest.Options{BlockRows: 50})
	pool := NewPool(4 << 20)
	texts := []string{
		"stats count(*) by @message, @log",
		"stats values(@message) by @log",
		"fields @message | sort @message desc | limit 4000",
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered, failed, kept := 0, 0, int64(0)
	for i := range 24 {
		req := Request{Query: mustParse(t, texts[i%len(texts)]), Groups: []Group{{ID: 1, Account: testAccount, Name: "g"}}, EndMs: 1 << 40, ProgressEvery: -1, Pool: pool}
		wg.Go(func() {
			result, err := Run(t.Context(), src, req, func(p Progress) {
				p.Rows()
				if n := pool.Taken(); n > 4<<20 {
					t.Errorf("%d bytes are taken of a pool of %d", n, 4<<20)
				}
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed++
				wantFull(t, err)
				return
			}
			answered++
			kept += result.Lease.held.Load()
		})
	}
	wg.Wait()
	if failed == 0 {
		t.Error("no query failed")
	}
	if n := pool.Taken(); n != kept || n > 4<<20 {
		t.Errorf("%d bytes are taken, want the %d of the results, at most %d", n, kept, 4<<20)
	}
	t.Logf("%d answered, %d failed", answered, failed)
}

// Who is told what is taken knows it at every moment.
func TestPoolTellsWhatIsTaken(t *testing.T) {
	p := NewPool(1 << 20)
	told := int64(0)
	p.OnTaken(func(n int64) { told = n })
	want := func(n int64) {
		t.Helper()
		if told != n || p.Taken() != n {
			t.Errorf("told of %d bytes, taken are %d, want %d", told, p.Taken(), n)
		}
	}
	a, b := p.work(), p.Take(1000)
	want(1000)
	if err := a.reach(t.Context(), 500_000, "a"); err != nil {
		t.Fatal(err)
	}
	want(501_000)
	if !a.tries(600_000) || a.tries(1<<20) {
		t.Error("a query that holds 500000 bytes: want 600000 to be there and 1 MiB not")
	}
	a.Keep(2000)
	b.Release()
	want(2000)
	a.Release()
	want(0)
}
