package manager

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// Note writes a line to an account's activity, for what happens outside the
// Manager: a copy, a reveal.
func (m *Manager) Note(ctx context.Context, id string, kind session.EventKind, ok bool, text string) {
	m.record(ctx, id, kind, ok, text)
	m.changed()
}

// Events lists an account's activity, newest first; "" is every account's.
func (m *Manager) Events(ctx context.Context, id string, limit int) ([]session.Event, error) {
	return m.store.Events(ctx, id, limit)
}

// record writes to the activity. That it could not is no reason to fail what
// was done.
func (m *Manager) record(ctx context.Context, id string, kind session.EventKind, ok bool, text string) {
	_ = m.store.AddEvent(context.WithoutCancel(ctx), &session.Event{
		AccountID: id, At: m.now(), Kind: kind, OK: ok, Text: secret.CleanLine(text),
	})
}

// Watch sends whenever something may have changed, by this process or another,
// until ctx ends. Changes that come close together are one. It looks at the
// store every interval.
func (m *Manager) Watch(ctx context.Context, interval time.Duration) <-chan struct{} {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	m.watchers[c] = struct{}{}
	m.mu.Unlock()
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		defer m.unwatch(c)
		last, _ := m.store.Version(ctx)
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if v, err := m.store.Version(ctx); err == nil && v != last {
				last = v
				poke(c)
			}
		}
	}()
	return c
}

func (m *Manager) unwatch(c chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.watchers, c)
}

func (m *Manager) changed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for c := range m.watchers {
		poke(c)
	}
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (m *Manager) setFailure(id string, f *session.Failure) {
	m.mu.Lock()
	if f == nil {
		delete(m.failures, id)
	} else {
		m.failures[id] = failure{flow: f, at: m.now()}
	}
	m.mu.Unlock()
	m.changed()
}

// working shows that a flow runs for the account until the result is called.
func (m *Manager) working(id string) func() {
	w := &session.Work{Started: m.now()}
	m.mu.Lock()
	m.work[id] = w
	m.mu.Unlock()
	m.changed()
	return func() {
		m.mu.Lock()
		if m.work[id] == w { // else a later flow still runs
			delete(m.work, id)
		}
		m.mu.Unlock()
		m.changed()
	}
}

// progress keeps the account's Work up to date and tells p.
func (m *Manager) progress(id string, p session.Progress) session.Progress {
	return func(s session.Step) {
		m.mu.Lock()
		if w := m.work[id]; w != nil {
			w.Step = s
		}
		m.mu.Unlock()
		m.changed()
		if p != nil {
			p(s)
		}
	}
}

// enter admits one flow at a time per account in this process.
func (m *Manager) enter(ctx context.Context, id string) (leave func(), err error) {
	m.mu.Lock()
	gate := m.gates[id]
	if gate == nil {
		gate = make(chan struct{}, 1)
		m.gates[id] = gate
	}
	m.mu.Unlock()
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// lockLimit bounds the wait for an account that another flow has: it is longer
// than any exchange goes on.
const lockLimit = exchangeLimit + 30*time.Second

// lock takes the account for this process and against every other one.
func (m *Manager) lock(ctx context.Context, id string) (unlock func(), err error) {
	limited, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	leave, err := m.enter(limited, id)
	if err != nil {
		return nil, busy(ctx, err)
	}
	release, err := m.lockOthers(ctx, id)
	if err != nil {
		leave()
		return nil, err
	}
	return func() {
		release()
		leave()
	}, nil
}

// lockOthers takes the account against other processes alone.
func (m *Manager) lockOthers(ctx context.Context, id string) (release func(), err error) {
	limited, cancel := context.WithTimeout(ctx, lockLimit)
	defer cancel()
	release, err = m.store.Lock(limited, id)
	if err != nil {
		return nil, busy(ctx, err)
	}
	return release, nil
}

// busy says why an account could not be had.
func busy(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("another flow of this account, here or in another tokenring, does not end: %w", err)
	}
	return err
}
