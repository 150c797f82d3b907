package ingest

import (
	"fmt"
	"sort"
	"time"

	"skywatch/internal/logs"
)

const (
	maxFuture = 2 * time.Hour  // how far ahead of the clock an event may be
	maxSpan   = 24 * time.Hour // between the first and the last event of a batch
)

// Rejected says which events of a batch were left out, as CloudWatch's
// RejectedLogEventsInfo does: indices into the batch as given, nil when the
// rule left nothing out.
type Rejected struct {
	TooNewStart *int // from here on newer than the clock by more than two hours
	TooOldEnd   *int // before here older than 14 days (Config.MaxAge)
	ExpiredEnd  *int // before here older than the group's retention
}

// Any says whether any event was left out.
func (r Rejected) Any() bool {
	return r.TooNewStart != nil || r.TooOldEnd != nil || r.ExpiredEnd != nil
}

// window returns the events inside the time window, a part of events. The
// tests are prefixes and a suffix because the events are in order.
func (s *Service) window(now int64, retentionDays int, events []logs.Event) ([]logs.Event, Rejected, error) {
	for i := 1; i < len(events); i++ {
		if events[i].Timestamp < events[i-1].Timestamp {
			return nil, Rejected{}, fmt.Errorf("%w: event %d is older than event %d", ErrOrder, i, i-1)
		}
	}
	var r Rejected
	from := 0
	olderThan := func(age time.Duration) *int {
		limit := now - age.Milliseconds()
		n := sort.Search(len(events), func(i int) bool { return events[i].Timestamp >= limit })
		if n == 0 {
			return nil
		}
		from = max(from, n)
		return &n
	}
	if s.cfg.MaxAge > 0 {
		r.TooOldEnd = olderThan(s.cfg.MaxAge)
	}
	if retentionDays > 0 {
		r.ExpiredEnd = olderThan(time.Duration(retentionDays) * 24 * time.Hour)
	}
	limit := now + maxFuture.Milliseconds()
	to := sort.Search(len(events), func(i int) bool { return events[i].Timestamp > limit })
	if to < len(events) {
		r.TooNewStart = &to
	}
	if from >= to {
		return nil, r, nil
	}
	in := events[from:to]
	if span := in[len(in)-1].Timestamp - in[0].Timestamp; span > maxSpan.Milliseconds() {
		return nil, Rejected{}, fmt.Errorf("%w: from %d to %d are %s", ErrSpan, in[0].Timestamp, in[len(in)-1].Timestamp, time.Duration(span)*time.Millisecond)
	}
	return in, r, nil
}
