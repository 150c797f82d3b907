package logstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/vfs"
)

// crashFS cuts the power before the n-th operation: it clones what a disk
// would hold then, and fails everything from there on.
type crashFS struct {
	mem  *vfs.Mem
	rng  *rand.Rand
	mu   sync.Mutex
	left int
	down *vfs.Mem // what is left after the crash; nil before it
	stop func()   // called at the crash
}

func (c *crashFS) hook(vfs.Op, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left < 0 && c.down == nil {
		c.down = c.mem.CrashClone(c.rng)
		c.stop()
	}
	if c.down != nil {
		return syscall.EIO
	}
	return nil
}

func (c *crashFS) crashed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.down != nil
}

// TestCrash cuts the power at a random operation of concurrent appends, drops,
// flushes and compactions, opens what is left, and does it again on that. Of
// every append all events or none may be found, all of them if it was
// acknowledged, once, in order of their seqs, and none that a drop covered
// that was acknowledged and came after.
func TestCrash(t *testing.T) {
	before := runtime.NumGoroutine()
	crashes := 0
	for seed := range uint64(120) {
		rng := rand.New(rand.NewPCG(seed, 4))
		w := &crashWorld{t: t, seed: seed, acked: map[int]int{}, sent: map[int]int{}}
		disk := vfs.NewMem()
		for range 4 {
			c := &crashFS{mem: disk, rng: rng, left: 20 + rng.IntN(600)}
			cctx, cancel := context.WithCancel(ctx)
			c.stop = cancel
			w.run(cctx, vfs.WithErrors(disk, c.hook), c, rng.Uint64())
			if !c.crashed() {
				t.Fatalf("seed %d: no crash", seed)
			}
			crashes++
			disk = c.down
			w.check(disk)
		}
	}
	if crashes == 0 {
		t.Fatal("nothing crashed")
	}
	noLeaks(t, before)
}

// crashWorld knows what was promised over all crashes of a seed. Append n
// puts messages "n/0", "n/1", … into groups 1 and 2; group 3 is dropped again
// and again.
type crashWorld struct {
	t    *testing.T
	seed uint64

	mu    sync.Mutex
	next  int
	sent  map[int]int // append → its number of events
	acked map[int]int
	drops int // beginnings and ends of drops
}

// run works on fs until it crashes, which ends ctx: a compaction tries for
// ever to save its manifest.
func (w *crashWorld) run(ctx context.Context, fs vfs.FS, c *crashFS, seed uint64) {
	s, err := Open(ctx, fs, "store", Options{MemtableBytes: 6000, RetryAfter: time.Microsecond, MaintainEvery: time.Hour})
	if err != nil {
		if !c.crashed() {
			w.t.Fatalf("seed %d: open: %v", w.seed, err)
		}
		return
	}
	var wg sync.WaitGroup
	for i := range uint64(3) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, i))
			for !c.crashed() {
				if !w.append(s, c, rng) {
					return
				}
			}
		})
	}
	wg.Go(func() {
		rng := rand.New(rand.NewPCG(seed, 99))
		for !c.crashed() {
			var err error
			switch rng.IntN(3) {
			case 0:
				err = s.Flush(ctx)
			case 1:
				err = s.Compact(ctx)
			default:
				err = w.drop(s, c)
			}
			if err != nil && !c.crashed() {
				w.t.Errorf("seed %d: %v", w.seed, err)
			}
		}
	})
	wg.Wait()
	// The disk is dead; Close must still end and give everything back.
	_ = s.Close(ctx) // an error unless there was nothing to write
	if n := c.mem.OpenFiles(); n != 0 {
		w.t.Fatalf("seed %d: %d files open after Close", w.seed, n)
	}
}

