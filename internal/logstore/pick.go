package logstore

import (
	"time"

	"skywatch/internal/segment"
)

// Merging makes fewer and fuller blocks, which every question gains from, and
// costs about as much as the first encoding of the same events. So its pace
// follows what else there is to do: while flushes follow each other closely,
// segments are left to pile up, and are merged down when the store has rest.
const (
	// busyWidth, mergeWidth and quietWidth segments in a row of about one size
	// are merged at least: while flushes come within busyFlush of each other,
	// otherwise, and when there was none for quietAfter. An event is rewritten
	// once per power of the width its segment grows by.
	busyWidth  = 64
	mergeWidth = 4
	quietWidth = 2

	busyFlush  = 10 * time.Second
	quietAfter = 30 * time.Second

	// maxMerge bounds the inputs of one merge, and mergeBytes the messages of
	// the largest block of each, which may be in memory at a time.
	maxMerge   = 64
	mergeBytes = 96 << 20

	// tierFactor is the size from which segments count as larger ones, up to
	// smallestTier bytes they count as equally small.
	tierFactor   = 4
	smallestTier = 1 << 20
)

// busy reports whether flushes follow each other closely.
func (s *Store) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	return now.Sub(s.flushTimes[0]) < 2*busyFlush && now.Sub(s.flushTimes[1]) < busyFlush
}

// width is how many segments of a size the background merges at least.
func (s *Store) width() int {
	if s.busy() {
		return busyWidth
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Now().Sub(s.flushTimes[1]) < quietAfter {
		return mergeWidth
	}
	return quietWidth
}

// fewFlushed is how many segments may wait for a merge before flushes give way
// to it: twice what a merge waits for, as the next ones come in while it runs.
const fewFlushed = 2 * busyWidth

// holdBack is how long the flusher rests after a flush that took so long. With
// ingestion as fast as the machine goes for hours, flushes would leave merges too
// little of it, and segments would pile up without end. So the more of them wait
// the longer it rests; meanwhile memory fills, and appends wait.
func holdBack(tables []*table, took time.Duration) time.Duration {
	n := 0
	for i := len(tables) - 1; i >= 0 && tables[i].size <= max(smallestTier, tierFactor*tables[len(tables)-1].size); i-- {
		if !tables[i].damaged.Load() {
			n++
		}
	}
	return took * time.Duration(max(n-fewFlushed, 0)) / busyWidth
}

// job is a compaction to do. Its tables are referenced.
type job struct {
	tables  []*table
	drops   *drops
	expired expiry
	allDead bool // nothing in tables is alive: no need to read them
}

// pick chooses the most rewarding compaction, or nil: first segments with
// nothing alive, then those half dead, then those of an old format or with a
// flaw, then rows of segments of one size.
func (s *Store) pick(width int) *job {
	j := &job{expired: s.expiry()}
	s.mu.Lock()
	defer s.mu.Unlock()
	j.drops = s.drops
	var halfDead, old *table
	for _, t := range s.tables {
		switch dead := j.deadRows(t); {
		case dead == t.reader.Rows():
			j.tables = append(j.tables, t)
		case 2*dead >= t.reader.Rows() && !t.damaged.Load():
			halfDead = t
		case (t.reader.Version() < segment.Version || t.flaw() != nil) && !t.damaged.Load():
			old = t
		}
	}
	switch {
	case len(j.tables) > 0:
		j.allDead = true
	case halfDead != nil:
		j.tables = []*table{halfDead}
	case old != nil:
		j.tables = []*table{old}
	default:
		j.tables = pickMerge(s.tables, s.opts.SegmentBytes, width)
	}
	if len(j.tables) == 0 {
		return nil
	}
	for _, t := range j.tables {
		t.ref()
	}
	return j
}

// deadRows returns how many of a table's events statistics show to be dropped
// or expired; the true number may be higher.
func (j *job) deadRows(t *table) int64 {
	dead := int64(0)
	groups := t.reader.Groups()
	for i := range groups {
		g := &groups[i]
		expired := j.expired(g.Group)
		if g.Last < expired || j.drops.coverGroup(g) {
			dead += g.Events
			continue
		}
		if g.First >= expired && len(j.drops.streams[g.Group]) == 0 {
			continue
		}
		byBlock := int64(0)
		for b := g.FirstBlock; b < g.FirstBlock+g.Blocks && t.reader.Block(b).Last.Timestamp < expired; b++ {
			byBlock += int64(t.reader.Block(b).Rows)
		}
		byStream := int64(0)
		for k := range g.Streams {
			if st := &g.Streams[k]; st.Last < expired || j.drops.coverStream(g.Group, st) {
				byStream += st.Events
			}
		}
		dead += max(byBlock, byStream) // they may be the same events
	}
	return dead
}

// pickMerge returns the tables to merge: neighbours, of the smallest size
// possible, of which there are at least width. Only neighbours are merged, so
// that a segment covers one stretch of ingestion, and with it of time, and
// retention can free whole segments.
func pickMerge(tables []*table, limit int64, width int) []*table {
	for tier := int64(smallestTier); ; tier *= tierFactor {
		for rest := tables; len(rest) > 0; {
			n := 0
			for n < len(rest) && rest[n].size <= tier && !rest[n].damaged.Load() {
				n++
			}
			for from := 0; n >= width && from < n; from++ {
				if run := mergeable(rest[from:n], limit); run != nil {
					return run
				}
			}
			rest = rest[min(n+1, len(rest)):]
		}
		if tier >= limit {
			return nil
		}
	}
}

// mergeable returns as many of the first tables as one merge may take, nil
// when merging them is not worth it: the outcome must be twice as large as each
// of them, so that nothing is rewritten often.
func mergeable(tables []*table, limit int64) []*table {
	n, size, largest, memory := 0, int64(0), int64(0), int64(0)
	for n < len(tables) && n < maxMerge {
		t := tables[n]
		if size+t.size > limit || n >= 2 && memory+t.largestBlock > mergeBytes {
			break
		}
		n, size, largest, memory = n+1, size+t.size, max(largest, t.size), memory+t.largestBlock
	}
	if n < 2 || size < 2*largest {
		return nil
	}
	return tables[:n]
}
