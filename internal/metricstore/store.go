package metricstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Store is an open metric store. All methods are safe for concurrent use.
type Store struct {
	fs       vfs.FS
	dir      string
	opts     Options
	lock     io.Closer
	wal      *wal.WAL
	registry *registry
	closed   atomic.Bool

	// mu guards the view: what readers read. Appends only read it.
	mu       sync.RWMutex
	head     *memtable   // takes the points of new WAL records
	frozen   []*memtable // oldest first, to be written
	segments []*segment  // by partition start, then number
	room     chan struct{}
	flushErr error // of the last flush; nil after one that worked
	// lastFlush says when (ms) a head was last written to a partition; entries
	// too old to matter are removed.
	lastFlush map[int64]int64

	// editMu is held while the manifest is replaced. Under it state and the
	// numbers may be read and changed.
	editMu   sync.Mutex
	state    *state
	nextFile uint64
	nextRun  uint64
	orphans  []string // files to remove after the next good manifest

	freezeMu  sync.Mutex // one change of heads at a time
	flushMu   sync.Mutex // one flush at a time
	compactMu sync.Mutex // one compaction at a time

	stop    context.CancelFunc
	workers sync.WaitGroup
	flushC  chan struct{} // capacity 1: something was frozen
	mergeC  chan struct{} // capacity 1: segments came in

	appended, flushes, compactions, corrupt atomic.Int64
}

// Open opens the store in dir, made if missing, and replays what its
// write-ahead log holds beyond the segments. ctx bounds the opening only. The
// errors are metrics.ErrCorrupt when a file that everything depends on is
// damaged, vfs.ErrLocked when another process has the folder.
func Open(ctx context.Context, fs vfs.FS, dir string, opts Options) (*Store, error) {
	s := &Store{
		fs: fs, dir: dir, opts: opts.withDefaults(),
		head:      new(memtable),
		lastFlush: map[int64]int64{},
		room:      make(chan struct{}),
		flushC:    make(chan struct{}, 1),
		mergeC:    make(chan struct{}, 1),
	}
	s.registry = newRegistry(s.opts.MaxSeries)
	if err := s.open(ctx); err != nil {
		s.closeFiles()
		return nil, fmt.Errorf("open metric store %s: %w", dir, storeError(err))
	}
	bg, stop := context.WithCancel(context.Background())
	s.stop = stop
	if !s.opts.manual {
		s.workers.Add(2)
		go s.flusher(bg)
		go s.compactor(bg)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.fs.MkdirAll(s.dir); err != nil {
		return err
	}
	lock, err := s.fs.Lock(filepath.Join(s.dir, "LOCK"))
	if err != nil {
		return err
	}
	s.lock = lock

	l, err := manifest.Open(s.fs, s.dir, ManifestKind)
	saved := err == nil
	if s.state, err = stateOf(s.fs, s.dir, l, err); err != nil {
		return err
	}
	if saved && l.Damage != nil {
		s.opts.Events(Event{Kind: EventHealed, What: "the manifest was damaged, and its copy has taken its place", Err: l.Damage})
	}
	s.nextFile, s.nextRun = s.state.nextFile, s.state.nextRun
	if err := s.loadRegistry(); err != nil {
		return err
	}
	for _, m := range s.state.segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		seg, err := openSegment(s.fs, s.path(m.number, segmentSuffix), m)
		if err != nil {
			return err
		}
		s.segments = append(s.segments, seg)
	}
	sortSegments(s.segments)
	if err := s.replay(ctx); err != nil {
		return err
	}
	if !saved {
		if err := manifest.Save(s.fs, s.dir, ManifestKind, stateVersion, s.state.encode()); err != nil {
			return err
		}
	}
	// Last: a folder that does not open is left as it is.
	return s.removeLeftOvers()
}

