package metricstore

import (
	"sort"
	"sync"
	"sync/atomic"

	"skywatch/internal/metrics"
)

// memShards spreads concurrent appends; neighbouring series ids lie in
// different shards.
const memShards = 64

// memtable holds the points of one stretch of the WAL: an append whose record
// lies in the stretch puts its points here once the record is durable.
type memtable struct {
	pending sync.WaitGroup // appends placed in the WAL but not yet put in or failed
	bytes   atomic.Int64   // estimate
	points  atomic.Int64
	since   atomic.Int64 // milliseconds, server clock of the first append; 0 when empty
	upTo    uint64       // last WAL file of the stretch, set when frozen

	shards [memShards]memShard
}

type memShard struct {
	mu     sync.Mutex
	series []memSeries // index id/memShards
}

// memSeries holds points sorted by instant, and behind them late ones in order
// of arrival until somebody reads or they have become many: so late data costs
// no quadratic moving.
type memSeries struct {
	points []point
	late   []point
}

func (m *memtable) shard(id metrics.SeriesID) (*memShard, int) {
	return &m.shards[id%memShards], int(id / memShards)
}

// add merges a point into the table, which takes over p.dist.
func (m *memtable) add(id metrics.SeriesID, p *point) {
	sh, i := m.shard(id)
	grown := 0
	sh.mu.Lock()
	if i >= len(sh.series) {
		sh.series = append(sh.series, make([]memSeries, i+1-len(sh.series))...)
	}
	s := &sh.series[i]
	n := len(s.points)
	switch {
	case n == 0 || s.points[n-1].ts < p.ts:
		s.points = append(s.points, *p)
		grown = pointSize + p.dist.Size()
		m.points.Add(1)
	case s.points[n-1].ts == p.ts:
		last := &s.points[n-1]
		before := last.dist.Size()
		last.merge(p)
		grown = last.dist.Size() - before
	default:
		s.late = append(s.late, *p)
		grown = pointSize + p.dist.Size()
		m.points.Add(1)
		if len(s.late) > 256+n/2 {
			before := s.size()
			s.tidy()
			grown += s.size() - before
		}
	}
	sh.mu.Unlock()
	if grown != 0 {
		m.bytes.Add(int64(grown))
	}
}

// tidy merges the late points in.
func (s *memSeries) tidy() {
	if len(s.late) == 0 {
		return
	}
	s.points = sortPoints(append(s.points, s.late...))
	s.late = nil
}

func (s *memSeries) size() int {
	n := pointSize * (len(s.points) + len(s.late))
	for i := range s.points {
		n += s.points[i].dist.Size()
	}
	for i := range s.late {
		n += s.late[i].dist.Size()
	}
	return n
}

// read calls f with the points of a series in [from, to) seconds, under the
// series' lock: f must not keep or change them.
func (m *memtable) read(id metrics.SeriesID, from, to int64, f func([]point)) {
	sh, i := m.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if i >= len(sh.series) {
		return
	}
	s := &sh.series[i]
	if len(s.late) > 0 {
		before := s.size()
		s.tidy()
		m.bytes.Add(int64(s.size() - before))
	}
	if len(s.points) == 0 {
		return
	}
	if s.points[0].ts >= to || s.points[len(s.points)-1].ts < from {
		return
	}
	a := sort.Search(len(s.points), func(i int) bool { return s.points[i].ts >= from })
	b := sort.Search(len(s.points), func(i int) bool { return s.points[i].ts >= to })
	if a < b {
		f(s.points[a:b])
	}
}

// maxID returns an id above every id in the table.
func (m *memtable) maxID() metrics.SeriesID {
	n := 0
	for i := range m.shards {
		m.shards[i].mu.Lock()
		n = max(n, len(m.shards[i].series))
		m.shards[i].mu.Unlock()
	}
	return metrics.SeriesID(n * memShards)
}

// all returns all points of a series of a frozen table that nobody adds to any
// more. Readers may still tidy, so it tidies under the lock first; after that
// the points stay put.
func (m *memtable) all(id metrics.SeriesID) []point {
	sh, i := m.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if i >= len(sh.series) {
		return nil
	}
	sh.series[i].tidy()
	return sh.series[i].points
}
