package logstore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
	columns := s.tables[0].reader.Columns(1)
	place := int(columns[len(columns)-1].Offset) // of group 2's filter
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

// TestScanTexts: a scan for texts loses no event that holds them all, and leaves
// blocks out.
func TestScanTexts(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	s := openStore(t, vfs.NewMem(), Options{})
	words := []string{"ERROR", "order", "timeout", "Quota", "exceeded", "größe", "retry", "failed"}
	for n := range 12 {
		var events []logs.Event
		for i := range 300 {
			m := fmt.Sprintf("%s%d %s %08x-1111-4222-8333-%012x", words[(n+r.IntN(3))%len(words)], r.IntN(30), words[n%len(words)], n, i)
			if r.IntN(40) == 0 {
				m = fmt.Sprintf(`{"level":"\u0045RROR","n":%d}`, i)
			}
			events = append(events, logs.Event{Timestamp: int64(1000*n + i), Message: m})
		}
		if err := s.Append(ctx, []logs.Batch{{Group: logs.GroupID(1 + n%3), Stream: 1, Ingested: 1, Events: events}}); err != nil {
			t.Fatal(err)
		}
		if n%2 == 1 {
			flush(t, s)
		}
	}
	skipped := int64(0)
	for range 200 {
		scan := all(3, logs.Order(r.IntN(3)))
		whole, _ := scanMessages(t, s, scan, nil, false)
		text := whole[r.IntN(len(whole))]
		from := r.IntN(len(text))
		texts := []string{text[from : from+1+r.IntN(min(len(text)-from, 40))]}
		if r.IntN(2) == 0 {
			texts = append(texts, words[r.IntN(len(words))])
		}
		want, _ := scanMessages(t, s, scan, texts, false)
		scan.Texts = texts
		got, stats := scanMessages(t, s, scan, texts, false)
		skipped += stats.SkippedRows
		if !slices.Equal(got, want) {
			t.Fatalf("%q: %d events, want %d", texts, len(got), len(want))
		}
		scan.EscapedTexts = true
		want, _ = scanMessages(t, s, all(3, scan.Order), texts, true)
		if got, _ = scanMessages(t, s, scan, texts, true); !slices.Equal(got, want) {
			t.Fatalf("%q, maybe escaped: %d events, want %d", texts, len(got), len(want))
		}
	}
	if skipped == 0 {
		t.Error("no event was skipped")
	}
}

// scanMessages are the messages of a scan that hold all texts or, with escaped,
// an escape; sorted.
func scanMessages(t *testing.T, s *Store, scan logs.Scan, texts []string, escaped bool) (out []string, stats logs.ScanStats) {
	t.Helper()
	stats, err := s.Scan(ctx, scan, func(b *logs.Block) error {
		for _, m := range b.Messages {
			miss := slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(m, text) })
			if !miss || escaped && strings.Contains(m, `\u`) {
				out = append(out, m)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out, stats
}
