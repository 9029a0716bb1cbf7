package session

import (
	"context"
	"slices"
	"sync"
)

// FollowStore is the part of store.Store that a Follower uses.
type FollowStore interface {
	Accounts(ctx context.Context) ([]*Record, error)
	Account(ctx context.Context, id string) (*Record, error)
	Version(ctx context.Context) (int64, error)
	ChangedSince(ctx context.Context, version int64) (ids []string, err error)
}

// Follower reads every account once, and later only those that some process changed. Its
// methods are safe for concurrent use.
type Follower struct {
	Store   FollowStore
	Compare func([]*Record) // sets Changed

	mu      sync.Mutex
	records []*Record      // by name
	at      map[string]int // index in records by id; nil: not read yet
	version int64
}

// Records returns every account, sorted by name. The pointer of a record changes only with
// the account.
func (f *Follower) Records(ctx context.Context) ([]*Record, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	version, err := f.Store.Version(ctx)
	known := f.at != nil && version >= f.version // otherwise it is another database, such as an older copy
	if err != nil || known && version == f.version {
		return f.records, err
	}
	if known {
		known, err = f.update(ctx)
	}
	if err == nil && !known {
		err = f.read(ctx)
	}
	if err != nil {
		return nil, err
	}
	f.version = version
	return f.records, nil
}

// Forget makes Records read every account again, after the vault was opened or locked.
func (f *Follower) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.at = nil
}

func (f *Follower) read(ctx context.Context) error {
	all, err := f.Store.Accounts(ctx)
	if err != nil {
		return err
	}
	f.trim(all)
	f.records, f.at = all, make(map[string]int, len(all))
	for i, rec := range all {
		f.at[rec.Account.ID] = i
	}
	return nil
}

// trim compares accounts with their seals, which a list does not need after that.
func (f *Follower) trim(records []*Record) {
	f.Compare(records)
	for _, rec := range records {
		rec.Account.Seal, rec.Listed = nil, true
	}
}

// update reads the accounts that changed. It reports false if the list has other accounts now,
// or another order.
func (f *Follower) update(ctx context.Context) (known bool, err error) {
	ids, err := f.Store.ChangedSince(ctx, f.version)
	if err != nil {
		return false, err
	}
	records := slices.Clone(f.records)
	for _, id := range ids {
		i, ok := f.at[id]
		if !ok {
			return false, nil
		}
		rec, err := f.Store.Account(ctx, id)
		if err != nil || rec.Account.Name != records[i].Account.Name {
			return false, IgnoreNotFound(err)
		}
		f.trim([]*Record{rec})
		records[i] = rec
	}
	f.records = records
	return true, nil
}
