package logstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// runFlusher writes sealed memtables until the store closes. A failed flush is
// tried again with growing pauses; meanwhile appends fill memory and then get
// the flush's error.
func (s *Store) runFlusher() {
	age := time.NewTicker(min(s.opts.MemtableAge, time.Minute))
	defer age.Stop()
	pause := s.opts.RetryAfter
	var retry <-chan time.Time
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-s.flushNow:
		case <-retry:
		case <-age.C:
			s.mu.Lock()
			old := s.active.records > 0 && len(s.sealed) < maxSealed &&
				s.opts.Now().Sub(s.active.born) >= s.opts.MemtableAge
			s.mu.Unlock()
			if old {
				s.seal(0)
			}
		}
		retry = nil
		if err := s.flushSealed(s.ctx); err != nil {
			if s.ctx.Err() != nil {
				return
			}
			timer := time.NewTimer(pause)
			defer timer.Stop()
			retry = timer.C
			pause = min(2*pause, 64*s.opts.RetryAfter)
			continue
		}
		pause = s.opts.RetryAfter
	}
}

// flushSealed writes the sealed memtables, oldest first, until none is left
// or one fails. Only the flusher, or Close after it, calls it.
func (s *Store) flushSealed(ctx context.Context) error {
	for {
		s.mu.Lock()
		if len(s.sealed) == 0 {
			s.mu.Unlock()
			return nil
		}
		m := s.sealed[0]
		s.mu.Unlock()
		start := time.Now()
		err := s.flush(ctx, m)
		if err != nil && ctx.Err() != nil {
			return err // cut short, which is no failure of the flush
		}
		s.mu.Lock()
		s.attempts++
		s.flushErr = err
		s.broadcast()
		rest := holdBack(s.tables, time.Since(start))
		s.mu.Unlock()
		if err != nil {
			s.backgroundError("flush", err)
			return err
		}
		wake(s.maintainNow)
		if rest > 0 {
			sleep(s.ctx, rest) // not at all when the store closes
		}
	}
}

func (s *Store) setFlushErr(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts++
	s.flushErr = err
	s.broadcast()
}

// flush moves one sealed memtable into a segment and frees its WAL files.
func (s *Store) flush(ctx context.Context, m *memtable) error {
	start := time.Now()
	m.writers.Wait() // each is at most one WAL group away
	c := change{flushed: m}
	t, err := s.writeMemtable(ctx, m)
	if err != nil {
		return classify(err)
	}
	info := FlushInfo{}
	if t != nil {
		c.add = []*table{t}
		info = FlushInfo{Segment: t.name, Rows: t.reader.Rows(), Bytes: t.size}
	}
	if err := s.apply(ctx, c); err != nil {
		if t != nil {
			t.unref() // the file stays: the manifest may list it
		}
		return err
	}
	// A file that cannot be removed now goes with the next flush or Open.
	if err := s.wal.Release(m.walUpTo); err != nil {
		s.backgroundError("release write-ahead log", err)
	}
	info.Duration = time.Since(start)
	if s.opts.Listener.Flushed != nil {
		s.opts.Listener.Flushed(info)
	}
	return nil
}

// writeMemtable writes a sealed memtable into a segment; nil when it holds no
// events.
func (s *Store) writeMemtable(ctx context.Context, m *memtable) (*table, error) {
	type part struct {
		group   logs.GroupID
		batches []*batch
	}
	var parts []part
	s.mu.Lock()
	for id, g := range m.groups {
		parts = append(parts, part{id, g.batches})
	}
	s.mu.Unlock()
	if len(parts) == 0 {
		return nil, nil
	}
	slices.SortFunc(parts, func(a, b part) int { return cmp.Compare(a.group, b.group) })
	w, err := s.createTable(segment.Fast)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := ctx.Err(); err != nil {
			w.abort()
			return nil, err
		}
		if err := sortedRows(p.group, p.batches, w.Add); err != nil {
			w.abort()
			return nil, err
		}
	}
	return w.finish()
}

// Flush writes everything acknowledged before the call into segments. It
// returns the error of the first flush that fails meanwhile; the store goes on
// trying by itself.
func (s *Store) Flush(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	if err := s.flushWait(ctx); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	return nil
}

func (s *Store) flushWait(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	tried := s.attempts
	failed := func() error {
		if s.attempts > tried {
			return s.flushErr
		}
		return nil
	}
	for len(s.sealed) >= maxSealed && s.active.records > 0 {
		wake(s.flushNow)
		if err := failed(); err != nil {
			return err
		}
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
	s.mu.Unlock()
	s.seal(0)
	s.mu.Lock()
	target := s.flushed + uint64(len(s.sealed))
	for s.flushed < target {
		wake(s.flushNow)
		if err := failed(); err != nil {
			return err
		}
		if err := s.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// flushAll is Flush for Close, when the flusher has ended.
func (s *Store) flushAll(ctx context.Context) error {
	s.seal(0)
	if err := s.flushSealed(ctx); err != nil {
		return fmt.Errorf("close log store: flush: %w", err)
	}
	return nil
}
