package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"skywatch/internal/logs"
)

// contents is everything that the metadata says, as it is stored: what
// meta.db holds and what the journal's records add up to. Two contents are the
// same when differs says nothing, whatever the files they came from look like.
type contents struct {
	seq uint64 // of the last change
	// The highest identifiers ever given out, in use or not.
	lastGroup  logs.GroupID
	lastStream logs.StreamID

	groups  map[logs.GroupID]groupRow
	streams map[logs.StreamID]streamRow
	docs    map[docKey]docRow

	// byName finds what deletions take along; made with the first of them.
	byName map[logs.GroupID]map[string][]logs.StreamID
}

// Rows hold the columns of their tables as they are, so that == compares them.
type (
	groupRow struct {
		id                           logs.GroupID
		account, region, name, class string
		created, retention           int64
		kmsKey                       string
		protected                    bool
		tags                         string // JSON
	}
	streamRow struct {
		id      logs.StreamID
		group   logs.GroupID
		name    string
		created int64
		entity  string // JSON, "" for none
	}
	docKey struct{ kind, account, region, key string }
	docRow struct {
		json    string
		updated int64
	}
)

func newContents() *contents {
	return &contents{groups: map[logs.GroupID]groupRow{}, streams: map[logs.StreamID]streamRow{}, docs: map[docKey]docRow{}}
}

// differs says in one line where two contents differ; "" when they do not.
func (c *contents) differs(other *contents) string {
	if c.lastGroup != other.lastGroup || c.lastStream != other.lastStream {
		return fmt.Sprintf("the last identifiers are %d and %d, want %d and %d", c.lastGroup, c.lastStream, other.lastGroup, other.lastStream)
	}
	if n := differences(c.groups, other.groups); n > 0 {
		return fmt.Sprintf("%d log groups are not as they were written", n)
	}
	if n := differences(c.streams, other.streams); n > 0 {
		return fmt.Sprintf("%d log streams are not as they were written", n)
	}
	if n := differences(c.docs, other.docs); n > 0 {
		return fmt.Sprintf("%d documents are not as they were written", n)
	}
	return ""
}

// differences counts keys that two tables do not hold alike.
func differences[K, V comparable](a, b map[K]V) (n int) {
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			n++
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			n++
		}
	}
	return n
}

// change is one row put or removed. Exactly one field is set.
type change struct {
	group      *groupRow
	stream     *streamRow
	doc        *docChange
	dropGroup  logs.GroupID  // with its streams
	dropStream logs.StreamID // with those of its entities
}

// docChange puts a document, or removes it when row is nil.
type docChange struct {
	key docKey
	row *docRow
}

func (c *contents) apply(ch change) {
	switch {
	case ch.group != nil:
		c.groups[ch.group.id] = *ch.group
		c.lastGroup = max(c.lastGroup, ch.group.id)
	case ch.stream != nil:
		c.streams[ch.stream.id] = *ch.stream
		if c.byName != nil {
			c.nameStream(*ch.stream)
		}
		c.lastStream = max(c.lastStream, ch.stream.id)
	case ch.doc != nil && ch.doc.row != nil:
		c.docs[ch.doc.key] = *ch.doc.row
	case ch.doc != nil:
		delete(c.docs, ch.doc.key)
	case ch.dropGroup != 0:
		delete(c.groups, ch.dropGroup)
		for name := range c.names()[ch.dropGroup] {
			c.dropStreams(ch.dropGroup, name)
		}
		delete(c.byName, ch.dropGroup)
	case ch.dropStream != 0:
		s := c.streams[ch.dropStream]
		c.names()
		c.dropStreams(s.group, s.name)
	}
}

// names returns byName.
func (c *contents) names() map[logs.GroupID]map[string][]logs.StreamID {
	if c.byName == nil {
		c.byName = map[logs.GroupID]map[string][]logs.StreamID{}
		for _, s := range c.streams {
			c.nameStream(s)
		}
	}
	return c.byName
}

func (c *contents) nameStream(s streamRow) {
	if c.byName[s.group] == nil {
		c.byName[s.group] = map[string][]logs.StreamID{}
	}
	c.byName[s.group][s.name] = append(c.byName[s.group][s.name], s.id)
}

// dropStreams removes the streams of a name: one, and those of its entities.
func (c *contents) dropStreams(group logs.GroupID, name string) {
	for _, id := range c.byName[group][name] {
		delete(c.streams, id)
	}
	delete(c.byName[group], name)
}

