package queries

import (
	"fmt"
	"slices"
	"time"

	"skywatch/internal/logexec"
)

// pack packs the rows of a result and shrinks its lease to what that takes. A
// result that is too large is let go.
func (s *Service) pack(r Result) (packedRows, error) {
	if n := size(r.Rows); n > s.cfg.MaxResultBytes {
		r.Lease.Release()
		return packedRows{}, fmt.Errorf("%w: %d rows hold %.1f MiB, want at most %.1f MiB", ErrTooLarge, len(r.Rows), float64(n)/(1<<20), float64(s.cfg.MaxResultBytes)/(1<<20))
	}
	rows := pack(r.Rows)
	r.Lease.Keep(rows.bytes)
	return rows, nil
}

// cellOverhead is what a cell costs in memory beside its text: two string headers.
const cellOverhead = 32

// size is what rows hold, in bytes.
func size(rows [][]Cell) int64 {
	var n int64
	for _, row := range rows {
		n += 24
		for _, c := range row {
			n += int64(len(c.Value)) + cellOverhead // field names are shared
		}
	}
	return n
}

// keep keeps rows, with their lease, as what q has.
func (q *query) keep(rows packedRows, lease *logexec.Lease) {
	q.lease.Release()
	q.rows, q.lease = rows, lease
}

// finish ends q and makes room for its result. Of a query that failed no rows
// are left, as they would look like an answer, and its counts, which are those
// of the last progress, are made to fit each other.
func (s *Service) finish(q *query, status Status, err error) {
	if status == Failed {
		q.keep(packedRows{}, nil)
	}
	if status != Complete && !q.started.IsZero() {
		q.stats.RecordsMatched = min(q.stats.RecordsMatched, q.stats.RecordsScanned)
		q.stats.LogGroupsScanned = float64(len(q.req.Groups))
	}
	q.status, q.ended, q.err = status, s.cfg.Now(), err
	s.ended++
	s.kept += q.rows.bytes
	if s.cfg.Ended != nil && !q.started.IsZero() {
		s.cfg.Ended(status, q.ended.Sub(q.started))
	}
	s.prune()
}

// prune forgets ended queries, oldest start first, until the bounds hold.
func (s *Service) prune() {
	now := s.cfg.Now()
	s.all = slices.DeleteFunc(s.all, func(q *query) bool {
		over := s.kept > s.cfg.KeepBytes || s.ended > s.cfg.KeepCount
		if q.status.Active() || !over && now.Sub(q.ended) < s.cfg.KeepFor {
			return false
		}
		s.forget(q)
		return true
	})
}

// forget lets go of an ended query, which the caller takes from s.all.
func (s *Service) forget(q *query) {
	delete(s.byID, q.id)
	s.ended--
	s.kept -= q.rows.bytes
	q.lease.Release()
}

// wanted is for how long after the end of a query, and after each look at its
// results, they are not given up for the sake of another query: a client reads
// them page by page.
const wanted = 15 * time.Second

// makeRoom gives up what it must to have n bytes of the pool free again:
//
//  1. partial rows of running queries, whose next progress makes new ones
//  2. ended queries whose rows were all fetched
//  3. ended queries whose results nobody has asked for lately
//
// each in the order of Start. What is left of the others is still to be read. It
// answers whether anything was given up.
func (s *Service) makeRoom(n int64) (freed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.all {
		if n > 0 && q.status == Running && q.rows.bytes > 0 {
			n -= q.rows.bytes
			freed = true
			q.keep(packedRows{}, nil)
		}
	}
	now := s.cfg.Now()
	forget := func(idle func(*query) bool) {
		s.all = slices.DeleteFunc(s.all, func(q *query) bool {
			if n <= 0 || q.status.Active() || q.rows.bytes == 0 || !idle(q) {
				return false
			}
			n -= q.rows.bytes
			freed = true
			s.forget(q)
			return true
		})
	}
	forget(func(q *query) bool { return q.fetched >= q.rows.count })
	forget(func(q *query) bool { return now.Sub(q.ended) >= wanted && now.Sub(q.asked) >= wanted })
	return freed
}
