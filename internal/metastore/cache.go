package metastore

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// cache holds all groups and streams. Store.mu guards it; the writer changes
// it after a commit.
type cache struct {
	scopes  map[scope.Scope]*scopeEntry
	groups  map[logs.GroupID]*groupEntry
	streams map[logs.StreamID]Stream // those of entities too
	// entities are the streams of a stream's entities, by the entity as stored.
	entities map[logs.StreamID]map[string]logs.StreamID
}

type scopeEntry struct {
	byName map[string]*groupEntry
	groups listing[Group]
}

type groupEntry struct {
	group   Group
	byName  map[string]logs.StreamID
	streams listing[Stream]
}

// listing is a cached list in the order of names: nil after a change, built
// again when asked for, then never changed.
type listing[T any] []T

// listed returns a listing, or nil when find finds none, which it does below
// the cache's lock. build makes the list, in any order, when it is not there.
func listed[T any](s *Store, find func() *listing[T], build func() []T, name func(T) string) []T {
	s.mu.RLock()
	l := find()
	if l == nil || *l != nil {
		defer s.mu.RUnlock()
		if l == nil {
			return nil
		}
		return *l
	}
	s.mu.RUnlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if l = find(); l == nil {
		return nil // deleted between the locks
	}
	if *l == nil {
		*l = build()
		slices.SortFunc(*l, func(a, b T) int { return strings.Compare(name(a), name(b)) })
	}
	return *l
}

func newCache() cache {
	return cache{
		scopes:  map[scope.Scope]*scopeEntry{},
		groups:  map[logs.GroupID]*groupEntry{},
		streams: map[logs.StreamID]Stream{},

		entities: map[logs.StreamID]map[string]logs.StreamID{},
	}
}

func (c *cache) putGroup(g Group) {
	sc := c.scopes[g.Scope]
	if sc == nil {
		sc = &scopeEntry{byName: map[string]*groupEntry{}}
		c.scopes[g.Scope] = sc
	}
	sc.groups = nil
	if e := c.groups[g.ID]; e != nil {
		e.group = g
		return
	}
	e := &groupEntry{group: g, byName: map[string]logs.StreamID{}}
	c.groups[g.ID] = e
	sc.byName[g.Name] = e
}

func (c *cache) dropGroup(id logs.GroupID) {
	e := c.groups[id]
	if e == nil {
		return
	}
	for _, s := range e.byName {
		c.forget(s)
	}
	delete(c.groups, id)
	sc := c.scopes[e.group.Scope]
	delete(sc.byName, e.group.Name)
	sc.groups = nil
	if len(sc.byName) == 0 {
		delete(c.scopes, e.group.Scope)
	}
}

func (c *cache) putStream(s Stream) {
	e := c.groups[s.Group]
	if e == nil {
		return // its group was deleted later in the same transaction's order
	}
	e.byName[s.Name] = s.ID
	e.streams = nil
	c.streams[s.ID] = s
}

func (c *cache) dropStream(id logs.StreamID) {
	s, ok := c.streams[id]
	if !ok {
		return
	}
	c.forget(id)
	e := c.groups[s.Group]
	delete(e.byName, s.Name)
	e.streams = nil
}

// fill fills an empty cache.
func (c *cache) fill(from *contents) error {
	for _, row := range from.groups {
		g, err := row.group()
		if err != nil {
			return err
		}
		c.putGroup(g)
	}
	// The stream itself has a lower identifier than those of its entities.
	for _, id := range slices.Sorted(maps.Keys(from.streams)) {
		row := from.streams[id]
		s := row.stream()
		if row.entity == "" {
			c.putStream(s)
			continue
		}
		if err := json.Unmarshal([]byte(row.entity), &s.Entity); err != nil {
			return fmt.Errorf("entity of log stream %d: %w: %w", s.ID, logs.ErrCorrupt, err)
		}
		c.putEntity(s, row.entity)
	}
	return nil
}
