package store

import (
	"context"
	"database/sql"
	"errors"

	"tokenring/session"
	"tokenring/store/glance"
)

// seen keeps what a shell's prompt shows as the database has it.
type seen struct {
	cache   *glance.Cache
	outlook func(*session.Record) session.Outlook
}

// watchOver begins to keep the entries of prompts, and mends them when they
// are behind. A prompt that shows something old is no reason to fail.
func (s *Store) watchOver(ctx context.Context, outlook func(*session.Record) session.Outlook) {
	if outlook == nil {
		return
	}
	cache, stale, err := glance.Open(s.dir)
	if err != nil {
		return
	}
	s.seen = &seen{cache: cache, outlook: outlook}
	if !stale {
		return
	}
	done, err := s.turn(ctx)
	if err != nil {
		return
	}
	defer done()
	if records, err := s.Accounts(ctx); err == nil {
		_ = cache.Mend(s.seen.entries(records), s.now())
	}
}

func (n *seen) entries(records []session.Record) []glance.Entry {
	entries := make([]glance.Entry, len(records))
	for i := range records {
		entries[i] = n.entry(&records[i])
	}
	return entries
}

func (n *seen) entry(rec *session.Record) glance.Entry {
	return glance.Entry{Name: rec.Account.Name, Environment: rec.Account.Environment, Outlook: n.outlook(rec)}
}

// updateSeen is update for a change that a prompt shows.
func (s *Store) updateSeen(ctx context.Context, accountID string, f func(tx *sql.Tx) error) error {
	done, err := s.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if s.seen == nil {
		return s.commit(ctx, f)
	}
	var was string
	s.seen.cache.Begin()
	err = s.commit(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow(`SELECT name FROM accounts WHERE id = ?`, accountID).Scan(&was)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return f(tx)
	})
	if err != nil || s.seen.follow(context.WithoutCancel(ctx), s, accountID, was) == nil {
		s.seen.cache.End()
	}
	return err
}

// follow brings the entry of an account that was called was up to date.
func (n *seen) follow(ctx context.Context, s *Store, accountID, was string) error {
	rec, err := s.Account(ctx, accountID)
	if errors.Is(err, session.ErrNotFound) {
		return n.cache.Remove(was)
	}
	if err != nil {
		return err
	}
	if was != "" && was != rec.Account.Name {
		err = n.cache.Remove(was)
	}
	return errors.Join(err, n.cache.Put(n.entry(&rec)))
}
