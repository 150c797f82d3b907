// Package logstore is the embedded engine of the log side: it implements
// [logs.Appender], [logs.Scanner], [logs.Catalog], [logs.Dropper] and
// [logpart.Source] over one folder.
//
// # How data passes through
//
// Append encodes its batches into one WAL record, which gets its sequence
// numbers when it gets its place in the log, waits for the group commit and
// then puts the events into the active memtable, where scans see them. A
// memtable that is large or old enough is sealed: the log begins a new file at
// exactly that place, and a goroutine writes the memtable's events, sorted by
// (group, timestamp, seq), into an immutable segment. Once the manifest lists
// the segment and says up to which WAL file everything is in segments, these
// files are removed. A second goroutine merges segments when the store has rest
// (pick.go), frees what retention or drops have made invisible, and removes
// segments with nothing left.
//
// Segments keep messages as templates and typed columns. A scan joins the
// messages of the rows it delivers (joiner.go); an executor that reads columns
// takes parts (parts.go), also of what is in memory (mempart.go, memblock.go).
//
//	dir/LOCK                 held while the store is open
//	dir/MANIFEST             which segments are live, and its copy (package manifest; state.go)
//	dir/wal/000000000007.wal acknowledged, not yet in segments (package wal; record.go)
//	dir/segments/000000000042.seg  (package segment)
//
// # Sequence numbers
//
// Seq follows the order of records in the WAL. Numbers given to appends that
// failed are not used again while the store is open, so there may be gaps.
//
// # Crash argument
//
// An acknowledged event is in a synced WAL record (package wal says why that
// survives), and stays there until a manifest that lists a synced segment with
// the event is durable. After a crash the manifest is the old or the new one:
// with the old, the WAL files are still there, because they are removed after;
// with the new, its From number leaves them out even if their removal was not
// durable. So each event is found exactly once. A record is whole or absent,
// so an Append is found whole or not at all. Segment files that no manifest
// lists are removed when the folder is opened.
//
// Damage that would hide acknowledged events makes Open refuse; Repair
// (repair.go) keeps what is whole.
//
// Drops are WAL records too, in order with the events: a drop covers all
// sequence numbers given before it. They move to the manifest with the next
// flush and leave it when no segment holds an event they cover.
//
// # Concurrency
//
// Store.mu guards what is live: memtables, tables, drops. Scans copy
// references under it and then read without locks: batches and segments never
// change, and segments count references. Lock order: compacting, editing,
// sealMu, the WAL's own lock, mu. The WAL is never called with mu held.
package logstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"skywatch/internal/logpart"
	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Options configure a store; the zero Options are fit for production.
type Options struct {
	// MemtableBytes of memory seal a memtable. Default 32 MiB. With the two
	// sealed ones that may wait, the store holds about three times as much.
	MemtableBytes int64
	// MemtableAge seals a memtable, so that a quiet store frees its WAL.
	// Default 10 minutes.
	MemtableAge time.Duration
	// SegmentBytes is the size on disk above which a segment is not merged
	// further. Default 256 MiB. A merge needs as much free space.
	SegmentBytes int64
	// CacheBytes of templates with their columns, and of columns decoded for
	// ordered scans, are kept. Default 120 MiB, which holds about seven
	// million events as they are on disk; negative keeps none.
	CacheBytes int64
	// MaintainEvery is the pause between looks for something to merge or
	// free. Default 1 minute; it also happens after every flush and drop.
	MaintainEvery time.Duration
	// RetryAfter is the first pause after a failed flush; it doubles up to 64
	// times this. Default 100 milliseconds.
	RetryAfter time.Duration
	// Now is the clock for ages and retention. Default time.Now.
	Now func() time.Time
	// LeaveOutDamaged opens a folder also when segments are missing or their
	// footers (both of each) are damaged, without these: their events are not
	// found, every scan of their time counts each as a corrupt block with all its
	// events, and the files and the manifest keep them, so that they are back once
	// the files are whole again. Without it Open refuses such a folder. It does not hold for the manifest and the WAL.
	LeaveOutDamaged bool
	// Listener is told of background work.
	Listener Listener

	memBlockRows, memBlockReads int // tests make them small; negative reads are none
}

func (o *Options) setDefaults() {
	if o.MemtableBytes <= 0 {
		o.MemtableBytes = 32 << 20
	}
	if o.MemtableAge <= 0 {
		o.MemtableAge = 10 * time.Minute
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 256 << 20
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 120 << 20
	}
	if o.MaintainEvery <= 0 {
		o.MaintainEvery = time.Minute
	}
	if o.RetryAfter <= 0 {
		o.RetryAfter = 100 * time.Millisecond
	}
	if o.memBlockRows <= 0 {
		o.memBlockRows = defaultMemBlockRows
	}
	if o.memBlockReads == 0 {
		o.memBlockReads = defaultMemBlockReads
	}
	o.memBlockReads = max(o.memBlockReads, 0)
	if o.Now == nil {
		o.Now = time.Now
	}
}

