package store

import (
	"context"
	"errors"
)

// errUnchanged is returned by the function of an update that has nothing to write.
var errUnchanged = errors.New("nothing to write")

// LastChange returns the number of the last change by any process, or 0. Triggers number
// the changes.
func (s *Store) LastChange(ctx context.Context) (seq int64, err error) {
	err = s.row(ctx, []any{&seq}, `SELECT ifnull(max(seq), 0) FROM changes`)
	return seq, s.explain(err)
}

// ChangedSince returns the ids of the accounts that any program wrote after change seq; ""
// means that any account may have changed. An account may have been deleted.
func (s *Store) ChangedSince(ctx context.Context, seq int64) (ids []string, err error) {
	return collect(ctx, s, func(id *string) []any { return []any{id} }, `SELECT account_id FROM changes WHERE seq > ?`, seq)
}