func (w *crashWorld) append(s *Store, c *crashFS, rng *rand.Rand) bool {
	w.mu.Lock()
	n := w.next
	w.next++
	w.mu.Unlock()
	var batches []logs.Batch
	events := 0
	for range 1 + rng.IntN(2) {
		b := logs.Batch{Group: logs.GroupID(1 + n%3), Stream: logs.StreamID(1 + rng.IntN(2))}
		for i := range 1 + rng.IntN(6) {
			b.Events = append(b.Events, logs.Event{Timestamp: int64(i), Message: fmt.Sprintf("%d/%d%s", n, events, strings.Repeat(" ", rng.IntN(100)))})
			events++
		}
		batches = append(batches, b)
	}
	w.mu.Lock()
	w.sent[n] = events
	drops := w.drops
	w.mu.Unlock()
	if err := s.Append(ctx, batches); err != nil {
		return false
	}
	if c.crashed() {
		return false // the last sync may have come after the clone was taken
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n%3 != 2 || drops == w.drops { // else it may have come before the drop
		w.acked[n] = events
	}
	return true
}

// drop empties group 3. Only appends acknowledged before it began are sure to
// be gone.
func (w *crashWorld) drop(s *Store, c *crashFS) error {
	// Appends acknowledged while the drop is under way may have their place
	// before it or behind it, and a drop that fails may hold or not: these
	// promise nothing. edge is called at both ends of that time.
	edge := func() (forgotten []int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.drops++
		for n := range w.acked {
			if n%3 == 2 {
				forgotten = append(forgotten, n)
				delete(w.acked, n)
			}
		}
		return forgotten
	}
	before := edge()
	err := s.DropGroup(ctx, 3)
	edge()
	if err != nil || c.crashed() {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range before {
		delete(w.sent, n) // none of its events may be found
	}
	return nil
}

// check opens what a crash left and compares it with the promises.
func (w *crashWorld) check(fs *vfs.Mem) {
	w.t.Helper()
	s, err := Open(ctx, fs, "store", Options{})
	if err != nil {
		w.t.Fatalf("seed %d: open after crash: %v", w.seed, err)
	}
	got, stats, err := collect(s, all(3, logs.OldestFirst), -1)
	if err != nil || stats.Corrupt != 0 {
		w.t.Fatalf("seed %d: scan after crash: %+v %v", w.seed, stats, err)
	}
	found := map[int][]event{}
	seqs := map[uint64]bool{}
	for _, e := range got {
		var n, i int
		if _, err := fmt.Sscanf(e.message, "%d/%d", &n, &i); err != nil {
			w.t.Fatalf("seed %d: a message nobody wrote: %q", w.seed, e.message)
		}
		if seqs[e.seq] {
			w.t.Fatalf("seed %d: seq %d twice", w.seed, e.seq)
		}
		seqs[e.seq] = true
		found[n] = append(found[n], e)
	}
	for n, events := range found {
		if len(events) != w.sent[n] {
			w.t.Fatalf("seed %d: %d of %d events of append %d", w.seed, len(events), w.sent[n], n)
		}
		slices.SortFunc(events, func(a, b event) int { return int(a.seq) - int(b.seq) })
		for i, e := range events {
			if !strings.HasPrefix(e.message, fmt.Sprintf("%d/%d", n, i)) || e.seq != events[0].seq+uint64(i) {
				w.t.Fatalf("seed %d: append %d: event %d is %q with seq %d", w.seed, n, i, e.message, e.seq)
			}
		}
	}
	for n, events := range w.acked {
		if len(found[n]) != events {
			w.t.Fatalf("seed %d: %d of %d events of acknowledged append %d", w.seed, len(found[n]), events, n)
		}
	}
	// What was found is there to stay.
	w.acked = map[int]int{}
	for n, events := range found {
		w.acked[n] = len(events)
	}
	if err := s.Close(ctx); err != nil {
		w.t.Fatalf("seed %d: close: %v", w.seed, err)
	}
	if n := fs.OpenFiles(); n != 0 {
		w.t.Fatalf("seed %d: %d files open after Close", w.seed, n)
	}
}

// faultFS fails one kind of operation on paths with a part while it is on.
type faultFS struct {
	mu   sync.Mutex
	op   vfs.Op
	part string
	err  error // nil: off
	hits int
}

func (f *faultFS) hook(op vfs.Op, path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil && op == f.op && strings.Contains(path, f.part) {
		f.hits++
		return f.err
	}
	return nil
}

func (f *faultFS) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

// TestFullDisk fills the disk at each place where the store writes, sees
// appends stop with ErrFull within bounded memory, makes room again and finds
// everything acknowledged.
func TestFullDisk(t *testing.T) {
	for _, place := range []struct {
		op   vfs.Op
		part string
	}{
		{vfs.OpWrite, ".wal"},
		{vfs.OpCreate, ".wal"},
		{vfs.OpWrite, ".seg"},
		{vfs.OpCreate, ".seg"},
		{vfs.OpSync, ".seg"},
		{vfs.OpWrite, "MANIFEST"},
		{vfs.OpSync, "MANIFEST"},
	} {
		t.Run(fmt.Sprintf("%s%s", place.op, place.part), func(t *testing.T) {
			before := runtime.NumGoroutine()
			mem := vfs.NewMem()
			f := &faultFS{op: place.op, part: place.part}
			s, err := Open(ctx, vfs.WithErrors(mem, f.hook), "store", Options{MemtableBytes: 10_000, RetryAfter: time.Microsecond})
			if err != nil {
				t.Fatal(err)
			}
			var m model
			seq := uint64(0)
			add := func() error {
				b := []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Timestamp: int64(seq), Message: strings.Repeat("x", 500)}}}}
				err := s.Append(ctx, b)
				if err == nil {
					seq = m.append(s.Stats().LastSeq-1, b)
				}
				return err
			}
			for range 30 {
				if err := add(); err != nil {
					t.Fatal(err)
				}
			}
			f.set(syscall.ENOSPC)
			n := 0
			for ; err == nil; n++ {
				err = add()
				if n > 1000 {
					t.Fatal("appends go on with a full disk")
				}
			}
			if !errors.Is(err, logs.ErrFull) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("append on a full disk: %v", err)
			}
			if got := s.Stats().MemtableBytes; got > 50_000 {
				t.Fatalf("%d bytes in memory", got)
			}
			sameEvents(t, "with a full disk", scanAll(t, s), m.events)
			f.set(nil)
			if err := s.Flush(ctx); err != nil {
				// It may have seen the end of a try from before.
				if err = s.Flush(ctx); err != nil {
					t.Fatalf("flush with room again: %v", err)
				}
			}
			for range 30 {
				if err := add(); err != nil {
					t.Fatalf("append with room again: %v", err)
				}
			}
			sameEvents(t, "with room again", scanAll(t, s), m.events)
			if f.hits == 0 {
				t.Fatal("the fault never struck")
			}
			if err := s.Close(ctx); err != nil {
				t.Fatal(err)
			}
			s, err = Open(ctx, mem, "store", Options{})
			if err != nil {
				t.Fatal(err)
			}
			sameEvents(t, "opened again", scanAll(t, s), m.events)
			if err := s.Close(ctx); err != nil {
				t.Fatal(err)
			}
			if n := mem.OpenFiles(); n != 0 {
				t.Fatalf("%d files open", n)
			}
			noLeaks(t, before)
		})
	}
}