const (
	// maxSealed memtables may wait for their flush before Append blocks: one
	// being written and one behind it keep the disk busy.
	maxSealed = 2

	walDir     = "wal"
	segmentDir = "segments"
	lockName   = "LOCK"
)

// Store is an open folder. Its methods are safe for concurrent use.
type Store struct {
	fs    vfs.FS
	dir   string
	opts  Options
	lock  interface{ Close() error }
	wal   *wal.WAL
	cache *blockCache

	retain atomic.Pointer[func(logs.GroupID) int]

	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	work   sync.WaitGroup // the background goroutines

	flushNow, maintainNow chan struct{} // capacity 1

	compacting turn       // one compaction at a time
	editing    turn       // one manifest edit at a time
	sealMu     sync.Mutex // one sealing at a time

	mu          sync.Mutex
	closed      bool
	users       int           // appends and scans under way
	changed     chan struct{} // closed and replaced when something waited for has changed
	lastSeq     uint64        // highest sequence number given
	active      *memtable
	sealed      []*memtable  // oldest first
	flushed     uint64       // memtables flushed since Open
	attempts    uint64       // flushes tried since Open
	flushTimes  [2]time.Time // of the last two
	flushErr    error        // of the last try; nil when it succeeded
	tables      []*table     // live segments in order of their oldest flush
	leftOut     []segmentRef // live segments that cannot be opened; set by Open
	lost        []segmentRef // those that a repair left out; set by Open
	drops       *drops       // immutable
	walFrom     uint64       // lowest WAL file that still matters
	flushedSeq  uint64       // every event up to here is in a segment or gone
	nextSegment uint64
	memBlocks   uint64 // segments made in memory
	counters    counters
}

// Open opens the store in dir, making it if it is empty, and replays its WAL.
// ctx bounds the opening only. The error is [vfs.ErrLocked] when the folder is
// in use and [logs.ErrCorrupt], naming the file, when the manifest, a
// segment's footer (see Options.LeaveOutDamaged) or the WAL before its tail is
// damaged.
func Open(ctx context.Context, fs vfs.FS, dir string, opts Options) (*Store, error) {
	opts.setDefaults()
	s := &Store{
		fs: fs, dir: dir, opts: opts,
		cache:       newBlockCache(opts.CacheBytes),
		flushNow:    make(chan struct{}, 1),
		maintainNow: make(chan struct{}, 1),
		compacting:  make(turn, 1),
		editing:     make(turn, 1),
		changed:     make(chan struct{}),
		active:      newMemtable(),
		drops:       &drops{},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, d := range []string{dir, filepath.Join(dir, walDir), filepath.Join(dir, segmentDir)} {
		if err := fs.MkdirAll(d); err != nil {
			return nil, fmt.Errorf("open log store: %w", err)
		}
	}
	lock, err := fs.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("open log store %s: %w", dir, err)
	}
	s.lock = lock
	if err := s.load(ctx); err != nil {
		s.cancel()
		for _, t := range s.tables {
			t.unref()
		}
		lock.Close()
		return nil, fmt.Errorf("open log store %s: %w", dir, classify(err))
	}
	s.work.Go(s.runFlusher)
	s.work.Go(s.runMaintenance)
	return s, nil
}

// load reads the manifest, opens the segments and replays the WAL.
func (s *Store) load(ctx context.Context) error {
	if err := s.loadState(ctx); err != nil {
		return err
	}
	last := uint64(0)
	replay := func(file uint64, payload []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if file != last {
			s.sealReplayed(last)
			last = file
		}
		return s.replay(payload)
	}
	w, rec, err := wal.Open(s.fs, filepath.Join(s.dir, walDir), wal.Options{From: s.walFrom}, replay)
	if err != nil {
		return err
	}
	s.wal = w
	if len(s.sealed) > 0 {
		wake(s.flushNow)
	}
	if s.opts.Listener.Recovered != nil {
		s.opts.Listener.Recovered(rec)
	}
	return nil
}

// sealReplayed seals the memtable behind a file of the WAL when it is worth a
// flush of its own, as it was sealed before. Were all files to become one
// memtable, its flush would take the longer the more often the process is
// killed before it ends, and the log would grow with each time.
func (s *Store) sealReplayed(file uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.active; m.records > 0 && m.size >= s.opts.MemtableBytes/2 {
		m.walUpTo, m.lastSeq = file, s.lastSeq
		s.sealed = append(s.sealed, m)
		s.active = newMemtable()
	}
}

