package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"tokenring/session"
	"tokenring/session/secret"
)

// maskPaths masks the secrets in the names and paths of requests and runs, which
// earlier versions wrote in clear as they were. The boxes beside them have the true
// ones.
func maskPaths(tx *sql.Tx, v session.Sealer) error {
	known, err := knownSecrets(tx, v)
	if err != nil {
		return err
	}
	return maskColumns(context.Background(), tx, secret.NewClear(known...))
}

// knownSecrets opens the secrets and tokens of every account that v opens.
func knownSecrets(tx *sql.Tx, v session.Sealer) ([]secret.String, error) {
	tokens := map[string]bool{}
	type row struct {
		account string
		tokens  []session.TokenInfo
	}
	sessions, err := all(tx, func(r *row) []any { return []any{&r.account, tokensColumn{&r.tokens}} }, `SELECT account_id, tokens FROM sessions`)
	if err != nil {
		return nil, err
	}
	for _, r := range sessions {
		for _, t := range r.tokens {
			tokens[r.account+session.TokenPrefix+t.Name] = t.Token
		}
	}
	var known []secret.String
	for one, err := range eachBox(tx, "sealed") {
		if err != nil {
			return nil, err
		}
		if b := one.binding; strings.HasPrefix(b.Name, session.FieldPrefix) || tokens[b.AccountID+b.Name] {
			if plain, err := v.Open(b, one.sealed); err == nil {
				known = append(known, secret.New(string(plain)))
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

func maskColumns(ctx context.Context, db execer, clear *secret.Clear) error {
	for _, table := range []string{"requests", "runs"} {
		type row struct {
			id         int64
			name, path string
		}
		var rows []row
		found, err := db.QueryContext(ctx, `SELECT rowid, name, path FROM `+table)
		if err != nil {
			return err
		}
		for found.Next() {
			var r row
			if err = found.Scan(&r.id, &r.name, &r.path); err != nil {
				break
			}
			names := clear
			if inPath := secret.InPath(r.path); len(inPath) > 0 { // a name was made of it
				names = clear.With(inPath...)
			}
			if next := (row{r.id, names.Text(r.name), clear.Path(r.path)}); next != r {
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
