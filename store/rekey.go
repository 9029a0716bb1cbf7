package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tokenring/session"
)

// keyIDName names the id of the data key in meta. It exists after the first change of the key:
// triggers reject every box that is sealed with an older key.
const keyIDName = "key_id"

const (
	rekeyPatience = time.Minute            // for accounts that are busy
	rekeyTry      = 100 * time.Millisecond // for one account's lock
)

// CountBoxes returns the number of sealed values.
func (s *Store) CountBoxes(ctx context.Context) (n int, err error) {
	for _, t := range boxes {
		var some int
		err := s.row(ctx, []any{&some}, `SELECT count(*) FROM `+t.table+` WHERE length(box) > 0`)
		if err != nil {
			return 0, err
		}
		n += some
	}
	return n, nil
}

// Reseal replaces every sealed value with the result of change, in one transaction with the
// vault's record and the id of its new key. A nil box keeps a value. It waits until no account
// is being logged in or refreshed, because the result would be sealed with the old key.
func (s *Store) Reseal(ctx context.Context, record, keyID []byte, change func(session.Binding, session.Sealed) ([]byte, error)) error {
	release, err := s.lockAccounts(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := putKey(tx, record, keyID); err != nil {
			return err
		}
		for _, t := range boxes {
			if err := resealTable(tx, t.table, change); err != nil {
				return err
			}
		}
		return nil
	})
}

func putKey(tx *sql.Tx, record, keyID []byte) error {
	if err := putMeta(tx, "vault", record); err != nil {
		return err
	}
	return putMeta(tx, keyIDName, keyID)
}

// Reset deletes every sealed value, and the rows that are useless without one, in one
// transaction with the vault's record and the id of its new key. It keeps accounts, without
// seal, secrets and session, but not deleted ones.
func (s *Store) Reset(ctx context.Context, record, keyID []byte) error {
	release, err := s.lockAccounts(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.update(ctx, func(tx *sql.Tx) error {
		statements := []string{`DELETE FROM accounts WHERE deleted <> 0`, `UPDATE accounts SET box = x'', secrets = '', tokens = '', facts = ''`}
		for _, t := range boxes {
			if t.table != "accounts" {
				statements = append(statements, `DELETE FROM `+t.table)
			}
		}
		for _, statement := range statements {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return putKey(tx, record, keyID)
	})
}

// lockAccounts acquires the locks of all accounts. It releases them before it waits, to avoid
// a deadlock.
func (s *Store) lockAccounts(ctx context.Context) (release func(), err error) {
	type account struct{ id, name string }
	accounts, err := collect(ctx, s, func(a *account) []any { return []any{&a.id, &a.name} }, `SELECT id, `+shownName+` FROM accounts`)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, rekeyPatience)
	defer cancel()
	for {
		var held []func()
		release = func() {
			for _, unlock := range held {
				unlock()
			}
		}
		var busy string
		for _, a := range accounts {
			soon, done := context.WithTimeout(ctx, rekeyTry)
			unlock, err := s.Lock(soon, a.id)
			done()
			if errors.Is(err, ErrBusy) {
				busy = a.name
				break
			}
			if err != nil {
				release()
				return nil, err
			}
			held = append(held, unlock)
		}
		if busy == "" {
			return release, nil
		}
		release()
		select {
		case <-time.After(rekeyTry):
		case <-ctx.Done():
			return nil, fmt.Errorf("account %q is being logged in or refreshed: %w; try again", busy, ErrBusy)
		}
	}
}
