package store

import (
	"context"
	"errors"
)

// errUnchanged is returned by the function of an update that has nothing to write.
var errUnchanged = errors.New("nothing to write")

// Version returns the number of the last change by any process, including this one, or 0.
// Triggers number the changes.
func (s *Store) Version(ctx context.Context) (version int64, err error) {
	err = s.row(ctx, []any{&version}, `SELECT ifnull(max(seq), 0) FROM changes`)
	return version, err
}

// ChangedSince returns the ids of the accounts that any program wrote after a version; ""
// means that any account may have changed. An account may have been deleted.
func (s *Store) ChangedSince(ctx context.Context, version int64) (ids []string, err error) {
	return collect(ctx, s, func(id *string) []any { return []any{id} }, `SELECT account_id FROM changes WHERE seq > ?`, version)
}
