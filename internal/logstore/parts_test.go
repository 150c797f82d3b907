package logstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"skywatch/internal/logpart"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/segment"
	"skywatch/internal/vfs"
)

// TestPartsDamage flips a byte in each column of a block: a part that is
// damaged is left out as a whole, and reported once for each snapshot.
func TestPartsDamage(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{})
	for g := range 3 {
		put(t, s, logs.GroupID(g+1), 1000, 5000)
	}
	flush(t, s)
	var places []int // in each column of group 2's block
	at := 0
	for g := range 2 {
		b := s.tables[0].reader.Block(g)
		if g == 1 {
			sizes := b.ColumnSizes()
			for _, k := range []int{0, 1, 2, 3, 5, 4} { // as they lie in the file
				if at += int(sizes[k]); sizes[k] == 0 {
					t.Fatalf("no column %d", k)
				}
				places = append(places, 16+at-1)
			}
		} else {
			at += int(b.Size())
		}
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	name := segmentFiles(t, mem)[0]
	for _, place := range places {
		damage(t, mem, name, place)
		var mu sync.Mutex
		reported := 0
		s := openStore(t, mem, Options{MaintainEvery: time.Hour, Listener: Listener{Corrupted: func(c CorruptInfo) {
			mu.Lock()
			defer mu.Unlock()
			if reported++; c.Group != 2 || !errors.Is(c.Err, logs.ErrCorrupt) {
				t.Errorf("reported %+v", c)
			}
		}}})
		got, stats, err := logparttest.Collect(ctx, s, all(3, logs.AnyOrder))
		if err != nil || len(got) != 10_000 || stats.Corrupt != 1 || stats.Rows != 10_000 {
			t.Errorf("byte %d: %d events, %+v, %v", place, len(got), stats, err)
		}
		mu.Lock()
		if reported != 1 {
			t.Errorf("byte %d: reported %d times", place, reported)
		}
		mu.Unlock()
		s.Close(ctx)
		damage(t, mem, name, place) // and back
	}
}

// partRows are the rows of the typed and of the plain parts of groups 1 and 2.
func partRows(t *testing.T, s *Store) (typed, plain []int) {
	t.Helper()
	snap, err := s.Parts(ctx, all(2, logs.AnyOrder))
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Release()
	for _, p := range snap.Parts() {
		if info := p.Info(); info.Typed {
			typed = append(typed, info.Rows)
		} else {
			plain = append(plain, info.Rows)
		}
	}
	return typed, plain
}

func wantParts(t *testing.T, s *Store, typed, plain []int) {
	t.Helper()
	if ty, pl := partRows(t, s); !slices.Equal(ty, typed) || !slices.Equal(pl, plain) {
		t.Fatalf("typed %v, plain %v; want %v and %v", ty, pl, typed, plain)
	}
}

// TestPartsOfMemory: what is in memory is a part, encoded when it is enough.
func TestPartsOfMemory(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{memBlockReads: -1})
	put(t, s, 1, 1000, 4*defaultMemBlockRows)
	put(t, s, 2, 1000, defaultMemBlockRows-1)
	wantParts(t, s, []int{2048}, []int{511})
	wantParts(t, s, []int{2048}, []int{511})
	put(t, s, 1, 90_000, defaultMemBlockRows-1)
	wantParts(t, s, []int{2048}, []int{511, 511})
	put(t, s, 1, 91_000, 1)
	wantParts(t, s, []int{2048, 512}, []int{511})
	if err := s.DropGroup(ctx, 1); err != nil {
		t.Fatal(err)
	}
	wantParts(t, s, nil, []int{511})
	put(t, s, 1, 92_000, 10)
	flush(t, s)
	wantParts(t, s, []int{10, 511}, nil)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestPlainReads: events in memory are encoded when they were read often
// enough, and looking at parts is not reading them.
func TestPlainReads(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{memBlockRows: 100, memBlockReads: 3})
	read := func() {
		t.Helper()
		if _, _, err := logparttest.Collect(ctx, s, all(2, logs.AnyOrder)); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, 1, 1000, 600)
	put(t, s, 2, 1000, 99)
	for range 3 {
		wantParts(t, s, nil, []int{600, 99})
		wantParts(t, s, nil, []int{600, 99})
		read()
	}
	wantParts(t, s, []int{600}, []int{99})
	put(t, s, 1, 9000, 200)
	put(t, s, 2, 9000, 100)
	// Group 2 was read 297 times of the 597 that its 199 events cost.
	read()
	wantParts(t, s, []int{600}, []int{200, 199})
	read()
	wantParts(t, s, []int{600, 199}, []int{200})
	read()
	wantParts(t, s, []int{600, 200, 199}, nil)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestGatheredParts: large batches in memory are parts of their own, small ones
