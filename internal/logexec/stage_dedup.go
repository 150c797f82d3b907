package logexec

import "skywatch/internal/lang/insights"

func (c *compiler) dedup(cmd *insights.Dedup) {
	var keys []eval
	for _, k := range cmd.Keys {
		keys = append(keys, c.expr(k))
	}
	c.add(stage{name: "dedup", make: func(next sink, b *budget) sink {
		return &deduper{next: next, keys: keys, budget: b, seen: map[string]struct{}{}}
	}})
}

// deduper lets the first row of each key pass, and every row whose key has a
// part missing.
type deduper struct {
	next   sink
	keys   []eval
	budget *budget
	seen   map[string]struct{}
	key    []byte
}

func (s *deduper) push(r *row) error {
	s.key = s.key[:0]
	for _, k := range s.keys {
		v := k(r)
		if v.kind == null || v.kind == tree {
			return s.next.push(r)
		}
		s.key = appendKey(s.key, &v)
	}
	if _, ok := s.seen[string(s.key)]; ok {
		return nil
	}
	s.seen[string(s.key)] = struct{}{}
	if err := s.budget.take(int64(len(s.key))+64, "dedup"); err != nil {
		return err
	}
	return s.next.push(r)
}

func (s *deduper) finish() error { return s.next.finish() }
