package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"skywatch/internal/logs"

	"modernc.org/sqlite"
)

const (
	writeQueue = 256 // waiting writes before callers block
	writeBatch = 256 // writes in one transaction; bounds how long the first waits
	maxAhead   = 2   // changes: one that is committed, while one is written to the journal
)

// statements are prepared once on the writer's connection.
type statements struct {
	insertGroup, selectGroup, updateGroup, deleteGroup,
	insertStream, insertEntity, deleteStream,
	putDoc, deleteDoc, setSeq *sql.Stmt
}

// transaction is what an operation writes with.
type transaction struct {
	*statements
	changes []change
}

// note tells the journal what the operation's statement has changed.
func (t *transaction) note(ch change) { t.changes = append(t.changes, ch) }

// operation is one write. run executes at most one changing statement inside
// the writer's transaction (so that its failure undoes itself), notes the change
// it made, and returns what to change in the cache once the transaction is
// committed.
type operation struct {
	ctx  context.Context
	run  func(*transaction) (apply func(*cache), err error)
	done chan error // buffered, receives exactly once
}

// committed is a batch that SQLite has committed.
type committed struct {
	seq     uint64
	changes []change
	batch   []*operation
	applies []func(*cache)
	results []error
}

// writer owns the only connection that writes. A second goroutine, the copier,
// writes to the journal what is committed and answers, while the writer goes on
// with the next batch: the two syncs of a change follow each other, those of
// many overlap. So the journal is at most maxAhead changes behind SQLite.
type writer struct {
	store *Store
	conn  *sql.Conn
	stmts statements
	// prepared are all of stmts: SQLite keeps a file open, and its log as it is,
	// until the last statement is closed.
	prepared []*sql.Stmt

	seq uint64 // of the last change that is committed

	// The journal is the copier's, and the writer's after a barrier.
	journal *journal
	copies  chan *committed // unbuffered; nil is a barrier
	copied  chan struct{}   // closed when the copier has ended
	// renew: the journal has become long or could not be written, so it is
	// created anew before anything else is changed.
	renew atomic.Bool

	mu     sync.RWMutex // held for reading while sending to queue, for writing to close it
	closed bool
	queue  chan *operation
	done   chan struct{} // closed when loop has ended
}

func startWriter(ctx context.Context, s *Store, conn *sql.Conn, j *journal, seq uint64) (*writer, error) {
	w := &writer{store: s, conn: conn, journal: j, seq: seq, copies: make(chan *committed), copied: make(chan struct{}), queue: make(chan *operation, writeQueue), done: make(chan struct{})}
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.stmts.insertGroup, `INSERT INTO log_groups (account, region, name, class, created, retention, kms_key, protected, tags) VALUES (?,?,?,?,?,?,?,?,?)`},
		{&w.stmts.selectGroup, `SELECT ` + groupColumns + ` FROM log_groups WHERE id = ?`},
		{&w.stmts.updateGroup, `UPDATE log_groups SET class = ?, retention = ?, kms_key = ?, protected = ?, tags = ? WHERE id = ?`},
		{&w.stmts.deleteGroup, `DELETE FROM log_groups WHERE id = ?`},
		{&w.stmts.insertStream, `INSERT INTO log_streams (group_id, name, created) VALUES (?,?,?)`},
		{&w.stmts.insertEntity, `INSERT INTO log_streams (group_id, name, created, entity) SELECT group_id, name, created, ? FROM log_streams WHERE id = ?`},
		{&w.stmts.deleteStream, `DELETE FROM log_streams WHERE (group_id, name) = (SELECT group_id, name FROM log_streams WHERE id = ?)`},
		{&w.stmts.putDoc, `INSERT INTO docs (kind, account, region, key, json, updated) VALUES (?,?,?,?,?,?)
			ON CONFLICT DO UPDATE SET json = excluded.json, updated = excluded.updated`},
		{&w.stmts.deleteDoc, `DELETE FROM docs WHERE kind = ? AND account = ? AND region = ? AND key = ?`},
		{&w.stmts.setSeq, `UPDATE journal SET seq = ?`},
	} {
		var err error
		if *p.stmt, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
		w.prepared = append(w.prepared, *p.stmt)
	}
	go w.copy()
	go w.loop()
	return w, nil
}

