package logexec

func (c *compiler) limit(n int) {
	c.add(stage{name: "limit", make: func(next sink, _ *budget) sink { return &limiter{next: next, left: n} }})
}

// limiter ends the stream after a number of rows.
type limiter struct {
	next sink
	left int
}

func (s *limiter) push(r *row) error {
	if s.left == 0 {
		return errDone
	}
	s.left--
	if err := s.next.push(r); err != nil {
		return err
	}
	if s.left == 0 {
		return errDone
	}
	return nil
}

func (s *limiter) finish() error { return s.next.finish() }
