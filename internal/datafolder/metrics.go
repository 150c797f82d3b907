package datafolder

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"path/filepath"
	"strings"
	"time"

	"skywatch/internal/manifest"
	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// The files of the metric engine, as its package draws them (state.go,
// sealed.go, segment.go). This is a reading of the formats of its own, by
// which a verification does not share the engine's mistakes; a version it does
// not know is refused, never guessed at.
const (
	metricStateVersion   = 1
	metricSegmentVersion = 1
	metricSealedVersion  = 1

	metricHeader = 16
	metricFooter = 80
	metricTiers  = 5
	metricSum    = 4
)

var (
	metricKind      = manifest.Kind{'m', 't', 'r', 'c'}
	metricIntervals = [metricTiers]time.Duration{time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, time.Hour}
	castagnoli      = crc32.MakeTable(crc32.Castagnoli)
)

// metricState is the decoded manifest of the metric engine.
type metricState struct {
	walFrom  uint64
	lastID   uint64
	keys     []uint64
	bounds   uint64
	segments []metricFile
}

// metricFile is a segment as the manifest tells it.
type metricFile struct {
	number             uint64
	start, first, last int64 // seconds
	size               int64
	series, points     int64
}

// bytesReader reads varints; the first failure sticks.
type bytesReader struct {
	b   []byte
	bad bool
}

