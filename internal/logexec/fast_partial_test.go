package logexec

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"skywatch/internal/colenc"
	"skywatch/internal/lang/insights"
	"skywatch/internal/logpart"
	"skywatch/internal/logpart/logparttest"
	"skywatch/internal/logs"
)

// slowEnd is a source whose last part is either left out or opens only when it is
// released.
type slowEnd struct {
	*logparttest.Source
	without  bool
	released chan struct{}
}

type slowSnapshot struct {
	logpart.Snapshot
	parts []logpart.Part
}

func (s *slowSnapshot) Parts() []logpart.Part { return s.parts }

type slowPart struct {
	logpart.Part
	released chan struct{}
}

// Info keeps anybody from answering without opening the part.
func (p *slowPart) Info() logpart.Info {
	info := p.Part.Info()
	info.Masked = true
	return info
}

func (p *slowPart) Open(ctx context.Context, scratch *logpart.Scratch) (*logpart.Block, error) {
	select {
	case <-p.released:
		return p.Part.Open(ctx, scratch)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *slowEnd) Parts(ctx context.Context, scan logs.Scan) (logpart.Snapshot, error) {
	snap, err := s.Source.Parts(ctx, scan)
	if err != nil {
		return nil, err
	}
	parts := append([]logpart.Part(nil), snap.Parts()...)
	last := len(parts) - 1
	if s.without {
		return &slowSnapshot{snap, parts[:last]}, nil
	}
	parts[last] = &slowPart{parts[last], s.released}
	return &slowSnapshot{snap, parts}, nil
}

// partialRows holds a query's partial rows, when all parts but the last have been
// read, against the rows of these parts, and its rows against those of a query that
// nobody looked at.
func partialRows(t *testing.T, src *logparttest.Source, req Request) {
	t.Helper()
	want, err := Run(t.Context(), src, req, nil)
	if err != nil {
		t.Fatalf("%s: %v", req.Query, err)
	}
	soFar, err := Run(t.Context(), &slowEnd{Source: src, without: true}, req, nil)
	if err != nil {
		t.Fatalf("%s: %v", req.Query, err)
	}
	slow := &slowEnd{Source: src, released: make(chan struct{})}
	req.ProgressEvery = -1
	req.Pool = NewPool(1 << 30)
	seen := false
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got, err := Run(ctx, slow, req, func(p Progress) {
		rows := p.Rows()
		if seen || p.Statistics.RecordsScanned != soFar.Statistics.RecordsScanned {
			return
		}
		seen = true
		if d := cmp.Diff(soFar.Rows, rows); d != "" {
			t.Errorf("%s: partial rows\n%s", req.Query, d)
		}
		close(slow.released)
	})
	if err != nil {
		t.Fatalf("%s: %v", req.Query, err)
	}
	if !seen {
		t.Errorf("%s: nobody saw partial rows of all parts but one", req.Query)
	}
	if d := cmp.Diff(want.Rows, got.Rows); d != "" {
		t.Errorf("%s: looking at partial rows changed the result\n%s", req.Query, d)
	}
	got.Lease.Release()
	if n := req.Pool.Taken(); n != 0 {
		t.Errorf("%s: %d bytes are taken of the pool after the end", req.Query, n)
	}
}

// TestPartialRowsByColumn looks at the partial rows of queries whose workers hold
// groups and rows of their own, while one of them waits for its source.
func TestPartialRowsByColumn(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	events, groups, streams := oddEvents(r, 6000)
	src := logparttest.New(events, logparttest.Options{BlockRows: 300, Overlap: 2, PlainShare: 20, Seed: 1, Level: colenc.Fast})
	req := Request{Groups: groups, EndMs: 1 << 60, Now: estateStart, Stream: streams, Entity: oddEntity}
	for _, text := range []string{
		"stats count(*)", "stats count(*) by @log", "stats count(*) as n by bin(1m), @logStream | sort n desc | limit 3",
		"filter level = 'ERROR' | stats sum(n), avg(n), min(n), max(n), stddev(n), variance(n), pct(n, 90), median(n) by user.id",
		"stats topk(2, level), values(n)", "stats values(level), count_distinct(@message), earliest(n), latest(n), rate(n, 1m), sortsFirst(n), sortsLast(n) by @log",
		"stats histogram(n, 3) as h by level | sort level", "stats count(*) as n by @requestId | filter n > 1 | stats sum(n)",
		"stats max(n) as m by level | fields m + 1 as o | limit 2",
		"filter ispresent(n) | fields n | sort n desc | limit 20", "sort level, @timestamp | limit 5000",
	} {
		req.Query = mustParse(t, text)
		partialRows(t, src, req)
	}

	// Estimates, which are other states than those of few values.
	events = nil
	for i := range 60_000 {
		events = append(events, logparttest.Event{Group: 1, Stream: 1, Timestamp: int64(i), Ingested: int64(i), Message: fmt.Sprintf(`{"n":%d}`, r.IntN(1e9))})
	}
	src = logparttest.New(events, logparttest.Options{BlockRows: 5000, Seed: 1, Level: colenc.Fast})
	req.Query = mustParse(t, "stats count_distinct(n), pct(n, 50), pct(n, 99)")
	partialRows(t, src, req)

	// Packed keys, some of which are settled before their time.
	defer func(share, wait int64) { packedShare, packedWait = share, wait }(packedShare, packedWait)
	for i := range 60 {
		if i%10 == 0 {
			events, groups := pathEvents(r, 4000)
			src = logparttest.New(events, logparttest.Options{BlockRows: 500, Overlap: 1 + r.IntN(2), Seed: r.Uint64(), Level: colenc.Fast})
			req = Request{Groups: groups, EndMs: 1 << 60, Now: estateStart, Stream: func(logs.StreamID) string { return "s" }}
			packedShare, packedWait = []int64{2, 2, 1 << 14}[r.IntN(3)], []int64{16 << 20, 400_000, 1}[r.IntN(3)]
		}
		q, err := insights.Parse(pathQuery(r))
		if err != nil {
			continue
		}
		req.Query = q
		partialRows(t, src, req)
	}
}