// replay puts a WAL record back into memory. The payload is the WAL's.
func (s *Store) replay(payload []byte) error {
	rec, err := decodeRecord(append([]byte(nil), payload...))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active.records++
	s.active.touch(s.opts.Now())
	if rec.drop != nil {
		// It may cover numbers of appends that failed: these must not be
		// given again.
		s.lastSeq = max(s.lastSeq, rec.drop.seq)
		s.applyDrop(*rec.drop)
		return nil
	}
	s.lastSeq = max(s.lastSeq, rec.lastSeq())
	s.insert(s.active, rec)
	return nil
}

// Retain sets how many days the events of a group are kept, counted from
// their Timestamp; 0 is for ever. The function is called often and from any
// goroutine, and must be quick. Expired events are invisible at once and
// their space is freed later. Until Retain is called nothing expires.
func (s *Store) Retain(days func(logs.GroupID) int) {
	s.retain.Store(&days)
	wake(s.maintainNow)
}

// expiry returns the timestamp before which events of a group are expired.
type expiry func(logs.GroupID) int64

// minTime and maxTime are the smallest and largest timestamp, in milliseconds.
const (
	minTime = -1 << 63
	maxTime = 1<<63 - 1
)

func (s *Store) expiry() expiry {
	days := s.retain.Load()
	if days == nil {
		return func(logs.GroupID) int64 { return minTime }
	}
	now := s.opts.Now().UnixMilli()
	return func(g logs.GroupID) int64 {
		d := (*days)(g)
		if d <= 0 {
			return minTime
		}
		return now - int64(d)*24*60*60*1000
	}
}

// begin registers an append or a scan, which Close waits for; end undoes it.
func (s *Store) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return logs.ErrClosed
	}
	s.users++
	return nil
}

func (s *Store) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users--
	s.broadcast()
}

// broadcast wakes all that wait for a change; s.mu is held.
func (s *Store) broadcast() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// wait unlocks s.mu until something has changed, ctx is done (its error) or
// the store closes ([logs.ErrClosed]); s.mu is held again when it returns.
func (s *Store) wait(ctx context.Context) error {
	changed := s.changed
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return logs.ErrClosed
	}
}

// turn is a mutex that one can stop waiting for. Its holder may be trying for
// long to write to a full disk. It has capacity 1.
type turn chan struct{}

func (t turn) acquire(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) release() { <-t }

func wake(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // a wake-up is under way
	}
}

// Close stops taking work, waits for appends and scans under way (scans end
// with [logs.ErrClosed]), writes what is in memory into a segment so that the
// next Open has nothing to replay, and gives the folder back. When ctx ends
// before that, or writing fails, Close says so, and still gives the folder
// back: nothing acknowledged is lost, it stays in the WAL. Close must not be
// called from a scan's yield. A second Close returns [logs.ErrClosed].
func (s *Store) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return logs.ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.work.Wait()
	s.waitForUsers()
	err := s.flushAll(ctx)
	if werr := s.wal.Close(); err == nil && werr != nil {
		err = fmt.Errorf("close log store: %w", werr)
	}
	s.mu.Lock()
	tables := s.tables
	s.tables = nil
	s.mu.Unlock()
	for _, t := range tables {
		t.unref()
	}
	if lerr := s.lock.Close(); err == nil && lerr != nil {
		err = fmt.Errorf("close log store: %w", lerr)
	}
	return err
}

// waitForUsers returns when no append or scan is under way. They end soon:
// what they may wait for ends with s.ctx, or is one WAL sync.
func (s *Store) waitForUsers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.users > 0 {
		changed := s.changed
		s.mu.Unlock()
		<-changed
		s.mu.Lock()
	}
}

// classify maps the errors of the floors below to the log side's.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, logs.ErrFull) || errors.Is(err, logs.ErrCorrupt) || errors.Is(err, logs.ErrClosed):
		return err
	case errors.Is(err, wal.ErrFull) || vfs.IsFull(err):
		return fmt.Errorf("%w: %w", logs.ErrFull, err)
	case errors.Is(err, wal.ErrCorrupt) || errors.Is(err, manifest.ErrCorrupt):
		return fmt.Errorf("%w: %w", logs.ErrCorrupt, err)
	case errors.Is(err, wal.ErrClosed):
		return fmt.Errorf("%w: %w", logs.ErrClosed, err)
	}
	return err
}

// interfaces the store keeps.
var (
	_ logs.Appender = (*Store)(nil)
	_ logs.Scanner  = (*Store)(nil)
	_ logs.Catalog  = (*Store)(nil)
	_ logs.Dropper  = (*Store)(nil)

	_ logpart.Source = (*Store)(nil)
)
