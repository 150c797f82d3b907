package logstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/segment"
	"skywatch/internal/vfs"
)

// TestRandomDamage spoils one random place of one random file of a store and
// opens it: flipped bytes, zeroed and overwritten ranges, cuts, bytes behind the
// end. Whatever it hits, the store either refuses to open, naming the file and
// destroying nothing, or gives exactly the events that are left: every event as
// it was written, and none missing but those of blocks it reports, or of the
// last record of the log, whose damage looks like a write that a crash tore.
func TestRandomDamage(t *testing.T) {
	w := newDamageWorld(t)
	outcomes := map[string]int{}
	for seed := range uint64(150) {
		outcomes[w.trial(t, seed)]++
	}
	t.Logf("%v", outcomes)
	for _, o := range []string{"refused", "blocks left out", "tail left out"} {
		if outcomes[o] == 0 {
			t.Errorf("no damage ended as %q: %v", o, outcomes)
		}
	}
}

// damageWorld is a store's folder and what is in it.
type damageWorld struct {
	files  map[string][]byte
	names  []string
	events []event
	ends   map[uint64]int // where the record of an event ends in the last file of the log, by seq
}

func newDamageWorld(t *testing.T) *damageWorld {
	t.Helper()
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{MemtableBytes: 1 << 30, MaintainEvery: time.Hour})
	rng := rand.New(rand.NewPCG(1, 7))
	w := &damageWorld{files: map[string][]byte{}, ends: map[uint64]int{}}
	var m model
	seq := uint64(0)
	for round := range 9 {
		for range 4 {
			batches := damageBatches(rng, round)
			if err := s.Append(ctx, batches); err != nil {
				t.Fatal(err)
			}
			before := seq
			seq = m.append(seq, batches)
			logs, err := mem.List("store/wal")
			if err != nil {
				t.Fatal(err)
			}
			// The last name is that of the marker behind the files.
			st, err := mem.Stat(filepath.Join("store/wal", logs[len(logs)-2]))
			if err != nil {
				t.Fatal(err)
			}
			for n := before + 1; n <= seq; n++ {
				w.ends[n] = int(st.Size)
			}
		}
		if round == 8 {
			break // stays in the log
		}
		flush(t, s)
		clear(w.ends)
		if round == 6 {
			if err := s.Compact(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.events = m.events
	sortEvents(w.events, false)
	for _, dir := range []string{"store", "store/segments", "store/wal"} {
		names, err := mem.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			name := filepath.Join(dir, n)
			if st, err := mem.Stat(name); err != nil || st.Dir || n == "LOCK" {
				continue
			}
			b, err := vfs.ReadFile(mem, name, 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			w.files[name] = b
			w.names = append(w.names, name)
		}
	}
	slices.Sort(w.names)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return w
}

// damageBatches are events of several kinds and groups.
func damageBatches(rng *rand.Rand, round int) []logs.Batch {
	var out []logs.Batch
	for g := range 4 {
		b := logs.Batch{Group: logs.GroupID(g + 1), Stream: logs.StreamID(1 + rng.IntN(3)), Ingested: int64(round)}
		at := int64(round*1000 + rng.IntN(500))
		for range 20 + rng.IntN(150) {
			at += int64(rng.IntN(3))
			id := fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", rng.Uint32(), rng.IntN(1<<16), rng.IntN(1<<12), rng.IntN(1<<12), rng.Int64N(1<<48))
			text := ""
			switch g {
			case 0:
				text = fmt.Sprintf("REPORT RequestId: %s\tDuration: %d.%02d ms\tBilled Duration: %d ms\tMemory Size: 512 MB\tMax Memory Used: %d MB\t", id, rng.IntN(900), rng.IntN(100), rng.IntN(900), rng.IntN(512))
			case 1:
				text = fmt.Sprintf(`{"level":"%s","request":{"id":"%s","ms":%d},"text":"copied %d rows"}`, []string{"info", "error"}[rng.IntN(2)], id, rng.IntN(1000), rng.IntN(1e6))
			case 2:
				text = fmt.Sprintf("%d/Jan/2026 GET /data/%x %d \xff\x00 %s", rng.IntN(30), rng.Uint64(), rng.IntN(600), strings.Repeat("x", rng.IntN(30)))
			default:
				text = strings.Repeat("?", rng.IntN(5)) + id[:rng.IntN(len(id))]
			}
			b.Events = append(b.Events, logs.Event{Timestamp: at, Message: text})
		}
		out = append(out, b)
	}
	return out
}

// spoil returns b with damage from at on, and what was done. It always differs
// from b.
func spoil(rng *rand.Rand, b []byte) (bad []byte, at int, what string) {
	at = rng.IntN(len(b))
	if rng.IntN(3) == 0 { // headers and footers have their share
		at = min(rng.IntN(64), len(b)-1)
		if rng.IntN(2) == 0 {
			at = len(b) - 1 - at
		}
	}
	bad = slices.Clone(b)
	for {
		switch rng.IntN(6) {
		case 0:
			bad, what = bad[:at], fmt.Sprintf("cut at %d of %d", at, len(b))
		case 1:
			n := 1 + rng.IntN(4096)
			clear(bad[at:min(at+n, len(bad))])
			what = fmt.Sprintf("%d zeros at %d of %d", n, at, len(b))
		case 2:
			n := 1 + rng.IntN(600)
			for i := at; i < min(at+n, len(bad)); i++ {
				bad[i] = byte(rng.Uint32())
			}
			what = fmt.Sprintf("%d random bytes at %d of %d", n, at, len(b))
		default:
			bad[at] ^= byte(1 + rng.IntN(255))
			what = fmt.Sprintf("byte %d of %d flipped", at, len(b))
		}
		if !slices.Equal(bad, b) {
			return bad, at, what
		}
	}
}

// trial spoils a file, looks at the store, and says what came of it.
func (w *damageWorld) trial(t *testing.T, seed uint64) (outcome string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 11))
	file := w.names[rng.IntN(len(w.names))]
	bad, at, what := spoil(rng, w.files[file])
	what = fmt.Sprintf("seed %d: %s: %s", seed, file, what)
	mem := w.disk(t, file, bad)

	var mu sync.Mutex
	lost := map[string]int{} // by block
	s, err := Open(ctx, mem, "store", Options{MaintainEvery: time.Hour, Listener: Listener{Corrupted: func(c CorruptInfo) {
		mu.Lock()
		defer mu.Unlock()
		if !strings.Contains(file, c.Segment) || !errors.Is(c.Err, logs.ErrCorrupt) {
			t.Errorf("%s: reported %+v", what, c)
		}
		lost[fmt.Sprint(c.Segment, c.Block)] = c.Rows
	}}})
	if err != nil {
		if !errors.Is(err, logs.ErrCorrupt) && !errors.Is(err, segment.ErrVersion) || !strings.Contains(err.Error(), file) {
			t.Fatalf("%s: open: %v; want ErrCorrupt or ErrVersion that names the file", what, err)
		}
		if mem.OpenFiles() != 0 {
			t.Fatalf("%s: %d files open after a failed Open", what, mem.OpenFiles())
		}
		if strings.Contains(file, segmentDir) && errors.Is(err, logs.ErrCorrupt) {
			w.withoutSegment(t, what, mem, file)
		}
		w.repaired(t, what, mem, file, w.events)
		return "refused"
	}
	left := w.scans(t, what, s)
	gone := len(w.events) - len(left)
	mu.Lock()
	reported := 0
	for _, rows := range lost {
		reported += rows
	}
	mu.Unlock()
	outcome = "nothing lost"
	switch {
	case strings.Contains(file, ".wal"):
		if gone > 0 {
			outcome = "tail left out"
			w.onlyBehind(t, what, left, at)
		}
	case gone != reported:
		t.Fatalf("%s: %d events are gone, %d are reported as lost", what, gone, reported)
	case gone > 0:
		outcome = "blocks left out"
	}

	// It goes on taking events, and neither flushes nor merges lose more.
	put(t, s, 5, 0, 10)
	flush(t, s)
	if err := s.Compact(ctx); err != nil && !errors.Is(err, logs.ErrCorrupt) {
		t.Fatalf("%s: compact: %v", what, err)
	}
	if again := w.scans(t, what+", after a merge", s); len(again) != len(left)+10 {
		t.Fatalf("%s: %d events after a merge, want %d", what, len(again), len(left)+10)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatalf("%s: close: %v", what, err)
	}
	if outcome == "blocks left out" {
		// The damaged file is kept: whoever has its bytes gets all back.
		s := openStore(t, mem, Options{})
		put(t, s, 5, 100, 1)
		s.Close(ctx)
		w.repaired(t, what, mem, file, nil)
	}
	return outcome
}

