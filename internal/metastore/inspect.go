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
	"skywatch/internal/vfs"
)

// Inspection is a read-only look at a metadata file, for tools that look at a
// folder without opening the store. It takes no lock and changes nothing.
type Inspection struct {
	Groups  map[logs.GroupID]Group
	Streams map[logs.StreamID]Stream
	// The highest identifiers ever given out.
	LastGroup  logs.GroupID
	LastStream logs.StreamID
}

// Inspect reads dir/meta.db. The error is that the file cannot be read.
func Inspect(ctx context.Context, dir string) (*Inspection, error) {
	c, _, err := readDatabase(ctx, filepath.Join(dir, dbName), false)
	if err != nil {
		return nil, fmt.Errorf("inspect metadata in %s: %w", dir, err)
	}
	filled := newCache()
	if err := filled.fill(c); err != nil {
		return nil, fmt.Errorf("inspect metadata in %s: %w", dir, err)
	}
	in := &Inspection{Groups: map[logs.GroupID]Group{}, Streams: filled.streams, LastGroup: c.lastGroup, LastStream: c.lastStream}
	for id, g := range filled.groups {
		in.Groups[id] = g.group
	}
	return in, nil
}

// Damage is something in one of the store's files that is not as it was written.
type Damage struct {
	File string
	Err  error // one line
	// Harmless: the next Open puts it right, and nothing is lost.
	Harmless bool
}

// Checked is the outcome of Check.
type Checked struct {
	Files  []string // looked at
	Damage []Damage
	Notes  []string // what is odd and harmless
}

// Check looks for damage in the metadata of a stopped folder: in SQLite's log, by
// SQLite's own check, and by comparing what the tables say with the journal.
// It changes nothing. The error is ctx's or the file system's.
func Check(ctx context.Context, dir string) (*Checked, error) {
	f, err := examine(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("check metadata in %s: %w", dir, err)
	}
	out := &Checked{Damage: f.damage, Notes: f.notes}
	for _, p := range f.problems {
		out.Damage = append(out.Damage, Damage{File: filepath.Join(dir, dbName), Err: errors.New(p)})
	}
	for _, name := range []string{dbName, logName, journalName} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			out.Files = append(out.Files, filepath.Join(dir, name))
		}
	}
	return out, nil
}

const (
	dbName    = "meta.db"
	logName   = "meta.db-wal" // SQLite's own log
	indexName = "meta.db-shm" // of that log; made anew at will
)

// finding is what examine found.
type finding struct {
	db       *contents // what SQLite reads; nil when it cannot, empty for a new folder
	problems []string  // SQLite's words for what is wrong with db beside its rows; may be its indexes only
	journal  *contents // what the journal says, up to journalErr; nil when that is nothing
	// journalErr is vfs.IsNotExist, or what is wrong behind journal's last change.
	journalErr error

	damage []Damage
	notes  []string
}

// examine reads all there is of the metadata in dir, without changing anything,
// and compares. SQLite commits before the journal is written, both sync: so SQLite
// is at the journal's last change or, after a crash, up to maxAhead before it.
func examine(ctx context.Context, dir string) (*finding, error) {
	f := &finding{}
	db, log, journal := filepath.Join(dir, dbName), filepath.Join(dir, logName), filepath.Join(dir, journalName)
	f.journal, f.journalErr = readJournal(disk, dir)
	if f.journalErr != nil && !vfs.IsNotExist(f.journalErr) && !errors.Is(f.journalErr, logs.ErrCorrupt) {
		return nil, f.journalErr
	}
	if err := checkSQLiteLog(log); err != nil {
		f.add(log, err, false)
	}
	var err error
	switch _, serr := os.Stat(db); {
	case errors.Is(serr, os.ErrNotExist) && vfs.IsNotExist(f.journalErr) && len(f.damage) == 0:
		f.db = newContents()
		return f, nil // a new folder
	case errors.Is(serr, os.ErrNotExist):
		f.add(db, errors.New("is missing"), false)
	default:
		if f.db, f.problems, err = readDatabase(ctx, db, true); err != nil {
			if newer := errNewer(0); ctx.Err() != nil || errors.Is(err, ErrReadOnly) || errors.As(err, &newer) {
				return nil, err
			}
			f.add(db, err, false)
		}
	}
	switch {
	case vfs.IsNotExist(f.journalErr):
		if f.db != nil && f.db.seq > 0 { // the first change comes after the journal
			f.add(journal, errors.New("is missing"), true)
		}
	case f.journal == nil:
		f.add(journal, f.journalErr, true)
	case f.db == nil:
	case f.journal.seq > f.db.seq:
		f.add(db, fmt.Errorf("ends at change %d, but %s knows %d: the last %d are missing in it or in %s",
			f.db.seq, journalName, f.journal.seq, f.journal.seq-f.db.seq, logName), false)
	case f.journal.seq == f.db.seq:
		if what := f.db.differs(f.journal); what != "" {
			f.add(db, fmt.Errorf("says other than %s, which has checksums: %s", journalName, what), false)
		}
	case f.journal.seq+maxAhead < f.db.seq:
		f.add(journal, fmt.Errorf("ends at change %d, but %s knows %d (%w)", f.journal.seq, dbName, f.db.seq, cmpErr(f.journalErr)), true)
	}
	if f.journal != nil && f.journalErr != nil && len(f.damage) == 0 {
		f.notes = append(f.notes, fmt.Sprintf("%v: a write that was cut, or damage to the last record, which cannot be told from it; %s has all, and the next start writes it anew", f.journalErr, dbName))
	}
	return f, nil
}

