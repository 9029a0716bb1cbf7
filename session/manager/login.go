package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// LoginOptions carries what a login may ask and tell.
type LoginOptions struct {
	Secrets  map[string]secret.String // for this login only, not stored
	Prompter session.Prompter         // nil: nobody is there
	Progress session.Progress
}

// MissingSecrets lists the fields a login of the account needs and the store
// does not hold.
func (m *Manager) MissingSecrets(ctx context.Context, id string) ([]definition.Field, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	def, err := m.catalog.Get(rec.Account.Definition)
	if err != nil {
		return nil, err
	}
	return missing(&rec.Account, def, plainScope(&rec.Account, rec.Session, def)), nil
}

// Login runs the account's login flow and stores the new session. The lock
// between processes is not held while a person may be typing. The error is a
// *session.Failure when the flow was refused.
func (m *Manager) Login(ctx context.Context, id string, o LoginOptions) (session.Snapshot, error) {
	leave, err := m.enter(ctx, id)
	if err != nil {
		return session.Snapshot{}, err
	}
	defer leave()
	defer m.begin()()
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return session.Snapshot{}, err
	}
	sub, err := m.subject(ctx, &rec, o.Secrets)
	if err == nil {
		err = m.canSeal(&rec.Account)
	}
	if err != nil {
		return session.Snapshot{}, m.failed(ctx, id, session.EventLogin, err)
	}
	sub.Tokens = map[string]secret.String{}
	done := m.working(id)
	res, err := m.runner.Login(ctx, sub, o.Prompter, m.progress(id, o.Progress))
	done()
	if err == nil {
		// The server has made a session: it is written even if the caller has left.
		ctx = context.WithoutCancel(ctx)
		err = m.keepLogin(ctx, &rec.Account, sub, res)
	}
	if err != nil {
		return session.Snapshot{}, m.failed(ctx, id, session.EventLogin, err)
	}
	m.succeeded(ctx, id, session.EventLogin, "logged in")
	return m.Account(ctx, id)
}

// canSeal finds out before a server makes a session whether it can be kept.
func (m *Manager) canSeal(a *session.Account) error {
	_, err := m.vault.Seal(a.Binding(tokenPrefix), nil)
	return err
}

// keepLogin is persistLogin under the lock between processes.
func (m *Manager) keepLogin(ctx context.Context, as *session.Account, sub *flow.Subject, res *flow.Result) error {
	unlock, err := m.lockOthers(ctx, as.ID)
	if err != nil {
		return err
	}
	defer unlock()
	return m.persistLogin(ctx, as, sub, res)
}

// persistLogin writes the fresh session of the account as, which must not have
// become another identity meanwhile, in place of whatever is there. A check
// that ends the old session at the same moment needs no lock and is no
// obstacle.
func (m *Manager) persistLogin(ctx context.Context, as *session.Account, sub *flow.Subject, res *flow.Result) error {
	for range 3 {
		rec, err := m.store.Account(ctx, as.ID)
		if err != nil {
			return err
		}
		if !sameIdentity(&rec.Account, as) {
			return fmt.Errorf("%s was changed during its login; log in again", as.Name)
		}
		was := rec.Session
		if was == nil {
			was = &session.Session{}
		}
		s := &session.Session{
			AccountID: as.ID, Generation: m.nextGeneration(was.Generation), Started: m.now(),
			Offset: res.Offset, HasOffset: res.HasOffset || was.HasOffset,
		}
		take(s, sub, res)
		if err := m.persist(ctx, &rec.Account, s, was.Generation, res); !errors.Is(err, session.ErrStale) {
			return err
		}
	}
	return session.ErrStale
}

// nextGeneration numbers a session that begins. After a logout nothing of the
// one before is left, and yet no number may come twice: who still holds the old
// one compares by it.
func (m *Manager) nextGeneration(was int64) int64 {
	return max(was+1, m.now().UnixMicro())
}

// persist seals the values of res and writes them with s.
func (m *Manager) persist(ctx context.Context, a *session.Account, s *session.Session, was int64, res *flow.Result) error {
	sealed := make([]session.Sealed, 0, len(res.Values))
	for name, value := range res.Values {
		box, err := m.vault.Seal(a.Binding(tokenPrefix+name), []byte(value.Reveal()))
		if err != nil {
			return err
		}
		sealed = append(sealed, box)
	}
	return m.store.PutSession(ctx, s, was, sealed)
}

// take replaces the session's tokens with those of res; what res did not
// change keeps its times.
func take(s *session.Session, sub *flow.Subject, res *flow.Result) {
	received := res.Received.Add(res.Offset)
	primary := sub.Primary()
	var tokens []session.TokenInfo
	for name, value := range res.Values {
		if old := s.Token(name); old != nil && !slices.Contains(res.Changed, name) {
			kept := *old
			kept.Primary = name == primary
			tokens = append(tokens, kept)
			continue
		}
		tokens = append(tokens, describe(name, value, res.Lives[name], received, name == primary))
	}
	order := tokenOrder(sub)
	slices.SortFunc(tokens, func(a, b session.TokenInfo) int {
		if d := order(a.Name) - order(b.Name); d != 0 {
			return d
		}
		return strings.Compare(a.Name, b.Name)
	})
	s.Tokens = tokens
}

func describe(name string, value secret.String, life flow.Life, received time.Time, primary bool) session.TokenInfo {
	parsed := token.Parse(value.Reveal())
	issued, ok := parsed.Time("iat")
	if !ok || issued.After(received) {
		issued = received
	}
	return session.TokenInfo{
		Name: name, Primary: primary, Token: life.Token || primary, Received: received, IssuedAt: issued,
		ExpiresAt: life.ExpiresAt, Source: life.Source, Idle: life.Idle, Accepted: received,
		Kind: parsed.Kind.String(),
	}
}

// tokenOrder ranks names: the primary, the definition's tokens, the rest.
func tokenOrder(sub *flow.Subject) func(name string) int {
	primary := sub.Primary()
	return func(name string) int {
		if name == primary {
			return -1
		}
		for i := range sub.Definition.Tokens {
			if sub.Definition.Tokens[i].Name == name {
				return i
			}
		}
		return len(sub.Definition.Tokens)
	}
}

// relogin logs in with what is stored, under the lock of the caller.
func (m *Manager) relogin(ctx context.Context, rec *session.Record, p session.Progress) error {
	sub, err := m.subject(ctx, rec, nil)
	if err != nil {
		return err
	}
	sub.Tokens = map[string]secret.String{}
	res, err := m.runner.Login(ctx, sub, nil, p)
	if err != nil {
		return err
	}
	return m.persistLogin(ctx, &rec.Account, sub, res)
}

// failed remembers why a flow did not go through and writes it to the
// activity. It returns err.
func (m *Manager) failed(ctx context.Context, id string, kind session.EventKind, err error) error {
	var f *session.Failure
	if !errors.As(err, &f) {
		m.record(ctx, id, kind, false, err.Error())
		return err
	}
	if !errors.Is(err, context.Canceled) {
		m.setFailure(id, f)
	}
	m.record(ctx, id, kind, false, f.Error())
	return err
}

func (m *Manager) succeeded(ctx context.Context, id string, kind session.EventKind, text string) {
	m.setFailure(id, nil)
	m.record(ctx, id, kind, true, text)
	m.changed()
}