// withoutSegment opens a store without its damaged segment: nothing but that
// one's events is missing, and neither a flush nor a merge forgets the file.
func (w *damageWorld) withoutSegment(t *testing.T, what string, mem *vfs.Mem, file string) {
	t.Helper()
	what += ", left out"
	var whole []string
	missing := 0
	s, err := Open(ctx, mem, "store", Options{LeaveOutDamaged: true, MaintainEvery: time.Hour, Listener: Listener{Corrupted: func(c CorruptInfo) {
		if c.Block != -1 || !errors.Is(c.Err, logs.ErrCorrupt) {
			t.Errorf("%s: reported %+v", what, c)
		}
		whole = append(whole, c.Segment)
		missing = c.Rows
	}}})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !slices.Equal(whole, []string{file}) || s.Stats().CorruptBlocks != 1 {
		t.Fatalf("%s: %v are reported, %d blocks counted", what, whole, s.Stats().CorruptBlocks)
	}
	left := w.scans(t, what, s)
	if len(left) == len(w.events) {
		t.Fatalf("%s: nothing is missing", what)
	}
	_, stats, err := collect(s, all(1, logs.AnyOrder), -1)
	if err != nil || stats.Corrupt != 1 || stats.CorruptRows != int64(len(w.events)-len(left)) || missing != len(w.events)-len(left) {
		t.Fatalf("%s: %+v, %v", what, stats, err)
	}
	put(t, s, 5, 0, 10)
	flush(t, s)
	if err := s.Compact(ctx); err != nil {
		t.Fatalf("%s: compact: %v", what, err)
	}
	if again := w.scans(t, what, s); len(again) != len(left)+10 {
		t.Fatalf("%s: %d events after a merge, want %d", what, len(again), len(left)+10)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatalf("%s: close: %v", what, err)
	}
}