// do queues run and waits for its transaction. When ctx ends while the write
// waits, the caller learns ctx's error and the write is left out if it has not
// begun; whether it was is then unknown, as with any cancelled write.
func (w *writer) do(ctx context.Context, run func(*transaction) (func(*cache), error)) error {
	op := &operation{ctx: ctx, run: run, done: make(chan error, 1)}
	w.mu.RLock()
	if w.closed {
		w.mu.RUnlock()
		return logs.ErrClosed
	}
	select {
	case w.queue <- op:
		w.mu.RUnlock()
	case <-ctx.Done():
		w.mu.RUnlock()
		return ctx.Err()
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close lets the queue run dry, ends the loop and brings all changes from
// SQLite's log into its file.
func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	close(w.queue)
	w.mu.Unlock()
	<-w.done
	ctx := context.Background()
	var errs []error
	if w.renew.Load() {
		errs = append(errs, w.newJournal(ctx))
	}
	errs = append(errs, w.journal.close())
	for _, stmt := range w.prepared {
		errs = append(errs, stmt.Close())
	}
	_, err := w.conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(append(errs, err, w.conn.Close())...)
}

// newJournal writes what SQLite holds as a new journal. The copier is at rest.
func (w *writer) newJournal(ctx context.Context) error {
	c, err := readContents(ctx, w.conn)
	if err != nil {
		return err
	}
	j, err := createJournal(disk, w.store.dir, c)
	if err != nil {
		return err
	}
	_ = w.journal.close() // replaced, and whatever was not written to it is in the new one
	w.journal = j
	w.renew.Store(false)
	return nil
}

func (w *writer) loop() {
	defer close(w.done)
	defer func() {
		close(w.copies)
		<-w.copied
	}()
	for op := range w.queue {
		batch := []*operation{op}
	fill: // whatever came while the last transaction was syncing
		for len(batch) < writeBatch {
			select {
			case more, ok := <-w.queue:
				if !ok {
					break fill
				}
				batch = append(batch, more)
			default:
				break fill
			}
		}
		w.commit(batch)
	}
}

// commit runs batch as one transaction and hands it to the copier. An
// operation that fails by its own fault (exists, not found) fails alone; when
// the database fails, every operation of the batch gets that error and none
// is visible or durable.
func (w *writer) commit(batch []*operation) {
	ctx := context.Background() // callers may go away; a transaction is whole
	results := make([]error, len(batch))
	applies := make([]func(*cache), len(batch))
	tx := &transaction{statements: &w.stmts}
	err := func() error {
		if w.renew.Load() {
			w.copies <- nil
			if err := w.newJournal(ctx); err != nil {
				return err
			}
		}
		if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("begin: %w", dbError(err))
		}
		for i, op := range batch {
			if err := op.ctx.Err(); err != nil {
				results[i] = err
				continue
			}
			apply, err := op.run(tx)
			if err != nil && breaksTransaction(err) {
				return dbError(err)
			}
			applies[i], results[i] = apply, err
		}
		if len(tx.changes) > 0 {
			if _, err := w.stmts.setSeq.ExecContext(ctx, int64(w.seq+1)); err != nil {
				return fmt.Errorf("number the change: %w", dbError(err))
			}
		}
		if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
			return fmt.Errorf("commit: %w", dbError(err))
		}
		return nil
	}()
	if err != nil {
		// The error may have ended the transaction already; then this fails,
		// which changes nothing.
		_, _ = w.conn.ExecContext(ctx, "ROLLBACK")
		for _, op := range batch {
			op.done <- err
		}
		return
	}
	if len(tx.changes) > 0 {
		w.seq++
	}
	w.copies <- &committed{w.seq, tx.changes, batch, applies, results}
}

// copy writes batches to the journal, changes the cache and answers all.
func (w *writer) copy() {
	defer close(w.copied)
	for c := range w.copies {
		if c == nil {
			continue
		}
		if len(c.changes) > 0 && !w.renew.Load() {
			// The changes are durable in SQLite: what may fail is only their
			// copy, which is made up for before anything else is changed.
			err := w.journal.append(c.seq, c.changes)
			w.renew.Store(err != nil || w.journal.long())
		}
		w.store.mu.Lock()
		for i, apply := range c.applies {
			if apply != nil && c.results[i] == nil {
				apply(&w.store.cache)
			}
		}
		w.store.mu.Unlock()
		for i, op := range c.batch {
			op.done <- c.results[i]
		}
	}
}

// breaksTransaction reports whether err came from the database itself. Only a
// broken constraint leaves the transaction as it was.
func breaksTransaction(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && !isConstraint(err) || errors.Is(err, sql.ErrConnDone)
}