// removeLeftOvers removes numbered files that the manifest does not name.
func (s *Store) removeLeftOvers() error {
	live := map[string]bool{}
	name := func(n uint64, suffix string) { live[filepath.Base(s.path(n, suffix))] = true }
	for _, k := range s.state.keys {
		name(k, keysSuffix)
	}
	name(s.state.bounds, boundsSuffix)
	for _, m := range s.state.segments {
		name(m.number, segmentSuffix)
	}
	names, err := s.fs.List(s.dir)
	if err != nil {
		return err
	}
	for _, n := range names {
		if !isNumbered(n) || live[n] {
			continue
		}
		if err := s.fs.Remove(filepath.Join(s.dir, n)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) loadRegistry() error {
	for _, k := range s.state.keys {
		if err := s.loadSealed(s.path(k, keysSuffix), keysMagic, s.registry.decodeKeys); err != nil {
			return err
		}
	}
	s.registry.reserve(s.state.keysUpTo)
	if s.state.bounds == 0 {
		return nil
	}
	return s.loadSealed(s.path(s.state.bounds, boundsSuffix), boundsMagic, s.registry.decodeBounds)
}

func (s *Store) loadSealed(name, magic string, decode func([]byte) error) error {
	b, damage, err := readSealed(s.fs, name, magic)
	if err != nil {
		return err
	}
	if damage != nil {
		s.opts.Events(Event{Kind: EventHealed, What: "one half of a file was damaged, and the other was read", Err: damage})
	}
	if err := decode(b); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	return nil
}

// replay puts the WAL's records into the head. Whatever lies in WAL files from
// state.walFrom on is in no segment, and the other way round: one manifest
// names both. So nothing is lost and nothing merged twice.
func (s *Store) replay(ctx context.Context) error {
	began := time.Now()
	define := func(id metrics.SeriesID, k *metrics.Key, unit string) error {
		return s.registry.restore(id, k, unit)
	}
	add := func(now int64, sm *sample) error {
		e := s.registry.entry(sm.id)
		if e == nil {
			return fmt.Errorf("points of the unknown series %d: %w", sm.id, metrics.ErrCorrupt)
		}
		e.touch(sm.ts, now)
		s.head.add(sm.id, &sm.point)
		return nil
	}
	w, rec, err := wal.Open(s.fs, filepath.Join(s.dir, walDir),
		wal.Options{From: s.state.walFrom, FileSize: s.opts.WALFileSize},
		func(_ uint64, payload []byte) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return decodeRecord(payload, define, add)
		})
	if err != nil {
		return err
	}
	s.wal = w
	if rec.Records > 0 {
		s.head.since.Store(s.opts.Now())
	}
	s.opts.Events(Event{Kind: EventRecovered, What: fmt.Sprintf("%d records of %d log files", rec.Records, rec.Files),
		Points: s.head.points.Load(), Bytes: rec.Bytes, Files: rec.Files, Duration: time.Since(began)})
	if rec.TornBytes > 0 {
		s.opts.Events(Event{Kind: EventTorn, What: rec.TornFile, Bytes: rec.TornBytes})
	}
	return nil
}

// Close ends the background work and closes all files. What was acknowledged
// is in the write-ahead log or in segments; the next Open finds it.
func (s *Store) Close() error {
	if !s.closed.CompareAndSwap(false, true) {
		return nil
	}
	s.stop()
	s.workers.Wait()
	s.flushMu.Lock() // let a Flush of a caller end
	defer s.flushMu.Unlock()
	s.compactMu.Lock()
	defer s.compactMu.Unlock()
	if err := s.closeFiles(); err != nil {
		return fmt.Errorf("close metric store %s: %w", s.dir, err)
	}
	return nil
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.wal != nil {
		errs = append(errs, s.wal.Close())
	}
	s.mu.Lock()
	segments := s.segments
	s.segments = nil
	close(s.room) // wake who waits for room
	s.room = make(chan struct{})
	s.mu.Unlock()
	for _, seg := range segments {
		errs = append(errs, seg.release())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}

// Stats returns the store's figures.
func (s *Store) Stats() Stats {
	w := s.wal.Stats()
	st := Stats{
		WALBytes: w.Bytes, WALSyncs: w.Syncs,
		Appended: s.appended.Load(), Flushes: s.flushes.Load(),
		Compactions: s.compactions.Load(), CorruptBlocks: s.corrupt.Load(),
	}
	s.registry.mu.RLock()
	st.Series = s.registry.count
	s.registry.mu.RUnlock()
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, m := range append(slices.Clone(s.frozen), s.head) {
		st.HeadPoints += m.points.Load()
		st.HeadBytes += m.bytes.Load()
	}
	st.Segments = len(s.segments)
	for _, seg := range s.segments {
		st.SegmentPoints += seg.points
		st.SegmentBytes += seg.size
	}
	return st
}

func sortSegments(l []*segment) {
	slices.SortFunc(l, func(a, b *segment) int {
		if a.start != b.start {
			if a.start < b.start {
				return -1
			}
			return 1
		}
		if a.number < b.number {
			return -1
		}
		return 1
	})
}

// storeError adds the class that callers of the contracts know.
func storeError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, metrics.ErrFull), errors.Is(err, metrics.ErrCorrupt), errors.Is(err, metrics.ErrClosed):
		return err
	case errors.Is(err, wal.ErrFull), vfs.IsFull(err):
		return fmt.Errorf("%w: %w", metrics.ErrFull, err)
	case errors.Is(err, wal.ErrCorrupt), errors.Is(err, manifest.ErrCorrupt):
		return fmt.Errorf("%w: %w", metrics.ErrCorrupt, err)
	case errors.Is(err, wal.ErrClosed):
		return fmt.Errorf("%w: %w", metrics.ErrClosed, err)
	}
	return err
}
