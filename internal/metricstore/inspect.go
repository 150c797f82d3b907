package metricstore

import (
	"cmp"
	"fmt"
	"path/filepath"
	"time"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// Contents is what the manifest of a metric engine's folder says, for tools that
// look at a folder without opening the engine. It names files that may be
// missing or damaged.
type Contents struct {
	Damage error // why the manifest cannot be read, when its copy is told instead

	SeriesUpTo metrics.SeriesID // highest series id in the keys files
	WALFrom    uint64           // lowest WAL file that still matters
	WALDir     string
	Keys       []string // paths of files
	Bounds     string   // path of a file, or empty
	Segments   []SegmentFile
}

// SegmentFile is a live segment.
type SegmentFile struct {
	Path string
	Size int64 // bytes, as the manifest says
}

// Holds reports whether dir is the folder of a metric engine that has written
// a manifest.
func Holds(fs vfs.FS, dir string) bool {
	_, err := manifest.Load(fs, dir, ManifestKind)
	return err == nil
}

// ReadContents reads the manifest of the engine's folder. It changes nothing.
// A folder of earlier versions has no manifest before its first segment, only
// a write-ahead log.
func ReadContents(fs vfs.FS, dir string) (*Contents, error) {
	l, err := manifest.Load(fs, dir, ManifestKind)
	st, err := stateOf(fs, dir, l, err)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	c := &Contents{SeriesUpTo: st.keysUpTo, WALFrom: st.walFrom, WALDir: filepath.Join(dir, walDir)}
	for _, n := range st.keys {
		c.Keys = append(c.Keys, filePath(dir, n, keysSuffix))
	}
	if st.bounds != 0 {
		c.Bounds = filePath(dir, st.bounds, boundsSuffix)
	}
	for _, m := range st.segments {
		c.Segments = append(c.Segments, SegmentFile{filePath(dir, m.number, segmentSuffix), m.size})
	}
	if l != nil {
		c.Damage = l.Damage
	}
	return c, nil
}

// CheckRecord decodes a record of the engine's write-ahead log.
func CheckRecord(payload []byte) error {
	return decodeRecord(payload,
		func(metrics.SeriesID, *metrics.Key, string) error { return nil },
		func(int64, *sample) error { return nil })
}

// SealedInspection tells a keys or bounds file.
type SealedInspection struct {
	Series int   // that it tells of
	Bytes  int64 // of its payload
}

// InspectSealed checks a keys or bounds file, whichever path is by its ending.
func InspectSealed(fs vfs.FS, path string) (*SealedInspection, error) {
	magic := keysMagic
	if filepath.Ext(path) == boundsSuffix {
		magic = boundsMagic
	}
	b, damage, err := readSealed(fs, path, magic)
	if err = cmp.Or(err, damage); err != nil {
		return nil, err
	}
	r := reader{b: b}
	return &SealedInspection{Series: r.length(), Bytes: int64(len(b))}, nil
}

// SegmentInspection is a segment file looked at by itself. Its methods are not
// safe for concurrent use.
type SegmentInspection struct {
	Day     time.Time // UTC
	Series  int
	Regions []int64 // bytes of the blocks of each resolution
	Index   int64   // bytes

	s   *segment
	idx *segmentIndex
	buf []byte
}

// BlockInfo is a block of a segment.
type BlockInfo struct {
	Series     metrics.SeriesID
	Resolution time.Duration
	Bytes      int64 // with its checksum

	at int64 // offset in the file
}

// InspectSegment opens a segment file and checks all but its blocks. The
// caller closes it.
func InspectSegment(fs vfs.FS, path string) (*SegmentInspection, error) {
	f, err := fs.Open(path)
	if err != nil {
		return nil, err
	}
	in := &SegmentInspection{s: &segment{name: path, file: f}}
	if err := in.s.readFooter(); err != nil {
		f.Close() // it was only read
		return nil, err
	}
	if in.idx, err = in.s.loadIndex(); err != nil {
		f.Close()
		return nil, err
	}
	in.Day, in.Series, in.Index = time.Unix(in.s.start, 0).UTC(), len(in.idx.ids), in.s.indexN
	for _, r := range in.s.regions {
		in.Regions = append(in.Regions, r.size)
	}
	return in, nil
}

// Size is the length of the file in bytes.
func (in *SegmentInspection) Size() int64 { return in.s.size }

// Blocks lists the blocks in file order.
func (in *SegmentInspection) Blocks() []BlockInfo {
	var out []BlockInfo
	for t := range tiers {
		for i, id := range in.idx.ids {
			if n := in.idx.blockSize(i, t); n > 0 {
				out = append(out, BlockInfo{id, time.Duration(resolutions[t]) * time.Second, n, in.s.regions[t].off + in.idx.blockAt(i, t)})
			}
		}
	}
	return out
}

// Check reads a block and checks it.
func (in *SegmentInspection) Check(b BlockInfo) error {
	if int64(cap(in.buf)) < b.Bytes {
		in.buf = make([]byte, b.Bytes)
	}
	buf := in.buf[:b.Bytes]
	if _, err := in.s.file.ReadAt(buf, b.at); err != nil {
		return err
	}
	if _, ok := checkBlock(buf); !ok {
		return fmt.Errorf("block of series %d at %v, offset %d: checksum: %w", b.Series, b.Resolution, b.at, metrics.ErrCorrupt)
	}
	return nil
}

// Close closes the file.
func (in *SegmentInspection) Close() error { return in.s.file.Close() }
