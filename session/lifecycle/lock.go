package lifecycle

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
)

// quietWait is how long to wait for a lock before reporting it.
const quietWait = time.Second

const (
	// DefaultWait is how long an operation waits for an account that another one uses.
	DefaultWait = time.Minute
	// NoWait is the LockWait of operations that fail at once when the account is in use.
	NoWait time.Duration = -1
)

// acquireHere admits one flow at a time per account in this process.
func (s *Sessions) acquireHere(ctx context.Context, id string) (release func(), err error) {
	kept, _ := s.slots.LoadOrStore(id, make(chan struct{}, 1))
	slot := kept.(chan struct{})
	release = func() { <-slot }
	select {
	case slot <- struct{}{}: // also if ctx has ended
		return release, nil
	default:
	}
	select {
	case slot <- struct{}{}:
		return release, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lockWait returns the longest wait for an account in use, or 0 for none.
func (s *Sessions) lockWait() time.Duration {
	if s.LockWait == 0 {
		return DefaultWait
	}
	return max(0, s.LockWait)
}

// Lock locks the account within this process and against others. It waits for LockWait
// at most for another process, and for this one not less than DefaultWait; then the error is
// a *session.BusyError.
func (s *Sessions) Lock(ctx context.Context, id string) (unlock func(), err error) {
	here, others := s.waits()
	return s.lock(ctx, id, here, others)
}

// waits returns the longest waits for an account that this process uses, and others.
func (s *Sessions) waits() (here, others time.Duration) {
	others = s.lockWait()
	return max(others, DefaultWait), others
}

// lockWithRoom locks the account, and takes the room on the disk that new tokens need.
func (s *Sessions) lockWithRoom(ctx context.Context, id string, waitHere, wait time.Duration) (release func(), err error) {
	unlock, err := s.lock(ctx, id, waitHere, wait)
	if err != nil {
		return nil, err
	}
	giveUp, err := s.Store.Reserve(ctx, id)
	if err != nil {
		unlock()
		return nil, err
	}
	return func() {
		giveUp()
		unlock()
	}, nil
}

// lock is Lock with a longest wait for this process and one for others.
func (s *Sessions) lock(ctx context.Context, id string, waitHere, wait time.Duration) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, waitHere)
	defer cancel()
	releaseHere, err := s.acquireHere(limited, id)
	if err != nil {
		return nil, busy(ctx, err, session.Holder{Own: true}, waitHere)
	}
	release, err := s.lockOthers(ctx, id, wait)
	if err != nil {
		releaseHere()
		return nil, err
	}
	return func() {
		release()
		releaseHere()
	}, nil
}

// lockOthers locks the account against other processes only. After quietWait it
// reports what it waits for.
func (s *Sessions) lockOthers(ctx context.Context, id string, wait time.Duration) (release func(), err error) {
	try := func(d time.Duration) (func(), error) {
		limited, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		return s.Store.Lock(limited, id)
	}
	release, err = try(min(quietWait, wait))
	if !errors.Is(err, context.DeadlineExceeded) {
		return release, busy(ctx, err, session.Holder{}, wait)
	}
	holder, _ := s.Store.Holder(id)
	if wait > quietWait && ctx.Err() == nil {
		progress, done := s.Feed.Start(id, nil)
		defer done()
		progress(session.Step{Text: "waiting for " + holder.String()})
		if rec, err := s.Store.Account(ctx, id); err == nil && s.Waiting != nil {
			s.Waiting(rec.Account.Name, holder)
		}
		release, err = try(wait - quietWait)
	}
	return release, busy(ctx, err, holder, wait)
}

// busy explains why an account could not be locked; nil stays nil.
func busy(ctx context.Context, err error, holder session.Holder, waited time.Duration) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return &session.BusyError{Holder: holder, Waited: waited.Round(time.Second)}
	}
	return err
}
