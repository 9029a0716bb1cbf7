package overview

import (
	"context"
	"time"

	"tokenring/session"
)

// Following lists the accounts many times. It judges an account again only if the account
// changed, or when a token expires that its abilities depend on. Use it from one goroutine at a time.
type Following struct {
	accounts *Accounts
	open     bool               // the vault was open at the last list
	all      []session.Snapshot // the last list
	judged   []judged           // what it was made of
}

// judged says when a snapshot holds.
type judged struct {
	record *session.Record
	at     time.Time // our clock
	until  time.Time // when a token expires, our clock; zero: none does
}

// Follow returns a Following that has read nothing yet.
func (a *Accounts) Follow() *Following {
	return &Following{accounts: a}
}

// List returns every account, as Accounts.List does.
func (f *Following) List(ctx context.Context) ([]session.Snapshot, error) {
	if open := f.accounts.Vault.IsOpen(); open != f.open {
		f.open, f.judged = open, nil
		f.accounts.Follower.Forget()
	}
	records, err := f.accounts.Follower.Records(ctx)
	if err != nil {
		return nil, err
	}
	if len(records) != len(f.judged) {
		f.judged = make([]judged, len(records))
	}
	now := f.accounts.Now()
	all := make([]session.Snapshot, len(records))
	for i, rec := range records {
		// Our clock may be set back.
		if j := &f.judged[i]; j.record == rec && !now.Before(j.at) && (j.until.IsZero() || now.Before(j.until)) {
			all[i] = f.all[i]
		} else {
			all[i], *j = f.accounts.judge(rec), judged{rec, now, nextEnd(rec, now)}
		}
		f.accounts.addRunning(&all[i])
	}
	f.all = all
	return all, nil
}

// nextEnd returns when the next token of a session expires, or zero.
func nextEnd(rec *session.Record, now time.Time) (next time.Time) {
	if rec.Session == nil {
		return next
	}
	for i := range rec.Session.Tokens {
		at, known := rec.End(&rec.Session.Tokens[i], now)
		if known && at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}
