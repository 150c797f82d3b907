package metastore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"skywatch/internal/logs"

	"modernc.org/sqlite"
)

const (
	writeQueue = 256 // waiting writes before callers block
	writeBatch = 256 // writes in one transaction; bounds how long the first waits
)

// statements are prepared once on the writer's connection.
type statements struct {
	insertGroup, selectGroup, updateGroup, deleteGroup,
	insertStream, insertEntity, deleteStream,
	putDoc, deleteDoc *sql.Stmt
}

// operation is one write. run executes at most one changing statement inside
// the writer's transaction (so that its failure undoes itself) and returns
// what to change in the cache once the transaction is committed.
type operation struct {
	ctx  context.Context
	run  func(*statements) (apply func(*cache), err error)
	done chan error // buffered, receives exactly once
}

// writer owns the only connection that writes.
type writer struct {
	store *Store
	conn  *sql.Conn
	stmts statements

	mu     sync.RWMutex // held for reading while sending to queue, for writing to close it
	closed bool
	queue  chan *operation
	done   chan struct{} // closed when loop has ended
}

func startWriter(ctx context.Context, s *Store, conn *sql.Conn) (*writer, error) {
	w := &writer{store: s, conn: conn, queue: make(chan *operation, writeQueue), done: make(chan struct{})}
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
	} {
		var err error
		if *p.stmt, err = conn.PrepareContext(ctx, p.text); err != nil {
			return nil, err
		}
	}
	go w.loop()
	return w, nil
}

// do queues run and waits for its transaction. When ctx ends while the write
// waits, the caller learns ctx's error and the write is left out if it has not
// begun; whether it was is then unknown, as with any cancelled write.
func (w *writer) do(ctx context.Context, run func(*statements) (func(*cache), error)) error {
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

// close lets the queue run dry and ends the loop.
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
	return w.conn.Close()
}

func (w *writer) loop() {
	defer close(w.done)
	batch := make([]*operation, 0, writeBatch)
	for op := range w.queue {
		batch = append(batch[:0], op)
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

// commit runs batch as one transaction, changes the cache and answers all. An
// operation that fails by its own fault (exists, not found) fails alone; when
// the database fails, every operation of the batch gets that error and none
// is visible or durable.
func (w *writer) commit(batch []*operation) {
	ctx := context.Background() // callers may go away; a transaction is whole
	results := make([]error, len(batch))
	applies := make([]func(*cache), len(batch))
	err := func() error {
		if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("begin: %w", dbError(err))
		}
		for i, op := range batch {
			if err := op.ctx.Err(); err != nil {
				results[i] = err
				continue
			}
			apply, err := op.run(&w.stmts)
			if err != nil && breaksTransaction(err) {
				return dbError(err)
			}
			applies[i], results[i] = apply, err
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
	w.store.mu.Lock()
	for i, apply := range applies {
		if apply != nil && results[i] == nil {
			apply(&w.store.cache)
		}
	}
	w.store.mu.Unlock()
	for i, op := range batch {
		op.done <- results[i]
	}
}

// breaksTransaction reports whether err came from the database itself. Only a
// broken constraint leaves the transaction as it was.
func breaksTransaction(err error) bool {
	var se *sqlite.Error
	return errors.As(err, &se) && !isConstraint(err) || errors.Is(err, sql.ErrConnDone)
}
