package metricstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
	"skywatch/internal/wal"
)

// The manifest's payload, version 1, says what is live:
//
//	uvarint  next file number
//	uvarint  next run number
//	uvarint  lowest WAL file that still matters
//	uvarint  highest series id in the keys files
//	uvarint  number of keys files; each: uvarint file number
//	uvarint  file number of the bounds file, 0 for none
//	uvarint  number of segments; each:
//	  uvarint  file number, run
//	  varint   partition start, first instant, last instant (seconds)
//	  uvarint  size, series, points
//	  byte     tiers, byte finest tiers
//
// Files in the folder that it does not name are left-overs, removed at Open.
const stateVersion = 1

// ManifestKind marks the manifest of a metric engine.
var ManifestKind = manifest.Kind{'m', 't', 'r', 'c'}

// state is the decoded manifest. It is replaced, never changed.
type state struct {
	nextFile uint64
	nextRun  uint64
	walFrom  uint64
	keysUpTo metrics.SeriesID
	keys     []uint64
	bounds   uint64
	segments []segmentMeta
}

// stateOf decodes the manifest of a folder, as it was loaded: with an error of
// [manifest.ErrNotExist] where there is none yet. The first Open saves one, but
// versions before did so with the first flush: then everything is in the log, and
// numbered files are left-overs of a flush that was cut. Where there are such
// files and no log, the manifest is lost.
func stateOf(fs vfs.FS, dir string, l *manifest.Loaded, err error) (*state, error) {
	if err == nil {
		return decodeState(l.Version, l.Payload)
	}
	if !errors.Is(err, manifest.ErrNotExist) {
		return nil, err
	}
	names, lerr := fs.List(dir)
	if lerr != nil {
		return nil, lerr
	}
	_, logged, lerr := wal.First(fs, filepath.Join(dir, walDir))
	if lerr != nil {
		return nil, lerr
	}
	for _, name := range names {
		if isNumbered(name) && !logged {
			return nil, fmt.Errorf("%w, but %s exists: %w", err, name, metrics.ErrCorrupt)
		}
	}
	return firstState(), nil
}

func firstState() *state { return &state{nextFile: 1, nextRun: 1, walFrom: 1} }

func (st *state) encode() []byte {
	var b []byte
	for _, v := range [...]uint64{st.nextFile, st.nextRun, st.walFrom, uint64(st.keysUpTo), uint64(len(st.keys))} {
		b = binary.AppendUvarint(b, v)
	}
	for _, k := range st.keys {
		b = binary.AppendUvarint(b, k)
	}
	b = binary.AppendUvarint(b, st.bounds)
	b = binary.AppendUvarint(b, uint64(len(st.segments)))
	for _, m := range st.segments {
		b = binary.AppendUvarint(b, m.number)
		b = binary.AppendUvarint(b, m.run)
		b = binary.AppendVarint(b, m.start)
		b = binary.AppendVarint(b, m.first)
		b = binary.AppendVarint(b, m.last)
		b = binary.AppendUvarint(b, uint64(m.size))
		b = binary.AppendUvarint(b, uint64(m.series))
		b = binary.AppendUvarint(b, uint64(m.points))
		b = append(b, m.tierMask, m.finest)
	}
	return b
}

func decodeState(version uint16, b []byte) (*state, error) {
	if version != stateVersion {
		return nil, fmt.Errorf("manifest payload version %d, this program reads %d", version, stateVersion)
	}
	r := reader{b: b}
	st := &state{nextFile: r.uvarint(), nextRun: r.uvarint(), walFrom: r.uvarint(), keysUpTo: metrics.SeriesID(r.uvarint())}
	for range r.length() {
		st.keys = append(st.keys, r.uvarint())
	}
	st.bounds = r.uvarint()
	for range r.length() {
		m := segmentMeta{
			number: r.uvarint(), run: r.uvarint(),
			start: r.varint(), first: r.varint(), last: r.varint(),
			size: int64(r.uvarint()), series: int(r.uvarint()), points: int64(r.uvarint()),
			tierMask: r.byte(), finest: r.byte(),
		}
		if r.bad {
			break
		}
		st.segments = append(st.segments, m)
	}
	if r.bad || len(r.b) > 0 || st.keysUpTo > maxSeriesID {
		return nil, fmt.Errorf("manifest payload: %w", metrics.ErrCorrupt)
	}
	return st, nil
}