// disk is a new disk with the files, one of them spoilt.
func (w *damageWorld) disk(t *testing.T, spoilt string, bad []byte) *vfs.Mem {
	t.Helper()
	mem := vfs.NewMem()
	for _, dir := range []string{"store", "store/segments", "store/wal"} {
		if err := mem.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range w.files {
		if name == spoilt {
			b = bad
		}
		writeFile(t, mem, name, b)
	}
	return mem
}

func writeFile(t *testing.T, mem *vfs.Mem, name string, b []byte) {
	t.Helper()
	f, err := mem.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close(), mem.SyncDir(filepath.Dir(name))); err != nil {
		t.Fatal(err)
	}
}

// scans reads everything in every way, wants the same of all, and each event
// as it was written; events of group 5 are the trial's own.
func (w *damageWorld) scans(t *testing.T, what string, s *Store) []event {
	t.Helper()
	left, stats, err := collect(s, all(5, logs.OldestFirst), -1)
	if err != nil || stats.Rows != int64(len(left)) {
		t.Fatalf("%s: scan: %d events, %+v, %v", what, len(left), stats, err)
	}
	i := 0
	for _, e := range left {
		if e.group == 5 {
			continue
		}
		for i < len(w.events) && w.events[i] != e {
			i++
		}
		if i++; i > len(w.events) {
			t.Fatalf("%s: an event that nobody wrote, or out of order: %.300v", what, e)
		}
	}
	for _, order := range []logs.Order{logs.NewestFirst, logs.AnyOrder} {
		got, st, err := collect(s, all(5, order), -1)
		sortEvents(got, false)
		if err != nil || st.Corrupt != stats.Corrupt {
			t.Fatalf("%s: scan in order %d: %+v, want %+v; %v", what, order, st, stats, err)
		}
		sameEvents(t, what, got, left)
	}
	parts, st, err := logparttest.Collect(ctx, s, all(5, logs.AnyOrder))
	if err != nil || len(parts) != len(left) || st.Corrupt != stats.Corrupt {
		t.Fatalf("%s: parts: %d events, %+v; want %d, %+v; %v", what, len(parts), st, len(left), stats, err)
	}
	return left
}

// onlyBehind wants nothing missing but the records of the log that reach
// beyond an offset.
func (w *damageWorld) onlyBehind(t *testing.T, what string, left []event, at int) {
	t.Helper()
	there := map[uint64]bool{}
	for _, e := range left {
		there[e.seq] = true
	}
	for _, e := range w.events {
		if !there[e.seq] && w.ends[e.seq] <= at {
			t.Fatalf("%s: event %d is gone, whose record ends at %d", what, e.seq, w.ends[e.seq])
		}
	}
}

// repaired puts the file's bytes back and wants all events (want nil: all of
// the world's groups).
func (w *damageWorld) repaired(t *testing.T, what string, mem *vfs.Mem, file string, want []event) {
	t.Helper()
	writeFile(t, mem, file, w.files[file])
	s, err := Open(ctx, mem, "store", Options{MaintainEvery: time.Hour})
	if err != nil {
		t.Fatalf("%s: open with the bytes put back: %v", what, err)
	}
	got, stats, err := collect(s, all(4, logs.OldestFirst), -1)
	if err != nil || stats.Corrupt != 0 {
		t.Fatalf("%s: with the bytes put back: %+v, %v", what, stats, err)
	}
	if want == nil {
		want = w.events
	}
	sameEvents(t, what+", with the bytes put back", got, want)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}
