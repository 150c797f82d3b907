package logstore

import (
	"fmt"

	"skywatch/internal/logs"
	"skywatch/internal/logtype"
)

const (
	// filterRun is about how many bytes of text filters are read at once: who
	// asks for one mostly asks for those of the blocks behind it next.
	filterRun = 64 << 10
	// filterEntry is about what a filter takes in memory besides its bytes.
	filterEntry = 300
)

// textFilter is the text filter of a block, nil when it has none. A damaged one
// is reported when it is read, and then the block is read like one without;
// compaction writes it anew.
func (s *Store) textFilter(t *table, block int) (*logtype.TextFilter, error) {
	key := cacheKey{t.number, block, colTextFilter}
	if v := s.cache.get(key); v != nil {
		return v.(*logtype.TextFilter), nil
	}
	if t.reader.Block(block).FilterSize() == 0 {
		return nil, nil
	}
	to, size := block, int64(0)
	for to < t.reader.Blocks() && size < filterRun {
		size += t.reader.Block(to).FilterSize()
		to++
	}
	filters, err := t.reader.TextFilters(block, to)
	if err != nil {
		return nil, fmt.Errorf("read segment %s, block %d: %w", t.name, block, err)
	}
	for i := len(filters) - 1; i >= 0; i-- {
		f := &filters[i]
		key.block = block + i
		if f.Err != nil && s.cache.put(key, (*logtype.TextFilter)(nil), filterEntry) {
			s.reportCorrupt(CorruptInfo{Segment: t.name, Block: key.block, Group: t.reader.Block(key.block).Group, Err: f.Err})
		}
		if f.Filter != nil {
			s.cache.put(key, f.Filter, filterEntry+f.Bytes)
		}
	}
	return filters[0].Filter, nil
}

// ruledOut says whether the text filter of a block shows that none of its
// events is wanted, and counts these as skipped. A filter that cannot be read
// rules nothing out: the block's own reading will say what is wrong.
func (s *Store) ruledOut(p *groupPlan, t *table, block int, stats *logs.ScanStats) bool {
	if len(p.probes) == 0 {
		return false
	}
	f, err := s.textFilter(t, block)
	if f == nil || err != nil {
		return false
	}
	for i := range p.probes {
		if p.escaped && f.MayDecode(&p.probes[i]) || !p.escaped && f.MayHold(&p.probes[i]) {
			continue
		}
		stats.SkippedRows += int64(t.reader.Block(block).Rows)
		stats.SkippedBytes += t.reader.Block(block).Bytes
		return true
	}
	return false
}
