package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tokenring/session"
)

// SealRing seals, in one transaction with the new record of the vault, what earlier versions
// wrote in clear: the words of servers, secrets in names and paths and, with decisive, the
// accounts and approvals. A ring with a box of version 2 was sealed before, so its accounts and
// approvals are not sealed again: restoring an old record must not seal a forgery.
func (s *Store) SealRing(ctx context.Context, record []byte, decisive bool, v session.Sealer) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		sealedBefore, err := hasNewBox(tx)
		if err != nil {
			return err
		}
		decisive = decisive && !sealedBefore
		for _, step := range []func() error{
			func() error { return maskPaths(tx, v) },
			func() error { return sealAccounts(tx, v, decisive) },
			func() error { return sealApprovals(tx, v, decisive) },
			func() error { return sealOldWords(tx, v) },
		} {
			if err := step(); err != nil {
				return fmt.Errorf("seal the ring: %w", err)
			}
		}
		err = resealTable(tx, "sealed", func(b session.Binding, old session.Sealed) ([]byte, error) {
			plain, err := v.Open(b, old)
			if err != nil {
				return nil, nil // of another key, or damaged: its use reports that
			}
			next, err := v.Seal(b, plain)
			return next.Box, err
		})
		if err == nil {
			_, err = tx.Exec(`UPDATE meta SET value = ? WHERE name = 'vault'`, record)
		}
		return err
	})
}

// hasNewBox reports whether the ring has a box of version 2.
func hasNewBox(tx *sql.Tx) (found bool, err error) {
	for _, t := range boxes {
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM ` + t.table + ` WHERE substr(box, 1, 1) >= x'02')`).Scan(&found)
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// sealAccounts seals the accounts, except those with a reference that differs from its sealed
// copy: earlier versions sealed only references.
func sealAccounts(tx *sql.Tx, v session.Sealer, decisive bool) error {
	accounts, err := all(tx, func(a *session.Account) []any {
		a.Values = map[string]string{}
		return accountColumns(a)
	}, `SELECT `+accountNames+`, box FROM accounts`)
	if err != nil {
		return err
	}
	copies := map[string]string{} // of references, by account and name
	for one, err := range eachBox(tx, "sealed") {
		if err != nil {
			return err
		}
		if name, ok := strings.CutPrefix(one.binding.Name, "ref:"); ok {
			plain, _ := v.Open(one.binding, one.sealed)
			copies[one.binding.AccountID+" "+name] = string(plain)
		}
	}
	for i := range accounts {
		a := &accounts[i]
		if !decisive || a.Seal != nil || !confirmed(a, copies) {
			continue
		}
		plain, err := a.SealText()
		if err != nil {
			return err
		}
		sealed, err := v.Seal(a.SealBinding(), plain)
		if err == nil {
			_, err = tx.Exec(`UPDATE accounts SET box = ? WHERE id = ?`, sealed.Box, a.ID)
		}
		if err != nil {
			return err
		}
	}
	_, err = tx.Exec(`DELETE FROM sealed WHERE substr(name, 1, 4) = 'ref:'`)
	return err
}

func confirmed(a *session.Account, copies map[string]string) bool {
	for name, text := range a.References {
		if copies[a.ID+" "+name] != text {
			return false
		}
	}
	return true
}

// trustPrefix begins the names of approvals in earlier versions.
const trustPrefix = "trust:"

func sealApprovals(tx *sql.Tx, v session.Sealer, decisive bool) error {
	type approval struct {
		name string
		hash []byte
	}
	old, err := all(tx, func(a *approval) []any { return []any{&a.name, &a.hash} },
		`SELECT name, value FROM meta WHERE substr(name, 1, ?1) = ?2`, len(trustPrefix), trustPrefix)
	if err != nil {
		return err
	}
	for _, a := range old {
		file := strings.TrimPrefix(a.name, trustPrefix)
		sealed, err := v.Seal(session.ApprovalBinding(file), a.hash)
		if err == nil && decisive {
			_, err = tx.Exec(`INSERT INTO approvals (file, box) VALUES (?, ?) ON CONFLICT DO NOTHING`, file, sealed.Box)
		}
		if err == nil {
			_, err = tx.Exec(`DELETE FROM meta WHERE name = ?`, a.name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sealOldWords seals texts in clear. The error of a run is also in its box.
func sealOldWords(tx *sql.Tx, v session.Sealer) error {
	for _, t := range []struct{ query, update, name, mark string }{
		{`SELECT id, account_id, text FROM events WHERE text <> ''`, `UPDATE events SET text = ?, box = ? WHERE id = ?`, eventName, ""},
		{`SELECT account_id, account_id, final FROM sessions WHERE final <> '' AND length(box) = 0`,
			`UPDATE sessions SET final = ?, box = ? WHERE account_id = ?`, reasonName, reasonMark},
	} {
		type words struct{ key, account, text string }
		old, err := all(tx, func(w *words) []any { return []any{&w.key, &w.account, &w.text} }, t.query)
		if err != nil {
			return err
		}
		for _, w := range old {
			sealed, err := v.Seal(session.Binding{AccountID: w.account, Name: t.name}, []byte(w.text))
			if err == nil {
				_, err = tx.Exec(t.update, t.mark, sealed.Box, w.key)
			}
			if err != nil {
				return err
			}
		}
	}
	_, err := tx.Exec(`UPDATE runs SET error = '' WHERE error <> ''`)
	return err
}

// CleanCopies removes the words of servers, and secrets in names and paths, from the
// copies of earlier schemas.
func (s *Store) CleanCopies(ctx context.Context, v session.Sealer) error {
	ctx = context.WithoutCancel(ctx)
	copies, err := s.Copies()
	if err != nil || len(copies) == 0 {
		return err
	}
	var known secrets
	err = s.update(ctx, func(tx *sql.Tx) (err error) {
		known, err = knownSecrets(tx, v)
		return err
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range copies {
		errs = append(errs, s.explain(forgetWords(ctx, c.Path, known)))
	}
	return errors.Join(errs...)
}

// Rewrite rewrites the whole file, so that nothing deleted remains in it or in its log. It
// fails while another process is reading.
func (s *Store) Rewrite(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := s.db.ExecContext(ctx, `VACUUM`); err != nil {
		return s.explain(err)
	}
	var busy, pages, moved int
	err := s.db.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &pages, &moved)
	if err == nil && busy != 0 {
		return ErrBusy
	}
	return s.explain(err)
}
