package wal

import (
	"errors"
	"fmt"
	"path/filepath"

	"skywatch/internal/vfs"
)

// FileReport is what Inspect found in one file of a log.
type FileReport struct {
	Name    string
	Size    int64
	Records int64
	Bytes   int64 // payload bytes
	Torn    int64 // bytes behind the last whole record that nobody was told are safe
	Err     error // ErrCorrupt and the like; the records before the place were visited
}

// Inspect reads the log in dir without changing anything: nothing is removed
// and no torn tail is cut, so it may be used on a copy, on a read-only disk and,
// with a grain of salt for the last file, beside a running engine. Files below
// from are left out. visit, unless nil, gets every whole record; it must not
// keep payload. Damage is in the reports; the error is visit's or the folder's.
func Inspect(fs vfs.FS, dir string, from uint64, visit func(file uint64, offset int64, payload []byte) error) ([]FileReport, error) {
	files, err := logFiles(fs, dir, from)
	if err != nil {
		return nil, fmt.Errorf("inspect write-ahead log: %w", err)
	}
	var reports []FileReport
	marked, err := readLast(fs, dir)
	switch n := missingLast(files, from, marked); {
	case errors.Is(err, ErrCorrupt):
		reports = append(reports, FileReport{Name: filepath.Join(dir, lastName), Size: lastSize, Err: fmt.Errorf("%w (the log does without it, and the next file brings a new one)", err)})
	case err != nil:
		return nil, fmt.Errorf("inspect write-ahead log: %w", err)
	case n > 0:
		reports = append(reports, FileReport{Name: filepath.Join(dir, fileName(n)), Err: errMissing(dir, n)})
	}
	for i, number := range files {
		rep := FileReport{Name: filepath.Join(dir, fileName(number))}
		st, err := fs.Stat(rep.Name)
		if vfs.IsNotExist(err) {
			continue // released meanwhile
		}
		if err != nil {
			return reports, fmt.Errorf("inspect write-ahead log: %w", err)
		}
		rep.Size = st.Size
		last := i == len(files)-1
		if last && rep.Size <= fileHeader {
			rep.Torn = rep.Size % fileHeader // its making was cut
			reports = append(reports, rep)
			continue
		}
		r := reader{fs: fs, name: rep.Name, number: number, from: from, last: last, keep: true}
		if i > 0 {
			r.prev = files[i-1]
		}
		var rec Recovery
		var failed error
		off := int64(fileHeader)
		rep.Err = r.read(&rec, func(file uint64, payload []byte) error {
			if visit != nil {
				failed = visit(file, off, payload)
			}
			off += recordHeader + int64(len(payload))
			return failed
		})
		if failed != nil {
			return reports, fmt.Errorf("inspect %s: %w", rep.Name, failed)
		}
		rep.Records, rep.Bytes, rep.Torn = rec.Records, rec.Bytes, rec.TornBytes
		reports = append(reports, rep)
	}
	return reports, nil
}

// First returns the number of the oldest file in dir; ok is false when there is
// none.
func First(fs vfs.FS, dir string) (number uint64, ok bool, err error) {
	files, err := logFiles(fs, dir, 0)
	if err != nil || len(files) == 0 {
		return 0, false, err
	}
	return files[0], true, nil
}
