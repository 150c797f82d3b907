package logstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/segment"
	"skywatch/internal/vfs"
)

func openStore(t testing.TB, fs vfs.FS, opts Options) *Store {
	t.Helper()
	s, err := Open(ctx, fs, "store", opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// put appends n events of one group and stream, one millisecond apart.
func put(t testing.TB, s *Store, g logs.GroupID, start int64, n int) {
	t.Helper()
	b := logs.Batch{Group: g, Stream: 1}
	for i := range n {
		b.Events = append(b.Events, logs.Event{Timestamp: start + int64(i), Message: fmt.Sprintf("event %d of group %d", i, g)})
	}
	if err := s.Append(ctx, []logs.Batch{b}); err != nil {
		t.Fatal(err)
	}
}

func flush(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}

// damage flips a byte of a file.
func damage(t *testing.T, fs *vfs.Mem, name string, at int) {
	t.Helper()
	b, err := vfs.ReadFile(fs, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0xff
	f, err := fs.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Write(b)
	f.Sync()
	f.Close()
	fs.SyncDir(filepath.Dir(name))
}

// damageFooters spoils a byte of both footers of a segment.
func damageFooters(t *testing.T, fs *vfs.Mem, name string) {
	t.Helper()
	b, err := vfs.ReadFile(fs, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	damage(t, fs, name, bytes.Index(b, []byte("SKYSEGF\n")))
	damage(t, fs, name, bytes.LastIndex(b, []byte("SKYSEGF\n")))
}

func segmentFiles(t *testing.T, fs vfs.FS) []string {
	t.Helper()
	names, err := fs.List("store/segments")
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = "store/segments/" + names[i]
	}
	return names
}

// TestCorruptBlock: a damaged block is left out, counted and reported; the
// rest can be read, and a compaction leaves the file alone.
func TestCorruptBlock(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{})
	for g := range 4 {
		put(t, s, logs.GroupID(g+1), 1000, 10)
	}
	flush(t, s)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	damage(t, mem, segmentFiles(t, mem)[0], 20) // in the first block: group 1
	var reported []CorruptInfo
	var mu sync.Mutex
	s = openStore(t, mem, Options{MaintainEvery: time.Hour, Listener: Listener{Corrupted: func(c CorruptInfo) {
		mu.Lock()
		reported = append(reported, c)
		mu.Unlock()
	}}})
	for _, order := range []logs.Order{logs.AnyOrder, logs.OldestFirst, logs.NewestFirst} {
		got, stats, err := collect(s, all(4, order), -1)
		if err != nil || stats.Corrupt != 1 || stats.CorruptRows != 10 || len(got) != 30 || stats.Rows != 30 {
			t.Fatalf("order %d: %d events, %+v, %v", order, len(got), stats, err)
		}
	}
	for range 3 {
		put(t, s, 2, 5000, 10)
		flush(t, s)
	}
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	if got, stats, err := collect(s, all(4, logs.AnyOrder), -1); err != nil || len(got) != 60 || stats.Corrupt != 1 {
		t.Fatalf("after compaction: %d events, %+v, %v", len(got), stats, err)
	}
	if n := s.Stats().CorruptBlocks; n != 1 {
		t.Errorf("one damaged block read often is counted as %d", n)
	}
	mu.Lock()
	if len(reported) < 4 || reported[0].Group != 1 || reported[0].Rows != 10 || !errors.Is(reported[0].Err, logs.ErrCorrupt) {
		t.Fatalf("reported %+v", reported)
	}
	mu.Unlock()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestDamageThatCostsLittle: a segment whose header or last footer alone is
// damaged gives all its events.
func TestDamageThatCostsLittle(t *testing.T) {
	f := func(what string, want int, spoil func(fs *vfs.Mem)) {
		t.Helper()
		mem := vfs.NewMem()
		s := openStore(t, mem, Options{})
		put(t, s, 1, 0, 10)
		flush(t, s)
		put(t, s, 1, 100, 10)
		put(t, s, 1, 200, 10)
		crashed := mem.CrashClone(rand.New(rand.NewPCG(1, 1)))
		s.Close(ctx)
		spoil(crashed)
		s = openStore(t, crashed, Options{})
		put(t, s, 1, 300, 10)
		if got, stats, err := collect(s, all(1, logs.AnyOrder), -1); err != nil || len(got) != want || stats.Corrupt != 0 {
			t.Errorf("%s: %d events, want %d, %+v, %v", what, len(got), want, stats, err)
		}
		s.Close(ctx)
	}
	f("header", 40, func(fs *vfs.Mem) { damage(t, fs, segmentFiles(t, fs)[0], 0) })
	f("last footer", 40, func(fs *vfs.Mem) { damage(t, fs, segmentFiles(t, fs)[0], -60) })
	f("trailer", 40, func(fs *vfs.Mem) { damage(t, fs, segmentFiles(t, fs)[0], -1) })
}

// TestCorruptFiles: damage that would hide acknowledged events is an error of
// Open that names the file.
func TestCorruptFiles(t *testing.T) {
	for name, spoil := range map[string]func(fs *vfs.Mem) (file string){
		"both footers": func(fs *vfs.Mem) string {
			f := segmentFiles(t, fs)[0]
			damageFooters(t, fs, f)
			return f
		},
		"missing log file": func(fs *vfs.Mem) string {
			fs.Remove("store/wal/000000000002.wal")
			return "store/wal/000000000002.wal"
		},
		"missing segment": func(fs *vfs.Mem) string {
			f := segmentFiles(t, fs)[0]
			fs.Remove(f)
			return f
		},
		"cut segment": func(fs *vfs.Mem) string {
			f := segmentFiles(t, fs)[0]
			fs.Truncate(f, 100)
			return f
		},
		"manifest": func(fs *vfs.Mem) string {
			damage(t, fs, "store/MANIFEST", 30)
			damage(t, fs, "store/MANIFEST.copy", 30)
			return "store/MANIFEST"
		},
		"missing manifest": func(fs *vfs.Mem) string {
			fs.Remove("store/MANIFEST")
			fs.Remove("store/MANIFEST.copy")
			return "store/MANIFEST"
		},
		"WAL before its tail": func(fs *vfs.Mem) string {
			damage(t, fs, "store/wal/000000000002.wal", 70)
			return "store/wal/000000000002.wal"
		},
	} {
		t.Run(name, func(t *testing.T) {
			mem := vfs.NewMem()
			s := openStore(t, mem, Options{})
			put(t, s, 1, 0, 10)
			flush(t, s)
			put(t, s, 1, 100, 10)
			put(t, s, 1, 200, 10)
			crashed := mem.CrashClone(rand.New(rand.NewPCG(1, 1)))
			s.Close(ctx)
			file := spoil(crashed)
			_, err := Open(ctx, crashed, "store", Options{})
			if !errors.Is(err, logs.ErrCorrupt) || !strings.Contains(fmt.Sprint(err), file) {
				t.Fatalf("open: %v; want ErrCorrupt naming %s", err, file)
			}
			if n := crashed.OpenFiles(); n != 0 {
				t.Fatalf("%d files open after a failed Open", n)
			}
			// The failed Open gave the lock back and destroyed nothing.
			if _, err := Open(ctx, crashed, "store", Options{}); !errors.Is(err, logs.ErrCorrupt) {
				t.Fatalf("second open: %v", err)
			}
		})
	}
}

func TestLock(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{})
	if _, err := Open(ctx, mem, "store", Options{}); !errors.Is(err, vfs.ErrLocked) {
		t.Fatalf("second open: %v", err)
	}
	s.Close(ctx)
	openStore(t, mem, Options{}).Close(ctx)
}

func TestClosed(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{})
	put(t, s, 1, 0, 1)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	_, serr := s.Scan(ctx, all(1, logs.AnyOrder), func(*logs.Block) error { return nil })
	for what, err := range map[string]error{
		"append": s.Append(ctx, []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{}}}}),
		"drop":   s.DropGroup(ctx, 1), "flush": s.Flush(ctx), "compact": s.Compact(ctx), "close": s.Close(ctx), "scan": serr,
	} {
		if !errors.Is(err, logs.ErrClosed) {
			t.Errorf("%s after Close: %v", what, err)
		}
	}
}

