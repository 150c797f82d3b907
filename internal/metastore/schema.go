package metastore

import (
	"context"
	"database/sql"
	"fmt"
)

// migrations brings a file from version i to i+1 by running migrations[i];
// the version is SQLite's user_version. History:
//
//	1  log_groups, log_streams, docs
//	2  log_streams.entity
//	3  journal, the number of the last change that is in this file
//
// Entries are never edited once released, only appended.
var migrations = []string{
	`
	-- AUTOINCREMENT: an identifier is never used again after its row is gone.
	CREATE TABLE log_groups (
		id        INTEGER PRIMARY KEY AUTOINCREMENT,
		account   TEXT NOT NULL,
		region    TEXT NOT NULL,
		name      TEXT NOT NULL,
		class     TEXT NOT NULL,
		created   INTEGER NOT NULL,           -- ms since the epoch
		retention INTEGER NOT NULL DEFAULT 0, -- days, 0 keeps for ever
		kms_key   TEXT NOT NULL DEFAULT '',
		protected INTEGER NOT NULL DEFAULT 0, -- 1 refuses deletion
		tags      TEXT NOT NULL DEFAULT '{}', -- JSON object of strings
		UNIQUE (account, region, name)
	) STRICT;
	CREATE TABLE log_streams (
		id        INTEGER PRIMARY KEY AUTOINCREMENT,
		group_id  INTEGER NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
		name      TEXT NOT NULL,
		created   INTEGER NOT NULL,           -- ms since the epoch
		UNIQUE (group_id, name)
	) STRICT;
	CREATE TABLE docs (
		kind      TEXT NOT NULL,
		account   TEXT NOT NULL,
		region    TEXT NOT NULL,
		key       TEXT NOT NULL,
		json      TEXT NOT NULL,
		updated   INTEGER NOT NULL,           -- ms since the epoch
		PRIMARY KEY (kind, account, region, key)
	) STRICT, WITHOUT ROWID;
	`,
	// SQLite cannot change a UNIQUE constraint: the table is made anew. What it
	// knows of identifiers that were given out goes along.
	`
	CREATE TABLE new_streams (
		id        INTEGER PRIMARY KEY AUTOINCREMENT,
		group_id  INTEGER NOT NULL REFERENCES log_groups (id) ON DELETE CASCADE,
		name      TEXT NOT NULL,
		created   INTEGER NOT NULL,           -- ms since the epoch
		entity    TEXT NOT NULL DEFAULT '',   -- JSON; '' is the stream itself
		UNIQUE (group_id, name, entity)
	) STRICT;
	INSERT INTO new_streams (id, group_id, name, created) SELECT id, group_id, name, created FROM log_streams;
	DELETE FROM sqlite_sequence WHERE name = 'new_streams';
	INSERT INTO sqlite_sequence (name, seq) SELECT 'new_streams', seq FROM sqlite_sequence WHERE name = 'log_streams';
	DROP TABLE log_streams;
	ALTER TABLE new_streams RENAME TO log_streams;
	`,
	`
	CREATE TABLE journal (seq INTEGER NOT NULL) STRICT; -- one row; see journal.go
	INSERT INTO journal VALUES (0);
	`,
}

// migrate brings the file behind conn to the newest schema, one transaction
// per version. A file from a newer program is refused.
func migrate(ctx context.Context, conn *sql.Conn) error {
	var version int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return fmt.Errorf("read schema version: %w", dbError(err))
	}
	if version > len(migrations) {
		return errNewer(version)
	}
	for ; version < len(migrations); version++ {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("migrate schema to version %d: %w", version+1, dbError(err))
		}
		_, err = tx.ExecContext(ctx, migrations[version])
		if err == nil {
			_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version = %d", version+1))
		}
		if err != nil {
			_ = tx.Rollback()
			return fmt.Errorf("migrate schema to version %d: %w", version+1, dbError(err))
		}
		if err := tx.Commit(); err != nil {
			return fmt.Errorf("migrate schema to version %d: %w", version+1, dbError(err))
		}
	}
	return nil
}

// errNewer is the schema version of a file that this program does not know.
type errNewer int

func (v errNewer) Error() string {
	return fmt.Sprintf("schema version is %d, this program knows up to %d: it was written by a newer skywatch", int(v), len(migrations))
}
