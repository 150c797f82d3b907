package metricstore

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"sort"
	"sync/atomic"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// A segment file holds the points of many series within one partition (a UTC
// day), at up to five resolutions, each complete by itself: 1 s (only where
// instants within minutes exist), 60 s, 300 s, 1800 s, 3600 s. A roll-up is
// stored where it has at most two thirds of the points of the next finer one.
// Integers little-endian:
//
//	header (16 bytes)
//	     0    8  magic "SKYMSEG\n"
//	     8    4  format version, 1
//	    12    4  zero
//	regions 0 (1 s), 1 (60 s), 2 (300 s), 3 (1800 s), 4 (3600 s):
//	     for each series with this resolution, by ascending id:
//	     the block (see block.go) and its CRC32C, 4 bytes
//	index
//	     uvarint  number of series n
//	     n × uvarint  id less the one before
//	     n × byte     bits 0 to 4: the resolutions that are stored
//	     for each resolution, for each series that has it:
//	     uvarint  length of its block in bytes, checksum included
//	footer (80 bytes)
//	     0   40  lengths of the five regions
//	    40    8  length of the index
//	    48    8  start of the partition in seconds
//	    56    8  length of the partition in seconds
//	    64    4  CRC32C of the index
//	    68    4  CRC32C of footer bytes 0 to 67
//	    72    8  magic "SKYMFTR\n"
//
// The footer is checked when the store opens, the index when it is first used;
// damage there is an error naming the file. A damaged block is left out and
// reported.
const (
	segmentMagic   = "SKYMSEG\n"
	footerMagic    = "SKYMFTR\n"
	segmentVersion = 1
	segmentHeader  = 16
	footerSize     = 80
	blockSum       = 4

	partitionLength = 86400 // seconds: a day

	// maxIndex bounds what an index may make us allocate.
	maxIndex = 1 << 30
)

// resolutions of the tiers in seconds.
// Half an hour is no step of retention: it is there for the sparklines of a day.
var resolutions = [tiers]int64{1, 60, 300, 1800, 3600}

const tiers = 5

// segmentMeta is what the manifest says of a segment.
type segmentMeta struct {
	number   uint64
	run      uint64 // segments of one run have disjoint series
	start    int64  // of the partition, seconds
	first    int64  // instants of the data, seconds
	last     int64
	size     int64 // bytes
	series   int
	points   int64 // at the finest resolution of each series
	tierMask byte  // resolutions that occur
	finest   byte  // resolutions that are the finest of some series
}

// segment is an open segment file.
type segment struct {
	segmentMeta
	name    string
	file    vfs.File
	regions [tiers]region
	indexAt int64
	indexN  int64
	sum     uint32

	index atomic.Pointer[segmentIndex] // loaded at first use
	refs  atomic.Int32                 // the view's and the readers'
}

type region struct{ off, size int64 }

// segmentIndex says where the blocks lie.
type segmentIndex struct {
	ids  []metrics.SeriesID
	mask []byte
	// ends[t][i] is the end of series i's block within region t, as a running
	// sum: absent blocks have no length.
	ends [tiers][]uint32
}

// openSegment opens the file of a segment and checks its footer. It has one
// reference.
func openSegment(fs vfs.FS, name string, meta segmentMeta) (*segment, error) {
	f, err := fs.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	s := &segment{name: name, file: f}
	if err = s.readFooter(); err == nil && (s.size != meta.size || s.start != meta.start) {
		err = fmt.Errorf("%d bytes of the day at %d s, the manifest says %d bytes, %d s: %w", s.size, s.start, meta.size, meta.start, metrics.ErrCorrupt)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open segment %s: %w", name, err)
	}
	s.segmentMeta = meta
	s.refs.Store(1)
	return s, nil
}

