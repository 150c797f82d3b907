package queries

import (
	"fmt"
	"slices"
	"time"

	"skywatch/internal/scope"
)

// Results is the present state of a query and a part of its rows.
type Results struct {
	Status Status
	Stats  Statistics
	Count  int      // rows that there are
	Rows   [][]Cell // those that were asked for
	Err    error    // why it Failed
}

// Results returns the state of the scope's query and its rows from number from
// on, at most n; while it runs, of what it has so far. The error is ErrNotFound,
// also for another scope's query and for one whose results are no longer kept.
func (s *Service) Results(sc scope.Scope, id string, from, n int) (Results, error) {
	r, rows, err := s.look(sc, id, from, n)
	if err != nil {
		return Results{}, err
	}
	r.Rows = rows.slice(from, n)
	return r, nil
}

// look is Results with the rows still packed.
func (s *Service) look(sc scope.Scope, id string, from, n int) (Results, packedRows, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(sc, id)
	if err != nil {
		return Results{}, packedRows{}, err
	}
	q.looked, q.asked = true, s.cfg.Now()
	if !q.status.Active() && from <= q.fetched {
		q.fetched = max(q.fetched, from+n)
	}
	return Results{Status: q.status, Stats: q.stats, Count: q.rows.count, Err: q.err}, q.rows, nil
}

// Stop cancels the scope's query. It may still be Running for a moment. Errors
// are ErrNotFound and ErrNotRunning.
func (s *Service) Stop(sc scope.Scope, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.find(sc, id)
	if err != nil {
		return err
	}
	switch q.status {
	case Scheduled:
		s.queue = slices.DeleteFunc(s.queue, func(other *query) bool { return other == q })
		s.finish(q, Cancelled, nil)
	case Running:
		q.cancel(errStopped)
	default:
		return fmt.Errorf("stop query %s, which is %s: %w", id, q.status, ErrNotRunning)
	}
	return nil
}

func (s *Service) find(sc scope.Scope, id string) (*query, error) {
	s.prune()
	q := s.byID[id]
	if q == nil || q.req.Scope != sc {
		return nil, fmt.Errorf("query %q: %w", id, ErrNotFound)
	}
	return q, nil
}

// Filter chooses queries; empty members do not restrict.
type Filter struct {
	Group  string // name of one of the query's log groups
	Status Status
}

// Info describes a query.
type Info struct {
	ID           string
	Request      *Request
	Status       Status
	Created      time.Time
	Duration     time.Duration // since it began to run, or of the whole run
	BytesScanned float64
}

// Describe returns the scope's queries, newest first.
func (s *Service) Describe(sc scope.Scope, f Filter) []Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune()
	var infos []Info
	for _, q := range slices.Backward(s.all) {
		if q.req.Scope != sc || f.Status != "" && q.status != f.Status {
			continue
		}
		if f.Group != "" && !slices.ContainsFunc(q.req.Groups, func(g Group) bool { return g.Name == f.Group }) {
			continue
		}
		info := Info{ID: q.id, Request: q.req, Status: q.status, Created: q.created, BytesScanned: q.stats.BytesScanned}
		switch {
		case q.started.IsZero():
		case q.status == Running:
			info.Duration = s.cfg.Now().Sub(q.started)
		default:
			info.Duration = q.ended.Sub(q.started)
		}
		infos = append(infos, info)
	}
	return infos
}

// Counts returns how many queries wait and run, for the server's own metrics.
func (s *Service) Counts() (scheduled, running int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.all {
		switch q.status {
		case Scheduled:
			scheduled++
		case Running:
			running++
		}
	}
	return scheduled, running
}
