package colenc

import (
	"encoding/binary"
	"sync"
)

// The layout of an integer column. Integers are uvarint or zigzag varint.
//
//	byte     encoding
//	uvarint  number of values n; nothing follows when it is 0
//	varint   smallest value;  uvarint  largest less smallest
//	then, by encoding
//
//	1 const   nothing: smallest = largest
//	2 packed  blocks of 256 values (the last may be shorter). First every block's
//	          head: uvarint base less smallest value, byte width; then every
//	          block's values less their base, bit-packed, each block on a byte border
//	3 delta   head: uvarint first value less the smallest of the column, varint
//	          smallest difference, byte width; body: differences to the value
//	          before, less the smallest, bit-packed
//	4 delta2  head: uvarint first value less the smallest of the column, varint first
//	          difference, varint smallest difference of differences, byte width;
//	          body: the other differences of differences, less the smallest
//	5 runs    framed column: the value of each run; framed column: its length
//	6 lanes   byte bytes per value; the value less the smallest, cut into bytes: all
//	          low bytes, then all next ones, …; compressed as AppendBytes does
//	7 delta lanes  as lanes, of zigzag differences to the value before (the first
//	          to the smallest)
const (
	intConst      = 1
	intPacked     = 2
	intDelta      = 3
	intDelta2     = 4
	intRuns       = 5
	intLanes      = 6
	intDeltaLanes = 7
)

// blockLen is the number of values that share a width.
const blockLen = 256

// maxValues bounds a column; a reader is told how many values to expect anyway.
const maxValues = 1 << 30

// AppendInts appends the column of values to dst in the smallest encoding.
func AppendInts(dst []byte, values []int64, level Level) []byte {
	n := len(values)
	if n == 0 {
		return append(dst, intConst, 0)
	}
	st := surveyInts(values)
	span := uint64(st.max) - uint64(st.min)
	if span == 0 {
		return appendIntHead(dst, intConst, n, st.min, 0)
	}
	enc, size := byte(intPacked), st.packed
	if st.delta < size {
		enc, size = intDelta, st.delta
	}
	if st.delta2 < size {
		enc, size = intDelta2, st.delta2
	}
	if st.runs <= n/4 { // a run costs at least its value's width and its length's
		return appendSmaller(dst, level, values, st, enc, size)
	}
	if level >= Compact && size >= zstdMin && n >= 32 {
		return appendLanes(dst, level, values, st, enc, size)
	}
	return appendPacked(dst, enc, values, st)
}

func appendIntHead(dst []byte, enc byte, n int, smallest int64, span uint64) []byte {
	dst = append(dst, enc)
	dst = binary.AppendUvarint(dst, uint64(n))
	dst = binary.AppendVarint(dst, smallest)
	return binary.AppendUvarint(dst, span)
}

// survey is what one pass over the values tells about the encodings.
type survey struct {
	min, max              int64
	packed, delta, delta2 int // bytes, estimated within a few
	runs                  int
}

func surveyInts(values []int64) survey {
	st := survey{min: values[0], max: values[0], runs: 1}
	prev, prevDelta := values[0], int64(0)
	for at := 0; at < len(values); at += blockLen {
		block := values[at:min(at+blockLen, len(values))]
		lo, hi := block[0], block[0]
		var dlo, dhi, ddlo, ddhi int64
		for i, v := range block {
			lo, hi = min(lo, v), max(hi, v)
			if v != prev {
				st.runs++
			}
			d := v - prev
			dd := d - prevDelta
			switch {
			case i == 1:
				dlo, dhi = d, d
			case i == 2:
				dlo, dhi = min(dlo, d), max(dhi, d)
				ddlo, ddhi = dd, dd
			case i > 2:
				dlo, dhi = min(dlo, d), max(dhi, d)
				ddlo, ddhi = min(ddlo, dd), max(ddhi, dd)
			}
			prev, prevDelta = v, d
		}
		st.min, st.max = min(st.min, lo), max(st.max, hi)
		st.packed += 3 + PackedSize(len(block), width(uint64(hi)-uint64(lo)))
		st.delta += 5 + PackedSize(len(block)-1, width(uint64(dhi)-uint64(dlo)))
		st.delta2 += 7 + PackedSize(max(len(block)-2, 0), width(uint64(ddhi)-uint64(ddlo)))
	}
	return st
}

