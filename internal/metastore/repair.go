package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"skywatch/internal/logs"
	"skywatch/internal/scope"
)

// Repaired is what Repair did.
type Repaired struct {
	Damage []Damage // what was wrong
	// Source says in a few words where the metadata was taken from.
	Source          string
	Groups, Streams int // log groups, and streams with those of entities, there are now
	// Lost: changes that were acknowledged are lost, or may be.
	Lost bool
}

// Repair makes the metadata of a stopped folder that [Open] refuses whole again:
// from the journal, which holds every change, and when that is damaged as well,
// from what is still readable in the tables. Before a file is replaced, aside is
// called with its name and must have kept a copy when it returns nil. The result
// is nil when nothing had to be done. The caller holds dir/meta.lock. After an
// error or a crash Repair can be called again.
func Repair(ctx context.Context, dir string, aside func(name string) error) (*Repaired, error) {
	done, err := repair(ctx, dir, aside)
	if err != nil {
		return nil, fmt.Errorf("repair metadata in %s: %w", dir, err)
	}
	return done, nil
}

func repair(ctx context.Context, dir string, aside func(string) error) (*Repaired, error) {
	f, err := examine(ctx, dir)
	if err != nil {
		return nil, err
	}
	done := &Repaired{Damage: f.damage}
	for _, p := range f.problems {
		done.Damage = append(done.Damage, Damage{File: filepath.Join(dir, dbName), Err: errors.New(p)})
	}
	if len(done.Damage) == 0 {
		return nil, nil
	}
	var c *contents
	switch {
	case f.fromJournal():
		c, done.Source = f.journal, journalName
		done.Lost = f.journalErr != nil
	case f.db != nil:
		c, done.Source = f.db, "the tables of "+dbName
		done.Lost = f.refusal() != nil || !onlyIndexes(f.problems)
	default:
		c, done.Source, done.Lost = newContents(), "nothing: no copy of it is readable", true
	}
	done.Lost = c.consistent() > 0 || done.Lost
	done.Groups, done.Streams = len(c.groups), len(c.streams)
	return done, replace(ctx, dir, c, aside)
}

// onlyIndexes reports whether SQLite complains of indexes alone, which are
// made anew from the rows.
func onlyIndexes(problems []string) bool {
	for _, p := range problems {
		if !strings.Contains(p, " index ") {
			return false
		}
	}
	return true
}

// consistent leaves out rows that the schema forbids, which only damage can have
// made, and returns how many.
func (c *contents) consistent() (left int) {
	type groupName struct{ account, region, name string }
	type streamName struct {
		group        logs.GroupID
		name, entity string
	}
	groups, streams := map[groupName]bool{}, map[streamName]bool{}
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		g := c.groups[id]
		name := groupName{g.account, g.region, g.name}
		if _, err := g.group(); err != nil || id <= 0 || groups[name] {
			delete(c.groups, id)
			left++
			continue
		}
		groups[name] = true
		c.lastGroup = max(c.lastGroup, id)
	}
	for _, id := range slices.Sorted(maps.Keys(c.streams)) {
		s := c.streams[id]
		name := streamName{s.group, s.name, s.entity}
		if _, ok := c.groups[s.group]; !ok || id <= 0 || streams[name] || s.entity != "" && !streams[streamName{s.group, s.name, ""}] {
			delete(c.streams, id)
			left++
			continue
		}
		streams[name] = true
		c.lastStream = max(c.lastStream, id)
	}
	return left
}

// replace writes c in the place of whatever is there. The journal comes first: a
// crash behind it leaves a database that does not fit it, and so the next Repair
// finishes the work.
func replace(ctx context.Context, dir string, c *contents, aside func(string) error) error {
	for _, name := range []string{dbName, logName, journalName} {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err := aside(path); err != nil {
			return err
		}
	}
	c.seq++ // no older database fits it
	j, err := createJournal(disk, dir, c)
	if err != nil {
		return err
	}
	if err := j.close(); err != nil {
		return err
	}
	tmp := filepath.Join(dir, dbName+".tmp")
	if err := build(ctx, tmp, c); err != nil {
		return fmt.Errorf("write %s: %w", tmp, err)
	}
	for _, name := range []string{logName, indexName} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if err := os.Rename(tmp, filepath.Join(dir, dbName)); err != nil {
		return err
	}
	return syncDirs(dir)
}

