package wal

import (
	"fmt"
	"math/rand/v2"

	"skywatch/internal/vfs"
)

// committer is the state of the goroutine that writes.
type committer struct {
	file     vfs.File // nil when there is none yet
	head     header
	size     int64
	buf      []byte
	closeErr error
}

// run writes groups until the log is closed and the queue is empty.
func (w *WAL) run() {
	defer close(w.done)
	for {
		group, closed := w.nextGroup()
		switch {
		case len(group) > 0:
			err := w.writeGroup(group)
			for _, r := range group {
				r.done <- err
			}
		case closed:
			w.commit.closeErr = w.closeFile()
			return
		default:
			<-w.wake
		}
	}
}

// nextGroup takes the longest run of queued records of one file, up to
// maxGroup bytes. With nothing queued it closes a file that was rotated away,
// so that a released file gives its space back.
func (w *WAL) nextGroup() (group []*request, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, bytes := 0, 0
	for n < len(w.queue) && w.queue[n].file == w.queue[0].file && (n == 0 || bytes < maxGroup) {
		bytes += len(w.queue[n].payload)
		n++
	}
	group, w.queue = w.queue[:n:n], w.queue[n:]
	if len(w.queue) == 0 {
		w.queue = nil // let the array go
		if n == 0 && w.commit.file != nil && w.commit.head.number < w.tail {
			w.commit.closeErr = w.closeFile()
		}
	}
	return group, w.closed
}

// writeGroup makes one group durable or fails all of it.
func (w *WAL) writeGroup(group []*request) error {
	if err := w.Err(); err != nil {
		return err
	}
	c := &w.commit
	if c.file == nil || c.head.number != group[0].file {
		if err := w.newFile(group[0].file); err != nil {
			return err
		}
	}
	c.buf = c.buf[:0]
	for _, r := range group {
		c.buf = appendRecord(c.buf, seedOf(c.head.salt), c.size+int64(len(c.buf)), c.size, r.payload)
	}
	name := w.path(c.head.number)
	if _, err := c.file.Write(c.buf); err != nil {
		// What was written must not stand before the next group. It was
		// never synced, so cutting it off restores the state before.
		if terr := w.fs.Truncate(name, c.size); terr != nil {
			return w.fail(fmt.Errorf("cut a failed write (%w) off %s: %w", err, name, terr))
		}
		return classify(fmt.Errorf("write %s: %w", name, err))
	}
	if err := c.file.Sync(); err != nil {
		return w.fail(fmt.Errorf("sync %s: %w", name, err))
	}
	c.size += int64(len(c.buf))
	w.mu.Lock()
	w.stats.Records += int64(len(group))
	w.stats.Bytes += int64(len(c.buf))
	w.stats.Syncs++
	w.mu.Unlock()
	if cap(c.buf) > 2*maxGroup {
		c.buf = nil // one huge group should not hold its memory for ever
	}
	return nil
}

// newFile closes the file before and makes the file number with its header,
// durable under its name.
func (w *WAL) newFile(number uint64) error {
	// All its groups were synced, so closing it can lose nothing.
	w.commit.closeErr = w.closeFile()
	head := header{number: number, salt: rand.Uint64()}
	w.mu.Lock()
	if n := len(w.files); n > 0 {
		head.prev = w.files[n-1]
	}
	w.mu.Unlock()
	name := w.path(number)
	f, err := w.fs.Create(name)
	if err != nil {
		return classify(fmt.Errorf("make write-ahead log file: %w", err))
	}
	if _, err := f.Write(head.encode()); err != nil {
		f.Close()
		// It must not stay: a later file would make it look like a damaged one.
		if rerr := w.fs.Remove(name); rerr != nil {
			return w.fail(fmt.Errorf("remove the unfinished (%w) file %s: %w", err, name, rerr))
		}
		return classify(fmt.Errorf("make write-ahead log file %s: %w", name, err))
	}
	if err = f.Sync(); err == nil {
		err = w.fs.SyncDir(w.dir)
	}
	if err == nil {
		if err = writeLast(w.fs, w.dir, number); vfs.IsFull(err) {
			f.Close()
			// As above: there may be space again, and nothing is in the file.
			if rerr := w.fs.Remove(name); rerr != nil {
				return w.fail(fmt.Errorf("remove the unmarked (%w) file %s: %w", err, name, rerr))
			}
			return classify(fmt.Errorf("mark write-ahead log file %s: %w", name, err))
		}
	}
	if err != nil {
		f.Close()
		return w.fail(fmt.Errorf("sync new file %s: %w", name, err))
	}
	w.commit.file, w.commit.head, w.commit.size = f, head, fileHeader
	w.mu.Lock()
	w.files = append(w.files, number)
	w.stats.Bytes += fileHeader
	w.mu.Unlock()
	return nil
}

func (w *WAL) closeFile() error {
	if w.commit.file == nil {
		return nil
	}
	err := w.commit.file.Close()
	w.commit.file = nil
	if err != nil {
		return fmt.Errorf("close %s: %w", w.path(w.commit.head.number), err)
	}
	return nil
}

// fail makes err the answer to every later append.
func (w *WAL) fail(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = classify(fmt.Errorf("%w: %w", ErrFailed, err))
	return w.failed
}

// classify marks errors of a full device.
func classify(err error) error {
	if vfs.IsFull(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