// appendSmaller weighs runs against the best of the others.
func appendSmaller(dst []byte, level Level, values []int64, st survey, enc byte, size int) []byte {
	vals, lens := make([]int64, 0, st.runs), make([]int64, 0, st.runs)
	for i, v := range values {
		if i == 0 || v != values[i-1] {
			vals, lens = append(vals, v), append(lens, 0)
		}
		lens[len(lens)-1]++
	}
	start := len(dst)
	out := appendIntHead(dst, intRuns, len(values), st.min, uint64(st.max)-uint64(st.min))
	out = appendFramed(out, AppendInts(nil, vals, level))
	out = appendFramed(out, AppendInts(nil, lens, level))
	runs := len(out) - start
	if runs <= size {
		enc, size = intRuns, runs
	}
	if level >= Compact && size >= zstdMin {
		other := appendLanes(nil, level, values, st, enc, size)
		if len(other) > 0 && len(other) < size {
			return append(dst, other...)
		}
	}
	if enc == intRuns {
		return out
	}
	return appendPacked(out[:start], enc, values, st)
}

// blockBuf is scratch for one block.
var blockBuf = sync.Pool{New: func() any { return new([blockLen]uint64) }}

func appendPacked(dst []byte, enc byte, values []int64, st survey) []byte {
	dst = appendIntHead(dst, enc, len(values), st.min, uint64(st.max)-uint64(st.min))
	buf := blockBuf.Get().(*[blockLen]uint64)
	defer blockBuf.Put(buf)
	var body []byte
	for at := 0; at < len(values); at += blockLen {
		block := values[at:min(at+blockLen, len(values))]
		skip := 0
		switch enc {
		case intDelta:
			skip = 1
		case intDelta2:
			skip = min(2, len(block))
		}
		rest := buf[:len(block)-skip]
		var base int64
		for i := range rest {
			k := i + skip
			v := block[k]
			switch enc {
			case intDelta:
				v -= block[k-1]
			case intDelta2:
				v -= 2*block[k-1] - block[k-2]
			}
			if rest[i] = uint64(v); i == 0 || v < base {
				base = v
			}
		}
		top := uint64(0)
		for i := range rest {
			rest[i] -= uint64(base)
			top = max(top, rest[i])
		}
		w := width(top)
		switch enc {
		case intPacked:
			dst = binary.AppendUvarint(dst, uint64(base)-uint64(st.min))
		case intDelta:
			dst = binary.AppendUvarint(dst, uint64(block[0])-uint64(st.min))
			dst = binary.AppendVarint(dst, base)
		case intDelta2:
			dst = binary.AppendUvarint(dst, uint64(block[0])-uint64(st.min))
			first := int64(0)
			if len(block) > 1 {
				first = block[1] - block[0]
			}
			dst = binary.AppendVarint(dst, first)
			dst = binary.AppendVarint(dst, base)
		}
		dst = append(dst, byte(w))
		body = Pack(body, rest, w)
	}
	return append(dst, body...)
}

// appendLanes weighs entropy coding against the best of the others.
func appendLanes(dst []byte, level Level, values []int64, st survey, enc byte, size int) []byte {
	kind := byte(intLanes)
	if enc == intDelta || enc == intDelta2 {
		kind = intDeltaLanes
	}
	words := make([]uint64, len(values))
	top := uint64(0)
	prev := st.min
	for i, v := range values {
		if kind == intLanes {
			words[i] = uint64(v) - uint64(st.min)
		} else {
			words[i] = zigzag(v - prev)
			prev = v
		}
		top = max(top, words[i])
	}
	lanes := int(width(top)+7) / 8
	raw := make([]byte, 0, lanes*len(values))
	for l := range lanes {
		for _, w := range words {
			raw = append(raw, byte(w>>(8*l)))
		}
	}
	start := len(dst)
	out := appendIntHead(dst, kind, len(values), st.min, uint64(st.max)-uint64(st.min))
	out = append(out, byte(lanes))
	out = AppendBytes(out, raw, level)
	// Packed columns are read several times faster and row by row, so a gain
	// has to be worth it.
	if got := len(out) - start; got < size-size/8 || enc == intRuns && got < size {
		return out
	}
	if enc == intRuns {
		return dst // the caller has these bytes already
	}
	return appendPacked(out[:start], enc, values, st)
}
