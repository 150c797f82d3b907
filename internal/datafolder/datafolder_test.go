package datafolder

import (
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
	"skywatch/internal/scope"
	"skywatch/internal/vfs"
)

var noon = time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)

// folder makes a data folder as a stopped server leaves one, with segments and
// write-ahead logs of both engines.
func folder(t *testing.T) string {
	t.Helper()
	ctx := context.Background()
	dir := t.TempDir()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	meta, err := metastore.Open(ctx, dir)
	ok(err)
	store, err := logstore.Open(ctx, vfs.Disk(), filepath.Join(dir, logsDir), logstore.Options{})
	ok(err)
	for g := range 3 {
		group, err := meta.CreateGroup(ctx, metastore.Group{Scope: scope.Scope{Account: "000000000000", Region: "us-east-1"}, Name: fmt.Sprintf("etl/%d", g), Class: "STANDARD"})
		ok(err)
		stream, err := meta.CreateStream(ctx, group.ID, "stream", 1)
		ok(err)
		var events []logs.Event
		for i := range 6000 {
			events = append(events, logs.Event{Timestamp: noon.UnixMilli() + int64(i), Message: fmt.Sprintf("event %d of group %d %x", i, g, rand.Int63())})
		}
		ok(store.Append(ctx, []logs.Batch{{Group: group.ID, Stream: stream.ID, Ingested: noon.UnixMilli(), Events: events}}))
	}
	ok(store.Close(ctx))
	ok(meta.Close())

	ms, err := metricstore.Open(ctx, vfs.Disk(), filepath.Join(dir, metricsDir), metricstore.Options{Now: func() int64 { return noon.UnixMilli() }})
	ok(err)
	put := func(from, to int) {
		var data []metrics.Datum
		for s := range 20 {
			for i := from; i < to; i++ {
				data = append(data, metrics.Datum{
					Key:       metrics.Key{Scope: scope.Scope{Account: "000000000000", Region: "us-east-1"}, Namespace: "N", Name: "m", Dimensions: []metrics.Dimension{{Name: "d", Value: fmt.Sprint(s)}}},
					Timestamp: noon.UnixMilli() - int64(i)*60_000, Resolution: 60, Stats: metrics.StatisticSet{Count: 1, Sum: float64(i), Min: float64(i), Max: float64(i)},
				})
			}
		}
		ok(ms.Append(ctx, noon.UnixMilli(), data))
	}
	put(100, 200)
	ok(ms.Flush(ctx))
	put(0, 100)
	ok(ms.Close())
	return dir
}

