package metrics

import (
	"fmt"
	"math"
)

// Merger merges many distributions into one faster than repeated
// [Distribution.Merge]: once the result is a sketch it adds bucket by bucket
// into a dense array, and reads the binary form without building what it reads.
// The zero Merger is empty and ready. It holds up to 420 KB and is meant to be
// reused: [Merger.Take] empties it. Not safe for concurrent use.
type Merger struct {
	d       Distribution // the result while it is exact; its bounds and total always
	scratch Distribution
	sketch  bool
	dense   []float64 // counts by key+keyMax, zero outside [lo, hi]
	lo, hi  int32     // keys in use while sketch
}

// Empty reports whether nothing was added since the last Take.
func (m *Merger) Empty() bool { return m.d.total == 0 }

// Add adds one value count times, as Distribution.Add.
func (m *Merger) Add(value, count float64) {
	if !m.sketch {
		m.d.Add(value, count)
		m.settle()
		return
	}
	if !(count > 0) || math.IsInf(count, 1) || math.IsNaN(value) || math.IsInf(value, 0) {
		return
	}
	m.d.include(value, value, count)
	m.bump(keyOf(value), count)
}

// Merge adds every sample of d, which is not changed or kept.
func (m *Merger) Merge(d *Distribution) {
	switch {
	case d.Empty():
	case !m.sketch && d.keys == nil:
		m.d.mergeExact(d)
		m.settle()
	default:
		m.begin()
		m.d.include(d.min, d.max, d.total)
		if n := len(d.keys); n > 0 {
			m.lo, m.hi = min(m.lo, d.keys[0]), max(m.hi, d.keys[n-1])
			counts := d.counts[:n]
			for i, k := range d.keys {
				m.dense[k+keyMax] += counts[i]
			}
		}
		for i, v := range d.vals {
			m.bump(keyOf(v), d.counts[i])
		}
	}
}

// Decode adds the distribution in binary form at the front of b and returns
// what follows it. After an error (ErrCorrupt) the Merger's content is not to
// be used: Take it away.
func (m *Merger) Decode(b []byte) (rest []byte, err error) {
	if len(b) > 0 && b[0] == distDense {
		r := distReader{b: b[1:]}
		if h := r.denseHead(); !r.bad {
			if total := m.addDense(h); total > 0 {
				m.d.include(h.min, h.max, total)
				return r.b, nil
			}
		}
		return nil, fmt.Errorf("decode distribution: malformed: %w", ErrCorrupt)
	}
	rest, err = m.scratch.Decode(b)
	if err != nil {
		return nil, err
	}
	m.Merge(&m.scratch)
	return rest, nil
}

// addDense adds the counts of a dense sketch and returns their sum, 0 when the
// ends are not there as they must be.
func (m *Merger) addDense(h denseHead) (total float64) {
	m.begin()
	m.lo, m.hi = min(m.lo, h.first), max(m.hi, h.first+int32(h.n)-1)
	at := m.dense[h.first+keyMax:][:h.n]
	u := bitReader{b: h.bits, width: h.width, mask: 1<<h.width - 1}
	for i := range at {
		c := float64(u.at(i))
		at[i] += c
		total += c
	}
	if u.at(0) == 0 || u.at(h.n-1) == 0 {
		return 0
	}
	return total
}

// settle goes on densely when the exact part has become a sketch.
func (m *Merger) settle() {
	if m.d.keys != nil {
		m.begin()
	}
}

// begin turns to the dense array.
func (m *Merger) begin() {
	if m.sketch {
		return
	}
	if m.dense == nil {
		m.dense = make([]float64, 2*keyMax+1)
	}
	m.sketch = true
	m.lo, m.hi = math.MaxInt32, math.MinInt32
	for i, k := range m.d.keys {
		m.bump(k, m.d.counts[i])
	}
	for i, v := range m.d.vals {
		m.bump(keyOf(v), m.d.counts[i])
	}
	m.d.spare = m.d.keys
	m.d.vals, m.d.keys, m.d.counts = m.d.vals[:0], nil, m.d.counts[:0]
}

func (m *Merger) bump(key int32, count float64) {
	m.lo, m.hi = min(m.lo, key), max(m.hi, key)
	m.dense[key+keyMax] += count
}

// Take returns the merged distribution, which is the caller's, and empties m.
func (m *Merger) Take() *Distribution {
	d := &Distribution{total: m.d.total, min: m.d.min, max: m.d.max}
	if !m.sketch {
		d.vals = append([]float64(nil), m.d.vals...)
		d.counts = append([]float64(nil), m.d.counts...)
		m.d.Reset()
		return d
	}
	used := m.dense[m.lo+keyMax : m.hi+keyMax+1]
	n := 0
	for _, c := range used {
		if c != 0 {
			n++
		}
	}
	d.keys, d.counts = make([]int32, 0, n), make([]float64, 0, n)
	for i, c := range used {
		if c != 0 {
			d.keys = append(d.keys, m.lo+int32(i))
			d.counts = append(d.counts, c)
			used[i] = 0
		}
	}
	m.sketch = false
	m.d.Reset()
	return d
}
