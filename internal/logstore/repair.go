package logstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
	"skywatch/internal/segment"
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
	Mended  []Mended       // segments whose header or footers were damaged
	LeftOut []LeftOut      // segments that are not live any more
	Log     []wal.Salvaged // files of the write-ahead log that were written anew
}

// Mended is a segment of which a whole file took the place. No event is lost.
type Mended struct {
	Path, As string // the file and the one that took its place
	Why      error  // the damage
}

// LeftOut is a segment that a repaired store does without. Scans of its time go
// on counting its events as missing, if the manifest said how many there were.
type LeftOut struct {
	Path   string
	Size   int64 // bytes; 0 when it is missing
	Events int64 // 0 when nobody knows, as without a manifest
	// Why is the damage; nil when all its events are in other segments or in the
	// write-ahead log.
	Why error
}

// Repair makes the folder of a store that [Open] refuses with [logs.ErrCorrupt]
// one that it opens, without the store being open:
//
//   - A manifest of which both files are damaged or lost is made anew from the
//     segments there are (rebuild.go says how it is told which are live).
//   - A segment with a damaged header or footer, of which there are two, is
//     written anew, with its blocks as they are. One of an older format with a
//     damaged header stays, since the store writes these anew by itself.
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
	store *Store       // opens segments, no more
	lost  []segmentRef // that could not be opened
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
	changed, err := r.mend(st)
	if err != nil || !changed {
		return err
	}
	st.lost = append(st.lost, r.lost...)
	return r.save(st)
}

// mend writes the live segments anew that have a flaw, leaves those out that
// cannot be opened, and reports whether there were any.
func (r *repairer) mend(st *state) (changed bool, err error) {
	live := st.segments
	st.segments = nil
	for _, ref := range live {
		t, err := r.open(ref)
		if err != nil {
			return false, err
		}
		if t == nil {
			changed = true
			continue
		}
		now, err := r.mendTable(t, st.nextSegment)
		t.unref()
		if err != nil {
			return false, err
		}
		if now.number != ref.number {
			changed = true
			st.nextSegment++
		}
		st.segments = append(st.segments, now)
	}
	return changed, nil
}

// mendTable writes a segment with a flaw anew, under a number that is free: the
// old file is live until the manifest is saved.
func (r *repairer) mendTable(t *table, number uint64) (segmentRef, error) {
	why := t.flaw()
	if err := t.reader.CheckCopy(); why == nil && err != nil {
		if why = fmt.Errorf("first footer: %w", err); !errors.Is(why, logs.ErrCorrupt) {
			return segmentRef{}, fmt.Errorf("read segment %s: %w", t.name, why)
		}
	}
	if why == nil || t.reader.Version() < segment.Version {
		return t.segmentRef, nil
	}
	if err := r.aside(t.name); err != nil {
		return segmentRef{}, err
	}
	name := filepath.Join(r.dir, segmentDir, segmentName(number))
	size, err := r.write(name, t.reader.Mend)
	if err != nil {
		return segmentRef{}, fmt.Errorf("write %s anew as %s: %w", t.name, name, err)
	}
	mended, err := r.store.openTable(unknownRef(number, size))
	if err != nil {
		return segmentRef{}, err
	}
	defer mended.unref()
	r.done.Mended = append(r.done.Mended, Mended{Path: t.name, As: name, Why: why})
	return mended.segmentRef, nil
}

// write makes a file durably.
func (r *repairer) write(name string, content func(io.Writer) (int64, error)) (size int64, err error) {
	f, err := r.fs.Create(name)
	if err != nil {
		return 0, err
	}
	size, err = content(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return size, r.fs.SyncDir(filepath.Dir(name))
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
		r.lost = append(r.lost, ref)
		return nil, r.leaveOut(ref, err)
	}
	return t, err
}

// leaveOut keeps a copy of a segment that will not be live. The next Open
// removes the file.
func (r *repairer) leaveOut(ref segmentRef, why error) error {
	out := LeftOut{Path: filepath.Join(r.dir, segmentDir, segmentName(ref.number)), Events: ref.events, Why: why}
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
	_, logged, lerr := wal.First(r.fs, r.walDir())
	return err == nil && len(segments) == 0 && lerr == nil && !logged
}
