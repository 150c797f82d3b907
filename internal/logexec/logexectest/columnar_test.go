package logexectest

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logexec"
	"skywatch/internal/logpart/logparttest"
)

// TestColumnar holds the columnar path against the plain one, for queries of
// every command over events that are cut into parts in many ways.
func TestColumnar(t *testing.T) {
	for i := range *rounds {
		seed := uint64(i) + 5000
		if *seedFlag != 0 {
			seed = *seedFlag
		}
		w := NewWorld(seed, 400)
		var events []logparttest.Event
		for _, b := range w.Batches {
			for _, e := range b.Events {
				events = append(events, logparttest.Event{Group: b.Group, Stream: b.Stream, Ingested: b.Ingested, Timestamp: e.Timestamp, Message: e.Message})
			}
		}
		r := rand.New(rand.NewPCG(seed, 4))
		src := logparttest.New(events, logparttest.Options{BlockRows: []int{1, 5, 40, 1000}[r.IntN(4)], Overlap: 1 + r.IntN(3),
			PlainShare: r.IntN(3) * 30, DropShare: r.IntN(2) * 20, NoMinutes: r.IntN(3) == 0, Level: colenc.Fast, Seed: seed})
		queries := NewQueries(seed)
		for range 60 {
			q, err := insights.Parse(queries.Next())
			if err != nil {
				continue
			}
			req := w.Request(q)
			req.Plain = true
			want, wantErr := logexec.Run(context.Background(), src, req, nil)
			if e := new(insights.Error); errors.As(wantErr, &e) {
				continue
			}
			req.Plain = false
			got, err := logexec.Run(context.Background(), src, req, nil)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("seed %d: %s\nerror is %v, want %v", seed, q, err, wantErr)
			}
			if err != nil {
				continue
			}
			if d := Diff(want, got); d != "" {
				t.Fatalf("seed %d: %s\nplain and columnar: %s", seed, q, d)
			}
		}
		if *seedFlag != 0 {
			return
		}
	}
}
