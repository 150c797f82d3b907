package metricstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// Repaired is what Repair did.
type Repaired struct {
	// Healed is why the manifest could not be read, when its copy took its place.
	Healed error
	// Rebuilt is why the manifest was made anew from the files there are, nil
	// when it was not. Points carry no sequence numbers, so if a crash had just
	// left inputs of a merge, or files of the log that were flushed, beside what
	// was live, these count twice from then on.
	Rebuilt error
	LeftOut []LeftOut      // files that are not used any more
	Log     []wal.Salvaged // files of the write-ahead log that were written anew
	// Unnamed counts points of the log whose series was defined in a damaged
	// record: nobody knows what they measured.
	Unnamed int64
}

// LeftOut is a file that a repaired store does without.
type LeftOut struct {
	Path string
	Size int64 // bytes; 0 when it is missing
	Why  error // the damage
	// Anew says that what the file said was written again: nothing is lost.
	Anew bool
}

// Repair makes the folder of a store that [Open] refuses with
// [metrics.ErrCorrupt] one that it opens, without the store being open:
//
//   - A manifest of which both files are damaged or lost is made anew.
//   - A segment of which index or footer is damaged is left out.
//   - Damaged bounds of series are computed again from the segments. A damaged
//     file of definitions is written anew from its other half; where both halves
//     are damaged its series lose their names, and with them their data.
//   - Of a damaged write-ahead log all whole records are kept.
//
// Damaged blocks within segments are left as they are. aside and the error are
// as for the log engine's Repair.
func Repair(ctx context.Context, fs vfs.FS, dir string, aside func(name string) error) (*Repaired, error) {
	lock, err := fs.Lock(filepath.Join(dir, "LOCK"))
	if err != nil {
		return nil, fmt.Errorf("repair metric store %s: %w", dir, err)
	}
	r := &repairer{ctx: ctx, fs: fs, dir: dir, aside: aside, done: &Repaired{}, registry: newRegistry(maxSeriesID)}
	err = errors.Join(r.repair(), lock.Close())
	if err != nil {
		return r.done, fmt.Errorf("repair metric store %s: %w", dir, err)
	}
	return r.done, nil
}

type repairer struct {
	ctx      context.Context
	fs       vfs.FS
	dir      string
	aside    func(string) error
	done     *Repaired
	registry *registry
	spans    []seriesSpan // of the segments' data
	unkeyed  bool         // a file of definitions was damaged
}

// seriesSpan says when a segment has data of a series, in seconds.
type seriesSpan struct {
	id          metrics.SeriesID
	first, last int64
}

func (r *repairer) repair() error {
	st, err := r.loadState()
	if err != nil || st == nil {
		return err
	}
	changed := r.done.Rebuilt != nil
	for _, step := range []func(*state) (bool, error){r.segments, r.keys, r.bounds, r.log, r.saveKeys} {
		did, err := step(st)
		if err != nil {
			return err
		}
		changed = changed || did
	}
	if !changed {
		return nil
	}
	if err := r.fs.SyncDir(r.dir); err != nil {
		return err
	}
	return manifest.Save(r.fs, r.dir, ManifestKind, stateVersion, st.encode())
}

// loadState reads the manifest, or makes it anew; nil when the folder holds no
// data.
func (r *repairer) loadState() (*state, error) {
	l, err := manifest.Open(r.fs, r.dir, ManifestKind)
	missing := errors.Is(err, manifest.ErrNotExist)
	st, err := stateOf(r.fs, r.dir, l, err)
	if err == nil {
		if l != nil {
			r.done.Healed = l.Damage
		}
		_, logged, lerr := wal.First(r.fs, r.path(walDir))
		if missing && !logged {
			return nil, lerr
		}
		if !missing {
			return st, nil
		}
		// Nearly as nobody but an old version leaves a folder: it is rebuilt,
		// which comes to the same when there is a log alone.
		err = fmt.Errorf("%s: %w", r.path(manifest.Name), manifest.ErrNotExist)
	} else if !errors.Is(err, manifest.ErrCorrupt) && !errors.Is(err, metrics.ErrCorrupt) {
		return nil, err
	}
	r.done.Rebuilt = err
	for _, name := range [...]string{manifest.Name, manifest.CopyName} {
		if _, err := r.fs.Stat(r.path(name)); vfs.IsNotExist(err) {
			continue
		}
		if err := r.aside(r.path(name)); err != nil {
			return nil, err
		}
	}
	return r.rebuild()
}

