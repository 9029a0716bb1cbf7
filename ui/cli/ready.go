package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// ready makes sure that an account has a token that lives for at least minTTL
// more, and says on standard error what it did for that.
func (w *World) ready(ctx context.Context, r *ring, s *session.Snapshot, minTTL time.Duration) (session.Snapshot, error) {
	after, err := r.manager.EnsureSeen(ctx, *s, minTTL)
	if err != nil {
		return after, named(s.Account.Name, err)
	}
	w.tellRenewal(s, &after)
	left, known := after.Left(w.Now())
	if known && left <= 0 {
		return after, deadToken(&after, after.Session.Primary().Name)
	}
	if known && left < minTTL {
		w.tell("%s: a fresh token of this server lives no longer than %s", s.Account.Name, life(&after, w.Now()))
	}
	return after, nil
}

func (w *World) tellRenewal(before, after *session.Snapshot) {
	if before.Session == nil || before.Session.Generation != after.Session.Generation {
		w.tell("%s: %s%s", after.Account.Name, renewal(before, after), w.stands(after))
	}
}

func deadToken(s *session.Snapshot, name string) error {
	return &session.NeedsLoginError{Account: s.Account.Name, Reason: "its " + name + " has ended"}
}

// token opens one of the account's tokens, "" for the one that its requests
// carry. One that has ended is never given.
func (w *World) token(ctx context.Context, r *ring, s *session.Snapshot, name string, minTTL time.Duration) (secret.String, session.Snapshot, error) {
	primary := s.Session.Primary()
	if name == "" || primary != nil && primary.Name == name {
		after, err := w.ready(ctx, r, s, minTTL)
		if err != nil {
			return secret.String{}, after, err
		}
		value, err := r.manager.TokenSeen(ctx, &after, "")
		return value, after, err
	}
	after, err := w.readyOther(ctx, r, s, name, minTTL)
	if err != nil {
		return secret.String{}, after, err
	}
	value, err := r.manager.TokenSeen(ctx, &after, name)
	return value, after, err
}

// readyOther is ready for a token that requests do not carry.
func (w *World) readyOther(ctx context.Context, r *ring, s *session.Snapshot, name string, minTTL time.Duration) (session.Snapshot, error) {
	after := *s
	if t := s.Session.Token(name); t != nil || s.Session.Primary() == nil {
		left, known := s.TokenLeft(t, w.Now())
		if t != nil && s.Session.Final == "" && (!known || left > minTTL) {
			return after, nil
		}
		var err error
		if after, err = r.manager.Refresh(ctx, s.Account.ID, nil); err != nil {
			return after, named(s.Account.Name, err)
		}
		w.tellRenewal(s, &after)
	}
	t := after.Session.Token(name)
	if t == nil {
		return after, noSuchToken(&after, name)
	}
	if left, known := after.TokenLeft(t, w.Now()); known && left <= 0 {
		return after, deadToken(&after, name)
	}
	return after, nil
}

func noSuchToken(s *session.Snapshot, name string) error {
	err := fmt.Errorf("%s has no token %q", s.Account.Name, secret.CleanLine(name))
	var names []string
	for _, t := range s.Session.Tokens {
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return err
	}
	return advise(err, "it has %s", strings.Join(names, ", "))
}
