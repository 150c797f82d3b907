package logstore

import (
	"errors"
	"testing"

	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/vfs"
)

// filters answers which parts of a scan may hold a text; asked is how many have
// a filter.
func filters(t *testing.T, s *Store, scan logs.Scan, text string) (yes, asked int) {
	t.Helper()
	snap, err := s.Parts(ctx, scan)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Release()
	probe := logtype.NewTextProbe(text)
	for _, p := range snap.Parts() {
		f, err := p.TextFilter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if f != nil {
			asked++
		}
		if f == nil || f.MayHold(&probe) {
			yes++
		}
	}
	return yes, asked
}

// TestTextFilterDamage spoils the filter of one block: its rows are all there, it
// is reported once, and nothing keeps the file from being merged.
func TestTextFilterDamage(t *testing.T) {
	mem := vfs.NewMem()
	s := openStore(t, mem, Options{})
	for g := range 3 {
		put(t, s, logs.GroupID(g+1), 1000, 5000)
	}
	flush(t, s)
	if yes, asked := filters(t, s, all(3, logs.AnyOrder), "quetzalcoatlus"); yes != 0 || asked != 3 {
		t.Fatalf("%d of %d filters say yes", yes, asked)
	}
	end := int64(16)
	for g := range 3 {
		end += s.tables[0].reader.Block(g).Size()
	}
	place := int(end + s.tables[0].reader.Block(0).FilterSize()) // group 2's first byte
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
	damage(t, mem, segmentFiles(t, mem)[0], place)
	var reported []CorruptInfo
	s = openStore(t, mem, Options{Listener: Listener{Corrupted: func(c CorruptInfo) { reported = append(reported, c) }}})
	for range 2 {
		if yes, asked := filters(t, s, all(3, logs.AnyOrder), "quetzalcoatlus"); yes != 1 || asked != 2 {
			t.Fatalf("%d of %d filters say yes", yes, asked)
		}
	}
	if len(reported) != 1 || reported[0].Group != 2 || reported[0].Block != 1 || reported[0].Rows != 0 || !errors.Is(reported[0].Err, logs.ErrCorrupt) {
		t.Errorf("reported %+v", reported)
	}
	if n := s.Stats().CorruptBlocks; n != 1 {
		t.Errorf("%d blocks counted as corrupt", n)
	}
	got, stats, err := logparttest.Collect(ctx, s, all(3, logs.AnyOrder))
	if err != nil || len(got) != 15_000 || stats.Corrupt != 0 {
		t.Errorf("%d events, %+v, %v", len(got), stats, err)
	}
	if s.tables[0].damaged.Load() {
		t.Error("the file is kept from being merged")
	}
}
