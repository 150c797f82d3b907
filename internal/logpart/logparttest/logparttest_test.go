package logparttest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/logpart"
	"skywatch/internal/logs"
)

// TestPartsEqualScan compares both ways to read a source.
func TestPartsEqualScan(t *testing.T) {
	ctx := context.Background()
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var events []Event
		for i := range 600 {
			events = append(events, Event{Group: logs.GroupID(1 + rng.IntN(3)), Stream: logs.StreamID(1 + rng.IntN(4)),
				Timestamp: 1_700_000_000_000 + int64(rng.IntN(600_000)), Ingested: int64(i),
				Message: fmt.Sprintf(`{"level":"INFO","ms":%d,"id":"%x"}`, rng.IntN(100), rng.Uint64())})
		}
		s := New(events, Options{BlockRows: 1 + rng.IntN(100), PlainShare: 30, Overlap: rng.IntN(4), DropShare: rng.IntN(2) * 20,
			DamageShare: rng.IntN(2) * 10, Level: colenc.Level(rng.IntN(3)), Seed: seed})
		scan := logs.Scan{Groups: []logs.GroupID{1, 3, 9}, Start: 1_700_000_100_000, End: 1_700_000_500_000, Order: logs.OldestFirst}
		if seed%3 == 0 {
			scan.Streams = []logs.StreamID{2, 3}
		}
		var want []Event
		wantStats, err := s.Scan(ctx, scan, func(b *logs.Block) error {
			for i := range b.Len {
				want = append(want, Event{b.Groups[i], b.Streams[i], b.Timestamps[i], b.Ingested[i], b.Seqs[i], b.Messages[i]})
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, stats, err := Collect(ctx, s, scan)
		if err != nil {
			t.Fatal(err)
		}
		if sortEvents(got); !slices.Equal(got, want) || stats != wantStats {
			t.Fatalf("seed %d: %d events, %+v, want %d, %+v", seed, len(got), stats, len(want), wantStats)
		}
	}
	if m := logpart.MinuteOf(-1); m != -1 {
		t.Fatalf("minute %d", m)
	}
}
