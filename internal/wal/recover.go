package wal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"skywatch/internal/vfs"
)

// maxTail bounds the bytes behind a bad record that are read into memory to
// judge it: a file is at most FileSize and one group long, far below this.
const maxTail = 1 << 30

// recoverFiles replays the files of dir from number from on and returns the
// numbers of those that exist.
func recoverFiles(fs vfs.FS, dir string, from uint64, replay func(uint64, []byte) error) ([]uint64, Recovery, error) {
	var rec Recovery
	names, err := fs.List(dir)
	if err != nil {
		return nil, rec, fmt.Errorf("open write-ahead log: %w", err)
	}
	var files []uint64
	for _, name := range names {
		n, ok := parseName(name)
		switch {
		case !ok: // not ours
		case n < from:
			// Released before a crash that brought its name back, or left
			// behind by a failed Release.
			if err := fs.Remove(filepath.Join(dir, name)); err != nil {
				return nil, rec, fmt.Errorf("open write-ahead log: remove released file: %w", err)
			}
		default:
			files = append(files, n)
		}
	}
	slices.Sort(files)
	// Without its marker a log is as good, and the next file brings a new one.
	marked, err := readLast(fs, dir)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return nil, rec, fmt.Errorf("open write-ahead log: %w", err)
	}
	if n := missingLast(files, from, marked); n > 0 {
		return nil, rec, fmt.Errorf("open write-ahead log: %w", errMissing(dir, n))
	}
	if files, err = removeUnmade(fs, dir, files, marked, &rec); err != nil {
		return nil, rec, fmt.Errorf("open write-ahead log: %w", err)
	}
	for i, number := range files {
		r := reader{fs: fs, name: filepath.Join(dir, fileName(number)), number: number, from: from, last: i == len(files)-1}
		if i > 0 {
			r.prev = files[i-1]
		}
		if err := r.read(&rec, replay); err != nil {
			return nil, rec, fmt.Errorf("replay %s: %w", r.name, err)
		}
	}
	return files, rec, nil
}

// removeUnmade removes the files at the end that are not longer than a header:
// their making was cut, or they never got a record.
func removeUnmade(fs vfs.FS, dir string, files []uint64, marked uint64, rec *Recovery) ([]uint64, error) {
	removed := false
	for len(files) > 0 {
		name := filepath.Join(dir, fileName(files[len(files)-1]))
		st, err := fs.Stat(name)
		if err != nil {
			return nil, err
		}
		if st.Size > fileHeader {
			break
		}
		if st.Size < fileHeader {
			rec.TornFile, rec.TornOffset, rec.TornBytes = name, 0, st.Size
		}
		if marked >= files[len(files)-1] { // it must not be missed
			marked = 0
			if len(files) > 1 {
				marked = files[len(files)-2]
			}
			if err := writeLast(fs, dir, marked); err != nil {
				return nil, err
			}
		}
		if err := fs.Remove(name); err != nil {
			return nil, err
		}
		removed = true
		files = files[:len(files)-1]
	}
	if removed {
		if err := fs.SyncDir(dir); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// reader reads one file.
type reader struct {
	fs     vfs.FS
	name   string
	number uint64
	prev   uint64 // the file before it, 0 when it is the first that is left
	from   uint64
	last   bool
	keep   bool // change nothing: a torn tail is only reported
}

// read replays the records of the file.
func (r *reader) read(rec *Recovery, replay func(uint64, []byte) error) error {
	f, err := r.fs.Open(r.name)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(f, 0, size), 256<<10)
	buf := make([]byte, fileHeader, 64<<10)
	if _, err := io.ReadFull(in, buf); err != nil {
		return corruptIfShort(err, 0)
	}
	head, err := decodeHeader(buf)
	if err != nil {
		return err
	}
	if head.number != r.number {
		return fmt.Errorf("%w: header says file %d", ErrCorrupt, head.number)
	}
	if head.prev != r.prev && head.prev >= max(r.from, 1) {
		return fmt.Errorf("%w: file %s that came before is missing", ErrCorrupt, fileName(head.prev))
	}
	rec.Files++
	seed := seedOf(head.salt)
	for off := int64(fileHeader); off < size; {
		payload, ok, err := nextRecord(in, &buf, seed, off, size)
		if err != nil {
			return err
		}
		if !ok {
			return r.badRecord(f, seed, off, size, rec)
		}
		if err := replay(r.number, payload); err != nil {
			return fmt.Errorf("record at offset %d: %w", off, err)
		}
		rec.Records++
		rec.Bytes += int64(len(payload))
		off += recordHeader + int64(len(payload))
	}
	return nil
}

// nextRecord reads the record at off; ok is false when it fails its checks.
// The payload lies in *buf.
func nextRecord(in io.Reader, buf *[]byte, seed uint32, off, size int64) (payload []byte, ok bool, err error) {
	if size-off < recordHeader {
		return nil, false, nil
	}
	var head [recordHeader]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, false, corruptIfShort(err, off)
	}
	n, _, ok := recordHead(head[:], off, size) // n is bounded by the file's size
	if !ok {
		return nil, false, nil
	}
	b := slices.Grow((*buf)[:0], recordHeader+n)[:recordHeader+n]
	*buf = b
	copy(b, head[:])
	if _, err := io.ReadFull(in, b[recordHeader:]); err != nil {
		return nil, false, corruptIfShort(err, off)
	}
	if recordSum(seed, off, b[4:]) != binary.LittleEndian.Uint32(b) {
		return nil, false, nil
	}
	return b[recordHeader:], true, nil
}

// badRecord decides between a torn tail, which it cuts off, and damage.
func (r *reader) badRecord(f vfs.File, seed uint32, off, size int64, rec *Recovery) error {
	if !r.last {
		return fmt.Errorf("%w: bad record at offset %d of %d, and later files exist", ErrCorrupt, off, size)
	}
	if size-off > maxTail {
		return fmt.Errorf("%w: bad record at offset %d of %d, too far from the end for a torn tail", ErrCorrupt, off, size)
	}
	tail := make([]byte, size-off)
	if _, err := f.ReadAt(tail, off); err != nil {
		return corruptIfShort(err, off)
	}
	if at, found := syncedBehind(tail, seed, off); found {
		return fmt.Errorf("%w: bad record at offset %d of %d, although the record at offset %d proves that it was synced",
			ErrCorrupt, off, size, at)
	}
	rec.TornFile, rec.TornOffset, rec.TornBytes = r.name, off, size-off
	if r.keep {
		return nil
	}
	if err := r.fs.Truncate(r.name, off); err != nil {
		return fmt.Errorf("cut torn tail at offset %d: %w", off, err)
	}
	return nil
}

// corruptIfShort marks a file that ended before its size.
func corruptIfShort(err error, off int64) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: file ends inside the record at offset %d", ErrCorrupt, off)
	}
	return fmt.Errorf("read at offset %d: %w", off, err)
}
