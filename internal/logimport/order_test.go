package logimport

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// ordered is a server that watches which batches are under way together.
type ordered struct {
	t    *testing.T
	stop func() // called in the middle of batch stopAt; nil never

	mu      sync.Mutex
	calls   int
	stopAt  int
	flying  map[*Event]span
	beside  int // batches that had others of their stream beside them
	arrived []Event
}

type span struct {
	stream      string
	first, last int64
}

func (o *ordered) Prepare(context.Context, string) error { return nil }

func (o *ordered) Put(ctx context.Context, stream string, events []Event) (r Rejected, err error) {
	mine := span{stream, events[0].Timestamp, events[len(events)-1].Timestamp}
	o.mu.Lock()
	o.calls++
	if o.calls == o.stopAt {
		o.stop()
	}
	for _, other := range o.flying {
		if other.stream == stream {
			o.beside++
			if mine.first <= other.last && other.first <= mine.last {
				o.t.Errorf("batches %v and %v are under way together", mine, other)
			}
		}
	}
	o.flying[&events[0]] = mine
	o.mu.Unlock()
	for range 300 {
		runtime.Gosched()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.flying, &events[0])
	if err := ctx.Err(); err != nil {
		return r, err
	}
	o.arrived = append(o.arrived, events...)
	return r, nil
}

// numbered makes lines of which perSecond have the same timestamp.
func numbered(n, perSecond int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s %d\n", noon.Add(time.Duration(i/perSecond)*time.Second).Format(time.RFC3339), i)
	}
	return b.String()
}

// Lines of one time arrive in their order, and those of others side by side.
func TestOrder(t *testing.T) {
	const lines = 60_000
	for _, perSecond := range []int{1, 6_000, 10_000, 10_001, 50_000} {
		path := filepath.Join(t.TempDir(), "a.log")
		text := numbered(lines, perSecond)
		write(t, path, text)
		server := &ordered{t: t, flying: map[*Event]span{}}
		if _, err := Run(context.Background(), plan(t, path), Options{Sender: server, Parallel: 4}, nil); err != nil {
			t.Fatal(err)
		}
		// The server keeps events by time, and those of one time as they came.
		byTime := map[int64][]string{}
		for _, e := range server.arrived {
			byTime[e.Timestamp] = append(byTime[e.Timestamp], e.Message+"\n")
		}
		var got strings.Builder
		for i := 0; i < lines; i += perSecond {
			got.WriteString(strings.Join(byTime[noon.Add(time.Duration(i/perSecond)*time.Second).UnixMilli()], ""))
		}
		if got.String() != text {
			t.Errorf("%d lines a second are out of order", perSecond)
		}
		if perSecond == 1 && server.beside == 0 {
			t.Errorf("%d lines a second: no two batches were under way together", perSecond)
		}
	}
}

// An import that is interrupted finishes what is under way, and the next one
// sends the rest and nothing twice.
func TestInterrupt(t *testing.T) {
	for _, perSecond := range []int{3, 50_000} {
		path := filepath.Join(t.TempDir(), "a.log")
		state := filepath.Join(t.TempDir(), "state.json")
		write(t, path, numbered(120_000, perSecond))
		got := map[string]int{}
		for run := 0; ; run++ {
			st, err := OpenState(state, "here")
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(context.Background())
			server := &ordered{t: t, flying: map[*Event]span{}, stop: cancel, stopAt: 3}
			r, err := Run(ctx, plan(t, path), Options{Sender: server, State: st}, nil)
			cancel()
			for _, e := range server.arrived {
				got[e.Message]++
			}
			if r.Events != int64(len(server.arrived)) || r.Resumed+r.Events > 120_000 {
				t.Errorf("run %d: %d events sent and %d left out, %d arrived", run, r.Events, r.Resumed, len(server.arrived))
			}
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || len(server.arrived) == 0 {
				t.Fatalf("run %d: %v with %d events", run, err, len(server.arrived))
			}
		}
		if len(got) != 120_000 {
			t.Errorf("%d events arrived, want 120000", len(got))
		}
		for m, n := range got {
			if n != 1 {
				t.Fatalf("%q arrived %d times", m, n)
			}
		}
	}
}
