// Package localscan runs Logs Insights queries over log files that no server
// holds: a [Scanner] over files and streams that keeps the contract of package
// logs, and [Run], which gives rows as they come so that a query has no row cap.
//
//	files ─ logfile.Reader ─ Scanner ┬ any order: as read, while the next is read ┬ Run ─ logexec ─ rows
//	                                 └ ordered: sorted runs on disk (sort.go) ────┘
//
// Each source is a log group of its own, named as the source, with one stream.
// Memory is bounded: what an ordered scan cannot hold goes to a temporary file
// that is gone when the scan ends, and what a query itself holds has
// logexec's limit.
package localscan

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

	"skywatch/internal/logexec"
	"skywatch/internal/logfile"
	"skywatch/internal/logs"
)

// Source is one file or stream of log text.
type Source struct {
	// Name is the log group's; its last part the stream's.
	Name string
	// Open begins to read it, with the time for events that have none. The text
	// may be compressed. Queries that read twice open it twice.
	Open func() (io.ReadCloser, time.Time, error)
}

// FileSource is a source that is a file.
func FileSource(path string) Source {
	return Source{Name: path, Open: func() (io.ReadCloser, time.Time, error) {
		f, err := logfile.Open(path)
		if err != nil {
			return nil, time.Time{}, err
		}
		return f, f.ModTime, nil
	}}
}

// Options configure a Scanner; the zero Options are fit for use.
type Options struct {
	Reader logfile.Options // Default comes from the source
	// SortMemory is how many bytes of messages an ordered scan sorts in memory
	// before it writes them to a temporary file. Default 128 MiB.
	SortMemory int64
	// TempDir is where that file is, and the one for rows of a query that are put
	// into order of time; "" means the system's.
	TempDir string
}

// Scanner reads sources. It is a [logs.Scanner].
type Scanner struct {
	sources []Source
	opts    Options

	// Counts over all scans, for progress.
	events, bytes atomic.Int64

	mu  sync.Mutex
	met []logfile.Stats // by source, of the last time it was read
}

var _ logs.Scanner = (*Scanner)(nil)

// New returns a scanner over the sources; nothing is opened yet.
func New(sources []Source, opts Options) *Scanner {
	if opts.SortMemory <= 0 {
		opts.SortMemory = 128 << 20
	}
	return &Scanner{sources: sources, opts: opts, met: make([]logfile.Stats, len(sources))}
}

// Groups are the log groups of a query: the i-th source is group i+1.
func (s *Scanner) Groups() []logexec.Group {
	groups := make([]logexec.Group, len(s.sources))
	for i, src := range s.sources {
		groups[i] = logexec.Group{ID: logs.GroupID(i + 1), Account: "local", Name: src.Name}
	}
	return groups
}

// Stream gives the name of a stream.
func (s *Scanner) Stream(id logs.StreamID) string {
	if id == 0 || int(id) > len(s.sources) {
		return ""
	}
	return filepath.Base(s.sources[id-1].Name)
}

// Progress returns the events and message bytes read so far, over all scans.
func (s *Scanner) Progress() (events, bytes int64) { return s.events.Load(), s.bytes.Load() }

// Read returns what the reader of each source has met, by the source's place; of
// sources that were not read to their end, so far.
func (s *Scanner) Read() []logfile.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.met)
}

// row is an event on its way.
type row struct {
	logs.Position
	source  int32
	ingest  int64
	message string
}

// blockRows is the size of the blocks that are given on.
const blockRows = 2048

// seqShift leaves room for 2^40 events per source; sources come one after the other.
const seqShift = 40

