package colenc

import "sort"

// IntsInfo is what the head of an integer column says: its zone map.
type IntsInfo struct {
	Len      int
	Min, Max int64 // both 0 when Len is 0
}

type intsReader struct {
	IntsInfo
	enc  byte
	rest []byte
}

func openInts(b []byte, n int) (r intsReader, err error) {
	c := cursor{b: b}
	r.enc = c.byte()
	r.Len = c.count(maxValues)
	if c.bad || n >= 0 && r.Len != n {
		return r, corrupt("integer column of %d values, want %d", r.Len, n)
	}
	if r.enc < intConst || r.enc > intDeltaLanes {
		return r, corrupt("integer encoding %d is unknown", r.enc)
	}
	if r.Len == 0 {
		if len(c.b) != 0 || r.enc != intConst {
			return r, corrupt("empty integer column with %d more bytes", len(c.b))
		}
		return r, nil
	}
	r.Min = c.varint()
	span := c.uvarint()
	r.Max = int64(uint64(r.Min) + span)
	if c.bad || r.Max < r.Min || (r.enc == intConst) != (span == 0) || r.enc == intConst && len(c.b) != 0 {
		return r, corrupt("head of integer column")
	}
	r.rest = c.b
	return r, nil
}

// InfoInts reads the head of an integer column.
func InfoInts(b []byte) (IntsInfo, error) {
	r, err := openInts(b, -1)
	return r.IntsInfo, err
}

// grow returns dst with length n, reallocated when it is too small.
func grow[T any](dst []T, n int) []T {
	if cap(dst) < n {
		return make([]T, n)
	}
	return dst[:n]
}

// DecodeInts decodes a column that must have n values into dst[:0], which is
// reallocated when it is too small.
func DecodeInts(dst []int64, b []byte, n int) ([]int64, error) { return decodeInts(dst, b, n, 0) }

// runs of runs do not occur: a column of runs holds others only.
func decodeInts(dst []int64, b []byte, n, depth int) ([]int64, error) {
	r, err := openInts(b, n)
	if err != nil {
		return nil, err
	}
	switch r.enc {
	case intConst:
		dst = grow(dst, n)
		for i := range dst {
			dst[i] = r.Min
		}
		return dst, nil
	case intPacked, intDelta, intDelta2:
		return r.packed(dst)
	case intRuns:
		if depth > 2 {
			return nil, corrupt("runs of runs of runs")
		}
		return r.runs(dst, depth)
	}
	return r.lanes(dst)
}

// head is the head of one packed block.
type head struct {
	first, delta, base int64
	w                  uint
	at                 int // offset of its body
}

// heads reads the heads of all blocks and answers where the bodies lie.
func (r *intsReader) heads(dst []head) ([]head, []byte, error) {
	blocks := (r.Len + blockLen - 1) / blockLen
	if blocks*2 > len(r.rest) {
		return nil, nil, corrupt("%d bytes for the heads of %d blocks", len(r.rest), blocks)
	}
	if cap(dst) < blocks {
		dst = make([]head, 0, blocks)
	}
	c := cursor{b: r.rest}
	at := 0
	for k := range blocks {
		var h head
		count := min(blockLen, r.Len-k*blockLen)
		h.first = int64(uint64(r.Min) + c.uvarint())
		switch r.enc {
		case intPacked:
			h.base = h.first
		case intDelta:
			h.base = c.varint()
			count--
		case intDelta2:
			h.delta = c.varint()
			h.base = c.varint()
			count = max(count-2, 0)
		}
		h.w = uint(c.byte())
		if c.bad || h.w > 64 {
			return nil, nil, corrupt("head of block %d of %d", k, blocks)
		}
		h.at = at
		at += PackedSize(count, h.w)
		dst = append(dst, h)
	}
	if at != len(c.b) {
		return nil, nil, corrupt("%d bytes of packed integers, want %d", len(c.b), at)
	}
	return dst, c.b, nil
}

func (r *intsReader) packed(dst []int64) ([]int64, error) {
	var few [16]head
	heads, body, err := r.heads(few[:0])
	if err != nil {
		return nil, err
	}
	dst = grow(dst, r.Len)
	buf := blockBuf.Get().(*[blockLen]uint64)
	defer blockBuf.Put(buf)
	for k := range heads {
		r.block(dst[k*blockLen:min((k+1)*blockLen, r.Len)], &heads[k], body, buf)
	}
	return dst, nil
}

func (r *intsReader) block(out []int64, h *head, body []byte, buf *[blockLen]uint64) {
	switch r.enc {
	case intPacked:
		Unpack(out, body[h.at:], h.w, h.base)
	case intDelta:
		words := buf[:len(out)-1]
		Unpack(words, body[h.at:], h.w, 0)
		v := h.first
		out[0] = v
		for i, w := range words {
			v += h.base + int64(w)
			out[i+1] = v
		}
	case intDelta2:
		out[0] = h.first
		if len(out) == 1 {
			return
		}
		v, d := h.first+h.delta, h.delta
		out[1] = v
		words := buf[:len(out)-2]
		Unpack(words, body[h.at:], h.w, 0)
		for i, w := range words {
			d += h.base + int64(w)
			v += d
			out[i+2] = v
		}
	}
}