func TestBadInput(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{})
	defer s.Close(ctx)
	bad := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	e := []logs.Event{{Timestamp: 2}, {Timestamp: 1}}
	bad("group 0", s.Append(ctx, []logs.Batch{{Stream: 1, Events: e[:1]}}))
	bad("stream 0", s.Append(ctx, []logs.Batch{{Group: 1, Events: e[:1]}}))
	bad("timestamps out of order", s.Append(ctx, []logs.Batch{{Group: 1, Stream: 1, Events: e}}))
	bad("drop of group 0", s.DropGroup(ctx, 0))
	bad("drop of stream 0", s.DropStream(ctx, 1, 0))
	for what, sc := range map[string]logs.Scan{
		"no group":            {End: 1},
		"unknown order":       {Groups: []logs.GroupID{1}, Order: 9},
		"after without order": {Groups: []logs.GroupID{1}, After: &logs.Position{}},
	} {
		_, err := s.Scan(ctx, sc, func(*logs.Block) error { return nil })
		bad(what, err)
	}
	if got := scanAll(t, s); len(got) != 0 {
		t.Fatalf("%d events of refused appends", len(got))
	}
}

// TestBackPressure: with flushes stuck appends block, within bounded memory,
// honour their context, and go on when flushes do.
func TestBackPressure(t *testing.T) {
	stuck := make(chan struct{})
	fs := vfs.WithErrors(vfs.NewMem(), func(op vfs.Op, path string) error {
		if op == vfs.OpSync && strings.HasSuffix(path, segmentSuffix) {
			<-stuck
		}
		return nil
	})
	s := openStore(t, fs, Options{MemtableBytes: 10_000})
	cctx, cancel := context.WithCancel(ctx)
	done := make(chan int)
	go func() {
		n := 0
		for s.Append(cctx, []logs.Batch{{Group: 1, Stream: 1, Events: []logs.Event{{Message: strings.Repeat("x", 1000)}}}}) == nil {
			n++
		}
		done <- n
	}()
	full := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.sealed) == maxSealed && s.active.size >= s.opts.MemtableBytes
	}
	for !full() {
		runtime.Gosched()
	}
	cancel()
	n := <-done
	if got := s.Stats().MemtableBytes; got > 40_000 {
		t.Fatalf("%d bytes in memory", got)
	}
	close(stuck)
	for range 100 {
		put(t, s, 1, 0, 1)
	}
	if got := scanAll(t, s); len(got) != n+100 {
		t.Fatalf("%d events, want %d", len(got), n+100)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestNewestReadsLittle: the newest events of a group cost a block or two,
// and next to nothing when they are asked for again.
func TestNewestReadsLittle(t *testing.T) {
	var reads atomic.Int64
	fs := vfs.WithErrors(vfs.NewMem(), func(op vfs.Op, path string) error {
		if op == vfs.OpRead && strings.HasSuffix(path, segmentSuffix) {
			reads.Add(1)
		}
		return nil
	})
	s := openStore(t, fs, Options{})
	for i := range 30 {
		for g := range 3 {
			put(t, s, logs.GroupID(g+1), int64(i)*5000, 5000)
		}
	}
	flush(t, s)
	reads.Store(0)
	sc := logs.Scan{Groups: []logs.GroupID{2}, End: 1 << 60, Order: logs.NewestFirst, Columns: logs.AllColumns}
	for i, limit := range []int64{5, 0} {
		reads.Store(0)
		got, stats, err := collect(s, sc, 100)
		if err != nil || len(got) != 100 || got[0].ts != 149_999 || got[99].ts != 149_900 {
			t.Fatalf("%d events, %v", len(got), err)
		}
		if n := reads.Load(); n > limit || stats.Rows > 2*segment.BlockRows {
			t.Fatalf("try %d: %d reads, at most %d; %+v", i, n, limit, stats)
		}
	}
	reads.Store(0)
	sc.Order, sc.Columns = logs.AnyOrder, logs.ColTimestamp
	got, _, err := collect(s, sc, -1)
	if err != nil || len(got) != 150_000 {
		t.Fatalf("%d events, %v", len(got), err)
	}
	if n := reads.Load(); n != int64(s.tables[0].reader.Group(2).Blocks) {
		t.Fatalf("%d reads for the timestamps of %d blocks", n, s.tables[0].reader.Group(2).Blocks)
	}
	s.Close(ctx)
}

// TestCompactionFrees: small segments become one; expired and dropped events
// leave the disk, and with the last of them the file.
func TestCompactionFrees(t *testing.T) {
	mem := vfs.NewMem()
	var now atomic.Int64
	now.Store(10 * 86400_000)
	s := openStore(t, mem, Options{MaintainEvery: time.Hour, Now: func() time.Time { return time.UnixMilli(now.Load()) }})
	var days atomic.Int64
	s.Retain(func(g logs.GroupID) int {
		if g == 1 {
			return int(days.Load())
		}
		return 0
	})
	// How many files are left depends on when the background merged: fewer
	// than a merge takes.
	compact := func(files int, rows int64) {
		t.Helper()
		if err := s.Compact(ctx); err != nil {
			t.Fatal(err)
		}
		if st := s.Stats(); len(segmentFiles(t, mem)) > files || st.Segments > files || st.SegmentRows != rows {
			t.Fatalf("%d files, %+v; want at most %d files with %d rows", len(segmentFiles(t, mem)), st, files, rows)
		}
	}
	for i := range 6 {
		put(t, s, 1, 10*86400_000, 1000)
		put(t, s, 2, int64(i), 100)
		flush(t, s)
	}
	compact(mergeWidth-1, 6600)
	now.Store(12 * 86400_000)
	days.Store(1)
	if got, _, err := collect(s, all(2, logs.AnyOrder), -1); err != nil || len(got) != 600 {
		t.Fatalf("%d events after expiry, %v", len(got), err)
	}
	if st := s.GroupStat(1); st.Events != 0 {
		t.Fatalf("statistics of an expired group: %+v", st)
	}
	compact(mergeWidth-1, 600)
	put(t, s, 2, 0, 50)
	flush(t, s)
	if err := s.DropGroup(ctx, 2); err != nil {
		t.Fatal(err)
	}
	compact(0, 0)
	if st := s.Stats(); st.Drops != 0 {
		// The drop came after the last flush's manifest, but covers nothing more.
		t.Fatalf("%d drops in force", st.Drops)
	}
	put(t, s, 2, 0, 7)
	if got := scanAll(t, s); len(got) != 7 {
		t.Fatalf("%d events after the drop, want 7", len(got))
	}
	s.Close(ctx)
}

// TestConcurrent scans while others append, flush, compact: every scan sees
// whole appends, in order, no fewer than were acknowledged before it, and the
// counts never go back.
func TestConcurrent(t *testing.T) {
	before := runtime.NumGoroutine()
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{MemtableBytes: 30_000, CacheBytes: 50_000})
	const per, appends = 7, 150
	var acked atomic.Int64
	stop := make(chan struct{})
	var writers, readers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := range appends {
				var b []logs.Batch
				for range per {
					b = append(b, logs.Batch{Group: logs.GroupID(1 + w%2), Stream: logs.StreamID(1 + w),
						Events: []logs.Event{{Timestamp: int64(i), Message: strings.Repeat("m", 50)}}})
				}
				if err := s.Append(ctx, b); err != nil {
					t.Error(err)
				}
				acked.Add(per)
			}
		})
	}
	for r := range 3 {
		readers.Go(func() {
			last := 0
			for {
				least := acked.Load()
				got, stats, err := collect(s, all(2, logs.Order(r)), -1)
				if err != nil || stats.Corrupt != 0 {
					t.Errorf("scan: %+v %v", stats, err)
					return
				}
				if len(got)%per != 0 || len(got) < int(least) || len(got) < last {
					t.Errorf("order %d: %d events, acknowledged %d, before %d", r, len(got), least, last)
					return
				}
				last = len(got)
				if r > 0 && !slices.IsSortedFunc(got, func(a, b event) int {
					if r == 2 {
						a, b = b, a
					}
					if a.pos().Less(b.pos()) {
						return -1
					}
					return 1
				}) {
					t.Errorf("order %d: not sorted", r)
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	readers.Go(func() {
		for {
			if err := s.Compact(ctx); err != nil {
				t.Error(err)
			}
			select {
			case <-stop:
				return
			default:
				runtime.Gosched()
			}
		}
	})
	writers.Wait()
	close(stop)
	readers.Wait()
	if got := scanAll(t, s); len(got) != 3*per*appends {
		t.Fatalf("%d events, want %d", len(got), 3*per*appends)
	}
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	if n := mem.OpenFiles(); n != 0 {
		t.Fatalf("%d files open", n)
	}
	noLeaks(t, before)
}

// TestScanEnds: a scan ends with its context, its consumer's error, or Close.
func TestScanEnds(t *testing.T) {
	s := openStore(t, vfs.NewMem(), Options{})
	put(t, s, 1, 0, 20_000)
	flush(t, s)
	mine := errors.New("mine")
	for _, order := range []logs.Order{logs.AnyOrder, logs.OldestFirst} {
		cctx, cancel := context.WithCancel(ctx)
		calls := 0
		_, err := s.Scan(cctx, all(1, order), func(*logs.Block) error { calls++; cancel(); return nil })
		if !errors.Is(err, context.Canceled) || calls != 1 {
			t.Errorf("order %d: canceled scan: %v after %d blocks", order, err, calls)
		}
		if _, err := s.Scan(ctx, all(1, order), func(*logs.Block) error { return mine }); !errors.Is(err, mine) {
			t.Errorf("order %d: %v", order, err)
		}
	}
	started, closed := make(chan struct{}), make(chan error)
	go func() { <-started; closed <- s.Close(ctx) }()
	_, err := s.Scan(ctx, all(1, logs.AnyOrder), func(*logs.Block) error {
		select {
		case <-started:
		default:
			close(started)
		}
		<-s.ctx.Done()
		return nil
	})
	if !errors.Is(err, logs.ErrClosed) {
		t.Errorf("scan during Close: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func FuzzRecord(f *testing.F) {
	p, _, err := encodeEvents([]logs.Batch{
		{Group: 1, Stream: 2, Ingested: 3, Events: []logs.Event{{Timestamp: -4, Message: "five"}, {Timestamp: 6}}},
		{Group: 7, Stream: 8, Events: []logs.Event{{Message: "\x00"}}},
	})
	if err != nil {
		f.Fatal(err)
	}
	setSeq(p, 9)
	f.Add(p)
	f.Add(encodeDrop(drop{1, 2, 3}))
	f.Fuzz(func(t *testing.T, p []byte) {
		rec, err := decodeRecord(slices.Clone(p))
		if err != nil || rec.drop != nil {
			return
		}
		var batches []logs.Batch
		for _, b := range rec.batches {
			lb := logs.Batch{Group: b.group, Stream: b.stream, Ingested: b.ingested}
			for i := range b.timestamps {
				lb.Events = append(lb.Events, logs.Event{Timestamp: b.timestamps[i], Message: b.messages[i]})
			}
			batches = append(batches, lb)
		}
		again, _, err := encodeEvents(batches)
		if err != nil {
			t.Fatal(err)
		}
		rec2, err := decodeRecord(again)
		if err != nil || len(rec2.batches) != len(rec.batches) {
			t.Fatalf("does not encode back: %v", err)
		}
	})
}

func FuzzState(f *testing.F) {
	st := state{flushedSeq: 9, walFrom: 2, nextSegment: 5, segments: []segmentRef{{1, 100, 7, -5, 5}, unknownRef(4, 50)}, drops: []drop{{1, 0, 7}, {1, 2, 8}},
		lost: []segmentRef{{2, 30, 4, 6, 6}}}
	f.Add(st.encode(), uint16(manifestVersion))
	f.Add([]byte{9, 2, 5, 2, 1, 100, 4, 50, 1, 1, 0, 7}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, version uint16) {
		if st, err := decodeState(b, version); err == nil {
			again, err := decodeState(st.encode(), manifestVersion)
			if err != nil || !slices.Equal(again.segments, st.segments) || !slices.Equal(again.lost, st.lost) {
				t.Fatalf("%+v became %+v, %v", st, again, err)
			}
		} else if !errors.Is(err, logs.ErrCorrupt) {
			t.Fatal(err)
		}
	})
}

// TestManifestVersion: a folder of a newer program is refused.
func TestManifestVersion(t *testing.T) {
	mem := vfs.NewMem()
	openStore(t, mem, Options{}).Close(ctx)
	if err := manifest.Save(mem, "store", ManifestKind, manifestVersion+1, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, mem, "store", Options{}); !errors.Is(err, manifest.ErrVersion) {
		t.Fatalf("open: %v", err)
	}
}