// TestReplayKeepsMemtablesApart: a store that is killed before its memtables are
// flushed flushes them one by one after its start, not as one that has grown.
func TestReplayKeepsMemtablesApart(t *testing.T) {
	mem := vfs.NewMem()
	f := &faultFS{op: vfs.OpCreate, part: ".seg"}
	f.set(syscall.EIO)
	opts := Options{MemtableBytes: 10_000, RetryAfter: time.Hour}
	s := openStore(t, vfs.WithErrors(mem, f.hook), opts)
	for i := range int64(60) { // two memtables sealed, one begun
		put(t, s, 1, 1000*i, 5)
	}
	want, before := scanAll(t, s), s.Stats()
	crashed := mem.CrashClone(rand.New(rand.NewPCG(1, 1)))
	_ = s.Close(ctx) // it cannot flush

	s = openStore(t, vfs.WithErrors(crashed, f.hook), opts)
	if got := s.Stats(); before.SealedMemtables == 0 || got.SealedMemtables != before.SealedMemtables {
		t.Errorf("%d memtables are sealed after the start, want %d", got.SealedMemtables, before.SealedMemtables)
	}
	sameEvents(t, "opened again", scanAll(t, s), want)
	f.set(nil)
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats().Flushes; got <= int64(before.SealedMemtables) {
		t.Errorf("%d flushes, want one of each memtable", got)
	}
	sameEvents(t, "flushed", scanAll(t, s), want)
	again := crashed.CrashClone(rand.New(rand.NewPCG(2, 2)))
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	s = openStore(t, again, Options{})
	sameEvents(t, "after another crash", scanAll(t, s), want)
	s.Close(ctx)
}

