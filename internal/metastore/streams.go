package metastore

import (
	"context"
	"fmt"

	"skywatch/internal/logs"
)

// Stream is one log stream.
type Stream struct {
	ID      logs.StreamID
	Group   logs.GroupID
	Name    string
	Created int64 // milliseconds since the epoch
	// Entity is that of the events stored under ID, nil for none (entities.go).
	Entity *Entity
}

// CreateStream stores a new stream durably. The error is ErrExists when the
// group has a stream of that name, ErrNotFound when there is no such group.
func (s *Store) CreateStream(ctx context.Context, group logs.GroupID, name string, created int64) (Stream, error) {
	if _, ok := s.Stream(group, name); ok {
		return Stream{}, fmt.Errorf("create log stream %q: %w", name, ErrExists)
	}
	stream := Stream{Group: group, Name: name, Created: created}
	err := s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		res, err := tx.insertStream.Exec(group, name, created)
		switch {
		case isForeignKey(err):
			return nil, ErrNotFound
		case isConstraint(err):
			return nil, ErrExists
		case err != nil:
			return nil, err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return nil, err
		}
		stream.ID = logs.StreamID(id)
		row := rowOfStream(stream, "")
		tx.note(change{stream: &row})
		return func(c *cache) { c.putStream(stream) }, nil
	})
	if err != nil {
		return Stream{}, fmt.Errorf("create log stream %q: %w", name, err)
	}
	return stream, nil
}

// Stream returns the stream of that name. It takes a read lock only.
func (s *Store) Stream(group logs.GroupID, name string) (Stream, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.cache.groups[group]; e != nil {
		if id, ok := e.byName[name]; ok {
			return s.cache.streams[id], true
		}
	}
	return Stream{}, false
}

// StreamByID returns the stream with that identifier, in whatever group: with
// its entity when it is one under which events of an entity are stored.
func (s *Store) StreamByID(id logs.StreamID) (Stream, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	stream, ok := s.cache.streams[id]
	return stream, ok
}

// Streams returns the group's streams in byte order of their names, each once
// and without those of its entities. The slice
// is a snapshot shared by all callers: do not change it.
func (s *Store) Streams(group logs.GroupID) []Stream {
	var e *groupEntry
	return listed(s, func() *listing[Stream] {
		if e = s.cache.groups[group]; e == nil {
			return nil
		}
		return &e.streams
	}, func() []Stream {
		streams := make([]Stream, 0, len(e.byName))
		for _, id := range e.byName {
			streams = append(streams, s.cache.streams[id])
		}
		return streams
	}, func(s Stream) string { return s.Name })
}

// DeleteStream removes the stream with its entities and returns the identifiers
// that its events have, which are never used again. The caller drops the events
// afterwards (see the package doc).
func (s *Store) DeleteStream(ctx context.Context, id logs.StreamID) (ids []logs.StreamID, err error) {
	err = s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		if err := deleteOne(tx.deleteStream, id); err != nil {
			return nil, err
		}
		tx.note(change{dropStream: id})
		return func(c *cache) {
			ids = c.streamIDs(id)
			c.dropStream(id)
		}, nil
	})
	if err != nil {
		return nil, fmt.Errorf("delete log stream %d: %w", id, err)
	}
	return ids, nil
}
