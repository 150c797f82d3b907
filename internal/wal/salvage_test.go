package wal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"skywatch/internal/vfs"
)

// placed is a record as it lies in a file.
type placed struct {
	file     string
	from, to int64
	payload  string
}

// salvageWorld makes a log of a few files with records of many sizes, and says
// where they lie.
func salvageWorld(t *testing.T, rng *rand.Rand) (*vfs.Mem, []placed) {
	t.Helper()
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{FileSize: int64(1 + rng.IntN(5000))})
	n := 0
	for range 3 + rng.IntN(30) {
		p := fmt.Appendf(nil, "%d ", n)
		for range rng.IntN(300) {
			p = append(p, byte(rng.Uint32()>>rng.IntN(9)))
		}
		n++
		if err := w.Append(ctx, p, nil); err != nil {
			t.Fatal(err)
		}
		if rng.IntN(10) == 0 {
			if _, err := w.Rotate(nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	closeLog(t, w, mem)
	var all []placed
	reports, err := Inspect(mem, "wal", 0, func(file uint64, off int64, payload []byte) error {
		all = append(all, placed{file: filepath.Join("wal", fileName(file)), from: off,
			to: off + recordHeader + int64(len(payload)), payload: string(payload)})
		return nil
	})
	if err != nil || len(all) != n {
		t.Fatalf("%d of %d records, %+v, %v", len(all), n, reports, err)
	}
	return mem, all
}

// copyAside keeps files in the folder aside.
func copyAside(mem *vfs.Mem) func(string) error {
	return func(name string) error {
		b, err := vfs.ReadFile(mem, name, 1<<30)
		if err != nil {
			return err
		}
		return setFile(mem, filepath.Join("aside", filepath.Base(name)), b)
	}
}

func setFile(mem *vfs.Mem, name string, b []byte) error {
	if err := mem.MkdirAll(filepath.Dir(name)); err != nil {
		return err
	}
	f, err := mem.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close(), mem.SyncDir(filepath.Dir(name)))
}

func keepAll(p []byte) ([]byte, error) { return p, nil }

// TestSalvage damages one stretch of one file of a log. If Open refuses, then
// after Salvage it opens, with every record that the damage does not touch, in
// order and once. If it opens, nothing but the end of the last file is missing.
func TestSalvage(t *testing.T) {
	refused := 0
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 5))
		mem, all := salvageWorld(t, rng)
		file := all[rng.IntN(len(all))].file
		good, err := vfs.ReadFile(mem, file, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		bad := bytes.Clone(good)
		from := rng.IntN(len(bad))
		if rng.IntN(4) == 0 {
			from = rng.IntN(fileHeader)
		}
		to := min(from+1+rng.IntN(1<<rng.IntN(12)), len(bad))
		what := fmt.Sprintf("seed %d: %s: bytes %d to %d of %d", seed, file, from, to, len(bad))
		gone := false
		switch rng.IntN(8) {
		case 0:
			bad, to = bad[:from], len(bad)
			what += " cut"
		case 1:
			gone, from, to = true, 0, len(bad)
			what += " and all others gone"
		default:
			for i := from; i < to; i++ {
				bad[i] ^= byte(1 + rng.IntN(255))
			}
		}
		if gone {
			mem.Remove(file)
		} else if err := setFile(mem, file, bad); err != nil {
			t.Fatal(err)
		}
		last := all[len(all)-1].file == file
		touched := func(r placed) bool { return r.file == file && int64(from) < r.to && int64(to) > r.from }
		whole := 0 // records in the file
		for _, r := range all {
			if r.file == file && !touched(r) {
				whole++
			}
		}
		var want []string
		for _, r := range all {
			// Nothing vouches for a single record without the file's salt.
			lone := r.file == file && whole == 1 && from < 40 && to > 32
			if !touched(r) && !lone {
				want = append(want, r.payload)
			}
		}
		var got []string
		replay := func(_ uint64, p []byte) error { got = append(got, string(p)); return nil }
		w, _, err := Open(mem, "wal", Options{}, replay)
		if err == nil {
			w.Close()
			if len(got) > len(want) || len(got) < len(want) && !last || !slices.Equal(got, want[:len(got)]) {
				t.Fatalf("%s: opened with %d records, want the first of %d", what, len(got), len(want))
			}
			continue
		}
		if !errors.Is(err, ErrCorrupt) {
			if from > 12 || to < 8 {
				t.Fatalf("%s: %v", what, err)
			}
		}
		refused++
		reports, err := Salvage(mem, "wal", 0, copyAside(mem), keepAll)
		if err != nil || len(reports) != 1 || reports[0].Err == nil {
			t.Fatalf("%s: %+v, %v", what, reports, err)
		}
		if reports[0].Missing {
			if !gone || !last {
				t.Fatalf("%s: %+v", what, reports)
			}
		} else if kept, err := vfs.ReadFile(mem, filepath.Join("aside", filepath.Base(reports[0].Name)), 1<<20); err != nil || !gone && !bytes.Equal(kept, bad) {
			t.Fatalf("%s: kept %d bytes of the damaged file, %v", what, len(kept), err)
		}
		got = nil
		w, rec, err := Open(mem, "wal", Options{}, replay)
		if err != nil || rec.TornBytes != 0 {
			t.Fatalf("%s: open after salvage: %+v, %v", what, rec, err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%s: salvaged %d records, want %d: %+v", what, len(got), len(want), reports)
		}
		appendAll(t, w, "after")
		closeLog(t, w, mem)
		if reports, err := Salvage(mem, "wal", 0, copyAside(mem), keepAll); err != nil || len(reports) != 0 {
			t.Fatalf("%s: a second salvage found %+v, %v", what, reports, err)
		}
	}
	if refused < 100 {
		t.Fatalf("only %d of the damages were refused", refused)
	}
}