// readFooter reads what the file says of itself: size, start, and where regions
// and index lie.
func (s *segment) readFooter() error {
	size, err := s.file.Size()
	if err != nil {
		return err
	}
	if size < segmentHeader+footerSize {
		return fmt.Errorf("%d bytes, want at least %d: %w", size, segmentHeader+footerSize, metrics.ErrCorrupt)
	}
	s.size = size
	var head [segmentHeader]byte
	if _, err := s.file.ReadAt(head[:], 0); err != nil {
		return err
	}
	if string(head[:8]) != segmentMagic {
		return fmt.Errorf("header magic %q, want %q: %w", head[:8], segmentMagic, metrics.ErrCorrupt)
	}
	if v := binary.LittleEndian.Uint32(head[8:]); v != segmentVersion {
		return fmt.Errorf("format %d, this program reads %d", v, segmentVersion)
	}
	var foot [footerSize]byte
	if _, err := s.file.ReadAt(foot[:], size-footerSize); err != nil {
		return err
	}
	if string(foot[72:]) != footerMagic || crc32.Checksum(foot[:68], castagnoli) != binary.LittleEndian.Uint32(foot[68:]) {
		return fmt.Errorf("footer fails its checks: %w", metrics.ErrCorrupt)
	}
	off := int64(segmentHeader)
	for t := range s.regions {
		n := int64(binary.LittleEndian.Uint64(foot[8*t:]))
		if n < 0 || n > min(size, math.MaxUint32) {
			return fmt.Errorf("region of %d bytes in a file of %d: %w", n, size, metrics.ErrCorrupt)
		}
		s.regions[t] = region{off, n}
		off += n
	}
	s.indexAt, s.indexN = off, int64(binary.LittleEndian.Uint64(foot[40:]))
	s.sum = binary.LittleEndian.Uint32(foot[64:])
	s.start = int64(binary.LittleEndian.Uint64(foot[48:]))
	length := int64(binary.LittleEndian.Uint64(foot[56:]))
	if s.indexN < 0 || off+s.indexN+footerSize != size || length != partitionLength {
		return fmt.Errorf("footer does not fit the file: %w", metrics.ErrCorrupt)
	}
	return nil
}

// loadIndex returns the index, read at first use.
func (s *segment) loadIndex() (*segmentIndex, error) {
	if idx := s.index.Load(); idx != nil {
		return idx, nil
	}
	if s.indexN > maxIndex {
		return nil, fmt.Errorf("read index of %s: %d bytes, at most %d: %w", s.name, s.indexN, maxIndex, metrics.ErrCorrupt)
	}
	b := make([]byte, s.indexN)
	if _, err := s.file.ReadAt(b, s.indexAt); err != nil {
		return nil, fmt.Errorf("read index of %s: %w", s.name, err)
	}
	if crc32.Checksum(b, castagnoli) != s.sum {
		return nil, fmt.Errorf("read index of %s: checksum: %w", s.name, metrics.ErrCorrupt)
	}
	var sizes [tiers]int64
	for t, r := range s.regions {
		sizes[t] = r.size
	}
	idx, err := decodeIndex(b, sizes)
	if err != nil {
		return nil, fmt.Errorf("read index of %s: %w", s.name, err)
	}
	s.index.Store(idx)
	return idx, nil
}

func decodeIndex(b []byte, regions [tiers]int64) (*segmentIndex, error) {
	r := reader{b: b}
	n := r.length()
	idx := &segmentIndex{ids: make([]metrics.SeriesID, n)}
	id := uint64(0)
	for i := range idx.ids {
		d := r.uvarint()
		id += d
		if d == 0 || id > maxSeriesID {
			r.bad = true
		}
		if r.bad {
			return nil, fmt.Errorf("segment index: %w", metrics.ErrCorrupt)
		}
		idx.ids[i] = metrics.SeriesID(id)
	}
	idx.mask = r.bytes(n)
	for t := range tiers {
		if regions[t] == 0 {
			continue
		}
		idx.ends[t] = make([]uint32, n)
		end := uint64(0)
		for i, m := range idx.mask {
			if m>>t&1 != 0 {
				d := r.uvarint()
				if d > uint64(regions[t]) {
					r.bad = true
				}
				end += d
			}
			if r.bad || end > uint64(regions[t]) {
				return nil, fmt.Errorf("segment index: %w", metrics.ErrCorrupt)
			}
			idx.ends[t][i] = uint32(end)
		}
		if end != uint64(regions[t]) {
			return nil, fmt.Errorf("segment index: blocks of %d bytes in a region of %d: %w", end, regions[t], metrics.ErrCorrupt)
		}
	}
	if r.bad || len(r.b) > 0 {
		return nil, fmt.Errorf("segment index: %w", metrics.ErrCorrupt)
	}
	for i, m := range idx.mask {
		for t := range tiers {
			if m>>t&1 != 0 && idx.blockSize(i, t) <= blockSum {
				return nil, fmt.Errorf("segment index: empty block: %w", metrics.ErrCorrupt)
			}
		}
	}
	return idx, nil
}

