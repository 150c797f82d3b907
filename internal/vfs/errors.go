package vfs

import "io"

// Op names an operation for the hook of [WithErrors].
type Op string

// The operations a hook can see. OpWrite, OpRead, OpSync and OpClose are those
// of files, with the name the file was opened by.
const (
	OpCreate   Op = "create"
	OpOpen     Op = "open"
	OpRemove   Op = "remove"
	OpRename   Op = "rename" // path is the new name
	OpTruncate Op = "truncate"
	OpMkdir    Op = "mkdir"
	OpList     Op = "list"
	OpStat     Op = "stat"
	OpSyncDir  Op = "syncdir"
	OpLock     Op = "lock"
	OpWrite    Op = "write"
	OpRead     Op = "read"
	OpSync     Op = "sync"
	OpClose    Op = "close"
)

// WithErrors returns fs with a hook asked before every operation: when it
// returns an error the operation fails with it. A failed write has written
// half of its bytes, as a full disk does; a failed close has closed; all
// others have done nothing. The hook is called from any goroutine.
func WithErrors(fs FS, hook func(op Op, path string) error) FS { return &errFS{fs, hook} }

type errFS struct {
	fs   FS
	hook func(Op, string) error
}

type errFile struct {
	File
	name string
	hook func(Op, string) error
}

func (e *errFS) file(op Op, name string, open func(string) (File, error)) (File, error) {
	if err := e.hook(op, name); err != nil {
		return nil, err
	}
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	return &errFile{f, name, e.hook}, nil
}

func (e *errFS) Create(name string) (File, error) { return e.file(OpCreate, name, e.fs.Create) }
func (e *errFS) Open(name string) (File, error)   { return e.file(OpOpen, name, e.fs.Open) }

func (e *errFS) Remove(name string) error {
	if err := e.hook(OpRemove, name); err != nil {
		return err
	}
	return e.fs.Remove(name)
}

func (e *errFS) Rename(oldname, newname string) error {
	if err := e.hook(OpRename, newname); err != nil {
		return err
	}
	return e.fs.Rename(oldname, newname)
}

func (e *errFS) Truncate(name string, size int64) error {
	if err := e.hook(OpTruncate, name); err != nil {
		return err
	}
	return e.fs.Truncate(name, size)
}

func (e *errFS) MkdirAll(dir string) error {
	if err := e.hook(OpMkdir, dir); err != nil {
		return err
	}
	return e.fs.MkdirAll(dir)
}

func (e *errFS) List(dir string) ([]string, error) {
	if err := e.hook(OpList, dir); err != nil {
		return nil, err
	}
	return e.fs.List(dir)
}

func (e *errFS) Stat(name string) (Info, error) {
	if err := e.hook(OpStat, name); err != nil {
		return Info{}, err
	}
	return e.fs.Stat(name)
}

func (e *errFS) SyncDir(dir string) error {
	if err := e.hook(OpSyncDir, dir); err != nil {
		return err
	}
	return e.fs.SyncDir(dir)
}

func (e *errFS) Lock(name string) (io.Closer, error) {
	if err := e.hook(OpLock, name); err != nil {
		return nil, err
	}
	return e.fs.Lock(name)
}

func (f *errFile) Write(p []byte) (int, error) {
	if err := f.hook(OpWrite, f.name); err != nil {
		n, werr := f.File.Write(p[:len(p)/2])
		if werr != nil {
			err = werr
		}
		return n, err
	}
	return f.File.Write(p)
}

func (f *errFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.hook(OpRead, f.name); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

func (f *errFile) Sync() error {
	if err := f.hook(OpSync, f.name); err != nil {
		return err
	}
	return f.File.Sync()
}

func (f *errFile) Close() error {
	err := f.hook(OpClose, f.name)
	if cerr := f.File.Close(); err == nil {
		err = cerr
	}
	return err
}
