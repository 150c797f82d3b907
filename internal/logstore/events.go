package logstore

import (
	"path/filepath"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/wal"
)

// Listener is told of background work. Any function may be nil; they are
// called from background goroutines and scans, must return soon and must not
// call the store.
type Listener struct {
	Recovered func(wal.Recovery)              // once, when Open has replayed the WAL
	Healed    func(error)                     // by Open: the manifest was damaged so, and its copy stood in
	Flawed    func(segment string, err error) // by Open: a header or footer is damaged so; no event is missing, and the segment will be written anew
	Flushed   func(FlushInfo)                 // a memtable is in a segment
	Compacted func(CompactInfo)               // segments were merged, rewritten or freed
	Corrupted func(CorruptInfo)               // a block cannot be read
	Failed    func(BackgroundErr)             // background work failed and will be tried again
}

// FlushInfo describes a flush. Segment is "" when there was nothing to write.
type FlushInfo struct {
	Segment  string
	Rows     int64
	Bytes    int64 // on disk
	Duration time.Duration
}

// CompactInfo describes a change of segments. Output is "" when nothing was
// left to write.
type CompactInfo struct {
	Inputs            []string
	Output            string
	RowsIn, RowsOut   int64 // the difference was expired or dropped
	BytesIn, BytesOut int64 // on disk
	Duration          time.Duration
}

// CorruptInfo names a damaged block, or a segment that Open left out.
type CorruptInfo struct {
	Segment string
	Block   int          // -1: the whole file
	Group   logs.GroupID // 0 for a whole file
	// Rows is how many events cannot be read: none when it is the text filter
	// that is damaged, and none for a whole file where it is not known.
	Rows int
	Err  error
}

// BackgroundErr is a failure of background work.
type BackgroundErr struct {
	Work string // such as "flush"
	Err  error
}

func (s *Store) backgroundError(work string, err error) {
	s.mu.Lock()
	s.counters.backgroundErrors++
	s.mu.Unlock()
	if s.opts.Listener.Failed != nil {
		s.opts.Listener.Failed(BackgroundErr{work, err})
	}
}

func (s *Store) corrupted(t *table, block int, err error) {
	b := t.reader.Block(block)
	t.damaged.Store(true)
	s.reportCorrupt(CorruptInfo{Segment: t.name, Block: block, Group: b.Group, Rows: b.Rows, Err: err})
}

// knownDamaged says whether a scan or merge has found the block damaged.
func (s *Store) knownDamaged(t *table, block int) bool {
	if !t.damaged.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, found := s.counters.corrupt[place{t.name, block}]
	return found
}

// place is a block of a segment, -1 for the whole file.
type place struct {
	segment string
	block   int
}

// reportCorrupt counts a damaged place once and tells the listener each time.
func (s *Store) reportCorrupt(info CorruptInfo) {
	s.mu.Lock()
	if s.counters.corrupt == nil {
		s.counters.corrupt = map[place]struct{}{}
	}
	s.counters.corrupt[place{info.Segment, info.Block}] = struct{}{}
	s.mu.Unlock()
	if s.opts.Listener.Corrupted != nil {
		s.opts.Listener.Corrupted(info)
	}
}

// leaveOut takes note of a segment that cannot be opened.
func (s *Store) leaveOut(r segmentRef, err error) {
	s.leftOut = append(s.leftOut, r)
	s.reportCorrupt(CorruptInfo{Segment: filepath.Join(s.dir, segmentDir, segmentName(r.number)), Block: -1, Rows: int(r.events), Err: err})
}

// counters count since Open; Store.mu guards them.
type counters struct {
	appends, events, flushes, compactions int64
	backgroundErrors                      int64
	corrupt                               map[place]struct{} // at most all blocks; nothing is taken out
}

// Stats are numbers about the store for the server's own metrics.
type Stats struct {
	Appends          int64 // since Open, as the following counters
	Events           int64 // appended
	Flushes          int64
	Compactions      int64
	BackgroundErrors int64
	CorruptBlocks    int64 // found by scans and compactions, each counted once
	MemtableBytes    int64 // active and sealed
	MemtableRows     int64
	SealedMemtables  int
	Compacting       bool // a merge is under way, or being looked for
	Segments         int
	Blocks           int   // of the segments
	SegmentRows      int64 // expired and dropped ones included until they are freed
	SegmentBytes     int64 // on disk
	Drops            int   // in force until what they cover is freed
	LastSeq          uint64
	FlushErr         error // why ingestion will stop or has stopped; nil when all is well
	CacheBytes       int64
	CacheHits        int64
	CacheMisses      int64
	WAL              wal.Stats
	WALErr           error // why appends are refused for good
}

// ResizeCache sets Options.CacheBytes anew: at most 0 keeps nothing. It waits for
// nothing.
func (s *Store) ResizeCache(bytes int64) { s.cache.resize(bytes) }

// Stats returns the numbers of this moment.
func (s *Store) Stats() Stats {
	st := Stats{WAL: s.wal.Stats(), WALErr: s.wal.Err()}
	st.CacheBytes, st.CacheHits, st.CacheMisses = s.cache.stats()
	st.Compacting = len(s.compacting) > 0
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters
	st.Appends, st.Events, st.Flushes, st.Compactions = c.appends, c.events, c.flushes, c.compactions
	st.BackgroundErrors, st.CorruptBlocks = c.backgroundErrors, int64(len(c.corrupt))
	for _, m := range append(s.sealed[:len(s.sealed):len(s.sealed)], s.active) {
		st.MemtableBytes += m.size
		st.MemtableRows += m.rows
	}
	st.SealedMemtables, st.Segments = len(s.sealed), len(s.tables)
	for _, t := range s.tables {
		st.SegmentRows += t.reader.Rows()
		st.SegmentBytes += t.size
		st.Blocks += t.reader.Blocks()
	}
	st.Drops = len(s.drops.all())
	st.LastSeq, st.FlushErr = s.lastSeq, s.flushErr
	return st
}
