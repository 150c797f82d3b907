package logstore

import (
	"context"
	"fmt"
	"maps"

	"skywatch/internal/logs"
	"skywatch/internal/segment"
)

// drop makes the events of a group, or of one stream of it, with a seq of at
// most seq invisible.
type drop struct {
	group  logs.GroupID
	stream logs.StreamID // 0: the whole group
	seq    uint64
}

func (d drop) covers(b *batch) bool {
	return b.group == d.group && (d.stream == 0 || b.stream == d.stream) && b.firstSeq <= d.seq
}

// drops is the set of drops in force. It never changes: a new drop makes a
// new set. Memtables hold no dropped events, so only tables ask it.
type drops struct {
	groups  map[logs.GroupID]uint64
	streams map[logs.GroupID]map[logs.StreamID]uint64
}

// with returns the set with d added.
func (ds *drops) with(d drop) *drops {
	out := &drops{groups: maps.Clone(ds.groups), streams: maps.Clone(ds.streams)}
	if d.stream == 0 {
		if out.groups == nil {
			out.groups = map[logs.GroupID]uint64{}
		}
		out.groups[d.group] = max(out.groups[d.group], d.seq)
		return out
	}
	if out.streams == nil {
		out.streams = map[logs.GroupID]map[logs.StreamID]uint64{}
	}
	streams := maps.Clone(out.streams[d.group])
	if streams == nil {
		streams = map[logs.StreamID]uint64{}
	}
	streams[d.stream] = max(streams[d.stream], d.seq)
	out.streams[d.group] = streams
	return out
}

// all returns the drops one by one, in no order.
func (ds *drops) all() []drop {
	var out []drop
	for g, seq := range ds.groups {
		out = append(out, drop{group: g, seq: seq})
	}
	for g, streams := range ds.streams {
		for st, seq := range streams {
			out = append(out, drop{group: g, stream: st, seq: seq})
		}
	}
	return out
}

// keep returns the set of the drops for which needed is true.
func (ds *drops) keep(needed func(drop) bool) *drops {
	out := &drops{}
	for _, d := range ds.all() {
		if needed(d) {
			out = out.with(d)
		}
	}
	return out
}

func (ds *drops) coverBatch(b *batch) bool {
	return b.firstSeq <= ds.groups[b.group] || b.firstSeq <= ds.streams[b.group][b.stream]
}

// coverGroup reports whether everything a table holds of a group is dropped.
func (ds *drops) coverGroup(g *segment.Group) bool { return g.MaxSeq <= ds.groups[g.Group] }

// coverStream reports whether everything a table holds of a stream is dropped.
func (ds *drops) coverStream(g logs.GroupID, s *segment.Stream) bool {
	return s.MaxSeq <= ds.groups[g] || s.MaxSeq <= ds.streams[g][s.Stream]
}

// DropGroup implements [logs.Dropper].
func (s *Store) DropGroup(ctx context.Context, g logs.GroupID) error {
	if err := s.dropEvents(ctx, drop{group: g}); err != nil {
		return fmt.Errorf("drop group %d: %w", g, err)
	}
	return nil
}

// DropStream implements [logs.Dropper].
func (s *Store) DropStream(ctx context.Context, g logs.GroupID, st logs.StreamID) error {
	err := fmt.Errorf("stream id is 0")
	if st != 0 {
		err = s.dropEvents(ctx, drop{group: g, stream: st})
	}
	if err != nil {
		return fmt.Errorf("drop stream %d of group %d: %w", st, g, err)
	}
	return nil
}

func (s *Store) dropEvents(ctx context.Context, d drop) error {
	if d.group == 0 {
		return fmt.Errorf("group id is 0")
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.end()
	payload := encodeDrop(d)
	var m *memtable
	err := s.wal.Append(ctx, payload, func(uint64) {
		s.mu.Lock()
		defer s.mu.Unlock()
		m = s.place()
		d.seq = s.lastSeq
		setSeq(payload, d.seq)
	})
	if m != nil {
		defer m.writers.Done()
	}
	if err != nil {
		return classify(err)
	}
	s.mu.Lock()
	s.applyDrop(d)
	s.mu.Unlock()
	wake(s.maintainNow)
	return nil
}

// applyDrop puts a durable drop in force; s.mu is held.
func (s *Store) applyDrop(d drop) {
	s.drops = s.drops.with(d)
	s.active.drop(d)
	for _, m := range s.sealed {
		m.drop(d)
	}
}
