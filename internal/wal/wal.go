// Package wal is a write-ahead log: framed records in numbered files, made
// durable in groups. An engine appends what it is about to acknowledge, keeps
// it in memory, later writes it elsewhere and then releases the files.
//
//	w, recovery, err := wal.Open(fs, dir, opts, replay) // replay gets every record, oldest first
//	err = w.Append(ctx, payload, nil)                   // durable when nil
//	n, err := w.Rotate(nil)                             // records up to here lie in files <= n
//	err = w.Release(n)                                  // their content is safe elsewhere
//
// # Files
//
// A file is named by its number, 000000000042.wal. Integers are little-endian.
//
//	file header (44 bytes)
//	offset size
//	     0    8  magic "SKYWAL\r\n"
//	     8    4  format version, 1
//	    12    4  zero
//	    16    8  file number
//	    24    8  number of the file before it, 0 when there was none
//	    32    8  salt, random per file
//	    40    4  CRC32C of bytes 0..39
//
//	record (16 + n bytes), one after the other
//	     0    4  CRC32C of salt, record offset (8 bytes each) and bytes 4..16+n
//	     4    4  payload length n, 1..MaxRecord
//	     8    8  base: the offset where this record's group began
//	    16    n  payload
//
// # Group commit
//
// One goroutine takes whatever appenders have queued, writes it with one write,
// syncs once and wakes them all. It starts the next group only after the sync
// has returned. So all bytes before a record's base were durable before the
// record was written: that is what base proves.
//
// # Crash argument
//
// A file gets its header, a sync and a directory sync before its first record,
// and all records of the file before it are synced by then. After power loss:
//
//   - A last file of at most a header's size is one whose making was cut; it
//     holds nothing and is removed.
//   - Records are read until one fails its checks at offset b. The rest of the
//     file is searched for whole records (the checksum covers salt and offset,
//     so payload bytes that look like a record do not count). If one has
//     base > b, the bytes at b had been synced once and are damaged now:
//     [ErrCorrupt] with file and offset. If none has, the bytes from b on
//     belong to the last group, whose sync never returned: nobody was told
//     that they are safe, and the tail is cut off and reported in [Recovery].
//   - Only the last file can have a torn tail: Open cuts it durably before it
//     makes another file. A bad record in an earlier file, a missing file
//     in the chain of predecessors or a damaged header is [ErrCorrupt]. So is
//     a missing last file, which a marker names that is durable before the file's
//     first record (last.go).
//
// A record is whole or absent. Damage to the last group after its sync cannot
// be told from a torn tail; it is reported as one, with the bytes dropped. What
// Open refuses, Salvage can make whole again, less the damaged records.
//
// # Failures
//
// A failed write (a full disk) is cut off again and fails only its group;
// appending may go on when there is space. A failed sync makes the log refuse
// all further writes with [ErrFailed]: the kernel may have dropped the dirty
// pages, and a later sync that succeeds would prove nothing. The appends of
// the failed group returned an error but may be found by the next Open.
package wal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"

	"skywatch/internal/vfs"
)

// Sentinel errors, tested with errors.Is.
var (
	ErrCorrupt = errors.New("corrupt write-ahead log")
	ErrClosed  = errors.New("write-ahead log is closed")
	ErrFull    = errors.New("write-ahead log: out of space")          // may pass
	ErrFailed  = errors.New("write-ahead log stopped after an error") // until the next Open
)

const (
	// MaxRecord is the largest payload in bytes. It is part of the format:
	// a reader distrusts anything longer.
	MaxRecord = 64 << 20

	// maxPending bounds the bytes of queued and unsynced records; more
	// appenders wait. It must hold one record of any size.
	maxPending = MaxRecord + 1<<20

	// maxGroup is where a group is closed although more is queued, so that
	// one sync does not take arbitrarily long.
	maxGroup = 8 << 20
)

// Options configure a log; the zero Options are fit for use.
type Options struct {
	// From is the lowest file number that still matters: lower files are
	// removed unread. An engine keeps it in its manifest as (released + 1).
	From uint64
	// FileSize in bytes begins a new file when the current one has passed it.
	// Default 64 MiB.
	FileSize int64
}

// Recovery says what Open found.
type Recovery struct {
	Files   int   // files read
	Records int64 // records replayed
	Bytes   int64 // payload bytes replayed
	// A torn tail, when TornBytes is not 0: so many bytes were cut off
	// TornFile, which now ends at TornOffset. Nothing acknowledged
	// was in them, unless they are damage to the last group, which cannot be
	// told from a torn tail.
	TornFile   string
	TornOffset int64
	TornBytes  int64
}

// Stats are counters since Open.
type Stats struct {
	Records int64 // durable records
	Bytes   int64 // file bytes written, headers included
	Syncs   int64 // groups
	Files   int   // files that exist now
}

