package metricstore

import (
	"encoding/binary"
	"hash/crc32"

	"skywatch/internal/metrics"
	"skywatch/internal/vfs"
)

// segmentWriter gathers a segment in memory, series by series in order of id,
// and writes it at the end. Its owner starts another when size says so, which
// bounds the memory.
type segmentWriter struct {
	enc     blockEncoder
	start   int64
	regions [tiers][]byte
	lengths [tiers][]int // of the blocks
	ids     []metrics.SeriesID
	masks   []byte
	meta    segmentMeta
}

func newSegmentWriter(start int64) *segmentWriter { return &segmentWriter{start: start} }

// size is the bytes gathered so far.
func (w *segmentWriter) size() int {
	n := 0
	for _, r := range w.regions {
		n += len(r)
	}
	return n
}

// add appends a series: its points (sorted, distinct instants, all within the
// partition) at their finest resolution, which keep may coarsen.
func (w *segmentWriter) add(id metrics.SeriesID, points []point, keep policy) {
	points, tier := keep.finest(points)
	if len(points) == 0 {
		return
	}
	if len(w.ids) == 0 {
		w.meta.first, w.meta.last = points[0].ts, points[len(points)-1].ts
	}
	w.meta.first = min(w.meta.first, points[0].ts)
	w.meta.last = max(w.meta.last, points[len(points)-1].ts)
	w.meta.points += int64(len(points))
	w.meta.finest |= 1 << tier
	mask := byte(1 << tier)
	w.block(points, tier)
	stored := len(points)
	for t := tier + 1; t < tiers; t++ {
		points = rollup(points, resolutions[t])
		if t == 1 || len(points)*3 <= stored*2 {
			// 60 s always follows 1 s: it is what remains when the seconds go.
			w.block(points, t)
			mask |= 1 << t
			stored = len(points)
		}
	}
	w.meta.tierMask |= mask
	w.ids = append(w.ids, id)
	w.masks = append(w.masks, mask)
}

func (w *segmentWriter) block(points []point, tier int) {
	from := len(w.regions[tier])
	w.regions[tier] = w.enc.append(w.regions[tier], points, w.start, resolutions[tier])
	sum := crc32.Checksum(w.regions[tier][from:], castagnoli)
	w.regions[tier] = binary.LittleEndian.AppendUint32(w.regions[tier], sum)
	w.lengths[tier] = append(w.lengths[tier], len(w.regions[tier])-from)
}

// finish writes the file, synced, and returns its description without number
// and run. The caller syncs the directory.
func (w *segmentWriter) finish(fs vfs.FS, name string) (segmentMeta, error) {
	head := make([]byte, segmentHeader)
	copy(head, segmentMagic)
	binary.LittleEndian.PutUint32(head[8:], segmentVersion)

	index := w.encodeIndex()
	foot := make([]byte, 0, footerSize)
	for _, r := range w.regions {
		foot = binary.LittleEndian.AppendUint64(foot, uint64(len(r)))
	}
	foot = binary.LittleEndian.AppendUint64(foot, uint64(len(index)))
	foot = binary.LittleEndian.AppendUint64(foot, uint64(w.start))
	foot = binary.LittleEndian.AppendUint64(foot, partitionLength)
	foot = binary.LittleEndian.AppendUint32(foot, crc32.Checksum(index, castagnoli))
	foot = binary.LittleEndian.AppendUint32(foot, crc32.Checksum(foot, castagnoli))
	foot = append(foot, footerMagic...)

	meta := w.meta
	meta.start, meta.series = w.start, len(w.ids)
	meta.size = int64(segmentHeader + w.size() + len(index) + footerSize)
	err := writeFile(fs, name, head, w.regions[0], w.regions[1], w.regions[2], w.regions[3], w.regions[4], index, foot)
	return meta, err
}

func (w *segmentWriter) encodeIndex() []byte {
	b := binary.AppendUvarint(nil, uint64(len(w.ids)))
	prev := metrics.SeriesID(0)
	for _, id := range w.ids {
		b = binary.AppendUvarint(b, uint64(id-prev))
		prev = id
	}
	b = append(b, w.masks...)
	for t := range tiers {
		for _, n := range w.lengths[t] {
			b = binary.AppendUvarint(b, uint64(n))
		}
	}
	return b
}
