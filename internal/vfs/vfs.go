// Package vfs is files as a contract: the few operations a storage engine
// needs, with their durability spelled out, so that the same engine runs on a
// disk ([Disk]), in memory with a model of power loss ([Mem], [Mem.CrashClone])
// and with injected failures ([WithErrors]).
//
// What is durable when, on every FS:
//
//   - bytes written to a File survive power loss after File.Sync returned nil;
//     before that any part of them may survive, also later bytes without
//     earlier ones (the hole reads as zeros);
//   - a name made, renamed or removed survives after SyncDir of its directory
//     returned nil; before that each change may or may not survive, but one
//     rename is never half done;
//   - MkdirAll and Truncate are durable when they return nil.
//
// So a new file is safe after Sync and SyncDir, and a file is replaced
// atomically by writing a temporary one, Sync, Rename, SyncDir.
//
// After a failed Sync nobody can know which bytes reached the disk, also not
// by a second Sync that succeeds: callers must give the file up.
package vfs

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// FS is a tree of files. Names are slash or OS paths; names given to Rename
// lie in one directory. Errors satisfy errors.Is with [fs.ErrNotExist] and
// [fs.ErrExist] where these apply. Safe for concurrent use.
type FS interface {
	// Create makes an empty file for writing and reading, emptying one that
	// is there.
	Create(name string) (File, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
	// Remove removes a file. Files that are open stay readable.
	Remove(name string) error
	// Rename gives a file a new name, replacing what had it, atomically.
	Rename(oldname, newname string) error
	// Truncate cuts a file to size bytes and syncs it.
	Truncate(name string, size int64) error
	// MkdirAll makes a directory and its parents; none of them being new is
	// no error.
	MkdirAll(dir string) error
	// List returns the names (without directory) in dir, sorted.
	List(dir string) ([]string, error)
	// Stat returns the size of a file and whether it is a directory.
	Stat(name string) (Info, error)
	// SyncDir makes the names of a directory durable.
	SyncDir(dir string) error
	// Lock takes the lock file name, made if missing, for this process alone
	// until the Closer is closed or the process ends; it does not wait. The
	// error is [ErrLocked] when another holder exists.
	Lock(name string) (io.Closer, error)
}

// File is an open file. Writes go to its end. ReadAt may be called from many
// goroutines at once; the other methods from one at a time.
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer
	// Sync makes everything written so far durable.
	Sync() error
	// Size returns the length in bytes.
	Size() (int64, error)
}

// Info is what Stat knows.
type Info struct {
	Size int64 // bytes
	Dir  bool
}

// ErrLocked is returned by Lock when the lock is held elsewhere.
var ErrLocked = errors.New("locked by another process")

// IsFull reports whether err says that the device or the quota is exhausted.
func IsFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// IsNotExist reports whether err says that a file does not exist.
func IsNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// ReadFile returns the whole content of a file; it refuses files over limit
// bytes before allocating.
func ReadFile(fsys FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	n, err := f.Size()
	if err != nil {
		return nil, err
	}
	if n > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	b := make([]byte, n)
	if _, err := f.ReadAt(b, 0); err != nil && !(errors.Is(err, io.EOF) && n == 0) {
		return nil, err
	}
	return b, nil
}

var errTooLarge = errors.New("file is larger than the format allows")
