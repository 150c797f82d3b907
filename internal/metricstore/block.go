package metricstore

import (
	"encoding/binary"
	"fmt"

	"skywatch/internal/metrics"
)

// A block holds the points of one series at one resolution within one segment.
// Instants are counted in units of the resolution from the start of the
// segment's partition.
//
//	uvarint  number of chunks
//	for each chunk:
//	  uvarint  first instant: of the first chunk absolute, else the difference
//	           to the first instant of the chunk before
//	  uvarint  points less one (0 to 119)
//	  uvarint  length of its statistics in bytes
//	  uvarint  length of its samples in bytes
//	for each chunk:
//	  statistics, samples
//
// Statistics of a chunk of n points:
//
//	byte     bits 0-1 shape: 0 general, 1 single (count 1, sum = min = max),
//	         2 equal (min = max, sum = count*min); bit 2: every instant follows
//	         the one before directly
//	ints     (unless bit 2) n-1 differences of instants less one
//	numbers  general: count, sum, min, max; single: min; equal: count, min
//
// Samples: nothing when no distribution is stored, else
//
//	byte     1: every point with min < max has a distribution; 2: a bitmap of
//	         n bits (least significant first) follows that says which points do
//	…        the distributions, in order, in metrics.Distribution's binary form
//
// So statistics can be read without touching samples, and a time range without
// decoding the chunks outside it.
const (
	// chunkPoints is two hours of minutes: small enough that the ends of a
	// range cost little, large enough that the directory does not count.
	chunkPoints = 120

	shapeGeneral = 0
	shapeSingle  = 1
	shapeEqual   = 2
	shapeMask    = 3
	regularBit   = 4

	samplesAll    = 1
	samplesBitmap = 2
)

// blockEncoder encodes blocks and keeps its scratch memory between them.
type blockEncoder struct {
	ints    [chunkPoints]int64
	scratch [chunkPoints]int64
	nums    [4][chunkPoints]float64
	bodies  []byte
}

// append appends the block of sorted points of the given resolution; start is
// the partition's, both in seconds.
func (e *blockEncoder) append(b []byte, points []point, start, res int64) []byte {
	e.bodies = e.bodies[:0]
	chunks := (len(points) + chunkPoints - 1) / chunkPoints
	b = binary.AppendUvarint(b, uint64(chunks))
	prev := int64(0)
	for len(points) > 0 {
		n := min(len(points), chunkPoints)
		first := (points[0].ts - start) / res
		b = binary.AppendUvarint(b, uint64(first-prev))
		prev = first
		b = binary.AppendUvarint(b, uint64(n-1))
		from := len(e.bodies)
		e.appendStats(points[:n], res)
		mid := len(e.bodies)
		e.appendSamples(points[:n])
		b = binary.AppendUvarint(b, uint64(mid-from))
		b = binary.AppendUvarint(b, uint64(len(e.bodies)-mid))
		points = points[n:]
	}
	return append(b, e.bodies...)
}

func (e *blockEncoder) appendStats(points []point, res int64) {
	n := len(points)
	single, equal, regular := true, true, true
	for i := range points {
		p := &points[i]
		e.nums[0][i], e.nums[1][i], e.nums[2][i], e.nums[3][i] = p.count, p.sum, p.min, p.max
		equal = equal && p.min == p.max && p.sum == p.count*p.min
		single = single && p.count == 1
		if i > 0 {
			d := (p.ts-points[i-1].ts)/res - 1
			e.ints[i-1] = d
			regular = regular && d == 0
		}
	}
	flags := byte(shapeGeneral)
	cols := []int{0, 1, 2, 3}
	switch {
	case equal && single:
		flags, cols = shapeSingle, cols[2:3]
	case equal:
		flags, cols = shapeEqual, []int{0, 2}
	}
	if regular {
		flags |= regularBit
	}
	e.bodies = append(e.bodies, flags)
	if !regular {
		e.bodies = appendInts(e.bodies, e.ints[:n-1])
	}
	for _, c := range cols {
		e.bodies = appendNumbers(e.bodies, e.nums[c][:n], e.scratch[:])
	}
}

func (e *blockEncoder) appendSamples(points []point) {
	has, lacks := 0, 0
	for i := range points {
		switch p := &points[i]; {
		case p.min == p.max:
		case p.dist != nil:
			has++
		default:
			lacks++
		}
	}
	if has == 0 {
		return
	}
	if lacks == 0 {
		e.bodies = append(e.bodies, samplesAll)
	} else {
		e.bodies = append(e.bodies, samplesBitmap)
		at := len(e.bodies)
		e.bodies = append(e.bodies, make([]byte, (len(points)+7)/8)...)
		for i := range points {
			if points[i].dist != nil && points[i].min != points[i].max {
				e.bodies[at+i/8] |= 1 << (i % 8)
			}
		}
	}
	for i := range points {
		if points[i].dist != nil && points[i].min != points[i].max {
			e.bodies = points[i].dist.Append(e.bodies)
		}
	}
}

