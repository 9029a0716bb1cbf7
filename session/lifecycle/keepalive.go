package lifecycle

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tokenring/session"
)

const (
	keepAliveAtOnce = 8                // background flows at a time
	firstBackoff    = 30 * time.Second // after a flow that failed, doubled each time
	longestBackoff  = 15 * time.Minute
	checkOpaque     = 10 * time.Minute       // how often a token without a stated life is checked
	longestSleep    = 15 * time.Minute       // between two rounds when nothing is due
	clockStep       = time.Minute            // how often the clock is read, which jumps when the machine wakes up
	lookAround      = 5 * time.Second        // how often to look for writes of other processes
	lockedSleep     = 2 * time.Second        // how often to look for an unlocked vault
	shortestSleep   = 500 * time.Millisecond // between two rounds
)

// errNoGain: a flow succeeded and its account is due again at once, which without
// a pause would repeat forever.
var errNoGain = errors.New("the new token expires before it can be renewed")

// KeepAlive renews the sessions of the accounts with keep-alive, each before its
// end, until ctx ends. It checks sessions without a stated life from time to time
// if their definition has a check. When something is due, it opens a vault whose
// key needs no passphrase, and otherwise waits until the vault is unlocked.
func (s *Sessions) KeepAlive(ctx context.Context) {
	k := &keeper{s: s, slots: make(chan struct{}, keepAliveAtOnce), busy: map[string]bool{}, tries: map[string]tries{}}
	changes := s.Feed.Watch(ctx, lookAround)
	for k.pause(ctx, k.round(ctx), changes) {
	}
	k.running.Wait()
}

// pause waits for a time or until a change, at least for shortestSleep. The clock ends it
// too when it jumps ahead. It reports whether to continue.
func (k *keeper) pause(ctx context.Context, wait time.Duration, changes <-chan struct{}) bool {
	due := k.s.Now().Add(wait)
	timer := time.NewTimer(shortestSleep)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	}
	wait -= shortestSleep
	for left := min(wait, due.Sub(k.s.Now())); left > 0; left = min(wait, due.Sub(k.s.Now())) {
		sleep := min(left, clockStep)
		wait -= sleep
		timer.Reset(sleep)
		select {
		case <-ctx.Done():
			return false
		case <-changes:
			return true
		case <-timer.C:
		}
	}
	return true
}

// keeper is the state of one KeepAlive.
type keeper struct {
	s       *Sessions
	slots   chan struct{}
	running sync.WaitGroup
	locked  bool // the vault could not be opened when it was needed

	mu    sync.Mutex
	busy  map[string]bool // waiting for a slot or running
	tries map[string]tries
}

// tries counts the flows of an account that failed in a row. next holds for this generation
// of its session.
type tries struct {
	generation int64
	failed     int
	last, next time.Time
}

// task is the next flow of an account and its time.
type task struct {
	id         string
	generation int64
	at         time.Time
	do         func(context.Context, *task) error
}

// round starts the due tasks, the most urgent first, and returns the time until
// the next round.
func (k *keeper) round(ctx context.Context) time.Duration {
	if k.locked && !k.open() {
		return lockedSleep
	}
	records, err := k.s.Follower.Records(ctx)
	if err != nil {
		return clockStep
	}
	now := k.s.Now()
	sleep := longestSleep
	var due []*task // pointers: all of the program share one sort
	for _, rec := range records {
		if !rec.Account.KeepAlive {
			continue
		}
		s := k.s.snapshot(rec)
		t, ok := k.due(&s)
		if wait := t.at.Sub(now); ok && wait > 0 {
			sleep = min(sleep, wait)
		} else if ok {
			due = append(due, new(t))
		}
	}
	if len(due) > 0 && !k.open() {
		return lockedSleep
	}
	slices.SortFunc(due, func(a, b *task) int { return a.at.Compare(b.at) })
	for _, t := range due {
		k.start(ctx, t)
	}
	return sleep
}

// open reports whether secrets can be opened now. Sealing fetches the key if
// needed.
func (k *keeper) open() bool {
	err := k.s.Opener.CanSeal(&session.Account{})
	k.locked = err != nil
	return err == nil
}