// rebuild makes a state of all the files there are. What is wrong with them is
// looked at later.
func (r *repairer) rebuild() (*state, error) {
	st := firstState()
	names, err := r.fs.List(r.dir)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !isNumbered(name) {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(name, filepath.Ext(name)), 10, 64)
		if err != nil {
			return nil, err
		}
		st.nextFile = max(st.nextFile, n+1)
		switch filepath.Ext(name) {
		case keysSuffix:
			st.keys = append(st.keys, n)
		case boundsSuffix:
			st.bounds = max(st.bounds, n)
		case segmentSuffix:
			st.segments = append(st.segments, segmentMeta{number: n})
		}
	}
	st.nextRun = st.nextFile // a run of its own for each segment
	slices.Sort(st.keys)
	if n, ok, err := wal.First(r.fs, r.path(walDir)); err != nil {
		return nil, err
	} else if ok {
		st.walFrom = n
	}
	return st, nil
}

func (r *repairer) path(name string) string { return filepath.Join(r.dir, name) }

// leaveOut keeps a copy of a file that will not be used. The next Open removes
// the file.
func (r *repairer) leaveOut(out LeftOut) error {
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

// segments leaves out those that cannot be opened, and describes them anew when
// the manifest is.
func (r *repairer) segments(st *state) (changed bool, err error) {
	live := st.segments
	st.segments = nil
	for _, m := range live {
		if err := r.ctx.Err(); err != nil {
			return false, err
		}
		name := filePath(r.dir, m.number, segmentSuffix)
		told, err := r.describe(name, m.number)
		if r.done.Rebuilt == nil && err == nil && (told.size != m.size || told.start != m.start) {
			err = fmt.Errorf("%d bytes of the day at %d s, the manifest says %d bytes, %d s: %w", told.size, told.start, m.size, m.start, metrics.ErrCorrupt)
		}
		if errors.Is(err, metrics.ErrCorrupt) || vfs.IsNotExist(err) {
			if err := r.leaveOut(LeftOut{Path: name, Why: err}); err != nil {
				return false, err
			}
			changed = true
			continue
		}
		if err != nil {
			return false, err
		}
		if r.done.Rebuilt != nil {
			m = told
		}
		st.segments = append(st.segments, m)
	}
	return changed, nil
}

// describe reads what the manifest says of a segment from the segment, and
// takes note of when its series have data.
func (r *repairer) describe(name string, number uint64) (m segmentMeta, err error) {
	f, err := r.fs.Open(name)
	if err != nil {
		return m, err
	}
	defer f.Close() // it was only read
	s := &segment{name: name, file: f}
	if err := s.readFooter(); err != nil {
		return m, err
	}
	idx, err := s.loadIndex()
	if err != nil {
		return m, err
	}
	m = s.segmentMeta
	m.number, m.run, m.series = number, number, len(idx.ids)
	in := &segmentCursor{seg: s, idx: idx}
	var c chunk
	var buf []byte
	for i, id := range idx.ids {
		m.tierMask |= idx.mask[i]
		m.finest |= idx.mask[i] & -idx.mask[i]
		points, err := in.take(&c, &buf, func(error) {}) // a damaged block stays one
		if err != nil {
			return m, err
		}
		if len(points) == 0 {
			continue
		}
		first, last := points[0].ts, points[len(points)-1].ts
		if m.points == 0 {
			m.first, m.last = first, last
		}
		m.first, m.last = min(m.first, first), max(m.last, last)
		m.points += int64(len(points))
		r.spans = append(r.spans, seriesSpan{id, first, last})
	}
	return m, nil
}

// keys reads the definitions of series.
func (r *repairer) keys(st *state) (changed bool, err error) {
	for _, n := range st.keys {
		name := filePath(r.dir, n, keysSuffix)
		b, damage, err := readSealed(r.fs, name, keysMagic)
		if err == nil {
			err = r.registry.decodeKeys(b)
		}
		if err != nil && !errors.Is(err, metrics.ErrCorrupt) && !vfs.IsNotExist(err) {
			return false, err
		}
		if why := cmp.Or(err, damage); why != nil {
			if err := r.leaveOut(LeftOut{Path: name, Why: why, Anew: err == nil}); err != nil {
				return false, err
			}
			r.unkeyed = true
		}
	}
	// Ids of series that lost their names must not be given to others.
	if all, upTo := r.registry.from(0); len(all) > 0 {
		st.keysUpTo = max(st.keysUpTo, upTo)
	}
	for _, s := range r.spans {
		st.keysUpTo = max(st.keysUpTo, s.id)
	}
	r.registry.reserve(st.keysUpTo)
	return false, nil
}

// saveKeys writes all definitions anew when some of their files were damaged:
// also those that the log has, which otherwise count as written.
func (r *repairer) saveKeys(st *state) (changed bool, err error) {
	if !r.unkeyed {
		return false, nil
	}
	st.keys = nil
	entries, _ := r.registry.from(0)
	if len(entries) == 0 {
		return true, nil
	}
	st.keysUpTo = max(st.keysUpTo, entries[len(entries)-1].id)
	st.keys = []uint64{st.nextFile}
	st.nextFile++
	return true, writeSealed(r.fs, filePath(r.dir, st.keys[0], keysSuffix), keysMagic, encodeKeys(entries))
}

// bounds makes the bounds of all series anew when they cannot be read.
func (r *repairer) bounds(st *state) (changed bool, err error) {
	if st.bounds == 0 {
		return false, nil
	}
	name := filePath(r.dir, st.bounds, boundsSuffix)
	b, damage, err := readSealed(r.fs, name, boundsMagic)
	if err == nil && damage == nil {
		err = r.registry.decodeBounds(b)
	}
	switch {
	case err == nil && damage == nil:
		return false, nil
	case err != nil && !errors.Is(err, metrics.ErrCorrupt) && !vfs.IsNotExist(err):
		return false, err
	}
	if err := r.leaveOut(LeftOut{Path: name, Why: cmp.Or(err, damage), Anew: true}); err != nil {
		return false, err
	}
	for _, s := range r.spans {
		if e := r.registry.entry(s.id); e != nil {
			e.widen(s.first, s.last, s.last*1000)
		}
	}
	entries, _ := r.registry.from(0)
	st.bounds = st.nextFile
	st.nextFile++
	return true, writeSealed(r.fs, filePath(r.dir, st.bounds, boundsSuffix), boundsMagic, encodeBounds(entries))
}

// log salvages the write-ahead log, without points of series that nobody knows.
func (r *repairer) log(st *state) (changed bool, err error) {
	r.done.Log, err = wal.Salvage(r.fs, r.path(walDir), st.walFrom, r.aside, func(payload []byte) ([]byte, error) {
		var definitions []*entry
		var samples []sample
		now, unnamed := int64(0), int64(0)
		err := decodeRecord(payload, func(id metrics.SeriesID, k *metrics.Key, unit string) error {
			if err := r.registry.restore(id, k, unit); err != nil {
				return err
			}
			definitions = append(definitions, r.registry.entry(id))
			return nil
		}, func(at int64, s *sample) error {
			now = at
			if r.registry.entry(s.id) == nil {
				unnamed++
				return nil
			}
			samples = append(samples, *s)
			return nil
		})
		if err != nil || unnamed == 0 {
			return payload, err
		}
		r.done.Unnamed += unnamed
		if len(definitions)+len(samples) == 0 {
			return nil, nil
		}
		return appendRecord(nil, now, definitions, samples), nil
	})
	return false, err
}
