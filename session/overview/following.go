package overview

import (
	"context"
	"time"

	"tokenring/session"
)

// Following lists the accounts again and again, and judges only those anew that changed
// or whose abilities end with a token. Use it from one goroutine at a time.
type Following struct {
	accounts *Accounts
	follower session.Follower
	judged   []judged // by name
	open     bool     // the vault was open then
}

// judged is an account as it was listed last.
type judged struct {
	record   *session.Record
	snapshot session.Snapshot
	until    time.Time // when a token expires, our clock; zero: none does
}

// Follow returns a Following that has read nothing yet.
func (a *Accounts) Follow() *Following {
	return &Following{accounts: a, follower: session.Follower{Store: a.Store}}
}

// List returns every account, as Accounts.List does.
func (f *Following) List(ctx context.Context) ([]session.Snapshot, error) {
	if open := f.accounts.Vault.IsOpen(); open != f.open { // more, or less, can be read of each
		f.open, f.judged, f.follower = open, nil, session.Follower{Store: f.accounts.Store}
	}
	records, err := f.follower.Records(ctx)
	if err != nil {
		return nil, err
	}
	if len(records) != len(f.judged) {
		f.judged = make([]judged, len(records))
	}
	now := f.accounts.Now()
	all := make([]session.Snapshot, len(records))
	for i, rec := range records {
		j := &f.judged[i]
		if j.record != rec || !j.until.IsZero() && !now.Before(j.until) {
			*j = judged{rec, f.accounts.judge(rec), nextEnd(rec, now)}
		}
		all[i] = j.snapshot
		f.accounts.addRunning(&all[i])
	}
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
