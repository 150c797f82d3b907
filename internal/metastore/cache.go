package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
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

// load fills an empty cache from the database.
func (c *cache) load(ctx context.Context, conn *sql.Conn) error {
	// Inspect also reads files that no newer program has opened.
	entity, version := "entity", 0
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version < 2 {
		entity = "''"
	}
	rows, err := conn.QueryContext(ctx, "SELECT "+groupColumns+" FROM log_groups")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		g, err := scanGroup(rows)
		if err != nil {
			return err
		}
		c.putGroup(g)
	}
	if err := rows.Err(); err != nil {
		return err
	}

	rows, err = conn.QueryContext(ctx, "SELECT id, group_id, name, created, "+entity+" FROM log_streams ORDER BY id")
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s Stream
		var key string
		if err := rows.Scan(&s.ID, &s.Group, &s.Name, &s.Created, &key); err != nil {
			return err
		}
		if key == "" {
			c.putStream(s)
			continue
		}
		if err := json.Unmarshal([]byte(key), &s.Entity); err != nil {
			return fmt.Errorf("entity of log stream %d: %w: %w", s.ID, logs.ErrCorrupt, err)
		}
		c.putEntity(s, key)
	}
	return rows.Err()
}

// groupColumns is what scanGroup reads, in order.
const groupColumns = "id, account, region, name, class, created, retention, kms_key, protected, tags"

func scanGroup(row interface{ Scan(...any) error }) (Group, error) {
	var g Group
	var tags string
	err := row.Scan(&g.ID, &g.Scope.Account, &g.Scope.Region, &g.Name, &g.Class, &g.Created,
		&g.RetentionDays, &g.KMSKeyID, &g.DeletionProtected, &tags)
	if err != nil {
		return Group{}, err
	}
	if err := json.Unmarshal([]byte(tags), &g.Tags); err != nil {
		return Group{}, fmt.Errorf("tags of log group %d: %w: %w", g.ID, logs.ErrCorrupt, err)
	}
	return g, nil
}