// rows are the contents as changes of an empty store, groups before their streams.
func (c *contents) rows(yield func(change) bool) {
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		if row := c.groups[id]; !yield(change{group: &row}) {
			return
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.streams)) {
		if row := c.streams[id]; !yield(change{stream: &row}) {
			return
		}
	}
	for key, row := range c.docs {
		if !yield(change{doc: &docChange{key, &row}}) {
			return
		}
	}
}

// rowOf is the row of a group.
func rowOf(g Group) (groupRow, error) {
	tags, err := encodeTags(g.Tags)
	return groupRow{id: g.ID, account: g.Scope.Account, region: g.Scope.Region, name: g.Name, class: g.Class,
		created: g.Created, retention: int64(g.RetentionDays), kmsKey: g.KMSKeyID, protected: g.DeletionProtected, tags: tags}, err
}

func (r groupRow) group() (Group, error) {
	g := Group{ID: r.id, Name: r.name, Class: r.class, Created: r.created,
		RetentionDays: int(r.retention), KMSKeyID: r.kmsKey, DeletionProtected: r.protected}
	g.Scope.Account, g.Scope.Region = r.account, r.region
	if err := json.Unmarshal([]byte(r.tags), &g.Tags); err != nil {
		return Group{}, fmt.Errorf("tags of log group %d: %w: %w", r.id, logs.ErrCorrupt, err)
	}
	return g, nil
}

// rowOfStream is the row of a stream; entity is its JSON, "" for none.
func rowOfStream(s Stream, entity string) streamRow {
	return streamRow{id: s.ID, group: s.Group, name: s.Name, created: s.Created, entity: entity}
}

// stream is the stream of a row, without its entity.
func (r streamRow) stream() Stream {
	return Stream{ID: r.id, Group: r.group, Name: r.name, Created: r.created}
}

// groupColumns is what scanGroup reads, in order.
const groupColumns = "id, account, region, name, class, created, retention, kms_key, protected, tags"

func scanGroup(row interface{ Scan(...any) error }) (r groupRow, err error) {
	err = row.Scan(&r.id, &r.account, &r.region, &r.name, &r.class, &r.created, &r.retention, &r.kmsKey, &r.protected, &r.tags)
	return r, err
}

// readContents reads a database of any version. It reads the tables row by row
// and no index, which may be damaged.
func readContents(ctx context.Context, conn *sql.Conn) (*contents, error) {
	c := newContents()
	version := 0
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return nil, dbError(err)
	}
	if version == 0 {
		return c, nil // not even the first migration was committed
	}
	if version > len(migrations) {
		return nil, errNewer(version)
	}
	entity := "entity"
	if version < 2 {
		entity = "''"
	}
	if version >= 3 {
		if err := conn.QueryRowContext(ctx, "SELECT seq FROM journal").Scan(&c.seq); err != nil {
			return nil, fmt.Errorf("read the number of the last change: %w", dbError(err))
		}
	}
	err := eachRow(ctx, conn, "SELECT "+groupColumns+" FROM log_groups NOT INDEXED", func(rows *sql.Rows) error {
		g, err := scanGroup(rows)
		c.groups[g.id] = g
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	err = eachRow(ctx, conn, "SELECT id, group_id, name, created, "+entity+" FROM log_streams NOT INDEXED", func(rows *sql.Rows) error {
		var s streamRow
		err := rows.Scan(&s.id, &s.group, &s.name, &s.created, &s.entity)
		c.streams[s.id] = s
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read streams: %w", err)
	}
	err = eachRow(ctx, conn, "SELECT kind, account, region, key, json, updated FROM docs", func(rows *sql.Rows) error {
		var k docKey
		var d docRow
		err := rows.Scan(&k.kind, &k.account, &k.region, &k.key, &d.json, &d.updated)
		c.docs[k] = d
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	c.lastGroup, c.lastStream, err = lastIDs(ctx, conn)
	return c, err
}

// eachRow calls scan with every row of a query.
func eachRow(ctx context.Context, conn *sql.Conn, query string, scan func(*sql.Rows) error) error {
	rows, err := conn.QueryContext(ctx, query)
	if err != nil {
		return dbError(err)
	}
	defer rows.Close() // it was only read
	for rows.Next() {
		if err := scan(rows); err != nil {
			return dbError(err)
		}
	}
	return dbError(rows.Err())
}

// lastIDs returns the highest identifiers ever given out.
func lastIDs(ctx context.Context, db interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}) (group logs.GroupID, stream logs.StreamID, err error) {
	err = db.QueryRowContext(ctx, `SELECT
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log_groups'), 0),
		coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'log_streams'), 0)`).Scan(&group, &stream)
	if err != nil {
		err = fmt.Errorf("read the last identifiers: %w", dbError(err))
	}
	return group, stream, err
}
