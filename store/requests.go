package store

import (
	"context"
	"database/sql"

	"tokenring/session"
)

// Requests returns the account's saved requests, by name.
func (s *Store) Requests(ctx context.Context, accountID string) ([]session.SavedRequest, error) {
	var all []session.SavedRequest
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var r session.SavedRequest
		var updated int64
		var origins string
		err := rows.Scan(&r.ID, &r.AccountID, &r.Name, &r.Method, &r.Path, &updated,
			&r.Sealed.Name, &r.Sealed.Origin, &origins, &r.Sealed.Box)
		if err == nil {
			r.Updated = fromNanos(updated)
			r.Sealed.Origins, err = fromList(origins)
		}
		all = append(all, r)
		return err
	}, `SELECT id, account_id, name, method, path, updated, sealed_name, sealed_origin, sealed_origins, box
		FROM requests WHERE account_id = ? ORDER BY name, id`, accountID)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// PutRequest writes a saved request, new or not. session.ErrNotFound when
// there is no such account.
func (s *Store) PutRequest(ctx context.Context, r *session.SavedRequest) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO requests
			(id, account_id, name, method, path, updated, sealed_name, sealed_origin, sealed_origins, box)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
			ON CONFLICT (id) DO UPDATE SET account_id = ?2, name = ?3, method = ?4, path = ?5, updated = ?6,
			sealed_name = ?7, sealed_origin = ?8, sealed_origins = ?9, box = ?10`,
			r.ID, r.AccountID, r.Name, r.Method, r.Path, nanos(r.Updated),
			r.Sealed.Name, r.Sealed.Origin, list(r.Sealed.Origins), blob(r.Sealed.Box))
		return err
	})
}

// DeleteRequest removes a saved request. session.ErrNotFound.
func (s *Store) DeleteRequest(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		return oneRow(tx.Exec(`DELETE FROM requests WHERE id = ?`, id))
	})
}

// blob is b for a column that may not be NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
