package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
)

// maskPaths masks the secrets in the names and paths of requests and runs, which earlier
// versions wrote in clear. Their boxes hold the originals.
func maskPaths(tx *sql.Tx, v session.Sealer) error {
	known, err := knownSecrets(tx, v)
	if err != nil {
		return err
	}
	return maskColumns(context.Background(), tx, known)
}

// secrets holds the secrets of accounts by account ID.
type secrets map[string][]secret.String

// clear returns a function that makes the check for texts of an account in clear.
func (s secrets) clear() func(account string) *secret.Clear {
	all, of := secret.NewClear(slices.Concat(slices.Collect(maps.Values(s))...)...), map[string]*secret.Clear{}
	return func(account string) *secret.Clear {
		if of[account] == nil {
			of[account] = all.Of(s[account]...)
		}
		return of[account]
	}
}

// knownSecrets opens the secrets and tokens of every account, as far as v can.
func knownSecrets(tx *sql.Tx, v session.Sealer) (secrets, error) {
	tokens := map[string]bool{}
	type row struct {
		account string
		tokens  []session.TokenInfo
	}
	sessions, err := all(tx, func(r *row) []any { return []any{&r.account, tokensColumn{&r.tokens}} }, `SELECT id, tokens FROM accounts`)
	if err != nil {
		return nil, err
	}
	for _, r := range sessions {
		for _, t := range r.tokens {
			tokens[r.account+session.TokenPrefix+t.Name] = t.Token
		}
	}
	known := secrets{}
	for one, err := range eachBox(tx, "sealed") {
		if err != nil {
			return nil, err
		}
		if b := one.binding; strings.HasPrefix(b.Name, session.FieldPrefix) || tokens[b.AccountID+b.Name] {
			if plain, err := v.Open(b, one.sealed); err == nil {
				known[b.AccountID] = append(known[b.AccountID], secret.New(string(plain)))
			}
		}
	}
	return known, nil
}

// execer is a database or a transaction.
type execer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func maskColumns(ctx context.Context, db execer, known secrets) error {
	clearOf := known.clear()
	for _, table := range []string{"requests", "runs"} {
		type row struct {
			id                  int64
			account, name, path string
		}
		var rows []row
		found, err := db.QueryContext(ctx, `SELECT rowid, account_id, name, path FROM `+table)
		if err != nil {
			return err
		}
		for found.Next() {
			var r row
			if err = found.Scan(&r.id, &r.account, &r.name, &r.path); err != nil {
				break
			}
			clear := clearOf(r.account)
			if next := (row{r.id, r.account, clear.Made(r.name, r.path), clear.Path(r.path)}); next != r {
				rows = append(rows, next)
			}
		}
		if err := errors.Join(err, found.Err(), found.Close()); err != nil {
			return err
		}
		for _, r := range rows {
			if _, err := db.ExecContext(ctx, `UPDATE `+table+` SET name = ?, path = ? WHERE rowid = ?`, r.name, r.path, r.id); err != nil {
				return err
			}
		}
	}
	return nil
}
