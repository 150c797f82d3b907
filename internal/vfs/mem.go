package vfs

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
)

// Mem is a file system in memory that knows what power loss would leave of
// it. Make it with [NewMem].
type Mem struct {
	mu    sync.Mutex
	dirs  map[string]*memDir // by cleaned path
	locks map[string]bool
	open  int
}

// memDir is a directory: what programs see, what the disk is sure to hold,
// and the changes between the two, oldest first.
type memDir struct {
	names   map[string]*memNode
	durable map[string]*memNode
	pending []nameChange
}

// nameChange is one change of names that happens whole or not at all: drop
// unless empty is removed, then set (unless empty) gets node.
type nameChange struct {
	drop, set string
	node      *memNode
}

func (c nameChange) apply(names map[string]*memNode) {
	if c.drop != "" {
		delete(names, c.drop)
	}
	if c.set != "" {
		names[c.set] = c.node
	}
}

// memNode is a file's content: data as programs see it, the bytes the disk is
// sure to hold, and the writes since. Files are append-only, so the unsynced
// writes are ranges of data behind the durable part.
type memNode struct {
	data     []byte
	durable  []byte // as of the last Sync
	unsynced []int  // end offsets in data of the writes since, ascending
}

// NewMem returns an empty file system with the directory "." in it.
func NewMem() *Mem {
	return &Mem{dirs: map[string]*memDir{".": newMemDir(), "/": newMemDir()}, locks: map[string]bool{}}
}

func newMemDir() *memDir {
	return &memDir{names: map[string]*memNode{}, durable: map[string]*memNode{}}
}

// OpenFiles returns how many files are open now, for leak checks.
func (m *Mem) OpenFiles() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.open
}

// CrashClone returns what a machine that loses power now would find when it
// comes up: everything synced, and of the unsynced writes and name changes a
// part chosen by rng. Locks are free in the clone; m goes on unharmed.
func (m *Mem) CrashClone(rng *rand.Rand) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := NewMem()
	// In path order, so that one seed always gives one clone.
	paths := make([]string, 0, len(m.dirs))
	for path := range m.dirs {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		d := m.dirs[path]
		names := make(map[string]*memNode, len(d.durable))
		for name, node := range d.durable {
			names[name] = node
		}
		keep := keepSome(rng, len(d.pending))
		for i, change := range d.pending {
			if keep(i) {
				change.apply(names)
			}
		}
		cd := newMemDir()
		sorted := make([]string, 0, len(names))
		for name := range names {
			sorted = append(sorted, name)
		}
		slices.Sort(sorted)
		for _, name := range sorted {
			data := names[name].crash(rng)
			node := &memNode{data: data, durable: slices.Clone(data)}
			cd.names[name], cd.durable[name] = node, node
		}
		c.dirs[path] = cd
	}
	return c
}

// keepSome chooses which of n unsynced changes survive: all, none, a prefix
// (as an ordered journal leaves it) or any of them.
func keepSome(rng *rand.Rand, n int) func(i int) bool {
	switch rng.IntN(4) {
	case 0:
		return func(int) bool { return false }
	case 1:
		return func(int) bool { return true }
	case 2:
		cut := rng.IntN(n + 1)
		return func(i int) bool { return i < cut }
	default:
		return func(int) bool { return rng.IntN(2) == 0 }
	}
}

// crash returns the content of a file after power loss.
func (n *memNode) crash(rng *rand.Rand) []byte {
	out := slices.Clone(n.durable)
	keep := keepSome(rng, len(n.unsynced))
	start := len(n.durable)
	for i, end := range n.unsynced {
		if keep(i) {
			// Of a surviving write any part can be on disk: a run of it from
			// from to to, zeros where the file is longer than what was written.
			from, to := start, end
			if rng.IntN(3) == 0 && end > start {
				to = start + rng.IntN(end-start+1)
			}
			if rng.IntN(8) == 0 && to > from {
				from += rng.IntN(to - from)
			}
			if to > len(out) {
				out = append(out, make([]byte, to-len(out))...)
			}
			copy(out[from:to], n.data[from:to])
		}
		start = end
	}
	return out
}

func split(name string) (dir, base string) {
	name = filepath.Clean(name)
	return filepath.Dir(name), filepath.Base(name)
}

func pathErr(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// lookup finds a file; m.mu is held.
func (m *Mem) lookup(op, name string) (*memDir, string, *memNode, error) {
	dir, base := split(name)
	d := m.dirs[dir]
	if d == nil || d.names[base] == nil {
		return d, base, nil, pathErr(op, name, fs.ErrNotExist)
	}
	return d, base, d.names[base], nil
}

func (d *memDir) change(c nameChange) {
	c.apply(d.names)
	d.pending = append(d.pending, c)
}

// Create implements [FS].
func (m *Mem) Create(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base := split(name)
	d := m.dirs[dir]
	if d == nil {
		return nil, pathErr("create", name, fs.ErrNotExist)
	}
	// A file that is there is replaced by a new node: on disk, too, emptying
	// and the writes after it are unsynced until Sync.
	node := &memNode{}
	d.change(nameChange{set: base, node: node})
	m.open++
	return &memFile{m: m, node: node, name: name, writable: true}, nil
}

// Open implements [FS].
func (m *Mem) Open(name string) (File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _, node, err := m.lookup("open", name)
	if err != nil {
		return nil, err
	}
	m.open++
	return &memFile{m: m, node: node, name: name}, nil
}

// Remove implements [FS].
func (m *Mem) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, _, err := m.lookup("remove", name)
	if err != nil {
		return err
	}
	d.change(nameChange{drop: base})
	return nil
}

