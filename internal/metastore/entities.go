package metastore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"skywatch/internal/logs"
)

// MaxEntities bounds how many different entities the events of one stream can
// have: all of them are in memory.
const MaxEntities = 1000

// ErrTooManyEntities: the stream has had MaxEntities different entities.
var ErrTooManyEntities = fmt.Errorf("more than %d entities in one log stream", MaxEntities)

// Entity is what the writer of events says they come from. Entities are
// values; the maps are shared and must not be changed.
type Entity struct {
	KeyAttributes map[string]string `json:"keyAttributes"`
	Attributes    map[string]string `json:"attributes,omitempty"`
}

// Fields are the fields of an event with that entity, by their full names such
// as @entity.KeyAttributes.Type. A nil entity has none.
func (e *Entity) Fields() map[string]string {
	if e == nil {
		return nil
	}
	fields := make(map[string]string, len(e.KeyAttributes)+len(e.Attributes))
	for k, v := range e.KeyAttributes {
		fields["@entity.KeyAttributes."+k] = v
	}
	for k, v := range e.Attributes {
		fields["@entity.Attributes."+k] = v
	}
	return fields
}

// key is the entity as it is stored: the same for equal entities, since JSON
// objects are written in the order of their keys. No entity is "".
func (e *Entity) key() (string, error) {
	if e == nil {
		return "", nil
	}
	b, err := json.Marshal(e)
	return string(b), err
}

// EntityStream returns the stream under whose identifier events of a stream with that
// entity are stored, and makes it when there is none; it is durable then. The
// error is ErrNotFound when the stream is gone, ErrTooManyEntities when it has too many.
func (s *Store) EntityStream(ctx context.Context, of Stream, entity Entity) (Stream, error) {
	key, err := entity.key()
	if err != nil {
		return Stream{}, fmt.Errorf("encode an entity of log stream %q: %w", of.Name, err)
	}
	if found, n := s.withEntity(of.ID, key); found.ID != 0 {
		return found, nil
	} else if n >= MaxEntities {
		return Stream{}, fmt.Errorf("add an entity to log stream %q: %w", of.Name, ErrTooManyEntities)
	}
	made := of
	// A copy: the caller's texts may be parts of a whole request.
	if err := json.Unmarshal([]byte(key), &made.Entity); err != nil {
		return Stream{}, fmt.Errorf("copy an entity of log stream %q: %w", of.Name, err)
	}
	err = s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		res, err := tx.insertEntity.Exec(key, of.ID)
		if isConstraint(err) {
			return nil, ErrExists // another call was faster
		} else if err != nil {
			return nil, err
		}
		if n, err := res.RowsAffected(); err != nil {
			return nil, err
		} else if n == 0 {
			return nil, ErrNotFound
		}
		id, err := res.LastInsertId()
		if err != nil {
			return nil, err
		}
		made.ID = logs.StreamID(id)
		row := rowOfStream(made, key)
		tx.note(change{stream: &row})
		return func(c *cache) { c.putEntity(made, key) }, nil
	})
	if errors.Is(err, ErrExists) {
		if found, _ := s.withEntity(of.ID, key); found.ID != 0 {
			return found, nil
		}
		err = ErrNotFound // and deleted since
	}
	if err != nil {
		return Stream{}, fmt.Errorf("add an entity to log stream %q: %w", of.Name, err)
	}
	return made, nil
}

// withEntity returns the stream of that entity, if there is one, and how many
// entities the stream has.
func (s *Store) withEntity(of logs.StreamID, key string) (Stream, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	known := s.cache.entities[of]
	return s.cache.streams[known[key]], len(known)
}

// StreamIDs returns the identifiers under which events of the stream are
// stored: its own, then those of its entities, ascending.
func (s *Store) StreamIDs(id logs.StreamID) []logs.StreamID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cache.streamIDs(id)
}

func (c *cache) streamIDs(id logs.StreamID) []logs.StreamID {
	ids := make([]logs.StreamID, 1, 1+len(c.entities[id]))
	ids[0] = id
	for _, other := range c.entities[id] {
		ids = append(ids, other)
	}
	slices.Sort(ids) // the stream itself was there first
	return ids
}

// putEntity notes the stream of an entity. key is the entity as it is stored.
func (c *cache) putEntity(s Stream, key string) {
	e := c.groups[s.Group]
	if e == nil {
		return // as in putStream
	}
	of, ok := e.byName[s.Name]
	if !ok {
		return
	}
	if c.entities[of] == nil {
		c.entities[of] = map[string]logs.StreamID{}
	}
	c.entities[of][key] = s.ID
	c.streams[s.ID] = s
}

// forget drops a stream and those of its entities from the tables by
// identifier.
func (c *cache) forget(id logs.StreamID) {
	for _, id := range c.streamIDs(id) {
		delete(c.streams, id)
	}
	delete(c.entities, id)
}
