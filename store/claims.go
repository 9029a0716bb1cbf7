package store

import (
	"context"
	"database/sql"

	"tokenring/session"
)

// keepClaims is the number of sessions of an account whose claims are kept.
const keepClaims = 5

// KeepClaims stores the claims of a session's tokens and deletes those of sessions before the
// account's last five. While the vault is locked it does nothing.
func (s *Store) KeepClaims(ctx context.Context, c *session.KeptClaims) error {
	box := s.claimsColumn(c)
	if err := sealWords(ctx, []any{box}); err != nil || box.box == nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO claims (account_id, at, box) VALUES (?, ?, ?)`, c.AccountID, nanos(c.At), box)
		if err == nil {
			_, err = tx.Exec(`DELETE FROM claims WHERE account_id = ?1 AND seq <= (SELECT seq FROM claims
				WHERE account_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)`, c.AccountID, keepClaims)
		}
		return err
	})
}

// ForgetClaims deletes the stored claims of an account, which is another person's now.
func (s *Store) ForgetClaims(ctx context.Context, accountID string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`DELETE FROM claims WHERE account_id = ?`, accountID)
		return err
	})
}

// KeptClaims returns the claims of an account's last sessions, newest first.
func (s *Store) KeptClaims(ctx context.Context, accountID string) ([]session.KeptClaims, error) {
	columns := func(c *session.KeptClaims) []any { return []any{&c.AccountID, timeColumn{&c.At}, s.claimsColumn(c)} }
	return collect(ctx, s, columns, `SELECT account_id, at, box FROM claims WHERE account_id = ? ORDER BY seq DESC`, accountID)
}

func (s *Store) claimsColumn(c *session.KeptClaims) *wordsColumn {
	return &wordsColumn{words: s.words, id: &c.AccountID, name: "claims", text: &c.Text}
}