// WAL is an open log. Its methods are safe for concurrent use.
type WAL struct {
	fs   vfs.FS
	dir  string
	opts Options

	pending *semaphore.Weighted // bytes queued and not yet durable
	wake    chan struct{}       // capacity 1: something was queued or closed
	done    chan struct{}       // closed when the committer has ended

	mu        sync.Mutex
	queue     []*request // in log order
	tail      uint64     // the file new records go to; made when the first is written
	tailBytes int64      // payload bytes queued for tail
	files     []uint64   // existing files, ascending
	closed    bool
	failed    error // sticky
	stats     Stats

	commit committer // owned by the committer goroutine
}

// request is one record on its way.
type request struct {
	payload []byte
	file    uint64
	done    chan error // capacity 1
}

// Open reads the log in dir (made if missing), calls replay with every record
// oldest first, cuts off a torn tail and makes the log ready for appending.
// replay must not keep payload. The caller keeps other processes away from dir.
func Open(fs vfs.FS, dir string, opts Options, replay func(file uint64, payload []byte) error) (*WAL, Recovery, error) {
	if opts.FileSize <= 0 {
		opts.FileSize = 64 << 20
	}
	if err := fs.MkdirAll(dir); err != nil {
		return nil, Recovery{}, fmt.Errorf("open write-ahead log: %w", err)
	}
	files, rec, err := recoverFiles(fs, dir, opts.From, replay)
	if err != nil {
		return nil, rec, err
	}
	w := &WAL{
		fs: fs, dir: dir, opts: opts,
		pending: semaphore.NewWeighted(maxPending),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		files:   files,
		tail:    max(opts.From, 1),
	}
	if n := len(files); n > 0 {
		w.tail = max(w.tail, files[n-1]+1)
	}
	go w.run()
	return w, rec, nil
}

// Append makes payload durable; it is durable when Append returns nil. place,
// unless nil, is called once with the number of the file the record will lie
// in, in log order over all appends and rotations, under the log's lock: it
// must be quick, must not call the log, and may still change payload's bytes
// (to write a sequence number into it). It is not called when Append fails
// before the record is queued.
//
// ctx is honoured only while Append waits for its turn in the queue: once
// place was called, Append waits for the outcome. payload belongs to the log
// until Append returns.
func (w *WAL) Append(ctx context.Context, payload []byte, place func(file uint64)) error {
	if len(payload) == 0 || len(payload) > MaxRecord {
		return fmt.Errorf("append to write-ahead log: record of %d bytes, want 1 to %d", len(payload), MaxRecord)
	}
	n := int64(len(payload))
	if err := w.pending.Acquire(ctx, n); err != nil {
		return fmt.Errorf("append to write-ahead log: wait for queue: %w", err)
	}
	defer w.pending.Release(n)
	r := &request{payload: payload, done: make(chan error, 1)}
	if err := w.enqueue(r, place); err != nil {
		return err
	}
	return <-r.done
}

func (w *WAL) enqueue(r *request, place func(uint64)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.usable(); err != nil {
		return err
	}
	if w.tailBytes >= w.opts.FileSize {
		w.tail++
		w.tailBytes = 0
	}
	w.tailBytes += int64(len(r.payload))
	r.file = w.tail
	if place != nil {
		place(r.file)
	}
	w.queue = append(w.queue, r)
	w.signal()
	return nil
}

// usable returns why the log takes no records; w.mu is held.
func (w *WAL) usable() error {
	if w.closed {
		return ErrClosed
	}
	return w.failed
}

func (w *WAL) signal() {
	select {
	case w.wake <- struct{}{}:
	default: // the committer will look anyway
	}
}

// Rotate begins a new file: records placed before lie in files up to the
// returned number, records placed after in higher ones. place, unless nil, is
// called as by Append, in the same order, with the returned number. The new
// file is made with its first record. Rotate works on a failed log too, whose
// files can still be released.
func (w *WAL) Rotate(place func(file uint64)) (file uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, ErrClosed
	}
	file = w.tail
	w.tail++
	w.tailBytes = 0
	if place != nil {
		place(file)
	}
	w.signal()
	return file, nil
}

// Release removes the files up to upTo, a number that Rotate returned: their
// records are durable elsewhere, and that is on record (see Options.From),
// for a removed file may come back after power loss. An error leaves some
// files behind; the next Release tries again.
func (w *WAL) Release(upTo uint64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if upTo >= w.tail {
		return fmt.Errorf("release write-ahead log up to file %d: file %d is still written to", upTo, w.tail)
	}
	for len(w.files) > 0 && w.files[0] <= upTo {
		if err := w.fs.Remove(w.path(w.files[0])); err != nil && !vfs.IsNotExist(err) {
			return fmt.Errorf("release write-ahead log: %w", err)
		}
		w.files = slices.Delete(w.files, 0, 1)
	}
	return nil
}

// Stats returns the counters.
func (w *WAL) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stats
	s.Files = len(w.files)
	return s
}

// Err returns why the log refuses writes for good, or nil.
func (w *WAL) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed
}

// Close writes what is queued and closes the log. It returns nil when it was
// closed before.
func (w *WAL) Close() error {
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.done
	if closed {
		return nil
	}
	return w.commit.closeErr
}

func (w *WAL) path(number uint64) string { return filepath.Join(w.dir, fileName(number)) }