// blockSize returns the length of a block with its checksum, 0 when absent.
func (x *segmentIndex) blockSize(i, tier int) int64 {
	if x.ends[tier] == nil {
		return 0
	}
	return int64(x.ends[tier][i]) - x.blockAt(i, tier)
}

func (x *segmentIndex) blockAt(i, tier int) int64 {
	if i == 0 {
		return 0
	}
	return int64(x.ends[tier][i-1])
}

// find returns the position of a series, searching from position from on.
func (x *segmentIndex) find(id metrics.SeriesID, from int) (int, bool) {
	rest := x.ids[from:]
	i := sort.Search(len(rest), func(i int) bool { return rest[i] >= id })
	return from + i, i < len(rest) && rest[i] == id
}

const (
	// readGap is how many unwanted bytes a read may take along rather than
	// being two reads; readMax bounds the buffer.
	readGap = 16 << 10
	readMax = 1 << 20
)

// blockWant asks for a block of a segment.
type blockWant struct {
	pos  int // in the index
	tier int
	tag  int // the asker's
}

// read calls f with each wanted block, joining neighbours into larger reads.
// wants are sorted by tier and position. A block that fails its checksum is
// given to corrupt instead. The block is valid until f returns.
func (s *segment) read(idx *segmentIndex, wants []blockWant, buf *[]byte, corrupt func(blockWant, error), f func(blockWant, []byte) error) error {
	for len(wants) > 0 {
		tier := wants[0].tier
		at := idx.blockAt(wants[0].pos, tier)
		end := at + idx.blockSize(wants[0].pos, tier)
		n := 1
		for ; n < len(wants) && wants[n].tier == tier; n++ {
			a := idx.blockAt(wants[n].pos, tier)
			e := a + idx.blockSize(wants[n].pos, tier)
			if a-end > readGap || e-at > readMax {
				break
			}
			end = max(end, e)
		}
		if int64(cap(*buf)) < end-at {
			*buf = make([]byte, end-at)
		}
		b := (*buf)[:end-at]
		if _, err := s.file.ReadAt(b, s.regions[tier].off+at); err != nil {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
		for _, w := range wants[:n] {
			a := idx.blockAt(w.pos, tier) - at
			body, ok := checkBlock(b[a : a+idx.blockSize(w.pos, tier)])
			if !ok {
				corrupt(w, fmt.Errorf("%s: block of series %d at %d s, offset %d: checksum: %w",
					s.name, idx.ids[w.pos], resolutions[tier], s.regions[tier].off+at+a, metrics.ErrCorrupt))
				continue
			}
			if err := f(w, body); err != nil {
				return err
			}
		}
		wants = wants[n:]
	}
	return nil
}

// checkBlock returns a block without the checksum behind it, and whether that
// fits. b has more than the checksum.
func checkBlock(b []byte) (body []byte, ok bool) {
	body = b[:len(b)-blockSum]
	return body, crc32.Checksum(body, castagnoli) == binary.LittleEndian.Uint32(b[len(body):])
}

// acquire adds a reference; the caller holds one already or the view's lock.
func (s *segment) acquire() { s.refs.Add(1) }

// release gives a reference back; the last one closes the file.
func (s *segment) release() error {
	if s.refs.Add(-1) > 0 {
		return nil
	}
	return s.file.Close()
}