// Rename implements [FS].
func (m *Mem) Rename(oldname, newname string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, base, node, err := m.lookup("rename", oldname)
	if err != nil {
		return err
	}
	newdir, newbase := split(newname)
	if m.dirs[newdir] != d {
		return pathErr("rename", newname, errors.New("not in the directory of the old name"))
	}
	d.change(nameChange{drop: base, set: newbase, node: node})
	return nil
}

// Truncate implements [FS].
func (m *Mem) Truncate(name string, size int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _, node, err := m.lookup("truncate", name)
	if err != nil {
		return err
	}
	if size < 0 || size > int64(len(node.data)) {
		return pathErr("truncate", name, fs.ErrInvalid)
	}
	node.data = slices.Clone(node.data[:size]) // readers may hold the old array
	node.sync()
	return nil
}

// MkdirAll implements [FS].
func (m *Mem) MkdirAll(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for dir = filepath.Clean(dir); m.dirs[dir] == nil; dir = filepath.Dir(dir) {
		parent, base := split(dir)
		if p := m.dirs[parent]; p != nil && p.names[base] != nil {
			return pathErr("mkdir", dir, fs.ErrExist)
		}
		m.dirs[dir] = newMemDir()
	}
	return nil
}

// List implements [FS].
func (m *Mem) List(dir string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir = filepath.Clean(dir)
	d := m.dirs[dir]
	if d == nil {
		return nil, pathErr("list", dir, fs.ErrNotExist)
	}
	var names []string
	for name := range d.names {
		names = append(names, name)
	}
	for path := range m.dirs {
		if parent, base := split(path); parent == dir && path != dir {
			names = append(names, base)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Stat implements [FS].
func (m *Mem) Stat(name string) (Info, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dirs[filepath.Clean(name)] != nil {
		return Info{Dir: true}, nil
	}
	_, _, node, err := m.lookup("stat", name)
	if err != nil {
		return Info{}, err
	}
	return Info{Size: int64(len(node.data))}, nil
}

// SyncDir implements [FS].
func (m *Mem) SyncDir(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d := m.dirs[filepath.Clean(dir)]
	if d == nil {
		return pathErr("sync", dir, fs.ErrNotExist)
	}
	for _, c := range d.pending {
		c.apply(d.durable)
	}
	d.pending = nil
	return nil
}

// Lock implements [FS].
func (m *Mem) Lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	dir, base := split(name)
	d := m.dirs[dir]
	if d == nil {
		return nil, pathErr("lock", name, fs.ErrNotExist)
	}
	name = filepath.Clean(name)
	if m.locks[name] {
		return nil, pathErr("lock", name, ErrLocked)
	}
	if d.names[base] == nil {
		d.change(nameChange{set: base, node: &memNode{}})
	}
	m.locks[name] = true
	return &memLock{m: m, name: name}, nil
}

type memLock struct {
	m    *Mem
	name string
	once sync.Once
}

func (l *memLock) Close() error {
	err := fs.ErrClosed
	l.once.Do(func() {
		l.m.mu.Lock()
		defer l.m.mu.Unlock()
		delete(l.m.locks, l.name)
		err = nil
	})
	return err
}

func (n *memNode) sync() {
	n.durable = n.data[:len(n.data):len(n.data)]
	n.unsynced = n.unsynced[:0]
}

// memFile is an open file of a Mem.
type memFile struct {
	m        *Mem
	node     *memNode
	name     string
	writable bool
	closed   bool
}

// lock takes the lock of the file system and refuses a closed file, then
// without holding it.
func (f *memFile) lock(op string) error {
	f.m.mu.Lock()
	if f.closed {
		f.m.mu.Unlock()
		return pathErr(op, f.name, fs.ErrClosed)
	}
	return nil
}

func (f *memFile) Write(p []byte) (int, error) {
	if err := f.lock("write"); err != nil {
		return 0, err
	}
	defer f.m.mu.Unlock()
	if !f.writable {
		return 0, pathErr("write", f.name, fs.ErrPermission)
	}
	n := f.node
	n.data = append(n.data, p...)
	n.unsynced = append(n.unsynced, len(n.data))
	return len(p), nil
}

func (f *memFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.lock("read"); err != nil {
		return 0, err
	}
	defer f.m.mu.Unlock()
	if off < 0 {
		return 0, pathErr("read", f.name, fs.ErrInvalid)
	}
	if off >= int64(len(f.node.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memFile) Sync() error {
	if err := f.lock("sync"); err != nil {
		return err
	}
	defer f.m.mu.Unlock()
	f.node.sync()
	return nil
}

func (f *memFile) Size() (int64, error) {
	if err := f.lock("stat"); err != nil {
		return 0, err
	}
	defer f.m.mu.Unlock()
	return int64(len(f.node.data)), nil
}

func (f *memFile) Close() error {
	if err := f.lock("close"); err != nil {
		return err
	}
	defer f.m.mu.Unlock()
	f.closed = true
	f.m.open--
	return nil
}
