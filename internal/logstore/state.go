package logstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/manifest"
)

// The manifest's payload, kind "logs", version 2 (numbers are uvarints where
// nothing else is said):
//
//	highest seq that is in a segment or gone
//	lowest WAL file that still matters
//	number of the next segment
//	live segments; per segment:
//	    number, size in bytes
//	    events; varint smallest timestamp, largest less smallest
//	drops in force; per drop: group id, stream id (0: whole group), seq
//	segments that a repair left out; per segment as above
//
// The order of the segments is that of their oldest flush. What they hold is
// there for the case that they cannot say it themselves any more: then scans of
// that time say how many events are missing. In which groups these were is not
// kept, as with hundreds of groups in each of hundreds of segments that would be
// most of a file that every flush writes.
//
// Version 1 had of segments number and size alone, and none that were left out.
const manifestVersion = 2

// ManifestKind marks the manifest of a log engine.
var ManifestKind = manifest.Kind{'l', 'o', 'g', 's'}

// state is what the manifest says.
type state struct {
	flushedSeq, walFrom, nextSegment uint64
	segments                         []segmentRef
	drops                            []drop
	lost                             []segmentRef
}

// segmentRef is what the manifest says of a segment.
type segmentRef struct {
	number      uint64
	size        int64 // bytes of the file
	events      int64 // 0 when that is not known, and then first and last are any time
	first, last int64 // milliseconds, smallest and largest timestamp
}

// unknownRef is a segment of which nothing is known but its file.
func unknownRef(number uint64, size int64) segmentRef {
	return segmentRef{number: number, size: size, first: minTime, last: maxTime}
}

func (st *state) encode() []byte {
	var b []byte
	u := func(v uint64) { b = binary.AppendUvarint(b, v) }
	u(st.flushedSeq)
	u(st.walFrom)
	u(st.nextSegment)
	refs := func(list []segmentRef) {
		u(uint64(len(list)))
		for _, r := range list {
			u(r.number)
			u(uint64(r.size))
			u(uint64(r.events))
			b = binary.AppendVarint(b, r.first)
			u(uint64(r.last - r.first))
		}
	}
	refs(st.segments)
	slices.SortFunc(st.drops, func(a, b drop) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.stream, b.stream))
	})
	u(uint64(len(st.drops)))
	for _, d := range st.drops {
		u(uint64(d.group))
		u(uint64(d.stream))
		u(d.seq)
	}
	refs(st.lost)
	return b
}

func decodeState(b []byte, version uint16) (*state, error) {
	d := recordDecoder{b: b}
	st := &state{flushedSeq: d.uint(), walFrom: d.uint(), nextSegment: d.uint()}
	var err error
	if st.segments, err = d.segments(version, st.nextSegment); err != nil {
		return nil, err
	}
	for range d.count(3) {
		st.drops = append(st.drops, drop{logs.GroupID(d.uint()), logs.StreamID(d.uint()), d.uint()})
	}
	if version >= 2 {
		if st.lost, err = d.segments(version, st.nextSegment); err != nil {
			return nil, err
		}
	}
	if d.bad || len(d.b) != 0 {
		return nil, fmt.Errorf("%w: manifest payload of %d bytes", logs.ErrCorrupt, len(b))
	}
	return st, nil
}

// segments reads a list of segments whose numbers are less than next.
func (d *recordDecoder) segments(version uint16, next uint64) (out []segmentRef, err error) {
	for range d.count(2) {
		r := unknownRef(d.uint(), int64(d.uint()))
		if version >= 2 {
			r.events, r.first = int64(d.uint()), d.int()
			r.last = r.first + int64(d.uint())
		}
		if r.number == 0 || r.number >= next || r.size < 0 || r.events < 0 || r.last < r.first {
			return nil, fmt.Errorf("%w: manifest names segment %+v, the next is %d", logs.ErrCorrupt, r, next)
		}
		out = append(out, r)
	}
	return out, nil
}

