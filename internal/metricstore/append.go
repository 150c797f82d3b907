package metricstore

import (
	"context"
	"fmt"
	"math"
	"sync"

	"skywatch/internal/metrics"
)

var _ metrics.Appender = (*Store)(nil)

// appendScratch is the memory of one Append call.
type appendScratch struct {
	entries     []*entry
	samples     []sample
	definitions []*entry
	record      []byte
}

var scratchPool = sync.Pool{New: func() any { return new(appendScratch) }}

// maxRecordChunk is how many data go into one WAL record at most, a safety
// margin below the log's record limit: a datum of 150 values takes some 2.5 KB.
const maxRecordChunk = 16384

// validInstant bounds instants (seconds) so that no arithmetic overflows: about
// the years -6000 to 10000.
func validInstant(ts int64) bool { return ts > -250_000_000_000 && ts < 253_402_300_800 }

// Append implements metrics.Appender. Data with a Count and a Sum of zero add
// nothing and leave no trace. The error is metrics.ErrFull when the disk, the head or the
// registry is full, metrics.ErrClosed after Close; other errors name a datum
// that validation should have refused, or a failing disk.
func (s *Store) Append(ctx context.Context, now int64, data []metrics.Datum) error {
	if len(data) > maxRecordChunk {
		return fmt.Errorf("append %d data, at most %d in one call", len(data), maxRecordChunk)
	}
	if s.closed.Load() {
		return metrics.ErrClosed
	}
	sc := scratchPool.Get().(*appendScratch)
	defer sc.release()
	for i := range data {
		if err := s.prepare(sc, &data[i]); err != nil {
			return fmt.Errorf("append datum %d of %d: %w", i+1, len(data), err)
		}
	}
	if len(sc.samples) == 0 {
		return nil
	}
	if err := s.waitForRoom(ctx); err != nil {
		return fmt.Errorf("append %d data: %w", len(data), err)
	}
	for i, e := range sc.entries {
		if !e.logged.Load() && (i == 0 || sc.entries[i-1] != e) {
			sc.definitions = append(sc.definitions, e)
		}
	}
	sc.record = appendRecord(sc.record[:0], now, sc.definitions, sc.samples)

	var m *memtable
	err := s.wal.Append(ctx, sc.record, func(uint64) {
		// In log order with the rotations: the record lies in the stretch
		// that this memtable stands for.
		m = s.headForAppend()
		m.pending.Add(1)
	})
	if m != nil {
		defer m.pending.Done()
	}
	if err != nil {
		return fmt.Errorf("append %d data: %w", len(data), storeError(err))
	}
	for _, e := range sc.definitions {
		e.logged.Store(true)
	}
	m.since.CompareAndSwap(0, s.opts.Now())
	for i := range sc.samples {
		sm := &sc.samples[i]
		m.add(sm.id, &sm.point)
		sc.entries[i].touch(sm.ts, now)
	}
	s.appended.Add(int64(len(sc.samples)))
	return nil
}

// prepare turns a datum into a sample.
func (s *Store) prepare(sc *appendScratch, d *metrics.Datum) error {
	st := d.Stats
	switch {
	case st.Count == 0 && st.Sum == 0:
		return nil
	case !(st.Count >= 0) || st.Count == 0 && st.Min == st.Max || math.IsInf(st.Count, 0) || !finite(st.Sum) || !finite(st.Min) || !finite(st.Max) || st.Min > st.Max:
		return fmt.Errorf("%s %s: invalid statistic set %+v", d.Key.Namespace, d.Key.Name, st)
	case d.Resolution != 1 && d.Resolution != 60:
		return fmt.Errorf("%s %s: resolution %d s, want 1 or 60", d.Key.Namespace, d.Key.Name, d.Resolution)
	case len(d.Counts) != 0 && len(d.Counts) != len(d.Values):
		return fmt.Errorf("%s %s: %d values and %d counts", d.Key.Namespace, d.Key.Name, len(d.Values), len(d.Counts))
	}
	ts := floor(d.Timestamp, 1000*int64(d.Resolution)) / 1000
	if !validInstant(ts) {
		return fmt.Errorf("%s %s: timestamp %d ms is out of range", d.Key.Namespace, d.Key.Name, d.Timestamp)
	}
	e, err := s.registry.getOrMake(&d.Key, d.Unit)
	if err != nil {
		return err
	}
	p := point{ts: ts, count: st.Count, sum: st.Sum + 0, min: st.Min + 0, max: st.Max + 0}
	if len(d.Values) > 0 && p.min != p.max {
		p.dist = metrics.NewDistribution(d.Values, d.Counts)
	}
	sc.entries = append(sc.entries, e)
	sc.samples = append(sc.samples, sample{e.id, p})
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// release gives the scratch back without what it points to.
func (sc *appendScratch) release() {
	clear(sc.entries)
	clear(sc.samples)
	clear(sc.definitions)
	sc.entries, sc.samples, sc.definitions = sc.entries[:0], sc.samples[:0], sc.definitions[:0]
	if cap(sc.record) > 4<<20 {
		sc.record = nil
	}
	scratchPool.Put(sc)
}

// headForAppend returns the current head. It is called under the WAL's lock,
// as the change of heads is, so it needs the view's lock only against readers.
func (s *Store) headForAppend() *memtable {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.head
}

// maxFrozen heads may wait to be written before appends are held back.
const maxFrozen = 2

// waitForRoom freezes a full head, and holds an append back while as many as
// may wait are frozen already. When flushing fails it does not wait but says
// why.
func (s *Store) waitForRoom(ctx context.Context) error {
	for {
		s.mu.RLock()
		full := s.head.bytes.Load() >= s.opts.HeadBytes
		waiting := len(s.frozen)
		room, err := s.room, s.flushErr
		s.mu.RUnlock()
		switch {
		case s.closed.Load():
			return metrics.ErrClosed
		case !full:
			return nil
		case waiting < maxFrozen:
			if err := s.freezeFull(); err != nil {
				return err
			}
			s.signal(s.flushC)
			continue
		case err != nil:
			return fmt.Errorf("the head is full and cannot be written: %w", storeError(err))
		}
		s.signal(s.flushC)
		select {
		case <-room:
		case <-ctx.Done():
			return fmt.Errorf("wait for the head to be written: %w", ctx.Err())
		}
	}
}

// freezeFull freezes the head if it is full and may be frozen.
func (s *Store) freezeFull() error {
	s.freezeMu.Lock()
	defer s.freezeMu.Unlock()
	s.mu.RLock()
	due := s.head.bytes.Load() >= s.opts.HeadBytes && len(s.frozen) < maxFrozen
	s.mu.RUnlock()
	if !due {
		return nil
	}
	return s.freezeLocked()
}

// signal wakes a worker that may be busy; it looks again afterwards.
func (s *Store) signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