// build makes a database of c, durable but for its name.
func build(ctx context.Context, path string, c *contents) (err error) {
	for _, name := range []string{path, path + "-journal"} { // of a build that was cut
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=synchronous(FULL)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return dbError(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return dbError(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := migrate(ctx, conn); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return dbError(err)
	}
	if err := insertContents(ctx, tx, c); err != nil {
		return errors.Join(dbError(err), tx.Rollback())
	}
	return dbError(tx.Commit())
}

func insertContents(ctx context.Context, tx *sql.Tx, c *contents) error {
	stmt := map[string]*sql.Stmt{}
	exec := func(text string, args ...any) error {
		st := stmt[text]
		if st == nil {
			var err error
			if st, err = tx.PrepareContext(ctx, text); err != nil {
				return err
			}
			stmt[text] = st
		}
		_, err := st.ExecContext(ctx, args...)
		return err
	}
	for row := range c.rows {
		var err error
		switch {
		case row.group != nil:
			g := row.group
			err = exec("INSERT INTO log_groups ("+groupColumns+") VALUES (?,?,?,?,?,?,?,?,?,?)",
				g.id, g.account, g.region, g.name, g.class, g.created, g.retention, g.kmsKey, g.protected, g.tags)
		case row.stream != nil:
			s := row.stream
			err = exec("INSERT INTO log_streams (id, group_id, name, created, entity) VALUES (?,?,?,?,?)", s.id, s.group, s.name, s.created, s.entity)
		case row.doc != nil:
			k, d := row.doc.key, row.doc.row
			err = exec("INSERT INTO docs (kind, account, region, key, json, updated) VALUES (?,?,?,?,?,?)", k.kind, k.account, k.region, k.key, d.json, d.updated)
		}
		if err != nil {
			return err
		}
	}
	for name, last := range map[string]int64{"log_groups": int64(c.lastGroup), "log_streams": int64(c.lastStream)} {
		if err := exec("DELETE FROM sqlite_sequence WHERE name = ?", name); err != nil {
			return err
		}
		if err := exec("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", name, last); err != nil {
			return err
		}
	}
	return exec("UPDATE journal SET seq = ?", int64(c.seq))
}

// Unknown are a log group and streams of it that events belong to and the
// metadata does not know.
type Unknown struct {
	Group   logs.GroupID
	Streams []logs.StreamID
}

// RecoveredPrefix begins the names that Adopt gives.
const RecoveredPrefix = "recovered/"

// Adopt gives log groups and streams a place in the metadata of a stopped folder,
// under their identifiers, so that their events can be reached again: groups are
// named recovered/log-group-ID, streams recovered/log-stream-ID. Groups that are
// known get the streams only. sc owns the groups unless all known ones have another
// owner. The caller holds dir/meta.lock, and the metadata is whole.
func Adopt(ctx context.Context, dir string, sc scope.Scope, unknown []Unknown, aside func(name string) error) error {
	f, err := examine(ctx, dir)
	if err == nil {
		err = f.refusal()
	}
	if err != nil {
		return fmt.Errorf("adopt log groups in %s: %w", dir, err)
	}
	c := f.db
	owners := map[scope.Scope]bool{}
	for _, g := range c.groups {
		owners[scope.Scope{Account: g.account, Region: g.region}] = true
	}
	if len(owners) == 1 {
		for sc = range owners { // the only one
		}
	}
	now := time.Now().UnixMilli()
	for _, u := range unknown {
		if _, ok := c.groups[u.Group]; !ok {
			c.apply(change{group: &groupRow{id: u.Group, account: sc.Account, region: sc.Region,
				name: fmt.Sprintf("%slog-group-%d", RecoveredPrefix, u.Group), class: "STANDARD", created: now, tags: "{}"}})
		}
		for _, id := range u.Streams {
			c.apply(change{stream: &streamRow{id: id, group: u.Group, name: fmt.Sprintf("%slog-stream-%d", RecoveredPrefix, id), created: now}})
		}
	}
	if err := replace(ctx, dir, c, aside); err != nil {
		return fmt.Errorf("adopt log groups in %s: %w", dir, err)
	}
	return nil
}
