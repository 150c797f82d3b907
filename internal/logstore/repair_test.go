package logstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// keepAside copies files into the folder aside of a disk.
func keepAside(t *testing.T, mem *vfs.Mem) func(string) error {
	return func(name string) error {
		b, err := vfs.ReadFile(mem, name, 1<<30)
		if err != nil {
			return err
		}
		if err := mem.MkdirAll("aside"); err != nil {
			return err
		}
		writeFile(t, mem, filepath.Join("aside", filepath.Base(name)), b)
		return nil
	}
}

func repair(t *testing.T, what string, mem *vfs.Mem) *Repaired {
	t.Helper()
	r, err := Repair(ctx, mem, "store", keepAside(t, mem))
	if err != nil {
		t.Fatalf("%s: repair: %v", what, err)
	}
	if mem.OpenFiles() != 0 {
		t.Fatalf("%s: %d files open after a repair", what, mem.OpenFiles())
	}
	return r
}

// TestRandomDamageRepaired spoils one place of one file, as TestRandomDamage
// does: where Open refuses, it opens after a repair, and nothing is missing but
// the segment that cannot be opened, or the records of the log that were hit.
func TestRandomDamageRepaired(t *testing.T) {
	w := newDamageWorld(t)
	extents := w.logExtents(t)
	outcomes := map[string]int{}
	for seed := range uint64(250) {
		rng := rand.New(rand.NewPCG(seed, 12))
		file := w.names[rng.IntN(len(w.names))]
		bad, at, what := spoil(rng, w.files[file])
		what = fmt.Sprintf("seed %d: %s: %s", seed, file, what)
		mem := w.disk(t, file, bad)
		s, err := Open(ctx, mem, "store", Options{MaintainEvery: time.Hour})
		if err == nil {
			s.Close(ctx)
			outcomes["opens"]++
			continue
		}
		if !errors.Is(err, logs.ErrCorrupt) {
			continue // damage of a version is taken for another version's file
		}
		r := repair(t, what, mem)
		s, err = Open(ctx, mem, "store", Options{MaintainEvery: time.Hour})
		if err != nil {
			t.Fatalf("%s: open after repair: %v", what, err)
		}
		left := w.scans(t, what, s)
		if kept, err := vfs.ReadFile(mem, filepath.Join("aside", filepath.Base(file)), 1<<30); err != nil || !slices.Equal(kept, bad) {
			t.Fatalf("%s: the damaged file was not kept: %v", what, err)
		}
		there := map[uint64]bool{}
		for _, e := range left {
			if there[e.seq] {
				t.Fatalf("%s: event %d is there twice", what, e.seq)
			}
			there[e.seq] = true
		}
		if strings.HasSuffix(file, ".wal") {
			outcomes["log"]++
			if len(r.Log) != 1 || r.Log[0].Name != file || len(r.LeftOut) != 0 || r.Rebuilt != nil {
				t.Fatalf("%s: %+v", what, r)
			}
			end := damageEnd(w.files[file], bad, at)
			for _, e := range w.events {
				x := extents[e.seq]
				if hit := x.file == file && x.from < end && x.to > int64(at); !hit && !there[e.seq] {
					t.Fatalf("%s: event %d is gone, whose record lies at %d to %d", what, e.seq, x.from, x.to)
				}
			}
		} else {
			outcomes["segment"]++
			if len(r.LeftOut) != 1 || r.LeftOut[0].Path != file || r.LeftOut[0].Why == nil || len(r.Log) != 0 {
				t.Fatalf("%s: %+v", what, r)
			}
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
		again := repair(t, what, mem)
		if again.Rebuilt != nil || len(again.LeftOut)+len(again.Log) != 0 {
			t.Fatalf("%s: a second repair found %+v", what, again)
		}
	}
	t.Logf("%v", outcomes)
	if outcomes["log"] == 0 || outcomes["segment"] == 0 {
		t.Errorf("not everything was tried: %v", outcomes)
	}
}

// damageEnd is where damage that begins at at ends.
func damageEnd(good, bad []byte, at int) int64 {
	if len(bad) < len(good) {
		return int64(len(good))
	}
	end := at
	for i := at; i < len(good); i++ {
		if good[i] != bad[i] {
			end = i + 1
		}
	}
	return int64(end)
}

type extent struct {
	file     string
	from, to int64
}

// logExtents says where the events in the log lie, by seq.
func (w *damageWorld) logExtents(t *testing.T) map[uint64]extent {
	t.Helper()
	out := map[uint64]extent{}
	dir := filepath.Join("store", walDir)
	_, err := wal.Inspect(w.disk(t, "", nil), dir, 0, func(file uint64, off int64, payload []byte) error {
		seqs, err := recordSeqs(payload)
		for n := seqs.first(); n <= seqs.last(); n++ {
			out[n] = extent{filepath.Join(dir, fmt.Sprintf("%012d.wal", file)), off, off + 16 + int64(len(payload))}
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%d events in the log, %v", len(out), err)
	}
	return out
}

// TestRebuiltAfterCrash loses the manifest and its copy of what a crash left at
// a random moment, with outcomes of flushes and merges not listed yet, their
// inputs and files of the log not removed yet: a rebuilt store holds the same
// events as the one with its manifest, each once.
func TestRebuiltAfterCrash(t *testing.T) {
	leftOut, cut := 0, 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 13))
		w := &crashWorld{t: t, seed: seed, acked: map[int]int{}, sent: map[int]int{}}
		disk := vfs.NewMem()
		for range 3 {
			c := &crashFS{mem: disk, rng: rng, left: 20 + rng.IntN(600)}
			cctx, cancel := context.WithCancel(ctx)
			c.stop = cancel
			w.run(cctx, vfs.WithErrors(disk, c.hook), c, rng.Uint64())
			disk = c.down
			lost := disk.CrashClone(rng)
			for _, name := range []string{manifest.Name, manifest.CopyName} {
				if b, err := vfs.ReadFile(lost, filepath.Join("store", name), 1<<20); err == nil && rng.IntN(2) == 0 {
					b[rng.IntN(len(b))] ^= 1
					writeFile(t, lost, filepath.Join("store", name), b)
				} else {
					lost.Remove(filepath.Join("store", name))
				}
			}
			what := fmt.Sprintf("seed %d", seed)
			if s, err := Open(ctx, lost, "store", Options{MaintainEvery: time.Hour}); err == nil {
				if n := len(scanAll(t, s)); n > 0 {
					t.Fatalf("%s: opened without a manifest, with %d events", what, n)
				}
				s.Close(ctx)
			} else if !errors.Is(err, logs.ErrCorrupt) {
				t.Fatalf("%s: open without a manifest: %v", what, err)
			}
			r := repair(t, what, lost)
			leftOut += len(r.LeftOut)
			for _, f := range r.Log {
				cut += int(f.Unwanted)
			}
			want, got := eventsOf(t, disk.CrashClone(rng)), eventsOf(t, lost)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: %d events in the rebuilt store, %d with the manifest; %+v", what, len(got), len(want), r)
			}
		}
	}
	t.Logf("%d segments and %d records were left out", leftOut, cut)
	if leftOut == 0 || cut == 0 {
		t.Error("nothing was left over at any crash")
	}
}

// eventsOf opens a store and returns the events of groups 1 and 2, which nobody
// drops.
func eventsOf(t *testing.T, mem *vfs.Mem) []event {
	t.Helper()
	s := openStore(t, mem, Options{MaintainEvery: time.Hour})
	defer s.Close(ctx)
	out := scanAll(t, s)
	return slices.DeleteFunc(out, func(e event) bool { return e.group == 3 })
}

// TestRepairEmpty: a repair makes nothing of nothing, and refuses a store in use.
func TestRepairEmpty(t *testing.T) {
	mem := vfs.NewMem()
	if err := mem.MkdirAll("store"); err != nil {
		t.Fatal(err)
	}
	if r := repair(t, "an empty folder", mem); r.Rebuilt != nil {
		t.Errorf("%+v", r)
	}
	s := openStore(t, mem, Options{})
	if _, err := Repair(ctx, mem, "store", keepAside(t, mem)); !errors.Is(err, vfs.ErrLocked) {
		t.Errorf("repair of a store in use: %v", err)
	}
	s.Close(ctx)
}