// cmpErr says why a journal ends too early.
func cmpErr(err error) error {
	if err == nil {
		return errors.New("it is an older one")
	}
	return err
}

func (f *finding) add(file string, err error, harmless bool) {
	f.damage = append(f.damage, Damage{File: file, Err: err, Harmless: harmless})
}

// refusal is why the store must not be opened, nil when it may.
func (f *finding) refusal() error {
	for _, d := range f.damage {
		if d.Harmless {
			continue
		}
		keep := "what its tables still say"
		if f.fromJournal() {
			keep = "every change up to the last"
			if f.journalErr != nil {
				keep = fmt.Sprintf("every change up to number %d", f.journal.seq)
			}
		}
		return fmt.Errorf("%w: %s: %w (a repair can keep %s)", logs.ErrCorrupt, d.File, d.Err, keep)
	}
	return nil
}

// fromJournal reports whether a repair goes by the journal: it is whole up to
// where the database is, at least.
func (f *finding) fromJournal() bool {
	return f.journal != nil && (f.db == nil || f.journal.seq >= f.db.seq)
}

// readDatabase reads what SQLite finds in a file, without changing it; of a
// stopped store also what SQLite has to say about the state of it.
func readDatabase(ctx context.Context, path string, stopped bool) (_ *contents, problems []string, err error) {
	if _, err := os.Stat(path); err != nil {
		return nil, nil, err // SQLite's own words for it are worse
	}
	mode := "mode=ro"
	switch st, err := os.Stat(path + "-wal"); {
	case errors.Is(err, os.ErrNotExist), err == nil && stopped && st.Size() <= sqliteLogHeader:
		mode = "immutable=1" // or SQLite would make files beside it
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+mode)
	if err != nil {
		return nil, nil, dbError(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, dbError(err)
	}
	defer conn.Close() // it was only read
	if stopped {
		if problems, err = integrity(ctx, conn); err != nil {
			return nil, nil, err
		}
	}
	c, err := readContents(ctx, conn)
	return c, problems, err
}

// integrity is SQLite's own check of a file; it knows nothing of the rows' content.
func integrity(ctx context.Context, conn *sql.Conn) (problems []string, err error) {
	err = eachRow(ctx, conn, "PRAGMA integrity_check(100)", func(rows *sql.Rows) error {
		var line string
		err := rows.Scan(&line)
		if line != "ok" {
			problems = append(problems, strings.TrimSpace(line))
		}
		return err
	})
	return problems, err
}

// reindex makes all indexes anew and looks again. The error is logs.ErrCorrupt
// when more than they are damaged.
func reindex(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "REINDEX"); err != nil {
		return fmt.Errorf("%w: make the indexes anew: %w", logs.ErrCorrupt, dbError(err))
	}
	problems, err := integrity(ctx, conn)
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%w: not only its indexes are damaged", logs.ErrCorrupt)
	}
	return err
}
