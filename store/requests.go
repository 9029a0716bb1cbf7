package store

import (
	"context"
	"database/sql"

	"tokenring/session"
)

const requestNames = `id, account_id, name, method, path, ` + sealedNames

func requestColumns(r *session.SavedRequest) []any {
	return append([]any{&r.ID, &r.AccountID, &r.Name, &r.Method, &r.Path}, sealedColumns(&r.Sealed)...)
}

// Requests returns the account's saved requests, sorted by name.
func (s *Store) Requests(ctx context.Context, accountID string) ([]session.SavedRequest, error) {
	return collect(ctx, s, requestColumns,
		`SELECT `+requestNames+` FROM requests WHERE account_id = ? AND deleted = 0 ORDER BY name, id`, accountID)
}

// PutRequest inserts or updates a saved request. It returns session.ErrNotFound if
// the account does not exist.
func (s *Store) PutRequest(ctx context.Context, r *session.SavedRequest) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO requests (`+requestNames+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
			ON CONFLICT (id) DO UPDATE SET account_id = ?2, name = ?3, method = ?4, path = ?5,
			sealed_name = ?6, sealed_origin = ?7, sealed_origins = ?8, box = ?9, deleted = 0`, requestColumns(r)...)
		return err
	})
}
