package logstore

import (
	"fmt"
	"path/filepath"
	"sort"
	"sync/atomic"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
	"skywatch/internal/vfs"
)

const segmentSuffix = ".seg"

func segmentName(number uint64) string { return fmt.Sprintf("%012d%s", number, segmentSuffix) }

// table is a live segment. The store holds one reference while the table is
// live and every scan or compaction one while it reads; the last to let go
// closes the file and, when the table is obsolete, removes it.
type table struct {
	segmentRef
	name   string
	fs     vfs.FS
	file   vfs.File
	reader *segment.Reader

	largestBlock int64 // message bytes of the largest block

	refs     atomic.Int32
	obsolete atomic.Bool
	damaged  atomic.Bool // a block was corrupt, or did not come out of a merge as it went in: the file is not merged, to keep what can be read and the evidence
}

// openTable opens a segment that must be the one of the size that the manifest
// says, negative when there is none to say it. Its file need not be of that size,
// as long as all its blocks are there.
func (s *Store) openTable(r segmentRef) (*table, error) {
	name := filepath.Join(s.dir, segmentDir, segmentName(r.number))
	f, err := s.fs.Open(name)
	if vfs.IsNotExist(err) {
		return nil, fmt.Errorf("%w: segment is missing: %w", logs.ErrCorrupt, err)
	}
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	var reader *segment.Reader
	if err == nil {
		reader, err = segment.NewReader(f, size)
	}
	if err == nil && r.size >= 0 && reader.Size() != r.size {
		err = fmt.Errorf("%w: it was written with %d bytes, the manifest says %d", logs.ErrCorrupt, reader.Size(), r.size)
	}
	if err != nil && r.size >= 0 && size != r.size {
		err = fmt.Errorf("%d bytes, want %d: %w", size, r.size, err)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open segment %s: %w", name, err)
	}
	t := &table{segmentRef: r, name: name, fs: s.fs, file: f, reader: reader}
	t.size, t.events, t.first, t.last = reader.Size(), reader.Rows(), maxTime, minTime
	for _, g := range reader.Groups() {
		t.first, t.last = min(t.first, g.First), max(t.last, g.Last)
		for b := g.FirstBlock; b < g.FirstBlock+g.Blocks; b++ {
			t.largestBlock = max(t.largestBlock, reader.Block(b).Bytes)
		}
	}
	t.refs.Store(1)
	return t, nil
}

// flaw is damage to the file that hides no event, nil when there is none: such a
// file is written anew when the store has rest.
func (t *table) flaw() error {
	if err := t.reader.Foot(); err != nil {
		return fmt.Errorf("last footer: %w", err)
	}
	if err := t.reader.Head(); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	return nil
}

func (t *table) ref() { t.refs.Add(1) }

func (t *table) unref() {
	switch n := t.refs.Add(-1); {
	case n > 0:
		return
	case n < 0:
		panic("logstore: reference count of segment " + t.name + " is negative")
	}
	// Neither failure can be helped here: the file was only read, and if it
	// stays it is removed as unlisted by the next Open.
	_ = t.file.Close()
	if t.obsolete.Load() {
		_ = t.fs.Remove(t.name)
	}
}

// stream returns what the table holds of a stream, or nil.
func stream(g *segment.Group, st logs.StreamID) *segment.Stream {
	i := sort.Search(len(g.Streams), func(i int) bool { return g.Streams[i].Stream >= st })
	if i == len(g.Streams) || g.Streams[i].Stream != st {
		return nil
	}
	return &g.Streams[i]
}

// touches reports whether the table may hold an event that d covers.
func (t *table) touches(d drop) bool {
	g := t.reader.Group(d.group)
	if g == nil {
		return false
	}
	if d.stream == 0 {
		return g.MinSeq <= d.seq
	}
	s := stream(g, d.stream)
	return s != nil && s.MinSeq <= d.seq
}

// tableWriter writes a new segment file.
type tableWriter struct {
	*segment.Writer
	s      *Store
	file   vfs.File
	number uint64
	name   string
}

// createTable begins a segment. The caller ends it with finish or abort.
func (s *Store) createTable(level segment.Level) (*tableWriter, error) {
	s.mu.Lock()
	number := s.nextSegment
	s.nextSegment++
	s.mu.Unlock()
	name := filepath.Join(s.dir, segmentDir, segmentName(number))
	f, err := s.fs.Create(name)
	if err != nil {
		return nil, fmt.Errorf("create segment: %w", err)
	}
	return &tableWriter{Writer: segment.NewWriter(f, level), s: s, file: f, number: number, name: name}, nil
}

// finish makes the segment durable and opens it for reading, which checks
// that its footer can be read. On error the file is gone.
func (w *tableWriter) finish() (*table, error) {
	size, err := w.Finish()
	if err == nil {
		err = w.file.Sync()
	}
	if err == nil {
		err = w.s.fs.SyncDir(filepath.Dir(w.name))
	}
	if err != nil {
		w.abort()
		return nil, fmt.Errorf("finish segment %s: %w", w.name, err)
	}
	if err := w.file.Close(); err != nil {
		w.file = nil
		w.abort()
		return nil, fmt.Errorf("close segment %s: %w", w.name, err)
	}
	w.file = nil
	t, err := w.s.openTable(unknownRef(w.number, size))
	if err != nil {
		w.abort()
		return nil, err
	}
	return t, nil
}

// abort gives the file up, and its space back.
func (w *tableWriter) abort() {
	if w.file != nil {
		_ = w.file.Close() // it is removed
		w.file = nil
	}
	_ = w.s.fs.Remove(w.name) // if it stays, the next Open removes it as unlisted
}
