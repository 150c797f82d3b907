package wal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"skywatch/internal/vfs"
)

var ctx = context.Background()

// open opens the log of fs and returns the payloads it replayed.
func open(t *testing.T, fs vfs.FS, opts Options) (*WAL, []string, Recovery) {
	t.Helper()
	var got []string
	w, rec, err := Open(fs, "wal", opts, func(_ uint64, p []byte) error {
		got = append(got, string(p))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w, got, rec
}

func appendAll(t *testing.T, w *WAL, payloads ...string) {
	t.Helper()
	for _, p := range payloads {
		if err := w.Append(ctx, []byte(p), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func closeLog(t *testing.T, w *WAL, mem *vfs.Mem) {
	t.Helper()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n := mem.OpenFiles(); n != 0 {
		t.Fatalf("%d files left open", n)
	}
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("replayed %q, want %q", got, want)
	}
}

func TestReplay(t *testing.T) {
	mem := vfs.NewMem()
	w, got, _ := open(t, mem, Options{})
	same(t, got)
	appendAll(t, w, "a", "bb")
	n, err := w.Rotate(nil)
	if err != nil || n != 1 {
		t.Fatalf("rotate: %d %v", n, err)
	}
	if n, _ := w.Rotate(nil); n != 2 {
		t.Fatalf("rotate without records: %d, want 2", n)
	}
	appendAll(t, w, "c")
	closeLog(t, w, mem)
	if err := w.Append(ctx, []byte("x"), nil); !errors.Is(err, ErrClosed) {
		t.Fatalf("append to a closed log: %v", err)
	}

	w, got, rec := open(t, mem, Options{})
	same(t, got, "a", "bb", "c")
	if rec.Files != 2 || rec.Records != 3 || rec.Bytes != 4 || rec.TornBytes != 0 {
		t.Fatalf("recovery %+v", rec)
	}
	if err := w.Release(1); err != nil {
		t.Fatal(err)
	}
	if err := w.Release(100); err == nil {
		t.Fatal("release of the file written to gave no error")
	}
	appendAll(t, w, "d")
	closeLog(t, w, mem)

	w, got, _ = open(t, mem, Options{From: 3})
	same(t, got, "c", "d")
	closeLog(t, w, mem)
	w, got, _ = open(t, mem, Options{From: 9})
	same(t, got)
	appendAll(t, w, "e")
	closeLog(t, w, mem)
	names, _ := mem.List("wal")
	same(t, names, fileName(9), lastName)
}

func TestRotationBySize(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{FileSize: 100})
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprintf("record %030d", i))
	}
	appendAll(t, w, want...)
	if n := w.Stats().Files; n < 10 {
		t.Fatalf("%d files, want many", n)
	}
	closeLog(t, w, mem)
	w, got, _ := open(t, mem, Options{})
	same(t, got, want...)
	closeLog(t, w, mem)
}

// TestOrder checks that place is called in log order over concurrent
// appenders and rotations, and that syncs are shared.
func TestOrder(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{FileSize: 4000})
	var next uint64 // guarded by the log's lock
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				p := make([]byte, 16)
				err := w.Append(ctx, p, func(file uint64) {
					next++
					binary.BigEndian.PutUint64(p, next)
					binary.BigEndian.PutUint64(p[8:], file)
				})
				if err != nil {
					t.Error(err)
				}
				if i%50 == 0 {
					if _, err := w.Rotate(nil); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	st := w.Stats()
	closeLog(t, w, mem)
	want := uint64(0)
	w, _, err := Open(mem, "wal", Options{}, func(file uint64, p []byte) error {
		want++
		if got := binary.BigEndian.Uint64(p); got != want {
			return fmt.Errorf("record %d stands at %d", got, want)
		}
		if got := binary.BigEndian.Uint64(p[8:]); got != file {
			return fmt.Errorf("record placed in file %d lies in %d", got, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want != 1600 || st.Records != 1600 {
		t.Fatalf("%d records, %+v", want, st)
	}
	closeLog(t, w, mem)
}

func TestAppendHonoursContextInQueue(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{})
	if err := w.pending.Acquire(ctx, maxPending); err != nil { // a queue full of others
		t.Fatal(err)
	}
	cctx, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.Append(cctx, []byte("x"), func(uint64) { t.Error("placed") }); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	w.pending.Release(maxPending)
	closeLog(t, w, mem)
}

func TestFullDiskPasses(t *testing.T) {
	for _, op := range []vfs.Op{vfs.OpWrite, vfs.OpCreate} {
		mem := vfs.NewMem()
		var mu sync.Mutex
		full := false
		set := func(b bool) { mu.Lock(); full = b; mu.Unlock() }
		fs := vfs.WithErrors(mem, func(o vfs.Op, _ string) error {
			mu.Lock()
			defer mu.Unlock()
			if full && o == op {
				return syscall.ENOSPC
			}
			return nil
		})
		w, _, _ := open(t, fs, Options{})
		appendAll(t, w, "before")
		set(true)
		if op == vfs.OpCreate {
			w.Rotate(nil)
		}
		for range 2 {
			if err := w.Append(ctx, []byte("lost, and longer than one byte"), nil); !errors.Is(err, ErrFull) {
				t.Fatalf("%s: append on a full disk: %v", op, err)
			}
		}
		set(false)
		appendAll(t, w, "after")
		closeLog(t, w, mem)
		w, got, rec := open(t, mem, Options{})
		same(t, got, "before", "after")
		if rec.TornBytes != 0 {
			t.Fatalf("%s: torn %+v", op, rec)
		}
		closeLog(t, w, mem)
	}
}

func TestFailedSyncIsSticky(t *testing.T) {
	mem := vfs.NewMem()
	var mu sync.Mutex
	bad := false
	fs := vfs.WithErrors(mem, func(o vfs.Op, _ string) error {
		mu.Lock()
		defer mu.Unlock()
		if bad && o == vfs.OpSync {
			bad = false // the next sync would succeed, and must not be believed
			return syscall.EIO
		}
		return nil
	})
	w, _, _ := open(t, fs, Options{})
	appendAll(t, w, "safe")
	mu.Lock()
	bad = true
	mu.Unlock()
	for range 2 {
		if err := w.Append(ctx, []byte("x"), nil); !errors.Is(err, ErrFailed) || !errors.Is(err, syscall.EIO) {
			t.Fatalf("append after a failed sync: %v", err)
		}
	}
	if w.Err() == nil {
		t.Fatal("Err is nil")
	}
	w.Close()
	w, got, _ := open(t, mem, Options{})
	if len(got) == 0 || got[0] != "safe" {
		t.Fatalf("replayed %q", got)
	}
	w.Close()
}

// TestTornTailAgainstCorruption damages every byte of a log of three synced
// groups: damage to the last group is cut off, any other is an error.
func TestTornTailAgainstCorruption(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{})
	appendAll(t, w, "first", "second", "third")
	closeLog(t, w, mem)
	name := filepath.Join("wal", fileName(1))
	good, err := vfs.ReadFile(mem, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	lastAt := int64(len(good) - recordHeader - len("third"))
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		got, rec, err := reopen(t, bad)
		if i < int(lastAt) {
			if err == nil {
				t.Errorf("byte %d: damage was not seen, replayed %q", i, got)
			} else if i >= fileHeader && !errors.Is(err, ErrCorrupt) {
				t.Errorf("byte %d: %v", i, err)
			}
			continue
		}
		if err != nil || fmt.Sprint(got) != "[first second]" || rec.TornOffset != lastAt || rec.TornBytes != int64(len(good))-lastAt {
			t.Errorf("byte %d: %q %+v %v", i, got, rec, err)
		}
	}
	for n := range good {
		got, _, err := reopen(t, good[:n])
		if err != nil || len(got) > 2 {
			t.Errorf("cut to %d bytes: %q %v", n, got, err)
		}
	}
}

// reopen opens a log of one file with the given content, twice: the second
// time there must be nothing left to cut.
func reopen(t *testing.T, content []byte) (got []string, rec Recovery, err error) {
	t.Helper()
	mem := vfs.NewMem()
	if err := mem.MkdirAll("wal"); err != nil {
		t.Fatal(err)
	}
	f, _ := mem.Create(filepath.Join("wal", fileName(1)))
	f.Write(content)
	f.Sync()
	f.Close()
	mem.SyncDir("wal")
	w, rec, err := Open(mem, "wal", Options{}, func(_ uint64, p []byte) error {
		got = append(got, string(p))
		return nil
	})
	if err != nil {
		return got, rec, err
	}
	w.Close()
	w, again, rec2 := open(t, mem, Options{})
	w.Close()
	same(t, again, got...)
	if rec2.TornBytes != 0 {
		t.Fatalf("torn again: %+v", rec2)
	}
	return got, rec, nil
}

// Any one file of a log that is removed is missed, and a salvaged log does
// without it.
func TestMissingFile(t *testing.T) {
	for _, gone := range []uint64{1, 2, 3} {
		mem := vfs.NewMem()
		w, _, _ := open(t, mem, Options{FileSize: 1})
		appendAll(t, w, "a", "b", "c")
		closeLog(t, w, mem)
		if err := mem.Remove(filepath.Join("wal", fileName(gone))); err != nil {
			t.Fatal(err)
		}
		_, _, err := Open(mem, "wal", Options{}, func(uint64, []byte) error { return nil })
		if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("open without file %d: %v", gone, err)
		}
		reports, err := Inspect(mem, "wal", 0, nil)
		if err != nil || !slices.ContainsFunc(reports, func(r FileReport) bool { return errors.Is(r.Err, ErrCorrupt) }) {
			t.Errorf("without file %d: inspected %+v, %v", gone, reports, err)
		}
		if done, err := Salvage(mem, "wal", 0, func(string) error { return nil }, keepAll); err != nil || len(done) != 1 || done[0].Missing != (gone == 3) {
			t.Errorf("without file %d: salvaged %+v, %v", gone, done, err)
		}
		w, got, _ := open(t, mem, Options{})
		same(t, got, slices.Delete([]string{"a", "b", "c"}, int(gone-1), int(gone))...)
		closeLog(t, w, mem)
	}
}

// A released log has no file, and none is missed; nor is one without its marker.
func TestMarker(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{})
	appendAll(t, w, "a")
	n, err := w.Rotate(nil)
	if err == nil {
		err = w.Release(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	closeLog(t, w, mem)
	w, _, _ = open(t, mem, Options{From: n + 1})
	appendAll(t, w, "b")
	closeLog(t, w, mem)
	for _, content := range []string{"junk", ""} {
		marker := filepath.Join("wal", lastName)
		if err := setFile(mem, marker, []byte(content)); err != nil {
			t.Fatal(err)
		}
		reports, err := Inspect(mem, "wal", n+1, nil)
		if err != nil || len(reports) != 2 || !errors.Is(reports[0].Err, ErrCorrupt) {
			t.Errorf("a damaged marker: %+v, %v", reports, err)
		}
		w, got, _ := open(t, mem, Options{From: n + 1})
		same(t, got, "b")
		closeLog(t, w, mem)
	}
	if done, err := Salvage(mem, "wal", n+1, func(string) error { return nil }, keepAll); err != nil || len(done) != 1 {
		t.Errorf("salvaged %+v, %v", done, err)
	}
	if marked, err := readLast(mem, "wal"); err != nil || marked != n+1 {
		t.Errorf("marked %d, %v", marked, err)
	}
}

// TestCrash appends from several goroutines, cuts the power at a random
// moment and checks that every acknowledged record is there, in order, once.
func TestCrash(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 2))
		mem := vfs.NewMem()
		from, total := uint64(0), uint64(0)
		for range 3 { // crash, recover, go on, crash again
			var mu sync.Mutex
			var acked []uint64 // by acknowledgement
			ops, limit := 0, 5+rng.IntN(120)
			var clone *vfs.Mem
			fs := vfs.WithErrors(mem, func(op vfs.Op, _ string) error {
				mu.Lock()
				defer mu.Unlock()
				ops++
				if ops >= limit && clone == nil {
					// Taken before the operation: what was acknowledged until
					// here must be in it.
					clone = mem.CrashClone(rng)
				}
				if clone != nil {
					return syscall.EIO
				}
				return nil
			})
			next := total
			_, w := replayNumbers(t, seed, fs, from, total)
			if w == nil {
				if clone == nil {
					t.Fatalf("seed %d: open failed without a crash", seed)
				}
				mem = clone
				continue
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() {
					for {
						p := make([]byte, 8, 64)
						var n uint64
						err := w.Append(ctx, p, func(uint64) {
							next++
							n = next
							binary.BigEndian.PutUint64(p, n)
						})
						if err != nil {
							return
						}
						mu.Lock()
						if clone == nil {
							acked = append(acked, n)
						}
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			w.Close()
			for _, n := range acked {
				total = max(total, n)
			}
			mem = clone
			got, w2 := replayNumbers(t, seed, mem, from, total)
			if w2 == nil {
				t.Fatalf("seed %d: cannot open after crash", seed)
			}
			w2.Close()
			total = got
		}
	}
}

// replayNumbers opens the log and checks that it holds 1..n without a gap,
// with n at least want; it returns n.
func replayNumbers(t *testing.T, seed uint64, fs vfs.FS, from, want uint64) (uint64, *WAL) {
	t.Helper()
	n := uint64(0)
	w, _, err := Open(fs, "wal", Options{From: from, FileSize: 200}, func(_ uint64, p []byte) error {
		n++
		if got := binary.BigEndian.Uint64(p); got != n {
			t.Fatalf("seed %d: record %d where %d belongs", seed, got, n)
		}
		return nil
	})
	if err != nil {
		if errors.Is(err, ErrCorrupt) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		return 0, nil
	}
	if n < want {
		t.Fatalf("seed %d: %d records, %d were acknowledged", seed, n, want)
	}
	return n, w
}

func FuzzReplay(f *testing.F) {
	mem := vfs.NewMem()
	w, _, err := Open(mem, "wal", Options{}, func(uint64, []byte) error { return nil })
	if err != nil {
		f.Fatal(err)
	}
	w.Append(ctx, []byte("one"), nil)
	w.Append(ctx, []byte("two"), nil)
	w.Close()
	good, _ := vfs.ReadFile(mem, filepath.Join("wal", fileName(1)), 1<<20)
	f.Add(good)
	f.Add(good[:len(good)-3])
	f.Fuzz(func(t *testing.T, content []byte) {
		// Anything may be refused; nothing may panic, and what is accepted
		// must be accepted again in the same way (reopen checks).
		reopen(t, content)
	})
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1 << 10, 100 << 10} {
		b.Run(fmt.Sprintf("size=%dKiB", size>>10), func(b *testing.B) {
			w, _, err := Open(vfs.Disk(), b.TempDir(), Options{}, func(uint64, []byte) error { return nil })
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				p := make([]byte, size)
				for pb.Next() {
					if err := w.Append(ctx, p, nil); err != nil {
						b.Error(err)
					}
				}
			})
			st := w.Stats()
			b.ReportMetric(float64(st.Records)/float64(st.Syncs), "records/sync")
			w.Close()
		})
	}
}