// chunk is a decoded chunk, reused from one to the next.
type chunk struct {
	n                    int
	ts                   [chunkPoints]int64 // seconds
	count, sum, min, max [chunkPoints]float64
	scratch              [chunkPoints]int64

	samples reader // what is left of the samples
	form    byte   // 0 none
	bitmap  []byte
}

// hasDist reports whether the next distribution is that of point i, whose min
// and max differ. When it does not, the point's samples are not known.
func (c *chunk) hasDist(i int) bool {
	return c.form == samplesAll || c.form == samplesBitmap && c.bitmap[i/8]>>(i%8)&1 != 0
}

// dist reads the next distribution into d.
func (c *chunk) dist(d *metrics.Distribution) error {
	rest, err := d.Decode(c.samples.b)
	c.samples.b = rest
	return err
}

// skip gets past the next distribution.
func (c *chunk) skip() error {
	rest, err := metrics.SkipDistribution(c.samples.b)
	c.samples.b = rest
	return err
}

// chunkEntry is a line of a block's directory.
type chunkEntry struct {
	first          int64 // seconds
	n              int
	stats, samples int // lengths
}

// decodeBlock calls f with every chunk that may hold instants of [from, to)
// seconds, decoded into c. start is the partition's.
func decodeBlock(b []byte, start, res, from, to int64, c *chunk, f func(*chunk) error) error {
	r := reader{b: b}
	n := r.length()
	if r.bad || n > len(b)/4 {
		return fmt.Errorf("block directory: %w", metrics.ErrCorrupt)
	}
	dir := make([]chunkEntry, 0, 32)
	first := int64(0)
	for range n {
		first += int64(r.uvarint())
		e := chunkEntry{first: start + first*res, n: int(min(r.uvarint(), chunkPoints)) + 1, stats: r.length(), samples: r.length()}
		if r.bad || e.n > chunkPoints {
			return fmt.Errorf("block directory: %w", metrics.ErrCorrupt)
		}
		dir = append(dir, e)
	}
	for i, e := range dir {
		stats, samples := r.bytes(e.stats), r.bytes(e.samples)
		if r.bad {
			return fmt.Errorf("block is shorter than its directory says: %w", metrics.ErrCorrupt)
		}
		if e.first >= to || i+1 < len(dir) && dir[i+1].first <= from {
			continue
		}
		if err := c.decode(e, stats, samples, res); err != nil {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

func (c *chunk) decode(e chunkEntry, stats, samples []byte, res int64) error {
	n := e.n
	c.n = n
	r := reader{b: stats}
	flags := r.byte()
	c.ts[0] = e.first
	if flags&regularBit != 0 {
		for i := 1; i < n; i++ {
			c.ts[i] = c.ts[i-1] + res
		}
	} else {
		r.ints(c.scratch[:n-1])
		for i := 1; i < n; i++ {
			c.ts[i] = c.ts[i-1] + (c.scratch[i-1]+1)*res
		}
	}
	switch flags & shapeMask {
	case shapeGeneral:
		r.numbers(c.count[:n], c.scratch[:])
		r.numbers(c.sum[:n], c.scratch[:])
		r.numbers(c.min[:n], c.scratch[:])
		r.numbers(c.max[:n], c.scratch[:])
	case shapeSingle:
		r.numbers(c.min[:n], c.scratch[:])
		for i := range n {
			c.count[i] = 1
		}
		copy(c.sum[:n], c.min[:n])
		copy(c.max[:n], c.min[:n])
	case shapeEqual:
		r.numbers(c.count[:n], c.scratch[:])
		r.numbers(c.min[:n], c.scratch[:])
		for i := range n {
			c.sum[i] = c.count[i] * c.min[i]
		}
		copy(c.max[:n], c.min[:n])
	default:
		r.bad = true
	}
	c.samples, c.form, c.bitmap = reader{b: samples}, 0, nil
	if len(samples) > 0 {
		c.form = c.samples.byte()
		switch c.form {
		case samplesAll:
		case samplesBitmap:
			c.bitmap = c.samples.bytes((n + 7) / 8)
			r.bad = r.bad || c.samples.bad
		default:
			r.bad = true
		}
	}
	if r.bad || len(r.b) > 0 {
		return fmt.Errorf("chunk of %d points: %w", n, metrics.ErrCorrupt)
	}
	return nil
}

// decodePoints returns all points of a block with their distributions.
func decodePoints(b []byte, start, res int64, c *chunk) ([]point, error) {
	var points []point
	err := decodeBlock(b, start, res, -1<<62, 1<<62, c, func(c *chunk) error {
		for i := range c.n {
			p := point{ts: c.ts[i], count: c.count[i], sum: c.sum[i], min: c.min[i], max: c.max[i]}
			if p.min != p.max && c.hasDist(i) {
				p.dist = new(metrics.Distribution)
				if err := c.dist(p.dist); err != nil {
					return err
				}
			}
			points = append(points, p)
		}
		return nil
	})
	return points, err
}
