package store

import (
	"cmp"
	"context"
	"database/sql"
)

// Atomically runs do in one transaction: all writes with the context that it receives happen,
// or none. Other writers wait, so do must neither call a server nor wait for the user. The
// context is not safe for concurrent use.
func (s *Store) Atomically(ctx context.Context, do func(ctx context.Context) error) error {
	if s.joined(ctx) != nil {
		return do(ctx)
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		j := &joint{tx: tx}
		return cmp.Or(do(context.WithValue(ctx, jointKey{s}, j)), j.broken)
	})
}

// joint is the transaction of Atomically.
type joint struct {
	tx     *sql.Tx
	broken error // why nothing more can be written, such as a full disk
}

type jointKey struct{ *Store }

// joined returns the transaction that a context carries, or nil.
func (s *Store) joined(ctx context.Context) *joint {
	j, _ := ctx.Value(jointKey{s}).(*joint)
	return j
}

// update runs f in a savepoint, which it rolls back if f fails.
func (j *joint) update(f func(tx *sql.Tx) error) error {
	if j.broken != nil {
		return j.broken
	}
	if _, j.broken = j.tx.Exec(`SAVEPOINT part`); j.broken != nil {
		return j.broken
	}
	err := f(j.tx)
	if err != nil {
		_, j.broken = j.tx.Exec(`ROLLBACK TO part`)
	}
	if j.broken == nil {
		_, j.broken = j.tx.Exec(`RELEASE part`)
	}
	return cmp.Or(j.broken, err)
}

// reader returns the transaction that a context carries, or the statements of the database.
func (s *Store) reader(ctx context.Context) queryer {
	if j := s.joined(ctx); j != nil {
		return j.tx
	}
	return s.reads
}
