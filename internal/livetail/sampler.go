package livetail

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// sampler keeps a bounded random choice of the events of one interval, by
// reservoir sampling: as long as bytes do not matter each event is as likely to
// be kept as any other, however many come.
type sampler struct {
	maxEvents, maxBytes int

	kept    []numbered
	bytes   int
	seen    int  // events added since the last take
	full    bool // a bound was met: the room is as many as are kept now
	sampled bool // some were not kept, or never came here
}

// numbered is an event with its place in the order of arrival.
type numbered struct {
	n int
	Event
}

// own gives the event a message of its own: those of one write share a text,
// which one kept event would hold whole.
func (e numbered) own() numbered {
	e.Message = strings.Clone(e.Message)
	return e
}

func (e *numbered) size() int { return len(e.Message) + eventOverhead }

func newSampler(events, bytes int) sampler { return sampler{maxEvents: events, maxBytes: bytes} }

// add looks at one event and keeps it or not.
func (s *sampler) add(e Event) {
	one := numbered{s.seen, e}
	s.seen++
	if !s.full && len(s.kept) < s.maxEvents {
		s.kept = append(s.kept, one.own())
		s.bytes += one.size()
	} else {
		s.full, s.sampled = true, true
		i := rand.IntN(s.seen)
		if i >= len(s.kept) {
			return
		}
		s.bytes += one.size() - s.kept[i].size()
		s.kept[i] = one.own()
	}
	for s.bytes > s.maxBytes && len(s.kept) > 1 {
		s.drop(rand.IntN(len(s.kept)))
		s.full, s.sampled = true, true
	}
}

// drop leaves out a kept event.
func (s *sampler) drop(i int) {
	s.bytes -= s.kept[i].size()
	last := len(s.kept) - 1
	s.kept[i] = s.kept[last]
	s.kept[last] = numbered{}
	s.kept = s.kept[:last]
}

// take returns what was kept, in the order of arrival, and begins anew.
func (s *sampler) take() Update {
	slices.SortFunc(s.kept, func(a, b numbered) int { return a.n - b.n })
	u := Update{Events: make([]Event, len(s.kept)), Sampled: s.sampled, bytes: s.bytes}
	for i := range s.kept {
		u.Events[i] = s.kept[i].Event
	}
	clear(s.kept)
	s.kept, s.bytes, s.seen, s.full, s.sampled = s.kept[:0], 0, 0, false, false
	return u
}
