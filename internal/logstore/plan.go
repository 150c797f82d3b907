package logstore

import (
	"fmt"
	"slices"
	"sort"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
	"skywatch/internal/segment"
)

// groupPlan says which events of one group a scan delivers.
type groupPlan struct {
	group      logs.GroupID
	start, end int64                  // milliseconds, [start, end)
	streams    map[logs.StreamID]bool // nil: all
	after      *logs.Position
	desc       bool // after is in descending order

	probes  []logtype.TextProbe // of texts that all are in a wanted message
	escaped bool                // or it spells characters as \uXXXX

	dropped        uint64 // events up to this seq are dropped
	droppedStreams map[logs.StreamID]uint64
}

// plans checks a scan and returns one plan per distinct group with a time
// range that is not empty.
func plans(scan *logs.Scan, expired expiry) ([]groupPlan, error) {
	if len(scan.Groups) == 0 {
		return nil, fmt.Errorf("scan of no group")
	}
	if scan.Order > logs.NewestFirst {
		return nil, fmt.Errorf("scan in unknown order %d", scan.Order)
	}
	if scan.After != nil && scan.Order == logs.AnyOrder {
		return nil, fmt.Errorf("scan after a position needs an order")
	}
	var streams map[logs.StreamID]bool
	if scan.Streams != nil {
		streams = make(map[logs.StreamID]bool, len(scan.Streams))
		for _, st := range scan.Streams {
			streams[st] = true
		}
	}
	var probes []logtype.TextProbe
	for _, text := range scan.Texts {
		if p := logtype.NewTextProbe(text); !p.Empty() {
			probes = append(probes, p)
		}
	}
	ids := slices.Clone(scan.Groups)
	slices.Sort(ids)
	var out []groupPlan
	for _, g := range slices.Compact(ids) {
		p := groupPlan{group: g, start: max(scan.Start, expired(g)), end: scan.End,
			streams: streams, after: scan.After, desc: scan.Order == logs.NewestFirst,
			probes: probes, escaped: scan.EscapedTexts}
		if p.after != nil {
			// No event beyond the position's timestamp can be wanted.
			if !p.desc {
				p.start = max(p.start, p.after.Timestamp)
			} else if p.after.Timestamp < p.end {
				p.end = p.after.Timestamp + 1
			}
		}
		if p.start < p.end {
			out = append(out, p)
		}
	}
	return out, nil
}

// setDrops takes over what of ds concerns the group.
func (p *groupPlan) setDrops(ds *drops) {
	p.dropped, p.droppedStreams = ds.groups[p.group], ds.streams[p.group]
}

// wantsBatch reports whether a batch can hold wanted events. Dropped ones are
// no longer in memory.
func (p *groupPlan) wantsBatch(b *batch) bool {
	return b.timestamps[0] < p.end && b.timestamps[len(b.timestamps)-1] >= p.start && (p.streams == nil || p.streams[b.stream])
}

// batchRange returns which events of b are wanted, [lo, hi).
func (p *groupPlan) batchRange(b *batch) (lo, hi int) {
	lo = b.search(logs.Position{Timestamp: p.start})
	hi = b.search(logs.Position{Timestamp: p.end})
	if p.after != nil && !p.desc {
		lo = max(lo, sort.Search(len(b.timestamps), func(i int) bool { return p.after.Less(b.position(i)) }))
	}
	if p.after != nil && p.desc {
		hi = min(hi, b.search(*p.after))
	}
	return lo, hi
}

// blockRange returns the blocks of a table in the time range, [lo, hi), or
// none when the footer shows that no wanted stream is in the table.
func (p *groupPlan) blockRange(t *table, stats *logs.ScanStats) (lo, hi int) {
	g := t.reader.Group(p.group)
	if g == nil || g.Last < p.start || g.First >= p.end || g.MaxSeq <= p.dropped {
		return 0, 0
	}
	lo = g.FirstBlock + sort.Search(g.Blocks, func(i int) bool {
		return t.reader.Block(g.FirstBlock+i).Last.Timestamp >= p.start
	})
	hi = g.FirstBlock + sort.Search(g.Blocks, func(i int) bool {
		return t.reader.Block(g.FirstBlock+i).First.Timestamp >= p.end
	})
	if p.streams != nil && !p.hasStream(g) {
		for i := lo; i < hi; i++ {
			stats.SkippedRows += int64(t.reader.Block(i).Rows)
			stats.SkippedBytes += t.reader.Block(i).Bytes
		}
		return 0, 0
	}
	return lo, hi
}

