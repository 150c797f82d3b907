package logstore

import (
	"context"
	"fmt"

	"skywatch/internal/logs"
)

// Append implements [logs.Appender]. It fails with [logs.ErrFull] while the
// device has no space, for the WAL or for the flushes that must come before;
// it works again when there is. After any other failed write of the WAL the
// store refuses appends until it is opened anew.
//
// An Append that returned an error is not visible. If the error was of the
// WAL's sync, it may be found, whole, when the store is opened again.
func (s *Store) Append(ctx context.Context, batches []logs.Batch) error {
	payload, events, err := encodeEvents(batches)
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	if events == 0 {
		return ctx.Err()
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	if err := s.waitForRoom(ctx); err != nil {
		return fmt.Errorf("append %d events: %w", events, err)
	}
	var m *memtable
	err = s.wal.Append(ctx, payload, func(uint64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		m = s.place()
		setSeq(payload, s.lastSeq+1)
		s.lastSeq += uint64(events)
	})
	if m != nil {
		defer m.writers.Done()
	}
	if err != nil {
		return fmt.Errorf("append %d events: %w", events, classify(err))
	}
	rec, err := decodeRecord(payload)
	if err != nil {
		panic(fmt.Sprintf("logstore: own record does not decode: %v", err))
	}
	s.mu.Lock()
	s.insert(m, rec)
	s.counters.appends++
	s.counters.events += int64(events)
	full := m == s.active && m.size >= s.opts.MemtableBytes && len(s.sealed) < maxSealed
	s.mu.Unlock()
	if full {
		s.seal(s.opts.MemtableBytes)
	}
	return nil
}

// place books a WAL record on the active memtable; s.mu and the WAL's lock
// are held. The caller calls writers.Done when the record is inserted or lost.
func (s *Store) place() *memtable {
	m := s.active
	m.writers.Add(1)
	m.records++
	m.touch(s.opts.Now())
	return m
}

// insert puts a record's batches into m, but for those that a drop covers
// which came behind the record and was faster; s.mu is held.
func (s *Store) insert(m *memtable, rec *record) {
	for i := range rec.batches {
		if b := &rec.batches[i]; !s.drops.coverBatch(b) {
			m.add(b)
		}
	}
}

// waitForRoom blocks while the active memtable is full and none can be sealed.
func (s *Store) waitForRoom(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.active.size >= s.opts.MemtableBytes && len(s.sealed) >= maxSealed {
		if s.flushErr != nil {
			return fmt.Errorf("earlier events cannot be flushed: %w", s.flushErr)
		}
		if err := s.wait(ctx); err != nil {
			return fmt.Errorf("wait for earlier events to be flushed: %w", err)
		}
	}
	return nil
}

// seal ends the active memtable when it holds at least size bytes and begins
// the next, at one place of the WAL.
func (s *Store) seal(size int64) {
	s.sealMu.Lock()
	defer s.sealMu.Unlock()
	s.mu.Lock()
	due := s.active.records > 0 && s.active.size >= size
	s.mu.Unlock()
	if !due {
		return // another did it
	}
	_, err := s.wal.Rotate(func(file uint64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		m := s.active
		m.walUpTo, m.lastSeq = file, s.lastSeq
		s.sealed = append(s.sealed, m)
		s.active = newMemtable()
	})
	if err != nil {
		return // only when the WAL is closed: then there is nothing to seal for
	}
	wake(s.flushNow)
}
