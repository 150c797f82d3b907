package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"skywatch/internal/logs"

	"modernc.org/sqlite" // also registers the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Sentinel errors, tested with errors.Is. A full disk is logs.ErrFull, use
// after Close is logs.ErrClosed.
var (
	ErrExists   = errors.New("already exists")
	ErrNotFound = errors.New("not found")
	ErrReadOnly = errors.New("folder is not writable")
	ErrInUse    = errors.New("folder is in use by another process")
)

// Store is the open metadata of one data folder. Safe for concurrent use.
type Store struct {
	dir  string
	lock *os.File
	// healed is what was damaged and is whole again, by Open.
	healed []string
	db     *sql.DB // readers (documents)
	now    func() time.Time

	writer *writer

	mu    sync.RWMutex // guards cache
	cache cache
}

// Open opens dir/meta.db, creating dir and the file as needed, brings the
// schema up to date and reads all groups and streams into memory. Of a damaged
// folder it changes nothing: the error is logs.ErrCorrupt, and [Repair] helps.
func Open(ctx context.Context, dir string) (*Store, error) {
	s, err := open(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("open metadata in %s: %w", dir, err)
	}
	return s, nil
}

func open(ctx context.Context, dir string) (_ *Store, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fsError(err)
	}
	lock, err := lockFile(filepath.Join(dir, "meta.lock"))
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, lock: lock, now: time.Now, cache: newCache()}
	defer func() {
		if err != nil {
			_ = s.release()
		}
	}()

	found, err := examine(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := found.refusal(); err != nil {
		return nil, err
	}
	if s.db, err = sql.Open("sqlite", dataSource(filepath.Join(dir, dbName))); err != nil {
		return nil, dbError(err)
	}
	s.db.SetMaxOpenConns(4)
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, dbError(err)
	}
	if err := migrate(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	// SQLite syncs the folder for its journals, not for the database itself.
	if err := syncDirs(dir); err != nil {
		return nil, errors.Join(fsError(err), conn.Close())
	}
	if err := s.begin(ctx, conn, found); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

// begin mends what can be mended without loss, and starts the writer.
func (s *Store) begin(ctx context.Context, conn *sql.Conn, found *finding) error {
	if len(found.problems) > 0 {
		if err := reindex(ctx, conn); err != nil {
			return fmt.Errorf("%s: %w: %s", dbName, err, found.problems[0])
		}
		s.healed = append(s.healed, fmt.Sprintf("%s: %s; its indexes were made anew, nothing is lost", dbName, found.problems[0]))
	}
	for _, d := range found.damage {
		s.healed = append(s.healed, fmt.Sprintf("%s: %v; written anew, nothing is lost", filepath.Base(d.File), d.Err))
	}
	// What a kill has left in SQLite's log is in the file before more is added.
	if _, err := conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return dbError(err)
	}
	if err := s.cache.fill(found.db); err != nil {
		return err
	}
	j, err := createJournal(disk, s.dir, found.db)
	if err != nil {
		return err
	}
	if s.writer, err = startWriter(ctx, s, conn, j, found.db.seq); err != nil {
		return errors.Join(dbError(err), j.close())
	}
	return nil
}

// Healed tells what Open found damaged and has mended without loss, a line each.
func (s *Store) Healed() []string { return s.healed }

// Close finishes the writes that are under way, then closes the file. Writes
// that come later fail with logs.ErrClosed.
func (s *Store) Close() error {
	var err error
	if s.writer != nil {
		err = s.writer.close()
	}
	if rerr := s.release(); rerr != nil {
		err = errors.Join(err, rerr)
	}
	if err != nil {
		return fmt.Errorf("close metadata in %s: %w", s.dir, err)
	}
	return nil
}

// release closes the database and gives the lock back. Safe to call twice.
func (s *Store) release() error {
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// dataSource returns the SQLite URI of path with the settings every
// connection needs.
func dataSource(path string) string {
	q := url.Values{}
	// FULL syncs the WAL at every commit: an acknowledgement survives power loss.
	for _, p := range []string{"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"} {
		q.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}
	return u.String()
}

// syncDirs makes the creation of dir and of the files in it durable.
func syncDirs(dir string) error {
	for _, d := range []string{dir, filepath.Dir(dir)} {
		f, err := os.Open(d)
		if err != nil {
			if d != dir && errors.Is(err, os.ErrPermission) {
				continue // a parent we may not read was not made by us
			}
			return err
		}
		err = f.Sync()
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fsError gives a file-system error its sentinel class.
func fsError(err error) error {
	switch {
	case errors.Is(err, os.ErrPermission), isReadOnlyFS(err):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case isNoSpace(err):
		return fmt.Errorf("%w: %w", logs.ErrFull, err)
	}
	return err
}

// dbError gives a SQLite error its sentinel class.
func dbError(err error) error {
	var se *sqlite.Error
	if !errors.As(err, &se) {
		return err
	}
	switch se.Code() & 0xff { // the primary code; the rest is detail
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", logs.ErrFull, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", logs.ErrCorrupt, err)
	}
	return err
}

// isConstraint reports whether err is a broken constraint; it fails only its
// own statement and leaves the transaction usable.
func isConstraint(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
}

func isForeignKey(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// LastIDs returns the highest group and stream identifiers ever given out,
// whether still in use or not, 0 for none. Events with a higher one were
// written beside another metadata file.
func (s *Store) LastIDs(ctx context.Context) (group logs.GroupID, stream logs.StreamID, err error) {
	group, stream, err = lastIDs(ctx, s.db)
	if err != nil {
		err = fmt.Errorf("metadata in %s: %w", s.dir, err)
	}
	return group, stream, err
}