func (r *intsReader) runs(dst []int64, depth int) ([]int64, error) {
	c := cursor{b: r.rest}
	vb, lb := c.framed(), c.framed()
	if c.bad || len(c.b) != 0 {
		return nil, corrupt("runs of integers")
	}
	info, err := InfoInts(lb)
	if err != nil {
		return nil, err
	}
	if info.Len > r.Len {
		return nil, corrupt("%d runs of %d values", info.Len, r.Len)
	}
	lens, err := decodeInts(nil, lb, info.Len, depth+1)
	if err != nil {
		return nil, err
	}
	vals, err := decodeInts(nil, vb, info.Len, depth+1)
	if err != nil {
		return nil, err
	}
	dst = grow(dst, r.Len)
	at := 0
	for k, l := range lens {
		if l <= 0 || l > int64(r.Len-at) {
			return nil, corrupt("run of %d values at %d of %d", l, at, r.Len)
		}
		run := dst[at : at+int(l)]
		for i := range run {
			run[i] = vals[k]
		}
		at += int(l)
	}
	if at != r.Len {
		return nil, corrupt("runs end at %d of %d", at, r.Len)
	}
	return dst, nil
}

func (r *intsReader) lanes(dst []int64) ([]int64, error) {
	c := cursor{b: r.rest}
	lanes := int(c.byte())
	if c.bad || lanes < 1 || lanes > 8 {
		return nil, corrupt("%d lanes", lanes)
	}
	raw, err := DecodeBytes(nil, c.b, lanes*r.Len)
	if err != nil {
		return nil, err
	}
	if len(raw) != lanes*r.Len {
		return nil, corrupt("%d bytes in %d lanes, want %d", len(raw), lanes, lanes*r.Len)
	}
	dst = grow(dst, r.Len)
	for i, v := range raw[:r.Len] {
		dst[i] = int64(v)
	}
	for l := 1; l < lanes; l++ {
		for i, v := range raw[l*r.Len : (l+1)*r.Len] {
			dst[i] |= int64(v) << (8 * l)
		}
	}
	if r.enc == intLanes {
		for i := range dst {
			dst[i] += r.Min
		}
		return dst, nil
	}
	v := r.Min
	for i := range dst {
		v += unzigzag(uint64(dst[i]))
		dst[i] = v
	}
	return dst, nil
}

// SelectInts decodes some rows, ascending, of a column of n values into dst[:0].
// It touches only the blocks that hold them where the encoding allows.
func SelectInts(dst []int64, b []byte, n int, rows []uint32) ([]int64, error) {
	for i, row := range rows {
		if int(row) >= n || i > 0 && row <= rows[i-1] {
			panic("colenc: rows are not ascending or outside of the column")
		}
	}
	r, err := openInts(b, n)
	if err != nil {
		return nil, err
	}
	dst = grow(dst, len(rows))
	switch r.enc {
	case intConst:
		for i := range dst {
			dst[i] = r.Min
		}
		return dst, nil
	case intPacked, intDelta, intDelta2:
	default:
		all, err := DecodeInts(nil, b, n)
		if err != nil {
			return nil, err
		}
		for i, row := range rows {
			dst[i] = all[row]
		}
		return dst, nil
	}
	var few [16]head
	heads, body, err := r.heads(few[:0])
	if err != nil {
		return nil, err
	}
	buf := blockBuf.Get().(*[blockLen]uint64)
	defer blockBuf.Put(buf)
	var block [blockLen]int64
	for i := 0; i < len(rows); {
		k := int(rows[i]) / blockLen
		h := &heads[k]
		end := uint32((k + 1) * blockLen)
		last := i + sort.Search(len(rows)-i, func(j int) bool { return rows[i+j] >= end })
		if r.enc == intPacked && last-i < blockLen/16 {
			if h.w == 0 {
				for ; i < last; i++ {
					dst[i] = h.base
				}
				continue
			}
			mask := ^uint64(0) >> (64 - h.w)
			for ; i < last; i++ {
				dst[i] = h.base + int64(unpackOne(body[h.at:], uint(rows[i]%blockLen)*h.w, h.w, mask))
			}
			continue
		}
		out := block[:min(blockLen, r.Len-k*blockLen)]
		r.block(out, h, body, buf)
		for ; i < last; i++ {
			dst[i] = out[rows[i]%blockLen]
		}
	}
	return dst, nil
}

// FilterInts sets in rows the bit of every value in [lo, hi] of a column of n
// values; other bits stay. The zone map answers first: scratch, which is
// returned, is only filled when values have to be looked at.
func FilterInts(rows Bitmap, scratch []int64, b []byte, n int, lo, hi int64) ([]int64, error) {
	r, err := openInts(b, n)
	if err != nil {
		return scratch, err
	}
	switch {
	case n == 0 || lo > hi || r.Max < lo || r.Min > hi:
		return scratch, nil
	case lo <= r.Min && r.Max <= hi:
		rows.SetRange(0, n)
		return scratch, nil
	}
	values, err := DecodeInts(scratch, b, n)
	if err != nil {
		return scratch, err
	}
	span := uint64(hi) - uint64(lo)
	for i, v := range values {
		if uint64(v)-uint64(lo) <= span {
			rows.Set(i)
		}
	}
	return values, nil
}
