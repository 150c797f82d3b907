package metastore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"skywatch/internal/scope"
)

// Doc is one stored document.
type Doc struct {
	Key     string
	JSON    json.RawMessage
	Updated int64 // milliseconds since the epoch
}

// PutDoc stores v as JSON under (kind, scope, key), replacing what was there.
// Durable on return. A kind belongs to one room, which names it.
func (s *Store) PutDoc(ctx context.Context, kind string, sc scope.Scope, key string, v any) error {
	body, err := json.Marshal(v)
	if err == nil {
		updated := s.now().UnixMilli()
		err = s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
			_, err := tx.putDoc.Exec(kind, sc.Account, sc.Region, key, string(body), updated)
			if err == nil {
				tx.note(change{doc: &docChange{docKey{kind, sc.Account, sc.Region, key}, &docRow{string(body), updated}}})
			}
			return nil, err
		})
	}
	if err != nil {
		return fmt.Errorf("store %s %q: %w", kind, key, err)
	}
	return nil
}

// GetDoc decodes the document into v and reports whether there is one.
func (s *Store) GetDoc(ctx context.Context, kind string, sc scope.Scope, key string, v any) (bool, error) {
	var body string
	err := s.db.QueryRowContext(ctx, `SELECT json FROM docs WHERE kind = ? AND account = ? AND region = ? AND key = ?`,
		kind, sc.Account, sc.Region, key).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s %q: %w", kind, key, dbError(err))
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		return false, fmt.Errorf("read %s %q: %w", kind, key, err)
	}
	return true, nil
}

// ListDocs returns all documents of a kind in a scope, in byte order of keys.
func (s *Store) ListDocs(ctx context.Context, kind string, sc scope.Scope) ([]Doc, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT key, json, updated FROM docs WHERE kind = ? AND account = ? AND region = ? ORDER BY key`,
		kind, sc.Account, sc.Region)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, dbError(err))
	}
	defer rows.Close()
	var docs []Doc
	for rows.Next() {
		var d Doc
		var body string
		if err := rows.Scan(&d.Key, &body, &d.Updated); err != nil {
			return nil, fmt.Errorf("list %s: %w", kind, dbError(err))
		}
		d.JSON = json.RawMessage(body)
		docs = append(docs, d)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", kind, dbError(err))
	}
	return docs, nil
}

// DeleteDoc removes the document and reports whether there was one. Durable
// on return.
func (s *Store) DeleteDoc(ctx context.Context, kind string, sc scope.Scope, key string) (bool, error) {
	err := s.writer.do(ctx, func(tx *transaction) (func(*cache), error) {
		err := deleteOne(tx.deleteDoc, kind, sc.Account, sc.Region, key)
		if err == nil {
			tx.note(change{doc: &docChange{key: docKey{kind, sc.Account, sc.Region, key}}})
		}
		return nil, err
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("delete %s %q: %w", kind, key, err)
	}
	return true, nil
}
