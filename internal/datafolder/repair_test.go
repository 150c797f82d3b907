package datafolder

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/logstore"
	"skywatch/internal/metastore"
	"skywatch/internal/metrics"
	"skywatch/internal/metricstore"
	"skywatch/internal/vfs"
)

// opens opens both engines of a folder and says how many events there are.
func opens(dir string) (events int64, err error) {
	ctx := context.Background()
	ls, err := logstore.Open(ctx, vfs.Disk(), filepath.Join(dir, logsDir), logstore.Options{MaintainEvery: time.Hour})
	if err != nil {
		return 0, err
	}
	for g := range logs.GroupID(4) {
		events += ls.GroupStat(g).Events
	}
	ms, err := metricstore.Open(ctx, vfs.Disk(), filepath.Join(dir, metricsDir), metricstore.Options{Now: func() int64 { return noon.UnixMilli() }})
	if err == nil {
		err = ms.Close()
	}
	return events, errors.Join(err, ls.Close(ctx))
}

// copyFolder copies a folder with all that is in it.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Damage of a random stretch of any one file of the engines, or of both copies of
// a manifest: the engines open, or open after Repair, and Verify finds no more
// than damaged blocks then. What was damaged is kept.
func TestRepair(t *testing.T) {
	whole := folder(t)
	if n, err := opens(copyFolder(t, whole)); err != nil || n != 3*6000 {
		t.Fatalf("%d events, %v", n, err)
	}
	var targets [][]string
	for _, pattern := range []string{"logs/segments/*.seg", "metrics/*.seg", "metrics/*.keys", "metrics/*.bounds", "metrics/wal/*.wal"} {
		found, _ := filepath.Glob(filepath.Join(whole, pattern))
		for _, f := range found {
			rel, _ := filepath.Rel(whole, f)
			targets = append(targets, []string{rel})
		}
	}
	for _, part := range []string{logsDir, metricsDir} {
		m, c := filepath.Join(part, "MANIFEST"), filepath.Join(part, "MANIFEST.copy")
		targets = append(targets, []string{m}, []string{c}, []string{m, c})
	}
	seed := time.Now().UnixNano()
	rnd := rand.New(rand.NewSource(seed))
	refused := 0
	for _, files := range targets {
		for range 6 {
			dir := copyFolder(t, whole)
			was := map[string][]byte{}
			what := fmt.Sprintf("seed %d:", seed)
			for _, name := range files {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				at := rnd.Intn(len(b))
				end := min(len(b), at+1+rnd.Intn(300))
				for i := at; i < end; i++ {
					b[i] ^= byte(1 + rnd.Intn(255))
				}
				what += fmt.Sprintf(" %s: bytes %d to %d", name, at, end)
				was[name] = b
				if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			_, err := opens(copyFolder(t, dir))
			if err == nil {
				continue
			}
			if !errors.Is(err, logs.ErrCorrupt) && !errors.Is(err, metrics.ErrCorrupt) {
				continue // damage of a version is taken for another version's file
			}
			refused++
			r, rerr := Repair(context.Background(), dir)
			if rerr != nil || len(r.Actions) == 0 || r.Kept == "" {
				t.Fatalf("%s: %v; repair: %+v, %v", what, err, r, rerr)
			}
			for name, b := range was {
				kept, err := os.ReadFile(filepath.Join(r.Kept, name))
				if err != nil || string(kept) != string(b) {
					t.Errorf("%s: %s was not kept as it was: %v", what, name, err)
				}
			}
			v := verify(t, dir)
			if v.Damaged > 0 && v.DamagedBlocks == 0 {
				t.Errorf("%s: after the repair %+v", what, v)
			}
			events, err := opens(dir)
			if err != nil {
				t.Errorf("%s: after the repair: %v", what, err)
			}
			if events != 3*6000 && !strings.HasSuffix(files[0], ".seg") {
				t.Errorf("%s: %d events after the repair", what, events)
			}
			if again, err := Repair(context.Background(), dir); err != nil || len(again.Actions) != 0 {
				t.Errorf("%s: a second repair: %+v, %v", what, again, err)
			}
		}
	}
	if refused < 4 {
		t.Errorf("only %d of the damages were refused", refused)
	}
}

// A folder in use is not repaired, and neither is what is none.
func TestRepairRefuses(t *testing.T) {
	dir := folder(t)
	for _, name := range []string{"meta.lock", "logs/LOCK", "metrics/LOCK"} {
		l, err := vfs.Disk().Lock(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Repair(context.Background(), dir); !errors.Is(err, ErrInUse) {
			t.Errorf("with %s held: %v, want ErrInUse", name, err)
		}
		l.Close()
	}
	if _, err := Repair(context.Background(), t.TempDir()); err == nil {
		t.Error("an empty folder was repaired")
	}
	before := listing(t, dir)
	if r, err := Repair(context.Background(), dir); err != nil || len(r.Actions) != 0 || r.Kept != "" {
		t.Errorf("a whole folder: %+v, %v", r, err)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("a repair with nothing to do changed the folder from\n%s\nto\n%s", before, after)
	}
	if meta, err := metastore.Open(context.Background(), dir); err != nil {
		t.Errorf("the metadata is locked after a repair: %v", err)
	} else if err := meta.Close(); err != nil {
		t.Error(err)
	}
}

// A bad byte in the header or a footer of a log segment costs no event: the
// engine opens, Verify and Inspect tell of it, and Repair makes the file whole.
func TestRepairFooter(t *testing.T) {
	whole := folder(t)
	found, _ := filepath.Glob(filepath.Join(whole, "logs/segments/*.seg"))
	rel, _ := filepath.Rel(whole, found[0])
	good, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	magic := []byte("SKYSEGF\n")
	first, last := bytes.Index(good, magic), bytes.LastIndex(good, magic)
	for part, at := range map[string]int{"header": 2, "first footer": first - 50, "last footer": last - 50, "last footer: ": len(good) - 1} {
		dir := copyFolder(t, whole)
		bad := bytes.Clone(good)
		bad[at] ^= 1
		if err := os.WriteFile(filepath.Join(dir, rel), bad, 0o666); err != nil {
			t.Fatal(err)
		}
		v := verify(t, dir)
		if len(v.Damage) != 1 || v.Damaged != 1 || v.DamagedBlocks != 0 || v.Damage[0].File != filepath.Join(dir, rel) || !strings.HasPrefix(v.Damage[0].What, part) {
			t.Errorf("%s: verify: %+v", part, v)
		}
		told := ""
		err := Inspect(context.Background(), filepath.Join(dir, rel), Options{}, func(tab Table) error {
			if strings.HasPrefix(tab.Title, "Damage") && len(tab.Rows) == 1 {
				told = tab.Rows[0][0]
			}
			return nil
		})
		if err != nil || !strings.HasPrefix(told, part) {
			t.Errorf("%s: inspect: %q, %v", part, told, err)
		}
		if events, err := opens(copyFolder(t, dir)); err != nil || events != 3*6000 {
			t.Errorf("%s: %d events, %v", part, events, err)
		}
		r, err := Repair(context.Background(), dir)
		if err != nil || len(r.Actions) != 1 || r.Actions[0].Lost {
			t.Fatalf("%s: repair: %+v, %v", part, r, err)
		}
		if kept, err := os.ReadFile(filepath.Join(r.Kept, rel)); err != nil || !bytes.Equal(kept, bad) {
			t.Errorf("%s: the file was not kept as it was: %v", part, err)
		}
		if v := verify(t, dir); v.Damaged != 0 {
			t.Errorf("%s: after the repair %+v", part, v)
		}
		if events, err := opens(dir); err != nil || events != 3*6000 {
			t.Errorf("%s: after the repair %d events, %v", part, events, err)
		}
	}
}

// A log segment without any whole footer is left out, and Verify goes on saying
// how many events that were.
func TestRepairBothFooters(t *testing.T) {
	dir := folder(t)
	found, _ := filepath.Glob(filepath.Join(dir, "logs/segments/*.seg"))
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	magic := []byte("SKYSEGF\n")
	b[bytes.Index(b, magic)]++
	b[bytes.LastIndex(b, magic)]++
	if err := os.WriteFile(found[0], b, 0o666); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, dir); v.Damaged != 1 || !strings.Contains(v.Damage[0].What, "18000 events") {
		t.Errorf("%+v", v)
	}
	r, err := Repair(context.Background(), dir)
	if err != nil || len(r.Actions) != 1 || !r.Actions[0].Lost || !strings.Contains(r.Actions[0].What, "18000 events") {
		t.Fatalf("%+v, %v", r, err)
	}
	if v := verify(t, dir); v.Damaged != 0 || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], "18000 events") {
		t.Errorf("after the repair: %+v", v)
	}
}
