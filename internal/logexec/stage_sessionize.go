package logexec

import (
	"slices"
	"strings"

	"skywatch/internal/lang/insights"
)

func (c *compiler) sessionize(cmd *insights.Sessionize) {
	var keys []eval
	for _, f := range cmd.Fields {
		keys = append(keys, c.field(f.Path))
	}
	slot := c.define(cmd.As)
	c.show(cmd.As, slot)
	c.place = true
	keep, limit := c.keep(), mover(cmd.MaxSpan, 1)
	c.add(stage{name: "sessionize", blocking: true, make: func(next sink, b *budget) sink {
		return &sessionizer{next: next, budget: b, keys: keys, slot: slot, keep: keep(), limit: limit}
	}})
}

// sessionizer holds all rows: a session's number is known when its first event
// is, and rows may come newest first. Rows leave in the order they came.
type sessionizer struct {
	next   sink
	budget *budget
	keys   []eval
	slot   int
	keep   []int
	limit  func(ms int64) int64 // the latest time of the next event of a session
	rows   []session
}

type session struct {
	row *row
	key string // "" when a key is missing
}

func (s *sessionizer) push(r *row) error {
	var b []byte
	for _, k := range s.keys {
		v := k(r)
		if v.kind == null || v.kind == tree {
			b = nil
			break
		}
		b = appendKey(b, &v)
	}
	n := session{r.clone(s.keep), string(b)}
	s.rows = append(s.rows, n)
	return s.budget.take(rowBytes(n.row)+int64(len(b))+32, "sessionize")
}

func (s *sessionizer) emit(next sink) error {
	byKey := make([]*session, 0, len(s.rows))
	for i := range s.rows {
		s.rows[i].row.vals[s.slot] = value{}
		if s.rows[i].key != "" {
			byKey = append(byKey, &s.rows[i])
		}
	}
	byTime := func(a, b *session) int {
		switch p, q := a.row.ev.pos, b.row.ev.pos; {
		case p.Less(q):
			return -1
		case q.Less(p):
			return 1
		}
		return 0
	}
	slices.SortStableFunc(byKey, func(a, b *session) int {
		if c := strings.Compare(a.key, b.key); c != 0 {
			return c
		}
		return byTime(a, b)
	})
	var starts []int // of sessions in byKey
	for i, n := range byKey {
		if i == 0 || n.key != byKey[i-1].key || n.row.ev.pos.Timestamp > s.limit(byKey[i-1].row.ev.pos.Timestamp) {
			starts = append(starts, i)
		}
	}
	// Sessions are numbered by their first events.
	order := make([]int, len(starts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return byTime(byKey[starts[a]], byKey[starts[b]]) })
	for number, i := range order {
		end := len(byKey)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		for _, n := range byKey[starts[i]:end] {
			n.row.vals[s.slot] = num(float64(number + 1))
		}
	}
	return pushAll(next, len(s.rows), func(i int) *row { return s.rows[i].row })
}

func (s *sessionizer) finish() error {
	if err := s.emit(s.next); err != nil {
		return err
	}
	s.rows = nil
	return s.next.finish()
}