// due returns the next task of an account, if it has one.
func (k *keeper) due(s *session.Snapshot) (task, bool) {
	if s.Broken != "" || s.Dead() {
		return task{}, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy[s.Account.ID] {
		return task{}, false
	}
	t, ok := k.next(s)
	tries := k.tries[t.id]
	setBack := k.s.Now().Before(tries.last) // the clock
	switch {
	case tries.generation != t.generation: // another session than the one that failed
		delete(k.tries, t.id)
	case tries.next.After(t.at) && !setBack:
		t.at = tries.next
	}
	return t, ok
}

func (k *keeper) next(s *session.Snapshot) (task, bool) {
	primary := s.Session.Primary()
	t := task{id: s.Account.ID, generation: s.Session.Generation, do: k.renew}
	now := k.s.Now()
	if at, ok := s.NextRefresh(now); ok {
		t.at = at
		if !s.CanRefresh && s.CanCheck && primary.Idle > 0 {
			t.do = k.check // use extends it
		}
		return t, true
	}
	if !primary.End().IsZero() || !s.CanCheck {
		return t, false
	}
	last := primary.Accepted
	if s.Session.Proven.After(last) {
		last = s.Session.Proven
	}
	t.at, t.do = last.Add(checkOpaque-s.Session.ClockOffset(now)), k.check
	if retry := s.Session.RetryAt(now); retry.After(t.at) {
		t.at = retry
	}
	return t, true
}

func (k *keeper) renew(ctx context.Context, t *task) error {
	rec, err := k.s.Store.Account(ctx, t.id)
	if err != nil {
		return err
	}
	renewed, err := k.s.renew(ctx, rec, nil, renewal{wanted: k.isDue})
	if err != nil {
		return err
	}
	return k.gained(renewed)
}

// gained returns errNoGain when the session is still due.
func (k *keeper) gained(rec *session.Record) error {
	if s := k.s.snapshot(rec); !k.isDue(&s) {
		return nil
	}
	return errNoGain
}

// isDue reports whether the session should be renewed or used by now.
func (k *keeper) isDue(s *session.Snapshot) bool {
	now := k.s.Now()
	at, ok := s.NextRefresh(now)
	return ok && !now.Before(at)
}

// check uses the session and so extends or proves it. It renews a session that the
// server rejects, if possible.
func (k *keeper) check(ctx context.Context, t *task) error {
	before, err := k.s.Store.Account(ctx, t.id)
	if err != nil {
		return err
	}
	rec, alive, err := k.s.Check(ctx, before)
	if err != nil {
		return err
	}
	if alive {
		return k.gained(rec)
	}
	if after := k.s.snapshot(rec); !after.CanRecover() {
		return nil
	}
	_, err = k.s.renew(ctx, before, nil, renewal{rejected: true})
	return err
}

func (k *keeper) start(ctx context.Context, t *task) {
	k.mu.Lock()
	k.busy[t.id] = true
	k.mu.Unlock()
	k.running.Go(func() {
		select {
		case k.slots <- struct{}{}:
			defer func() { <-k.slots }()
		case <-ctx.Done():
			return
		}
		err := t.do(ctx, t)
		var retry time.Time
		if rec, readErr := k.s.Store.Account(ctx, t.id); readErr == nil && rec.Session != nil {
			t.generation = rec.Session.Generation // also a flow that fails may store a new one
			retry = rec.Session.RetryAt(k.s.Now())
		}
		k.done(t, retry, err)
		k.s.Feed.Notify()
	})
}

// done schedules the next try: later after each failure, spread so that accounts
// of one server do not retry together, and not before retry, when the server allows it.
func (k *keeper) done(t *task, retry time.Time, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.busy, t.id)
	if err == nil {
		delete(k.tries, t.id)
		k.s.Feed.SetNextTry(t.id, time.Time{})
		return
	}
	if errors.Is(err, session.ErrVaultLocked) {
		return // the next round waits for it
	}
	failed := k.tries[t.id].failed
	wait := min(firstBackoff<<min(failed, 10), longestBackoff)
	wait += session.Spread(t.id, wait)
	now := k.s.Now()
	next := now.Add(wait)
	if retry.After(next) {
		next = retry
	}
	k.tries[t.id] = tries{generation: t.generation, failed: failed + 1, last: now, next: next}
	k.s.Feed.SetNextTry(t.id, next)
}