// share parts that have a bound; time bounds and positions cut both.
func TestGatheredParts(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{memBlockRows: 1 << 20})
	put(t, s, 1, 1000, ownPart)
	for i := range gatheredPart/100 + 3 {
		put(t, s, 1, 500_000-int64(i)*1000, 100) // each before the ones that came first
	}
	put(t, s, 1, 1_000_000, ownPart-1)
	put(t, s, 1, 2_000_000, ownPart)
	_, plain := partRows(t, s)
	slices.Sort(plain)
	if want := []int{ownPart, ownPart, 2*100 + ownPart - 1, (gatheredPart + 99) / 100 * 100}; !slices.Equal(plain, want) {
		t.Fatalf("parts of %v rows, want %v", plain, want)
	}
	sc := all(1, logs.OldestFirst)
	sc.Start, sc.End = 1010, 499_050 // in the middle of batches of both sizes
	got, _, err := logparttest.Collect(ctx, s, sc)
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := collect(s, sc, 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b logparttest.Event) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(want, func(a, b event) int { return cmp.Compare(a.seq, b.seq) })
	if len(got) != len(want) {
		t.Fatalf("%d events in parts, want %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Seq != w.seq || g.Timestamp != w.ts || g.Message != w.message {
			t.Fatalf("event %d is %+v, want %+v", i, g, w)
		}
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestMemBlockBudget: one question encodes no more than its budget, also of
// one group, and the next ones go on from there.
func TestMemBlockBudget(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{memBlockReads: -1})
	for i := range 10 {
		put(t, s, 1, int64(i)*10_000, memBlockBudget/4-1)
	}
	const batch = memBlockBudget/4 - 1
	rest := func(n int) []int { return slices.Repeat([]int{batch}, n) }
	wantParts(t, s, []int{segment.BlockRows, 4*batch - segment.BlockRows}, rest(6))
	if typed, plain := partRows(t, s); len(typed) != 4 || !slices.Equal(plain, rest(2)) {
		t.Fatalf("typed %v, plain %v", typed, plain)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestPartsEnd: parts honour the caller's context and the store's end, which
// waits for their release.
func TestPartsEnd(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{})
	put(t, s, 1, 1000, 100)
	flush(t, s)
	put(t, s, 1, 2000, 100)
	snap, err := s.Parts(ctx, all(1, logs.AnyOrder))
	if err != nil || len(snap.Parts()) != 2 {
		t.Fatalf("%v, %v", snap, err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	open := func(ctx context.Context, want error) {
		t.Helper()
		for _, p := range snap.Parts() {
			var scratch logpart.Scratch
			if _, err := p.Open(ctx, &scratch); !errors.Is(err, want) {
				t.Fatalf("open: %v, want %v", err, want)
			}
		}
	}
	open(ctx, nil)
	open(ended, context.Canceled)
	if _, err := s.Parts(ended, all(1, logs.AnyOrder)); !errors.Is(err, context.Canceled) {
		t.Fatalf("parts: %v", err)
	}
	closed := make(chan error)
	go func() { closed <- s.Close(ctx) }()
	<-s.ctx.Done()
	open(ctx, logs.ErrClosed)
	snap.Release()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := s.Parts(ctx, all(1, logs.AnyOrder)); !errors.Is(err, logs.ErrClosed) {
		t.Fatalf("parts of a closed store: %v", err)
	}
	if n := mem.OpenFiles(); n != 0 {
		t.Fatalf("%d files open", n)
	}
}

// TestConcurrentParts reads parts on several goroutines while events come and
// segments are made and merged.
func TestConcurrentParts(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{MemtableBytes: 200_000, memBlockRows: 50, memBlockReads: 1, CacheBytes: 300_000})
	var work sync.WaitGroup
	var acknowledged sync.Map
	for g := range 3 {
		work.Go(func() {
			for i := range 60 {
				put(t, s, logs.GroupID(g+1), int64(i)*100, 100)
				acknowledged.Store(g, (i+1)*100)
			}
		})
	}
	for range 3 {
		work.Go(func() {
			for range 25 {
				least := 0
				acknowledged.Range(func(_, n any) bool { least += n.(int); return true })
				got, stats, err := logparttest.Collect(ctx, s, all(3, logs.AnyOrder))
				if err != nil || len(got) < least || len(got)%100 != 0 || stats.Corrupt != 0 {
					t.Errorf("%d events, at least %d, %+v, %v", len(got), least, stats, err)
					return
				}
			}
		})
	}
	work.Wait()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestOldSegments: segments of earlier formats are read, and rewritten in
// today's by compaction.
func TestOldSegments(t *testing.T) {
	files, err := filepath.Glob("../segment/testdata/v*.seg")
	if err != nil || len(files) < segment.Version {
		t.Fatalf("old segments %q, %v", files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		mem := vfs.NewMem()
		dir := filepath.Join("store", segmentDir)
		if err := mem.MkdirAll(dir); err != nil {
			t.Fatal(err)
		}
		f, err := mem.Create(filepath.Join(dir, segmentName(1)))
		if err == nil {
			_, err = f.Write(data)
		}
		if err = errors.Join(err, f.Sync(), f.Close(), mem.SyncDir(dir)); err != nil {
			t.Fatal(err)
		}
		st := state{flushedSeq: 1000, walFrom: 1, nextSegment: 2, segments: []segmentRef{unknownRef(1, int64(len(data)))}}
		if err := manifest.Save(mem, "store", ManifestKind, manifestVersion, st.encode()); err != nil {
			t.Fatal(err)
		}
		s := openStore(t, mem, Options{MaintainEvery: time.Hour})
		sc := all(50, logs.OldestFirst)
		before, _, err := collect(s, sc, -1)
		if err != nil || len(before) == 0 {
			t.Fatalf("%s: %d events, %v", file, len(before), err)
		}
		parts, _, err := logparttest.Collect(ctx, s, sc)
		if err != nil || len(parts) != len(before) {
			t.Fatalf("%s: %d events in parts, %d scanned, %v", file, len(parts), len(before), err)
		}
		if err := s.Compact(ctx); err != nil {
			t.Fatal(err)
		}
		if v := s.tables[0].reader.Version(); v != segment.Version {
			t.Errorf("%s is of version %d after compaction, want %d", file, v, segment.Version)
		}
		after, _, err := collect(s, sc, -1)
		if err != nil {
			t.Fatal(err)
		}
		sameEvents(t, fmt.Sprintf("%s after compaction", file), after, before)
		s.Close(ctx)
	}
}