func (r *bytesReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *bytesReader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *bytesReader) skip(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// count reads a number of things of at least one byte each.
func (r *bytesReader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

// readMetricState reads the manifest. An engine that has written no segment yet
// has none.
func readMetricState(fs vfs.FS, dir string) (*metricState, error) {
	version, payload, err := manifest.Load(fs, dir, metricKind)
	if errors.Is(err, manifest.ErrNotExist) {
		names, lerr := fs.List(dir)
		if lerr != nil {
			return nil, lerr
		}
		for _, name := range names {
			if strings.HasSuffix(name, ".seg") || strings.HasSuffix(name, ".keys") {
				return nil, fmt.Errorf("%w, but %s exists: %w", err, name, metrics.ErrCorrupt)
			}
		}
		return &metricState{walFrom: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	if version != metricStateVersion {
		return nil, fmt.Errorf("%w: %d, this program reads %d", manifest.ErrVersion, version, metricStateVersion)
	}
	return decodeMetricState(payload)
}

func decodeMetricState(payload []byte) (*metricState, error) {
	r := bytesReader{b: payload}
	st := &metricState{}
	r.uvarint() // next file number
	r.uvarint() // next run number
	st.walFrom, st.lastID = r.uvarint(), r.uvarint()
	for range r.count() {
		st.keys = append(st.keys, r.uvarint())
	}
	st.bounds = r.uvarint()
	for range r.count() {
		f := metricFile{number: r.uvarint()}
		r.uvarint() // run
		f.start, f.first, f.last = r.varint(), r.varint(), r.varint()
		f.size, f.series, f.points = int64(r.uvarint()), int64(r.uvarint()), int64(r.uvarint())
		r.skip(2) // tiers, finest tiers
		if r.bad {
			break
		}
		st.segments = append(st.segments, f)
	}
	if r.bad || len(r.b) > 0 {
		return nil, fmt.Errorf("manifest payload of %d bytes: %w", len(payload), metrics.ErrCorrupt)
	}
	return st, nil
}

// metricSegment is the skeleton of a segment file: where its blocks lie.
type metricSegment struct {
	start   time.Time
	length  time.Duration
	regions [metricTiers]int64 // bytes
	index   int64
	ids     []uint64
	mask    []byte
	lengths [metricTiers][]int64 // by series, 0 where it has none
}

func openMetricSegment(f vfs.File) (*metricSegment, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	if size < metricHeader+metricFooter {
		return nil, fmt.Errorf("%d bytes are too few: %w", size, metrics.ErrCorrupt)
	}
	var head [metricHeader]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	if string(head[:8]) != "SKYMSEG\n" {
		return nil, fmt.Errorf("magic %q: %w", head[:8], metrics.ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v != metricSegmentVersion {
		return nil, fmt.Errorf("metric segment of format %d, this program reads %d", v, metricSegmentVersion)
	}
	var foot [metricFooter]byte
	if _, err := f.ReadAt(foot[:], size-metricFooter); err != nil {
		return nil, err
	}
	if string(foot[72:]) != "SKYMFTR\n" || crc32.Checksum(foot[:68], castagnoli) != binary.LittleEndian.Uint32(foot[68:]) {
		return nil, fmt.Errorf("footer fails its checks: %w", metrics.ErrCorrupt)
	}
	s := &metricSegment{}
	at := int64(metricHeader)
	for t := range s.regions {
		s.regions[t] = int64(binary.LittleEndian.Uint64(foot[8*t:]))
		if s.regions[t] < 0 || s.regions[t] > size {
			return nil, fmt.Errorf("region of %d bytes in a file of %d: %w", s.regions[t], size, metrics.ErrCorrupt)
		}
		at += s.regions[t]
	}
	s.index = int64(binary.LittleEndian.Uint64(foot[40:]))
	s.start = time.Unix(int64(binary.LittleEndian.Uint64(foot[48:])), 0).UTC()
	s.length = time.Duration(min(binary.LittleEndian.Uint64(foot[56:]), math.MaxInt64/uint64(time.Second))) * time.Second
	if s.index < 0 || at+s.index+metricFooter != size {
		return nil, fmt.Errorf("footer does not fit the file: %w", metrics.ErrCorrupt)
	}
	index := make([]byte, s.index)
	if _, err := f.ReadAt(index, at); err != nil {
		return nil, err
	}
	if crc32.Checksum(index, castagnoli) != binary.LittleEndian.Uint32(foot[64:]) {
		return nil, fmt.Errorf("index fails its checksum: %w", metrics.ErrCorrupt)
	}
	if err := s.decodeIndex(index); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *metricSegment) decodeIndex(b []byte) error {
	r := bytesReader{b: b}
	n := r.count()
	id := uint64(0)
	for range n {
		id += r.uvarint()
		s.ids = append(s.ids, id)
	}
	s.mask = r.skip(n)
	for t := range metricTiers {
		if s.regions[t] == 0 || r.bad {
			continue
		}
		s.lengths[t] = make([]int64, n)
		left := s.regions[t]
		for i, m := range s.mask {
			if m>>t&1 == 0 {
				continue
			}
			length := r.uvarint()
			if length <= metricSum || length > uint64(left) {
				r.bad = true
				break
			}
			s.lengths[t][i] = int64(length)
			left -= int64(length)
		}
		if left != 0 {
			r.bad = true
		}
	}
	if r.bad || len(r.b) > 0 {
		return fmt.Errorf("index of %d bytes: %w", len(b), metrics.ErrCorrupt)
	}
	return nil
}

// blocks calls visit with every block in file order; body is valid until visit
// returns and err says that its checksum fails.
func (s *metricSegment) blocks(f vfs.File, visit func(series uint64, tier int, body []byte, err error) error) error {
	at := int64(metricHeader)
	var buf []byte
	for t := range metricTiers {
		for i, n := range s.lengths[t] {
			if n == 0 {
				continue
			}
			if int64(cap(buf)) < n {
				buf = make([]byte, n)
			}
			b := buf[:n]
			_, err := f.ReadAt(b, at)
			body := b[:n-metricSum]
			if err == nil && crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[n-metricSum:]) {
				err = fmt.Errorf("block of series %d at %v, offset %d: checksum: %w", s.ids[i], metricIntervals[t], at, metrics.ErrCorrupt)
			}
			if err := visit(s.ids[i], t, body, err); err != nil {
				return err
			}
			at += n
		}
	}
	return nil
}

// readSealed checks a keys or bounds file and returns its payload.
func readSealed(fs vfs.FS, path, magic string) ([]byte, error) {
	b, err := vfs.ReadFile(fs, path, 1<<30)
	if err != nil {
		return nil, err
	}
	const header = 20
	if len(b) < header+metricSum || string(b[:8]) != magic {
		return nil, fmt.Errorf("not a file of this kind: %w", metrics.ErrCorrupt)
	}
	body := b[:len(b)-metricSum]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(b[len(body):]) {
		return nil, fmt.Errorf("checksum: %w", metrics.ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != metricSealedVersion {
		return nil, fmt.Errorf("format %d, this program reads %d", v, metricSealedVersion)
	}
	if n := binary.LittleEndian.Uint64(b[12:]); n != uint64(len(body)-header) {
		return nil, fmt.Errorf("payload of %d bytes, want %d: %w", len(body)-header, n, metrics.ErrCorrupt)
	}
	return body[header:], nil
}

func metricPath(dir string, number uint64, suffix string) string {
	return filepath.Join(dir, fmt.Sprintf("%012d%s", number, suffix))
}

// metrics checks the metric engine's folder.
func (v *verifier) metrics(root string) error {
	dir := filepath.Join(root, metricsDir)
	if _, err := v.fs.Stat(dir); err != nil {
		v.damage(dir, err)
		return nil
	}
	path := filepath.Join(dir, manifest.Name)
	st, err := readMetricState(v.fs, dir)
	if err != nil || v.size(path) > 0 {
		v.begin(path, v.size(path))
	}
	if err != nil {
		v.damage(path, err)
		return nil
	}
	sealed := func(number uint64, suffix, magic string) {
		path := metricPath(dir, number, suffix)
		v.begin(path, v.size(path))
		v.report.Blocks++
		if _, err := readSealed(v.fs, path, magic); err != nil {
			v.damage(path, err)
		}
	}
	for _, n := range st.keys {
		sealed(n, ".keys", "SKYMKEY\n")
	}
	if st.bounds != 0 {
		sealed(st.bounds, ".bounds", "SKYMBND\n")
	}
	for _, m := range st.segments {
		if err := v.metricSegment(metricPath(dir, m.number, ".seg"), m); err != nil {
			return err
		}
	}
	return v.wal(filepath.Join(dir, "wal"), st.walFrom, func([]byte) error { return nil })
}

func (v *verifier) metricSegment(path string, m metricFile) error {
	f, err := v.fs.Open(path)
	if err != nil {
		v.damage(path, err)
		return nil
	}
	defer f.Close() // it was only read
	size, err := f.Size()
	v.begin(path, size)
	if err == nil && size != m.size {
		err = fmt.Errorf("has %d bytes, the manifest says %d", size, m.size)
	}
	var s *metricSegment
	if err == nil {
		s, err = openMetricSegment(f)
	}
	if err != nil {
		v.damage(path, err)
		return nil
	}
	return s.blocks(f, func(_ uint64, _ int, _ []byte, err error) error {
		v.report.Blocks++
		if err != nil {
			v.report.DamagedBlocks++
			v.damage(path, err)
		}
		return v.ctx.Err()
	})
}
