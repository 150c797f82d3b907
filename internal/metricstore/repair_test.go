package metricstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// counts returns how many samples a store has of each series.
func counts(t *testing.T, s *Store) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	list, err := s.Find(context.Background(), metrics.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range list {
		g := metrics.Grid{Start: floor(testNow, 86400_000) - 3*86400_000, Period: 7 * 86400_000, N: 1}
		err := s.Select(context.Background(), []metrics.SeriesID{series.ID}, g, false, func(_ metrics.SeriesID, b []metrics.Bucket) error {
			for i := range b {
				out[series.Key.Canonical()] += b[i].Stats.Count
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// repairFolder is a closed store: two days in segments, also merged ones, and
// records in the log, some of which define series.
func repairFolder(t *testing.T) (files map[string][]byte, want map[string]float64) {
	t.Helper()
	ctx, fs := context.Background(), vfs.NewMem()
	opts := testOptions()
	opts.WALFileSize = 600
	s, err := Open(ctx, fs, "db", opts)
	if err != nil {
		t.Fatal(err)
	}
	day := floor(testNow, 86400_000)
	for round := range int64(7) {
		for i := range int64(6) {
			data := oneEach(5+int(round)*2, day-86400_000*(round%2)+(round*6+i)*60_000)
			if err := s.Append(ctx, testNow, data); err != nil {
				t.Fatal(err)
			}
		}
		if round == 6 {
			break // stays in the log
		}
		if err := errors.Join(s.Flush(ctx), s.compactAll(ctx)); err != nil {
			t.Fatal(err)
		}
	}
	want = counts(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	files = map[string][]byte{}
	for _, dir := range []string{"db", "db/wal"} {
		names, err := fs.List(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range names {
			if st, err := fs.Stat(filepath.Join(dir, n)); err != nil || st.Dir || n == "LOCK" {
				continue
			}
			b, err := vfs.ReadFile(fs, filepath.Join(dir, n), 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Join(dir, n)] = b
		}
	}
	return files, want
}

func diskOf(t *testing.T, files map[string][]byte) *vfs.Mem {
	t.Helper()
	fs := vfs.NewMem()
	if err := fs.MkdirAll("db/wal"); err != nil {
		t.Fatal(err)
	}
	for name, b := range files {
		if err := writeFile(fs, name, b); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

func repairDisk(t *testing.T, what string, fs *vfs.Mem) *Repaired {
	t.Helper()
	r, err := Repair(context.Background(), fs, "db", func(name string) error {
		b, err := vfs.ReadFile(fs, name, 1<<30)
		if err != nil {
			return err
		}
		return errors.Join(fs.MkdirAll("aside"), writeFile(fs, filepath.Join("aside", filepath.Base(name)), b))
	})
	if err != nil || fs.OpenFiles() != 0 {
		t.Fatalf("%s: repair: %v, %d files open", what, err, fs.OpenFiles())
	}
	return r
}

// TestRandomDamageRepaired spoils one stretch of one file. Where Open refuses,
// it opens after a repair; either way no series has more samples than it had,
// and none has less but for what was hit.
func TestRandomDamageRepaired(t *testing.T) {
	files, want := repairFolder(t)
	names := slices.Sorted(maps.Keys(files))
	refused := map[string]int{}
	for seed := range uint64(1500) {
		rng := rand.New(rand.NewPCG(seed, 21))
		name := names[rng.IntN(len(names))]
		bad := slices.Clone(files[name])
		from := rng.IntN(len(bad))
		to := min(from+1+rng.IntN(1<<rng.IntN(10)), len(bad))
		for i := from; i < to; i++ {
			bad[i] ^= byte(1 + rng.IntN(255))
		}
		what := fmt.Sprintf("seed %d: %s: bytes %d to %d of %d", seed, name, from, to, len(bad))
		fs := diskOf(t, files)
		if err := writeFile(fs, name, bad); err != nil {
			t.Fatal(err)
		}
		kind := strings.SplitN(filepath.Base(name)+".", ".", 3)[1]
		half := len(bad) / 2
		whole := kind == "" || kind == "copy" || (kind == "keys" || kind == "bounds") && (to <= half || from >= half)
		s, err := Open(context.Background(), fs, "db", testOptions())
		if err == nil && kind == "seg" {
			// Its index is read when it is first used, and fails that read.
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			r := repairDisk(t, what, fs)
			if r.Rebuilt != nil || len(r.LeftOut) > 1 {
				t.Fatalf("%s: %+v", what, r)
			}
			s, err = Open(context.Background(), fs, "db", testOptions())
		}
		if err != nil {
			if !errors.Is(err, metrics.ErrCorrupt) {
				continue // damage of a version is taken for another version's file
			}
			if whole {
				t.Fatalf("%s: open: %v", what, err)
			}
			refused[kind]++
			r := repairDisk(t, what, fs)
			if len(r.LeftOut)+len(r.Log) == 0 {
				t.Fatalf("%s: %v, and the repair found nothing", what, err)
			}
			if kept, err := vfs.ReadFile(fs, filepath.Join("aside", filepath.Base(name)), 1<<30); err != nil || !slices.Equal(kept, bad) {
				t.Fatalf("%s: the damaged file was not kept: %v", what, err)
			}
			if s, err = Open(context.Background(), fs, "db", testOptions()); err != nil {
				t.Fatalf("%s: open after repair: %v", what, err)
			}
		}
		got := counts(t, s)
		lost := 0.0
		for series, n := range want {
			if got[series] > n {
				t.Fatalf("%s: %v samples of %q, there were %v", what, got[series], series, n)
			}
			lost += n - got[series]
		}
		if (whole || kind == "bounds") && lost > 0 {
			t.Fatalf("%s: %v samples are lost", what, lost)
		}
		// New series get ids of their own.
		if err := errors.Join(s.Append(context.Background(), testNow, oneEach(30, testNow)), s.Flush(context.Background()), s.Close()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if s, err = Open(context.Background(), fs, "db", testOptions()); err != nil {
			t.Fatalf("%s: open again: %v", what, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again := repairDisk(t, what, fs)
		// What a second one may find is the half that Open could do without.
		if again.Rebuilt != nil || len(again.Log) > 0 || slices.ContainsFunc(again.LeftOut, func(l LeftOut) bool { return l.Path != name }) {
			t.Fatalf("%s: a second repair found %+v", what, again)
		}
	}
	t.Logf("refused: %v", refused)
	for _, kind := range []string{"wal", "seg", "keys", "bounds"} {
		if refused[kind] == 0 {
			t.Errorf("no damage of a %s file was refused: %v", kind, refused)
		}
	}
}

// TestRebuilt loses the manifest and its copy of a whole store: nothing is lost.
func TestRebuilt(t *testing.T) {
	files, want := repairFolder(t)
	for _, spoil := range []func(fs *vfs.Mem, name string) error{
		func(fs *vfs.Mem, name string) error { return fs.Remove(name) },
		func(fs *vfs.Mem, name string) error { return writeFile(fs, name, []byte("nothing")) },
	} {
		fs := diskOf(t, files)
		for _, name := range []string{manifest.Name, manifest.CopyName} {
			if err := spoil(fs, filepath.Join("db", name)); err != nil {
				t.Fatal(err)
			}
		}
		r := repairDisk(t, "both manifests", fs)
		if r.Rebuilt == nil || len(r.LeftOut)+len(r.Log) != 0 || r.Unnamed != 0 {
			t.Fatalf("%+v", r)
		}
		s, err := Open(context.Background(), fs, "db", testOptions())
		if err != nil {
			t.Fatal(err)
		}
		if got := counts(t, s); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