// hasStream reports whether a table's group has events of a wanted stream in
// the time range.
func (p *groupPlan) hasStream(g *segment.Group) bool {
	for st := range p.streams {
		if s := stream(g, st); s != nil && s.First < p.end && s.Last >= p.start && s.MaxSeq > p.droppedStreams[st] {
			return true
		}
	}
	return false
}

// wantsBlock reports whether a block of blockRange can hold wanted events;
// what statistics rule out is counted as skipped.
func (p *groupPlan) wantsBlock(b *segment.Block, stats *logs.ScanStats) bool {
	if b.MaxSeq <= p.dropped {
		return false
	}
	if p.after != nil && (!p.desc && !p.after.Less(b.Last) || p.desc && !b.First.Less(*p.after)) {
		return false
	}
	if p.streams == nil {
		return true
	}
	for st := range p.streams {
		if b.MinStream <= st && st <= b.MaxStream {
			return true
		}
	}
	stats.SkippedRows += int64(b.Rows)
	stats.SkippedBytes += b.Bytes
	return false
}

// needsSeqs reports whether drops must be looked up event by event.
func (p *groupPlan) needsSeqs(b *segment.Block) bool {
	if b.MinSeq <= p.dropped {
		return true
	}
	for st, seq := range p.droppedStreams {
		if b.MinStream <= st && st <= b.MaxStream && b.MinSeq <= seq {
			return true
		}
	}
	return false
}

// rowColumns are the columns that decide which rows of a block are wanted.
type rowColumns interface {
	Timestamps() ([]int64, error)
	Streams() ([]logs.StreamID, error)
	Seqs() ([]uint64, error)
}

// cuts reports whether time bounds, or after, may leave out rows of a block.
func (p *groupPlan) cuts(b *segment.Block) bool {
	return b.First.Timestamp < p.start || b.Last.Timestamp >= p.end ||
		p.after != nil && (!p.desc && !p.after.Less(b.First) || p.desc && !b.Last.Less(*p.after))
}

// needsStreams reports whether streams must be looked up event by event.
func (p *groupPlan) needsStreams(b *segment.Block) bool {
	return p.streams != nil && (b.MinStream != b.MaxStream || !p.streams[b.MinStream])
}

// rows narrows a block down to the wanted events: positions [lo, hi) of sel,
// or of the block itself when sel is nil. It reads what it needs to know.
func (p *groupPlan) rows(b *segment.Block, r rowColumns, stats *logs.ScanStats) (lo, hi int, sel []int32, err error) {
	lo, hi = 0, b.Rows
	if b.First.Timestamp < p.start || b.Last.Timestamp >= p.end {
		ts, err := r.Timestamps()
		if err != nil {
			return 0, 0, nil, err
		}
		lo = sort.Search(len(ts), func(i int) bool { return ts[i] >= p.start })
		hi = sort.Search(len(ts), func(i int) bool { return ts[i] >= p.end })
	}
	if p.after != nil {
		if lo, hi, err = p.afterRange(r, lo, hi); err != nil {
			return 0, 0, nil, err
		}
	}
	if lo >= hi {
		return 0, 0, nil, nil
	}
	stats.Rows += int64(hi - lo)
	stats.Bytes += b.Bytes * int64(hi-lo) / int64(b.Rows) // exact for a whole block
	needSeqs, needStreams := p.needsSeqs(b), p.needsStreams(b)
	if !needSeqs && !needStreams {
		return lo, hi, nil, nil
	}
	streams, err := r.Streams()
	if err != nil {
		return 0, 0, nil, err
	}
	var seqs []uint64
	if needSeqs {
		if seqs, err = r.Seqs(); err != nil {
			return 0, 0, nil, err
		}
	}
	sel = make([]int32, 0, hi-lo)
	for i := lo; i < hi; i++ {
		st := streams[i]
		if needStreams && !p.streams[st] {
			continue
		}
		if needSeqs && (seqs[i] <= p.dropped || seqs[i] <= p.droppedStreams[st]) {
			continue
		}
		sel = append(sel, int32(i))
	}
	return 0, len(sel), sel, nil
}

// afterRange narrows [lo, hi) to what lies behind p.after in scan order.
func (p *groupPlan) afterRange(r rowColumns, lo, hi int) (int, int, error) {
	ts, err := r.Timestamps()
	if err != nil {
		return 0, 0, err
	}
	seqs, err := r.Seqs()
	if err != nil {
		return 0, 0, err
	}
	at := func(i int) logs.Position { return logs.Position{Timestamp: ts[i], Seq: seqs[i]} }
	if p.desc {
		return lo, min(hi, sort.Search(len(ts), func(i int) bool { return !at(i).Less(*p.after) })), nil
	}
	return max(lo, sort.Search(len(ts), func(i int) bool { return p.after.Less(at(i)) })), hi, nil
}
