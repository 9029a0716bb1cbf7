package session

import (
	"context"
	"sync"
	"time"
)

const (
	keepAliveAtOnce = 8                // background flows at a time
	firstBackoff    = 30 * time.Second // after a flow that failed, doubled each time
	longestBackoff  = 15 * time.Minute
	checkOpaque     = 10 * time.Minute // how often a token of no stated life is checked
	longestSleep    = time.Minute
)

// KeepAlive renews the sessions of the accounts set to be kept alive, each
// before its end, until ctx ends. Sessions of no stated life are checked now
// and then where their definition can.
func (m *Manager) KeepAlive(ctx context.Context) {
	k := &keeper{m: m, slots: make(chan struct{}, keepAliveAtOnce), busy: map[string]bool{}, tries: map[string]tries{}}
	changes := m.Watch(ctx, time.Second)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			k.running.Wait()
			return
		case <-changes:
		case <-timer.C:
		}
		timer.Reset(k.round(ctx))
	}
}

// keeper is the memory of one KeepAlive.
type keeper struct {
	m       *Manager
	slots   chan struct{}
	running sync.WaitGroup

	mu    sync.Mutex
	busy  map[string]bool
	tries map[string]tries
}

type tries struct {
	failed int
	next   time.Time
}

// round starts what is due and gives the time until something may be due again.
func (k *keeper) round(ctx context.Context) time.Duration {
	if k.m.vault.Status(ctx).State != VaultOpen {
		return longestSleep
	}
	snapshots, err := k.m.Accounts(ctx)
	if err != nil {
		return longestSleep
	}
	now := k.m.now()
	sleep := longestSleep
	for i := range snapshots {
		at, what := k.due(&snapshots[i])
		if what == nil {
			continue
		}
		if wait := at.Sub(now); wait > 0 {
			sleep = min(sleep, wait)
			continue
		}
		k.start(ctx, snapshots[i].Account.ID, what)
	}
	return max(sleep, 100*time.Millisecond)
}

// due says when the account wants something done, and what; nil: nothing.
func (k *keeper) due(s *Snapshot) (time.Time, func(context.Context, string) error) {
	if !s.Account.KeepAlive || s.Broken != "" || s.Session.Primary() == nil || s.Session.Final != "" {
		return time.Time{}, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.busy[s.Account.ID] {
		return time.Time{}, nil
	}
	at, what := k.next(s)
	if t := k.tries[s.Account.ID]; t.next.After(at) {
		at = t.next
	}
	return at, what
}

func (k *keeper) next(s *Snapshot) (time.Time, func(context.Context, string) error) {
	primary := s.Session.Primary()
	if at, ok := s.NextRefresh(); ok {
		if s.CanRefresh || s.CanRelogin && primary.Idle == 0 {
			return at, k.renew
		}
		if s.CanCheck {
			return at, k.check
		}
		return at, k.renew
	}
	if primary.End().IsZero() && s.CanCheck {
		last := primary.Accepted
		if s.Session.Proven.After(last) {
			last = s.Session.Proven
		}
		return last.Add(checkOpaque - s.Session.Offset), k.check
	}
	return time.Time{}, nil
}

func (k *keeper) renew(ctx context.Context, id string) error {
	snap, err := k.m.Account(ctx, id)
	if err != nil {
		return err
	}
	still := func(s *Snapshot) bool {
		at, ok := s.NextRefresh()
		return ok && !k.m.now().Before(at)
	}
	_, err = k.m.renew(ctx, &snap, nil, still)
	return err
}

func (k *keeper) check(ctx context.Context, id string) error {
	_, _, err := k.m.Check(ctx, id)
	return err
}

func (k *keeper) start(ctx context.Context, id string, what func(context.Context, string) error) {
	select {
	case k.slots <- struct{}{}:
	default:
		return // the next round finds it still due
	}
	k.mu.Lock()
	k.busy[id] = true
	k.mu.Unlock()
	k.running.Go(func() {
		err := what(ctx, id)
		k.done(id, err)
		<-k.slots
		k.m.changed()
	})
}

func (k *keeper) done(id string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.busy, id)
	if err == nil {
		delete(k.tries, id)
		return
	}
	t := k.tries[id]
	wait := min(firstBackoff<<min(t.failed, 10), longestBackoff)
	k.tries[id] = tries{failed: t.failed + 1, next: k.m.now().Add(wait)}
}