// TestSalvageUnwanted leaves records out and changes others of a whole log.
func TestSalvageUnwanted(t *testing.T) {
	mem := vfs.NewMem()
	w, _, _ := open(t, mem, Options{FileSize: 1})
	appendAll(t, w, "a", "b", "c", "d")
	closeLog(t, w, mem)
	reports, err := Salvage(mem, "wal", 0, copyAside(mem), func(p []byte) ([]byte, error) {
		switch string(p) {
		case "b":
			return nil, nil
		case "c":
			return []byte("see"), nil
		}
		return p, nil
	})
	if err != nil || len(reports) != 2 || reports[0].Unwanted != 1 || reports[0].Records != 0 || reports[1].Records != 1 || reports[1].Err != nil {
		t.Fatalf("%+v, %v", reports, err)
	}
	w, got, _ := open(t, mem, Options{})
	same(t, got, "a", "see", "d")
	w.Close()
}

// TestSalvageCrash cuts the power in a salvage: a second one ends with the same.
func TestSalvageCrash(t *testing.T) {
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 6))
		mem, all := salvageWorld(t, rng)
		first := all[0]
		b, err := vfs.ReadFile(mem, first.file, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		b[first.from] ^= 1
		if err := setFile(mem, first.file, b); err != nil {
			t.Fatal(err)
		}
		if _, err := Salvage(mem, "wal", 0, func(string) error { return nil }, keepAll); err != nil {
			t.Fatal(err)
		}
		left := rng.IntN(8)
		broken := errors.New("power is gone")
		fs := vfs.WithErrors(mem, func(vfs.Op, string) error {
			if left--; left < 0 {
				return broken
			}
			return nil
		})
		if err := setFile(mem, first.file, b); err != nil {
			t.Fatal(err)
		}
		_, err = Salvage(fs, "wal", 0, func(string) error { return nil }, keepAll)
		if err != nil && !errors.Is(err, broken) {
			t.Fatalf("seed %d: %v", seed, err)
		}
		after := mem.CrashClone(rng)
		if _, err := Salvage(after, "wal", 0, func(string) error { return nil }, keepAll); err != nil {
			t.Fatalf("seed %d: salvage after a crash: %v", seed, err)
		}
		w, got, _ := open(t, after, Options{})
		var want []string
		for _, r := range all[1:] {
			want = append(want, r.payload)
		}
		same(t, got, want...)
		w.Close()
	}
}

// FuzzSalvage: whatever lies in a file, the log opens after a salvage, with the
// whole file behind it.
func FuzzSalvage(f *testing.F) {
	mem := vfs.NewMem()
	w, _, err := Open(mem, "wal", Options{FileSize: 1}, func(uint64, []byte) error { return nil })
	if err != nil {
		f.Fatal(err)
	}
	for _, p := range []string{"one", "two", "three"} {
		if err := w.Append(ctx, []byte(p), nil); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	var files [3][]byte
	for i := range files {
		if files[i], err = vfs.ReadFile(mem, filepath.Join("wal", fileName(uint64(i+1))), 1<<20); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(files[0])
	f.Add(append(bytes.Clone(files[0]), files[0][fileHeader:]...))
	f.Add(append(make([]byte, fileHeader), files[0][fileHeader:]...))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) >= 12 && string(content[:8]) == magic && content[8] != version {
			return // it may be another version's
		}
		mem := vfs.NewMem()
		for i, b := range [][]byte{content, files[1], files[2]} {
			if err := setFile(mem, filepath.Join("wal", fileName(uint64(i+1))), b); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Salvage(mem, "wal", 0, copyAside(mem), keepAll); err != nil {
			t.Fatal(err)
		}
		w, got, _ := open(t, mem, Options{})
		if n := len(got); n < 2 || got[n-2] != "two" || got[n-1] != "three" {
			t.Fatalf("%d records after a salvage", n)
		}
		w.Close()
	})
}
