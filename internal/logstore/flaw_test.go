package logstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
)

// flawed makes a store of two segments, group 1 in both, at times 1000 to 1999
// and 5000 to 5999.
func flawed(t *testing.T) (*vfs.Mem, []event) {
	t.Helper()
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{MaintainEvery: time.Hour})
	put(t, s, 1, 1000, 1000)
	put(t, s, 2, 1000, 500)
	flush(t, s)
	put(t, s, 1, 5000, 1000)
	flush(t, s)
	want := scanAll(t, s)
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	return mem, want
}

// spots are places of a segment of which none holds an event: header, both
// footers and both trailers.
func spots(t *testing.T, mem *vfs.Mem, name string) map[string]int {
	t.Helper()
	b, err := vfs.ReadFile(mem, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	first, last := bytes.Index(b, []byte("SKYSEGF\n")), bytes.LastIndex(b, []byte("SKYSEGF\n"))
	if first == last {
		t.Fatalf("%s has one footer", name)
	}
	return map[string]int{"header": 3, "first footer": first - 40, "first trailer": first - 10,
		"last footer": last - 40, "last trailer": last - 1, "end": len(b) - 1}
}

// TestFlaw: a segment that is damaged where it holds no events gives all of
// them, says so, and is whole again after the store had rest.
func TestFlaw(t *testing.T) {
	good, want := flawed(t)
	for what, at := range spots(t, good, segmentFiles(t, good)[0]) {
		mem := good.CrashClone(rand.New(rand.NewPCG(1, 1)))
		name := segmentFiles(t, mem)[0]
		damage(t, mem, name, at)
		told := 0
		opts := Options{MaintainEvery: time.Hour, Listener: Listener{Flawed: func(segment string, err error) {
			if told++; segment != name || !errors.Is(err, logs.ErrCorrupt) {
				t.Errorf("%s: told of %s: %v", what, segment, err)
			}
		}}}
		s := openStore(t, mem, opts)
		sameEvents(t, what, scanAll(t, s), want)
		if unread := strings.HasPrefix(what, "first"); (told == 0) != unread {
			t.Errorf("%s: told %d times", what, told)
		}
		if err := s.Compact(ctx); err != nil {
			t.Fatal(err)
		}
		sameEvents(t, what+", after a merge", scanAll(t, s), want)
		if err := s.Close(ctx); err != nil {
			t.Fatal(err)
		}
		told = 0
		s = openStore(t, mem, opts)
		if told != 0 {
			t.Errorf("%s: still there after a merge", what)
		}
		s.Close(ctx)
	}
}

// TestFlawRepaired: a repair makes such a segment whole at once, with its blocks
// as they are, and keeps the file as it was.
func TestFlawRepaired(t *testing.T) {
	good, want := flawed(t)
	for what, at := range spots(t, good, segmentFiles(t, good)[1]) {
		for _, rebuilt := range []bool{false, true} {
			mem := good.CrashClone(rand.New(rand.NewPCG(1, 1)))
			name := segmentFiles(t, mem)[1]
			damage(t, mem, name, at)
			bad, _ := vfs.ReadFile(mem, name, 1<<30)
			if rebuilt {
				mem.Remove("store/" + manifest.Name)
				mem.Remove("store/" + manifest.CopyName)
			}
			r := repair(t, what, mem)
			if len(r.Mended) != 1 || r.Mended[0].Path != name || !errors.Is(r.Mended[0].Why, logs.ErrCorrupt) || len(r.LeftOut) != 0 {
				t.Fatalf("%s: %+v", what, r)
			}
			if kept, err := vfs.ReadFile(mem, "aside/"+name[strings.LastIndex(name, "/")+1:], 1<<30); err != nil || !bytes.Equal(kept, bad) {
				t.Fatalf("%s: the damaged file was not kept: %v", what, err)
			}
			if again := repair(t, what, mem); again.Rebuilt != nil || len(again.Mended)+len(again.LeftOut) != 0 {
				t.Fatalf("%s: a second repair found %+v", what, again)
			}
			s := openStore(t, mem, Options{MaintainEvery: time.Hour, Listener: Listener{Flawed: func(segment string, err error) {
				t.Errorf("%s: after a repair: %s: %v", what, segment, err)
			}}})
			sameEvents(t, what, scanAll(t, s), want)
			if files := segmentFiles(t, mem); slices.Contains(files, name) || len(files) != 2 {
				t.Errorf("%s: files %q", what, files)
			}
			s.Close(ctx)
		}
	}
}

// TestLostEventsAreCounted: events of a segment that the store does without are
// counted by every scan of their time, while it is left out and after a repair.
func TestLostEventsAreCounted(t *testing.T) {
	mem, want := flawed(t)
	damageFooters(t, mem, segmentFiles(t, mem)[0])
	s := openStore(t, mem, Options{LeaveOutDamaged: true, MaintainEvery: time.Hour})
	lostEvents(t, "left out", s, want[1500:])
	put(t, s, 9, 1, 1)
	flush(t, s)
	s.Close(ctx)
	s = openStore(t, mem, Options{LeaveOutDamaged: true, MaintainEvery: time.Hour})
	lostEvents(t, "after a flush", s, want[1500:])
	s.Close(ctx)
	if r := repair(t, "", mem); len(r.LeftOut) != 1 || r.LeftOut[0].Events != 1500 {
		t.Fatalf("%+v", r)
	}
	if c, err := ReadContents(mem, "store"); err != nil || len(c.Lost) != 1 || c.Lost[0].Events != 1500 || c.Lost[0].First != 1000 || c.Lost[0].Last != 1999 {
		t.Fatalf("%+v, %v", c, err)
	}
	s = openStore(t, mem, Options{MaintainEvery: time.Hour})
	lostEvents(t, "repaired", s, want[1500:])
	put(t, s, 9, 2, 1)
	flush(t, s)
	if err := s.Compact(ctx); err != nil {
		t.Fatal(err)
	}
	s.Close(ctx)
	s = openStore(t, mem, Options{MaintainEvery: time.Hour})
	lostEvents(t, "repaired, after a merge", s, want[1500:])
	s.Close(ctx)
}

// lostEvents wants the 1500 events of the first segment missing and counted.
func lostEvents(t *testing.T, what string, s *Store, left []event) {
	t.Helper()
	got, stats, err := collect(s, all(3, logs.OldestFirst), -1)
	if err != nil || stats.Corrupt != 1 || stats.CorruptRows != 1500 {
		t.Fatalf("%s: %+v, %v", what, stats, err)
	}
	sameEvents(t, what, got, left)
	for _, r := range []struct{ start, end, rows int64 }{
		{1999, 2000, 1500}, {0, 1001, 1500}, {1200, 1201, 1500}, {2000, 9000, 0}, {0, 1000, 0},
	} {
		for _, order := range []logs.Order{logs.AnyOrder, logs.OldestFirst, logs.NewestFirst} {
			sc := all(1, order)
			sc.Start, sc.End = r.start, r.end
			told, first := int64(0), logs.Position{}
			sc.Lost = func(p logs.Position, events int64) { told, first = told+events, p }
			_, stats, err := collect(s, sc, -1)
			if err != nil || stats.CorruptRows != r.rows || stats.Corrupt != min(r.rows, 1) {
				t.Errorf("%s: %+v in order %d: %+v, %v", what, r, order, stats, err)
			}
			at := logs.Position{Timestamp: 1000}
			if order == logs.NewestFirst {
				at = logs.Position{Timestamp: 1999, Seq: math.MaxUint64}
			}
			if order != logs.AnyOrder && (told != r.rows || told > 0 && first != at) {
				t.Errorf("%s: %+v in order %d: told of %d events from %v", what, r, order, told, first)
			}
			if _, st, err := logparttest.Collect(ctx, s, sc); err != nil || st.CorruptRows != r.rows {
				t.Errorf("%s: %+v: parts: %+v, %v", what, r, st, err)
			}
		}
	}
}

// TestManifestOfVersion1 opens a folder that an earlier version wrote: what is
// missing of it is counted as a block of nobody knows how many events, at any time.
func TestManifestOfVersion1(t *testing.T) {
	mem, want := flawed(t)
	s := openStore(t, mem, Options{MaintainEvery: time.Hour})
	b := binary.AppendUvarint(nil, s.flushedSeq)
	b = binary.AppendUvarint(b, s.walFrom)
	b = binary.AppendUvarint(b, s.nextSegment)
	b = binary.AppendUvarint(b, uint64(len(s.tables)))
	for _, tb := range s.tables {
		b = binary.AppendUvarint(b, tb.number)
		b = binary.AppendUvarint(b, uint64(tb.size))
	}
	b = append(b, 0)
	s.Close(ctx)
	if err := manifest.Save(mem, "store", ManifestKind, 1, b); err != nil {
		t.Fatal(err)
	}
	broken := mem.CrashClone(rand.New(rand.NewPCG(1, 1)))
	s = openStore(t, mem, Options{MaintainEvery: time.Hour})
	sameEvents(t, "version 1", scanAll(t, s), want)
	s.Close(ctx)

	damageFooters(t, broken, segmentFiles(t, broken)[0])
	s = openStore(t, broken, Options{LeaveOutDamaged: true, MaintainEvery: time.Hour})
	sc := all(1, logs.AnyOrder)
	sc.Start, sc.End = 8000, 8001
	if _, stats, err := collect(s, sc, -1); err != nil || stats.Corrupt != 1 || stats.CorruptRows != 0 {
		t.Errorf("%+v, %v", stats, err)
	}
	s.Close(ctx)
}

// TestRandomFlaw spoils random places of header and footers of random segments,
// of each at most one footer: whatever it hits, all events are there, and after a
// repair nothing is damaged.
func TestRandomFlaw(t *testing.T) {
	w := newDamageWorld(t)
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 14))
		mem := w.disk(t, "", nil)
		what := fmt.Sprintf("seed %d:", seed)
		spoilt := 0
		for _, name := range segmentFiles(t, mem) {
			if rng.IntN(3) > 0 {
				continue
			}
			bad, done := spoilFlaw(rng, w.files[name])
			writeFile(t, mem, name, bad)
			what += " " + name + ": " + done
			spoilt++
		}
		s, err := Open(ctx, mem, "store", Options{MaintainEvery: time.Hour})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		sameEvents(t, what, w.scans(t, what, s), w.events)
		if seed%2 == 0 {
			s.Compact(ctx)
			sameEvents(t, what+", after a merge", w.scans(t, what, s), w.events)
		}
		s.Close(ctx)
		r := repair(t, what, mem)
		if seed%2 == 1 && len(r.Mended) != spoilt || len(r.LeftOut) != 0 {
			t.Fatalf("%s: %+v", what, r)
		}
		if again := repair(t, what, mem); len(again.Mended)+len(again.LeftOut) != 0 {
			t.Fatalf("%s: a second repair found %+v", what, again)
		}
		s = openStore(t, mem, Options{MaintainEvery: time.Hour})
		sameEvents(t, what+", repaired", w.scans(t, what, s), w.events)
		s.Close(ctx)
	}
}

// spoilFlaw damages a segment where it holds no events.
func spoilFlaw(rng *rand.Rand, b []byte) (bad []byte, what string) {
	magic := []byte("SKYSEGF\n")
	first, last := bytes.Index(b, magic)+len(magic)+4, bytes.LastIndex(b, magic)
	length := binary.LittleEndian.Uint64(b[last-24:]) + 44 // of a footer with its trailer
	bad = slices.Clone(b)
	n := 1 + rng.IntN(int(length))
	at := len(b) - n
	switch rng.IntN(4) {
	case 0:
		at, n = rng.IntN(8), 1
	case 1:
		at = first - n
	case 2:
		return bad[:first+rng.IntN(len(b)-first)], "cut"
	}
	for i := at; i < at+n; i++ {
		bad[i] ^= byte(1 + rng.IntN(255))
	}
	return bad, fmt.Sprintf("%d bytes at %d of %d", n, at, len(b))
}