func scanAll(t *testing.T, s *Store) []event {
	t.Helper()
	got, stats, err := collect(s, all(5, logs.OldestFirst), -1)
	if err != nil || stats.Corrupt != 0 {
		t.Fatalf("scan: %+v %v", stats, err)
	}
	return got
}

// TestDropAfterFailedAppend: a drop covers the numbers of appends that failed
// before it, so these must not be given to others after a restart.
func TestDropAfterFailedAppend(t *testing.T) {
	for _, flushed := range []bool{false, true} {
		mem := vfs.NewMem()
		f := &faultFS{op: vfs.OpWrite, part: ".wal"}
		s := openStore(t, vfs.WithErrors(mem, f.hook), Options{})
		put(t, s, 1, 0, 5)
		f.set(syscall.ENOSPC)
		if err := s.Append(ctx, []logs.Batch{{Group: 1, Stream: 1, Events: make([]logs.Event, 100)}}); !errors.Is(err, logs.ErrFull) {
			t.Fatal(err)
		}
		f.set(nil)
		if err := s.DropGroup(ctx, 1); err != nil {
			t.Fatal(err)
		}
		if flushed {
			flush(t, s)
		}
		crashed := mem.CrashClone(rand.New(rand.NewPCG(1, 1)))
		s.Close(ctx)
		s = openStore(t, crashed, Options{})
		put(t, s, 1, 0, 3)
		if got := scanAll(t, s); len(got) != 3 {
			t.Fatalf("flushed %v: %d events, want 3", flushed, len(got))
		}
		s.Close(ctx)
	}
}

// TestFailedSync: after a failed sync of the WAL the store takes no more, also
// when the disk seems well again, and what was acknowledged stays readable.
func TestFailedSync(t *testing.T) {
	mem := vfs.NewMem()
	f := &faultFS{op: vfs.OpSync, part: ".wal"}
	s, err := Open(ctx, vfs.WithErrors(mem, f.hook), "store", Options{})
	if err != nil {
		t.Fatal(err)
	}
	batch := []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Message: "m"}}}}
	if err := s.Append(ctx, batch); err != nil {
		t.Fatal(err)
	}
	f.set(syscall.EIO)
	if err := s.Append(ctx, batch); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	f.set(nil)
	if err := s.Append(ctx, batch); !errors.Is(err, syscall.EIO) || s.Stats().WALErr == nil {
		t.Fatalf("append after a failed sync: %v, %v", err, s.Stats().WALErr)
	}
	if got := scanAll(t, s); len(got) != 1 {
		t.Fatalf("%d events", len(got))
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(ctx, mem, "store", Options{}); err != nil {
		t.Fatal(err)
	}
	if got := scanAll(t, s); len(got) != 1 {
		t.Fatalf("%d events after opening again", len(got))
	}
	s.Close(ctx)
}