// Scan implements [logs.Scanner].
func (s *Scanner) Scan(ctx context.Context, scan logs.Scan, yield func(*logs.Block) error) (logs.ScanStats, error) {
	var st logs.ScanStats
	b := newBuilder(scan.Columns)
	give := func(rows []row) error {
		for len(rows) > 0 {
			n := min(len(rows), blockRows)
			b.fill(rows[:n])
			st.Rows += int64(n)
			for i := range rows[:n] {
				st.Bytes += int64(len(rows[i].message))
			}
			if err := yield(&b.block); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	}
	var err error
	switch scan.Order {
	case logs.AnyOrder:
		if scan.After != nil {
			return st, errors.New("scan: After needs an order")
		}
		err = s.read(ctx, &scan, give)
	default:
		sorter := newSorter(scan.Order == logs.NewestFirst, s.opts.SortMemory, s.opts.TempDir)
		defer sorter.close()
		if err = s.read(ctx, &scan, sorter.add); err == nil {
			err = sorter.merge(ctx, func(rows []row) error {
				if scan.After != nil {
					rows = after(rows, *scan.After, scan.Order)
				}
				return give(rows)
			})
		}
	}
	if errors.Is(err, logs.ErrStop) {
		err = nil
	}
	return st, err
}

// after leaves out what lies up to and including a position, in scan order.
func after(rows []row, p logs.Position, order logs.Order) []row {
	for len(rows) > 0 && (order == logs.OldestFirst && !p.Less(rows[0].Position) || order == logs.NewestFirst && !rows[0].Less(p)) {
		rows = rows[1:]
	}
	return rows
}

// read gives the rows of the scan in reading order: one goroutine reads ahead
// while the caller's works on what is there.
func (s *Scanner) read(ctx context.Context, scan *logs.Scan, give func([]row) error) error {
	ctx, stop := context.WithCancel(ctx)
	batches := make(chan []row, 4)
	free := make(chan []row, 6)
	var failed error
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(batches)
		failed = s.produce(ctx, scan, batches, free)
	}()
	var err error
	for rows := range batches {
		if err == nil {
			if err = give(rows); err != nil {
				stop()
			}
		}
		clear(rows)
		select {
		case free <- rows[:0]:
		default:
		}
	}
	<-done
	stop()
	if err == nil {
		err = failed
	}
	return err
}

func (s *Scanner) produce(ctx context.Context, scan *logs.Scan, out chan<- []row, free <-chan []row) error {
	var rows []row
	send := func() error {
		if len(rows) == 0 {
			return ctx.Err()
		}
		select {
		case out <- rows:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case rows = <-free:
		default:
			rows = make([]row, 0, blockRows)
		}
		return nil
	}
	for i := range s.sources {
		if !wanted(scan.Groups, logs.GroupID(i+1)) || scan.Streams != nil && !wanted(scan.Streams, logs.StreamID(i+1)) {
			continue
		}
		if err := s.source(i, scan, func(r row) error {
			rows = append(rows, r)
			if len(rows) < blockRows {
				return nil
			}
			return send()
		}); err != nil {
			return err
		}
	}
	return send()
}

func wanted[T comparable](list []T, v T) bool {
	for _, w := range list {
		if w == v {
			return true
		}
	}
	return false
}

// source reads one source.
func (s *Scanner) source(i int, scan *logs.Scan, give func(row) error) error {
	in, at, err := s.sources[i].Open()
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	opts := s.opts.Reader
	opts.Default = at
	r := logfile.NewReader(in, opts)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.met[i] = r.Stats()
	}()
	seq := uint64(i)<<seqShift + 1
	var events, bytes int64
	for {
		e, err := r.Next()
		if events%blockRows == 0 || err != nil {
			s.events.Add(events)
			s.bytes.Add(bytes)
			events, bytes = 0, 0
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("log source %s: %w", s.sources[i].Name, err)
		}
		events++
		bytes += int64(len(e.Message))
		if e.Timestamp >= scan.Start && e.Timestamp < scan.End {
			if err := give(row{logs.Position{Timestamp: e.Timestamp, Seq: seq}, int32(i), at.UnixMilli(), e.Message}); err != nil {
				return err
			}
		}
		seq++
	}
}

// builder turns rows into blocks.
type builder struct {
	columns logs.Columns
	block   logs.Block
}

func newBuilder(c logs.Columns) *builder { return &builder{columns: c} }

func (b *builder) fill(rows []row) {
	k := &b.block
	k.Len = len(rows)
	k.Groups, k.Streams, k.Timestamps = k.Groups[:0], k.Streams[:0], k.Timestamps[:0]
	k.Ingested, k.Seqs, k.Messages = k.Ingested[:0], k.Seqs[:0], k.Messages[:0]
	for i := range rows {
		r := &rows[i]
		if b.columns&logs.ColGroup != 0 {
			k.Groups = append(k.Groups, logs.GroupID(r.source+1))
		}
		if b.columns&logs.ColStream != 0 {
			k.Streams = append(k.Streams, logs.StreamID(r.source+1))
		}
		if b.columns&logs.ColTimestamp != 0 {
			k.Timestamps = append(k.Timestamps, r.Timestamp)
		}
		if b.columns&logs.ColIngested != 0 {
			k.Ingested = append(k.Ingested, r.ingest)
		}
		if b.columns&logs.ColSeq != 0 {
			k.Seqs = append(k.Seqs, r.Seq)
		}
		if b.columns&logs.ColMessage != 0 {
			k.Messages = append(k.Messages, r.message)
		}
	}
}
