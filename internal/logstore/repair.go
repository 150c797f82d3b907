package logstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Repaired is what Repair did.
type Repaired struct {
	// Healed is why the manifest could not be read, when its copy took its place.
	Healed error
	// Rebuilt is why the manifest was made anew from the segments, nil when it
	// was not. Deletions that it held and that had not freed their space yet are
	// forgotten then: the owner of the metadata must drop again what it does not
	// know.
	Rebuilt error
	LeftOut []LeftOut      // segments that are not live any more
	Log     []wal.Salvaged // files of the write-ahead log that were written anew
}

// LeftOut is a segment that a repaired store does without.
type LeftOut struct {
	Path string
	Size int64 // bytes; 0 when it is missing
	// Why is the damage; nil when all its events are in other segments or in the
	// write-ahead log.
	Why error
}

// Repair makes the folder of a store that [Open] refuses with [logs.ErrCorrupt]
// one that it opens, without the store being open:
//
//   - A manifest of which both files are damaged or lost is made anew from the
//     segments there are (rebuild.go says how it is told which are live).
//   - A segment that cannot be opened is left out.
//   - Of a damaged write-ahead log all whole records are kept.
//
// Damaged blocks within segments are left as they are: they harm nobody else.
// Before a file is replaced, removed or left out, aside is called with its name
// and must have kept a copy when it returns nil. Nothing else is touched, and a
// folder that opens stays as it is. The error is [vfs.ErrLocked] when the folder
// is in use; after any error or a crash Repair can be called again.
func Repair(ctx context.Context, fs vfs.FS, dir string, aside func(name string) error) (*Repaired, error) {
	lock, err := fs.Lock(filepath.Join(dir, lockName))
	if err != nil {
		return nil, fmt.Errorf("repair log store %s: %w", dir, err)
	}
	r := &repairer{ctx: ctx, fs: fs, dir: dir, aside: aside, store: &Store{fs: fs, dir: dir}, done: &Repaired{}}
	err = errors.Join(r.repair(), lock.Close())
	if err != nil {
		return r.done, fmt.Errorf("repair log store %s: %w", dir, err)
	}
	return r.done, nil
}

type repairer struct {
	ctx   context.Context
	fs    vfs.FS
	dir   string
	aside func(string) error
	store *Store // opens segments, no more
	done  *Repaired
}

func (r *repairer) repair() error {
	l, err := manifest.Open(r.fs, r.dir, ManifestKind)
	var st *state
	if err == nil {
		r.done.Healed = l.Damage
		st, err = stateOf(l, r.dir)
	}
	lost := errors.Is(err, manifest.ErrNotExist)
	switch {
	case lost && r.empty():
		return nil
	case lost || errors.Is(err, manifest.ErrCorrupt) || errors.Is(err, logs.ErrCorrupt):
		r.done.Rebuilt = err
		return r.rebuild()
	case err != nil:
		return err
	}
	if r.done.Log, err = wal.Salvage(r.fs, r.walDir(), st.walFrom, r.aside, keepRecord); err != nil {
		return err
	}
	live := st.segments
	st.segments = nil
	for _, ref := range live {
		t, err := r.open(ref)
		if err != nil {
			return err
		}
		if t != nil {
			t.unref()
			st.segments = append(st.segments, ref)
		}
	}
	if len(st.segments) == len(live) {
		return nil
	}
	return r.save(st)
}

// keepRecord keeps every record of the log.
func keepRecord(payload []byte) ([]byte, error) { return payload, nil }

// open opens a segment; nil when it is damaged, which is taken note of.
func (r *repairer) open(ref segmentRef) (*table, error) {
	if err := r.ctx.Err(); err != nil {
		return nil, err
	}
	t, err := r.store.openTable(ref)
	if errors.Is(err, logs.ErrCorrupt) {
		return nil, r.leaveOut(segmentName(ref.number), err)
	}
	return t, err
}

// leaveOut keeps a copy of a segment that will not be live. The next Open
// removes the file.
func (r *repairer) leaveOut(name string, why error) error {
	out := LeftOut{Path: filepath.Join(r.dir, segmentDir, name), Why: why}
	if st, err := r.fs.Stat(out.Path); err == nil {
		out.Size = st.Size
		if err := r.aside(out.Path); err != nil {
			return err
		}
	} else if !vfs.IsNotExist(err) {
		return err
	}
	r.done.LeftOut = append(r.done.LeftOut, out)
	return nil
}

func (r *repairer) save(st *state) error {
	return manifest.Save(r.fs, r.dir, ManifestKind, manifestVersion, st.encode())
}

func (r *repairer) walDir() string { return filepath.Join(r.dir, walDir) }

// segmentFiles lists the names of the segments there are.
func (r *repairer) segmentFiles() ([]string, error) {
	names, err := r.fs.List(filepath.Join(r.dir, segmentDir))
	if err != nil && !vfs.IsNotExist(err) {
		return nil, err
	}
	var out []string
	for _, name := range names {
		if strings.HasSuffix(name, segmentSuffix) {
			out = append(out, name)
		}
	}
	return out, nil
}

// empty reports whether the folder holds no data, so that nothing is missing.
func (r *repairer) empty() bool {
	segments, err := r.segmentFiles()
	log, lerr := r.fs.List(r.walDir())
	return err == nil && len(segments) == 0 && (lerr == nil && len(log) == 0 || vfs.IsNotExist(lerr))
}