func verify(t *testing.T, dir string) *Report {
	t.Helper()
	r, err := Verify(context.Background(), dir, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyWhole(t *testing.T) {
	dir := folder(t)
	before := listing(t, dir)
	r := verify(t, dir)
	if r.Damaged != 0 || r.Files < 6 || r.Blocks < 50 {
		t.Errorf("%+v", r)
	}
	if after := listing(t, dir); after != before {
		t.Errorf("verify changed the folder from\n%s\nto\n%s", before, after)
	}
	if _, err := Verify(context.Background(), t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "no data folder") {
		t.Errorf("an empty folder: %v", err)
	}
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, i os.FileInfo, err error) error {
		if err == nil && i.Mode().IsRegular() {
			fmt.Fprintln(&b, path, i.Size(), i.ModTime().UnixNano())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestVerifyRefusesInUse(t *testing.T) {
	dir := folder(t)
	for _, name := range []string{"meta.lock", "logs/LOCK", "metrics/LOCK"} {
		l, err := vfs.Disk().Lock(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(context.Background(), dir, nil); !errors.Is(err, ErrInUse) {
			t.Errorf("with %s held: %v, want ErrInUse", name, err)
		}
		l.Close()
	}
	verify(t, dir) // its own locks are free again
}

// A flipped byte anywhere in an engine's files, and a cut anywhere, is found in
// the file that has it and nowhere else; the files' other blocks are still read.
func TestVerifyFindsDamage(t *testing.T) {
	seed := time.Now().UnixNano()
	rnd := rand.New(rand.NewSource(seed))
	dir := folder(t)
	whole := verify(t, dir)
	var files []string
	for _, pattern := range []string{"logs/MANIFEST", "metrics/MANIFEST", "logs/segments/*.seg", "metrics/*.seg", "metrics/*.keys", "metrics/*.bounds", "metrics/wal/*.wal"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern))
		if len(found) == 0 {
			t.Fatalf("the folder has no %s", pattern)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			b := append([]byte(nil), was...)
			at := rnd.Intn(len(b))
			what := fmt.Sprintf("seed %d: %s with byte %d of %d flipped", seed, file, at, len(b))
			if cut := rnd.Intn(4) == 0; cut {
				what = fmt.Sprintf("seed %d: %s cut at %d of %d", seed, file, at, len(b))
				b = b[:at]
			} else {
				if strings.HasSuffix(file, ".seg") && at >= 12 && at < 16 {
					continue // zeros that mean nothing
				}
				b[at] ^= byte(1 + rnd.Intn(255))
			}
			if err := os.WriteFile(file, b, 0o666); err != nil {
				t.Fatal(err)
			}
			r := verify(t, dir)
			if st, err := os.Stat(file); err != nil || st.Size() != int64(len(b)) {
				t.Fatalf("%s: verify changed the file: %v", what, err)
			}
			for _, d := range r.Damage {
				if d.File != file {
					t.Errorf("%s: damage is reported in %s: %s", what, d.File, d.What)
				}
			}
			if r.Damaged != 1 && !(strings.HasSuffix(file, ".wal") && len(r.Notes) > 0) {
				// The last group of a log cannot be told from a torn tail.
				if !(strings.HasSuffix(file, ".wal") && len(b) <= 44) {
					t.Errorf("%s: %d files damaged, %v, %v", what, r.Damaged, r.Damage, r.Notes)
				}
			}
			if r.DamagedBlocks > 2 && len(b) == len(was) {
				t.Errorf("%s: %d of %d blocks damaged by one byte", what, r.DamagedBlocks, whole.Blocks)
			}
		}
		if err := os.WriteFile(file, was, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if r := verify(t, dir); r.Damaged != 0 {
		t.Errorf("with everything put back: %+v", r)
	}
	if err := os.Remove(filepath.Join(dir, metaDB)); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, dir); r.Damaged != 1 || !strings.Contains(r.Damage[0].What, "missing") {
		t.Errorf("without meta.db: %+v", r)
	}
}

func TestInspect(t *testing.T) {
	dir := folder(t)
	all := func(path string, o Options) string {
		t.Helper()
		var b strings.Builder
		err := Inspect(context.Background(), path, o, func(t Table) error {
			fmt.Fprintln(&b, t.Title, t.Columns)
			for _, row := range t.Rows {
				fmt.Fprintln(&b, strings.Join(row, "|"))
			}
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return b.String()
	}
	f := func(path string, o Options, want ...string) {
		t.Helper()
		got := all(filepath.Join(dir, path), o)
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("inspect %s %+v lacks %q:\n%.3000s", path, o, w, got)
			}
		}
	}
	f("", Options{}, "Log groups [id", "1|000000000000|us-east-1|etl/0|STANDARD|0|1", "Log engine", "Log groups in segments", "2|etl/1|1|", "|6000|", "messages|", "Metric engine", "Metric segments", "2024-06-01|20|", "Write-ahead log")
	f("meta.db", Options{}, "etl/2")
	f("logs", Options{Rows: 3}, "|etl/0|stream|event 0 of group 0")
	f("metrics", Options{Blocks: true}, "|1m0s|")
	f("logs/MANIFEST", Options{}, "Log engine")
	segs, _ := filepath.Glob(filepath.Join(dir, "logs/segments/*.seg"))
	rel, _ := filepath.Rel(dir, segs[0])
	f(rel, Options{Templates: 2}, "Templates of", "|event <number> of group ", "Variables of", "number|")
	f(rel, Options{Blocks: true, Rows: 1}, "Blocks of", "timestamps ", "Log streams", "1|1|stream")
	if err := Inspect(context.Background(), filepath.Join(dir, "meta.lock"), Options{}, nil); err == nil {
		t.Error("an empty file is told")
	}
}
