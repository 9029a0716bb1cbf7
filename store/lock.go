package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tokenring/session/private"
)

const lockPoll = 20 * time.Millisecond

// Lock acquires the account's lock, which excludes other processes and other goroutines. It
// tries at least once, waits until ctx ends, and returns [ErrBusy] after a deadline. The
// operating system releases the locks of a process that ends. release is idempotent. A
// read-only store has no locks.
func (s *Store) Lock(ctx context.Context, accountID string) (release func(), err error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	return lockFile(ctx, filepath.Join(s.dir, locksName, lockName(accountID)))
}

// lockName returns a hash, because not every id is a valid file name.
func lockName(accountID string) string {
	sum := sha256.Sum256([]byte(accountID))
	return hex.EncodeToString(sum[:16]) + ".lock"
}

// LockVault acquires the lock for writing the record of the vault, like Lock.
func (s *Store) LockVault(ctx context.Context) (release func(), err error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	return lockFile(ctx, filepath.Join(s.dir, "vault.lock"))
}

// lockFile locks path. It creates a missing file and never unlinks one: a process could hold
// the lock of the unlinked file while another locks the new one.
func lockFile(ctx context.Context, path string) (release func(), err error) {
	if err := private.File(path, private.Nothing); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l := flock.New(path)
	locked, err := false, ctx.Err()
	if !errors.Is(err, context.Canceled) {
		locked, err = l.TryLock()
	}
	if err == nil && !locked {
		_, err = l.TryLockContext(ctx, lockPoll)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", path, explainFile(filepath.Dir(path), err))
	}
	var once sync.Once
	return func() { once.Do(func() { _ = l.Close() }) }, nil
}
