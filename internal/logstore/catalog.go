package logstore

import (
	"maps"
	"slices"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// perEvent is what CloudWatch adds to the bytes of every message.
const perEvent = 26

// GroupStat implements [logs.Catalog]. Dropped events are not counted;
// expired ones are until the last event of their stream in the same memtable
// or segment is expired, but FirstEvent is never before the expiry.
func (s *Store) GroupStat(g logs.GroupID) logs.GroupStat {
	var out logs.GroupStat
	add := func(events, bytes, first, last int64) {
		if out.Events == 0 {
			out.FirstEvent, out.LastEvent = first, last
		}
		out.Events += events
		out.Bytes += bytes + perEvent*events
		out.FirstEvent, out.LastEvent = min(out.FirstEvent, first), max(out.LastEvent, last)
	}
	expired := s.expiry()(g)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		tg := t.reader.Group(g)
		if tg == nil || tg.Last < expired || s.drops.coverGroup(tg) {
			continue
		}
		if tg.First >= expired && len(s.drops.streams[g]) == 0 {
			add(tg.Events, tg.Bytes, tg.First, tg.Last) // the usual case needs no look at streams
			continue
		}
		for i := range tg.Streams {
			if st := &tg.Streams[i]; st.Last >= expired && !s.drops.coverStream(g, st) {
				add(st.Events, st.Bytes, max(st.First, expired), st.Last)
			}
		}
	}
	s.eachMemStream(g, func(st *segment.Stream) {
		if st.Last >= expired {
			add(st.Events, st.Bytes, max(st.First, expired), st.Last)
		}
	})
	return out
}

// eachMemStream calls f with what each memtable has of each stream of a
// group; s.mu is held.
func (s *Store) eachMemStream(g logs.GroupID, f func(*segment.Stream)) {
	each := func(m *memtable) {
		if mg := m.groups[g]; mg != nil {
			for _, st := range mg.streams {
				f(st)
			}
		}
	}
	for _, m := range s.sealed {
		each(m)
	}
	each(s.active)
}

// mergeStream adds st's numbers to out.
func mergeStream(out *logs.StreamStat, st *segment.Stream, expired int64) {
	first := max(st.First, expired)
	if out.Events == 0 {
		out.Stream, out.FirstEvent, out.LastEvent, out.LastIngestion = st.Stream, first, st.Last, st.LastIngestion
	}
	out.Events += st.Events
	out.Bytes += st.Bytes + perEvent*st.Events
	out.FirstEvent, out.LastEvent = min(out.FirstEvent, first), max(out.LastEvent, st.Last)
	out.LastIngestion = max(out.LastIngestion, st.LastIngestion)
}

// Groups returns the groups that have events which are not dropped, ascending.
func (s *Store) Groups() []logs.GroupID {
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[logs.GroupID]bool{}
	for _, t := range s.tables {
		for i := range t.reader.Groups() {
			if g := &t.reader.Groups()[i]; !s.drops.coverGroup(g) {
				seen[g.Group] = true
			}
		}
	}
	for _, m := range append(s.sealed[:len(s.sealed):len(s.sealed)], s.active) {
		for id, g := range m.groups {
			if len(g.streams) > 0 {
				seen[id] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// StreamStats implements [logs.Catalog], with the same meaning of expired
// events as GroupStat.
func (s *Store) StreamStats(g logs.GroupID) []logs.StreamStat {
	var out []logs.StreamStat
	at := map[logs.StreamID]int{}
	expired := s.expiry()(g)
	add := func(st *segment.Stream) {
		if st.Last < expired {
			return
		}
		i, ok := at[st.Stream]
		if !ok {
			i = len(out)
			at[st.Stream] = i
			out = append(out, logs.StreamStat{})
		}
		mergeStream(&out[i], st, expired)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		tg := t.reader.Group(g)
		if tg == nil || s.drops.coverGroup(tg) {
			continue
		}
		for i := range tg.Streams {
			if st := &tg.Streams[i]; !s.drops.coverStream(g, st) {
				add(st)
			}
		}
	}
	s.eachMemStream(g, add)
	return out
}

// StreamStat implements [logs.Catalog].
func (s *Store) StreamStat(g logs.GroupID, id logs.StreamID) (logs.StreamStat, bool) {
	var out logs.StreamStat
	expired := s.expiry()(g)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		tg := t.reader.Group(g)
		if tg == nil {
			continue
		}
		if st := stream(tg, id); st != nil && st.Last >= expired && !s.drops.coverStream(g, st) {
			mergeStream(&out, st, expired)
		}
	}
	for _, m := range append(s.sealed[:len(s.sealed):len(s.sealed)], s.active) {
		if mg := m.groups[g]; mg != nil && mg.streams[id] != nil && mg.streams[id].Last >= expired {
			mergeStream(&out, mg.streams[id], expired)
		}
	}
	return out, out.Events > 0
}