// stateOf decodes the manifest of dir.
func stateOf(l *manifest.Loaded, dir string) (*state, error) {
	name := filepath.Join(dir, manifest.Name)
	if l.Version == 0 || l.Version > manifestVersion {
		return nil, fmt.Errorf("%s: %w: %d, this program reads up to %d", name, manifest.ErrVersion, l.Version, manifestVersion)
	}
	st, err := decodeState(l.Payload, l.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return st, nil
}

// loadState reads the manifest, opens what it lists and removes what it does
// not. A new folder gets its first manifest.
func (s *Store) loadState(ctx context.Context) error {
	l, err := manifest.Open(s.fs, s.dir, ManifestKind)
	if errors.Is(err, manifest.ErrNotExist) {
		return s.firstState()
	}
	if err != nil {
		return err
	}
	if l.Damage != nil && s.opts.Listener.Healed != nil {
		s.opts.Listener.Healed(l.Damage)
	}
	st, err := stateOf(l, s.dir)
	if err != nil {
		return err
	}
	s.lastSeq, s.flushedSeq, s.walFrom, s.nextSegment = st.flushedSeq, st.flushedSeq, st.walFrom, st.nextSegment
	for _, d := range st.drops {
		s.drops = s.drops.with(d)
		s.lastSeq = max(s.lastSeq, d.seq) // as in replay
	}
	s.lost = st.lost
	live := map[string]bool{}
	for _, r := range st.segments {
		if err := ctx.Err(); err != nil {
			return err
		}
		live[segmentName(r.number)] = true
		t, err := s.openTable(r)
		if errors.Is(err, logs.ErrCorrupt) && s.opts.LeaveOutDamaged {
			s.leaveOut(r, err)
			continue
		}
		if err != nil {
			return err
		}
		if flaw := t.flaw(); flaw != nil && s.opts.Listener.Flawed != nil {
			s.opts.Listener.Flawed(t.name, flaw)
		}
		s.tables = append(s.tables, t)
	}
	names, err := s.fs.List(filepath.Join(s.dir, segmentDir))
	if err != nil {
		return err
	}
	for _, name := range names {
		if strings.HasSuffix(name, segmentSuffix) && !live[name] {
			if err := s.fs.Remove(filepath.Join(s.dir, segmentDir, name)); err != nil {
				return fmt.Errorf("remove unlisted segment: %w", err)
			}
		}
	}
	return nil
}

// firstState makes the manifest of an empty folder. A folder with data and
// without a manifest has lost it, and must not be taken for an empty one.
func (s *Store) firstState() error {
	for _, d := range []string{walDir, segmentDir} {
		names, err := s.fs.List(filepath.Join(s.dir, d))
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return fmt.Errorf("%w: %w: %s is missing, but %s exists", logs.ErrCorrupt, manifest.ErrNotExist,
				filepath.Join(s.dir, manifest.Name), filepath.Join(s.dir, d, names[0]))
		}
	}
	s.walFrom, s.nextSegment = 1, 1
	st := state{walFrom: 1, nextSegment: 1}
	return manifest.Save(s.fs, s.dir, ManifestKind, manifestVersion, st.encode())
}

// change is a step from one set of live files to the next.
type change struct {
	add, remove []*table  // add takes the place of the first removed, or the end
	flushed     *memtable // whose events are now in add; nil for a compaction
}

// apply makes a change durable and then visible. It tries until it succeeds
// or ctx ends: after a failed save nobody knows which manifest a crash would
// find, so neither the old nor the new files may be given up.
func (s *Store) apply(ctx context.Context, c change) error {
	if err := s.editing.acquire(ctx); err != nil {
		return err
	}
	defer s.editing.release()
	next, tables, needed := s.after(c)
	for pause := s.opts.RetryAfter; ; pause = min(2*pause, 64*s.opts.RetryAfter) {
		err := manifest.Save(s.fs, s.dir, ManifestKind, manifestVersion, next.encode())
		if err == nil {
			break
		}
		err = classify(err)
		s.backgroundError("save manifest", err)
		s.setFlushErr(err) // also for a compaction: flushes wait behind it
		if !sleep(ctx, pause) {
			return err
		}
	}
	s.publish(c, next, tables, needed)
	for _, t := range c.remove {
		t.obsolete.Store(true)
		t.unref()
	}
	return nil
}

// publish makes a durable change visible.
func (s *Store) publish(c change, next *state, tables []*table, needed func(drop) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = tables
	s.drops = s.drops.keep(needed) // those that came while the manifest was written stay
	s.flushErr = nil
	if c.flushed != nil {
		s.walFrom, s.flushedSeq = next.walFrom, next.flushedSeq
		s.sealed = slices.Clone(s.sealed[1:])
		s.flushed++
		s.counters.flushes++
		s.flushTimes = [2]time.Time{s.flushTimes[1], s.opts.Now()}
	}
	s.broadcast()
}

// after computes the state behind a change, and which drops it still needs.
func (s *Store) after(c change) (next *state, tables []*table, needed func(drop) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	placed := false
	for _, t := range s.tables {
		if slices.Contains(c.remove, t) {
			if !placed {
				tables = append(tables, c.add...)
				placed = true
			}
			continue
		}
		tables = append(tables, t)
	}
	if !placed {
		tables = append(tables, c.add...)
	}
	next = &state{flushedSeq: s.flushedSeq, walFrom: s.walFrom, nextSegment: s.nextSegment, lost: s.lost}
	if c.flushed != nil {
		next.flushedSeq, next.walFrom = c.flushed.lastSeq, c.flushed.walUpTo+1
	}
	next.segments = slices.Clone(s.leftOut) // their place among the others is forgotten, which costs merges at most
	for _, t := range tables {
		next.segments = append(next.segments, t.segmentRef)
	}
	flushedSeq := next.flushedSeq
	needed = func(d drop) bool {
		if len(s.leftOut) > 0 {
			return true // nobody knows what they hold
		}
		// Above flushedSeq a memtable being flushed may hold events it covers.
		return d.seq > flushedSeq || slices.ContainsFunc(tables, func(t *table) bool { return t.touches(d) })
	}
	next.drops = s.drops.keep(needed).all()
	return next, tables, needed
}

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
