package logstore

import (
	"cmp"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// batch is the events of one logs.Batch in memory. It never changes, and is
// sorted by (timestamp, seq), since event i has seq firstSeq+i.
type batch struct {
	group      logs.GroupID
	stream     logs.StreamID
	ingested   int64
	firstSeq   uint64
	timestamps []int64
	messages   []string
	bytes      int64 // message bytes
}

func (b *batch) position(i int) logs.Position {
	return logs.Position{Timestamp: b.timestamps[i], Seq: b.firstSeq + uint64(i)}
}

// search returns how many events of b lie before p.
func (b *batch) search(p logs.Position) int {
	return sort.Search(len(b.timestamps), func(i int) bool { return !b.position(i).Less(p) })
}

// memGroup is the events of one group in memory.
type memGroup struct {
	batches []*batch // in the order of insertion; appended to, never changed in place
	streams map[logs.StreamID]*segment.Stream
	rows    int

	// What was encoded for executors that read columns, see memblock.go.
	blocks                      []*memBlock
	encodedBatches, encodedRows int
	read                        atomic.Int64 // rows that questions have read plain
}

// memtable holds acknowledged events that are in no live segment. Everything
// but writers is guarded by Store.mu, also after sealing, because a drop may
// take events out.
type memtable struct {
	groups  map[logs.GroupID]*memGroup
	size    int64 // estimate of the memory held, in bytes
	rows    int64
	records int64     // WAL records placed for it
	born    time.Time // when the first record came

	// writers are the records that have a place in the WAL and are not yet
	// inserted. None is added after sealing.
	writers sync.WaitGroup

	walUpTo uint64 // set by sealing: its records lie in WAL files up to this
	lastSeq uint64 // set by sealing: the highest seq given until then
}

// What an event and a batch cost in memory besides the record's bytes: a
// timestamp and a string header; the batch and its place in its group.
const (
	eventOverhead = 24
	batchOverhead = 160
)

func newMemtable() *memtable { return &memtable{groups: map[logs.GroupID]*memGroup{}} }

func (m *memtable) touch(now time.Time) {
	if m.born.IsZero() {
		m.born = now
	}
}

// add inserts a batch.
func (m *memtable) add(b *batch) {
	g := m.groups[b.group]
	if g == nil {
		g = &memGroup{streams: map[logs.StreamID]*segment.Stream{}}
		m.groups[b.group] = g
	}
	g.batches = append(g.batches, b)
	n := len(b.timestamps)
	last := b.position(n - 1)
	s := g.streams[b.stream]
	if s == nil {
		s = &segment.Stream{Stream: b.stream, First: b.timestamps[0], Last: last.Timestamp,
			LastIngestion: b.ingested, MinSeq: b.firstSeq, MaxSeq: last.Seq}
		g.streams[b.stream] = s
	}
	s.Events += int64(n)
	s.Bytes += b.bytes
	s.First, s.Last = min(s.First, b.timestamps[0]), max(s.Last, last.Timestamp)
	s.LastIngestion = max(s.LastIngestion, b.ingested)
	// Appends finish out of order, so seqs need not ascend here.
	s.MinSeq, s.MaxSeq = min(s.MinSeq, b.firstSeq), max(s.MaxSeq, last.Seq)
	g.rows += n
	m.rows += int64(n)
	m.size += b.bytes + int64(n)*(eventOverhead+3) + batchOverhead
}

// drop takes the events that d covers out.
func (m *memtable) drop(d drop) {
	g := m.groups[d.group]
	if g == nil {
		return
	}
	old := g.batches
	delete(m.groups, d.group)
	for _, b := range old {
		m.rows -= int64(len(b.timestamps))
		m.size -= b.bytes + int64(len(b.timestamps))*(eventOverhead+3) + batchOverhead
	}
	for _, b := range old {
		if !d.covers(b) {
			m.add(b)
		}
	}
}

// sortedRows calls yield with every event of batches in (timestamp, seq)
// order, in one Row that is used again.
func sortedRows(group logs.GroupID, batches []*batch, yield func(*segment.Row) error) error {
	type ref struct {
		pos   logs.Position
		batch int32
		event int32
	}
	total := 0
	for _, b := range batches {
		total += len(b.timestamps)
	}
	refs := make([]ref, 0, total)
	sorted := true
	for i, b := range batches {
		if n := len(refs); n > 0 && b.position(0).Less(refs[n-1].pos) {
			sorted = false
		}
		for j := range b.timestamps {
			refs = append(refs, ref{b.position(j), int32(i), int32(j)})
		}
	}
	if !sorted {
		slices.SortFunc(refs, func(a, b ref) int {
			if c := cmp.Compare(a.pos.Timestamp, b.pos.Timestamp); c != 0 {
				return c
			}
			return cmp.Compare(a.pos.Seq, b.pos.Seq)
		})
	}
	var row segment.Row
	for _, r := range refs {
		b := batches[r.batch]
		row = segment.Row{Group: group, Stream: b.stream, Timestamp: r.pos.Timestamp,
			Ingested: b.ingested, Seq: r.pos.Seq, Message: b.messages[r.event]}
		if err := yield(&row); err != nil {
			return err
		}
	}
	return nil
}
