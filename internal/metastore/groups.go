package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// Group is one log group and its settings. Groups are values; Tags is shared
// and must not be changed by who receives one.
type Group struct {
	ID                logs.GroupID
	Scope             scope.Scope
	Name              string
	Class             string // STANDARD, INFREQUENT_ACCESS or DELIVERY
	Created           int64  // milliseconds since the epoch
	RetentionDays     int    // 0: events never expire
	KMSKeyID          string
	DeletionProtected bool
	Tags              map[string]string
}

// CreateGroup stores g durably and returns it with its ID; g.ID is ignored.
// The error is ErrExists when the scope has a group of that name.
func (s *Store) CreateGroup(ctx context.Context, g Group) (Group, error) {
	if _, ok := s.Group(g.Scope, g.Name); ok {
		return Group{}, fmt.Errorf("create log group %q: %w", g.Name, ErrExists)
	}
	g.Tags = maps.Clone(g.Tags)
	row, err := rowOf(g)
	if err != nil {
		return Group{}, fmt.Errorf("create log group %q: %w", g.Name, err)
	}
	err = s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		res, err := tx.insertGroup.Exec(row.account, row.region, row.name, row.class, row.created,
			row.retention, row.kmsKey, row.protected, row.tags)
		if isConstraint(err) {
			return nil, ErrExists
		} else if err != nil {
			return nil, err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return nil, err
		}
		g.ID = logs.GroupID(id)
		row.id = g.ID
		tx.note(change{group: &row})
		return func(c *cache) { c.putGroup(g) }, nil
	})
	if err != nil {
		return Group{}, fmt.Errorf("create log group %q: %w", g.Name, err)
	}
	return g, nil
}

// Group returns the group of that name. It takes a read lock only.
func (s *Store) Group(sc scope.Scope, name string) (Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.cache.scopes[sc]; e != nil {
		if g := e.byName[name]; g != nil {
			return g.group, true
		}
	}
	return Group{}, false
}

// GroupByID returns the group with that identifier, in whatever scope.
func (s *Store) GroupByID(id logs.GroupID) (Group, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if e := s.cache.groups[id]; e != nil {
		return e.group, true
	}
	return Group{}, false
}

// Groups returns the scope's groups in byte order of their names. The slice
// is a snapshot shared by all callers: do not change it.
func (s *Store) Groups(sc scope.Scope) []Group {
	var e *scopeEntry
	return listed(s, func() *listing[Group] {
		if e = s.cache.scopes[sc]; e == nil {
			return nil
		}
		return &e.groups
	}, func() []Group {
		groups := make([]Group, 0, len(e.byName))
		for _, g := range e.byName {
			groups = append(groups, g.group)
		}
		return groups
	}, func(g Group) string { return g.Name })
}

// AllScopes returns the scopes that own at least one log group, ordered by
// account, then Region.
func (s *Store) AllScopes() []scope.Scope {
	s.mu.RLock()
	all := slices.Collect(maps.Keys(s.cache.scopes))
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b scope.Scope) int {
		if c := strings.Compare(a.Account, b.Account); c != 0 {
			return c
		}
		return strings.Compare(a.Region, b.Region)
	})
	return all
}

// UpdateGroup calls update with the group's newest state and stores what it
// left: Class, RetentionDays, KMSKeyID, DeletionProtected and Tags (update may
// alter the map in place). Updates of one group never overlap. An error of
// update is returned wrapped and nothing is stored. update runs on the writer
// and must not call the Store.
func (s *Store) UpdateGroup(ctx context.Context, id logs.GroupID, update func(*Group) error) (Group, error) {
	var g Group
	err := s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		// The cache may lag behind earlier writes of this transaction.
		row, err := scanGroup(tx.selectGroup.QueryRow(id))
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		} else if err != nil {
			return nil, err
		}
		old, err := row.group()
		if err != nil {
			return nil, err
		}
		changed := old
		if err := update(&changed); err != nil {
			return nil, err
		}
		changed.ID, changed.Scope, changed.Name, changed.Created = old.ID, old.Scope, old.Name, old.Created
		if row, err = rowOf(changed); err != nil {
			return nil, err
		}
		if _, err := tx.updateGroup.Exec(row.class, row.retention, row.kmsKey, row.protected, row.tags, id); err != nil {
			return nil, err
		}
		tx.note(change{group: &row})
		g = changed
		return func(c *cache) { c.putGroup(changed) }, nil
	})
	if err != nil {
		return Group{}, fmt.Errorf("update log group %d: %w", id, err)
	}
	return g, nil
}

// DeleteGroup removes the group and all its streams. Its identifier is never
// used again. The caller drops the events afterwards (see the package doc).
func (s *Store) DeleteGroup(ctx context.Context, id logs.GroupID) error {
	err := s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		if err := deleteOne(tx.deleteGroup, id); err != nil {
			return nil, err
		}
		tx.note(change{dropGroup: id})
		return func(c *cache) { c.dropGroup(id) }, nil
	})
	if err != nil {
		return fmt.Errorf("delete log group %d: %w", id, err)
	}
	return nil
}

// deleteOne runs a delete and answers ErrNotFound when no row was there.
func deleteOne(stmt *sql.Stmt, args ...any) error {
	res, err := stmt.Exec(args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return ErrNotFound
	}
	return nil
}

func encodeTags(tags map[string]string) (string, error) {
	if len(tags) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(tags)
	return string(b), err
}
