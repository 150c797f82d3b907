package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"skywatch/internal/logs"
)

// Inspection is a read-only look at a metadata file, for tools that look at a
// folder without opening the store. It takes no lock and changes nothing.
type Inspection struct {
	Groups  map[logs.GroupID]Group
	Streams map[logs.StreamID]Stream
	// Problems are SQLite's words for what is damaged; nil when all is well or
	// was not asked for.
	Problems []string
}

// Inspect reads dir/meta.db; with check it also looks for damage in all of it.
// The error is that the file cannot be read at all.
func Inspect(ctx context.Context, dir string, check bool) (*Inspection, error) {
	in, err := inspect(ctx, filepath.Join(dir, "meta.db"), check)
	if err != nil {
		return nil, fmt.Errorf("inspect metadata in %s: %w", dir, err)
	}
	return in, nil
}

func inspect(ctx context.Context, path string, check bool) (_ *Inspection, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err // SQLite's own words for it are worse
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?mode=ro")
	if err != nil {
		return nil, dbError(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, dbError(err)
	}
	defer conn.Close() // it was only read
	out := &Inspection{Groups: map[logs.GroupID]Group{}}
	if check {
		rows, err := conn.QueryContext(ctx, "PRAGMA integrity_check(100)")
		if err != nil {
			return nil, dbError(err)
		}
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return nil, dbError(err)
			}
			if line != "ok" {
				out.Problems = append(out.Problems, strings.TrimSpace(line))
			}
		}
		if err := rows.Err(); err != nil {
			return nil, dbError(err)
		}
	}
	c := newCache()
	if err := c.load(ctx, conn); err != nil {
		return nil, fmt.Errorf("read groups and streams: %w", dbError(err))
	}
	for id, g := range c.groups {
		out.Groups[id] = g.group
	}
	out.Streams = c.streams
	return out, nil
}
