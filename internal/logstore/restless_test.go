package logstore

import (
	"sync/atomic"
	"testing"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

// TestNeverResting ingests without a rest for the length of many merges: a flush
// every second by the store's clock, so that merging is always held back. The
// number of segments stays bounded, an event is rewritten a few times (segments
// this small all count as of one size), files that were merged are gone, and
// every event is there once.
func TestNeverResting(t *testing.T) {
	const (
		flushes = 1200
		events  = 20
	)
	mem := vfs.NewMem()
	var clock, rewritten atomic.Int64
	s := openStore(t, mem, Options{
		MaintainEvery: time.Hour,
		Now:           func() time.Time { return time.Unix(clock.Load(), 0) },
		Listener:      Listener{Compacted: func(c CompactInfo) { rewritten.Add(c.RowsIn) }},
	})
	most := 0
	for i := range int64(flushes) {
		clock.Add(1)
		put(t, s, logs.GroupID(1+i%5), i*1000, events)
		flush(t, s)
		if i > 1 && !s.busy() {
			t.Fatalf("flush %d: the store has rest", i)
		}
		if err := s.maintain(ctx, s.width); err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		most = max(most, len(s.tables))
		s.mu.Unlock()
	}
	if most > 2*busyWidth {
		t.Errorf("up to %d segments, want at most %d", most, 2*busyWidth)
	}
	if n := rewritten.Load(); n == 0 || n > 6*flushes*events {
		t.Errorf("%d events were rewritten, of %d ingested", n, flushes*events)
	}
	s.mu.Lock()
	live := len(s.tables)
	s.mu.Unlock()
	if files := segmentFiles(t, mem); len(files) != live {
		t.Errorf("%d segment files for %d segments", len(files), live)
	}
	seen := map[uint64]bool{}
	for _, e := range scanAll(t, s) {
		if seen[e.seq] {
			t.Fatalf("event %d is there twice", e.seq)
		}
		seen[e.seq] = true
	}
	if len(seen) != flushes*events {
		t.Errorf("%d events, want %d", len(seen), flushes*events)
	}
	t.Logf("at most %d segments, each event rewritten %.2f times", most, float64(rewritten.Load())/(flushes*events))
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
