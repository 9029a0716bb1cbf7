package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// ready makes sure that an account has a token that lives for at least minTTL
// more, and says on standard error what it did for that.
func ready(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, minTTL time.Duration) (session.Snapshot, error) {
	after, err := r.Snapshot(r.Sessions.Ensure(ctx, &s.Record, minTTL))
	if err != nil {
		return after, named(s.Account.Name, err)
	}
	notifyRenewal(env, s, &after)
	left, known := after.Left(env.Now())
	if known && left <= 0 {
		return after, deadToken(&after, after.Session.Primary().Name)
	}
	if known && left < minTTL {
		env.Notify("%s: a fresh token of this server lives no longer than %s", s.Account.Name, life(&after, env.Now()))
	}
	return after, nil
}

func notifyRenewal(env *app.Env, before, after *session.Snapshot) {
	if before.Session == nil || before.Session.Generation != after.Session.Generation {
		env.Notify("%s: %s%s", after.Account.Name, renewal(before, after), remaining(env, after))
	}
}

func deadToken(s *session.Snapshot, name string) error {
	return &session.NeedsLoginError{Account: s.Account.Name, Reason: "its " + name + " has ended"}
}

// openToken opens one of the account's tokens, "" for the one that its requests
// carry. One that has ended is never given.
func openToken(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, name string, minTTL time.Duration) (secret.String, session.Snapshot, error) {
	primary := s.Session.Primary()
	if name == "" || primary != nil && primary.Name == name {
		after, err := ready(ctx, env, r, s, minTTL)
		if err != nil {
			return secret.String{}, after, err
		}
		value, err := r.Credentials.Token(ctx, &after.Record, "")
		return value, after, err
	}
	after, err := readyOther(ctx, env, r, s, name, minTTL)
	if err != nil {
		return secret.String{}, after, err
	}
	value, err := r.Credentials.Token(ctx, &after.Record, name)
	return value, after, err
}

// readyOther is ready for a token that requests do not carry.
func readyOther(ctx context.Context, env *app.Env, r *app.Ring, s *session.Snapshot, name string, minTTL time.Duration) (session.Snapshot, error) {
	after := *s
	if t := s.Session.Token(name); t != nil || s.Session.Primary() == nil {
		left, known := s.TokenLeft(t, env.Now())
		if t != nil && s.Session.EndedReason == "" && (!known || left > minTTL) {
			return after, nil
		}
		var err error
		if after, err = r.Snapshot(r.Sessions.Refresh(ctx, &s.Record, nil)); err != nil {
			return after, named(s.Account.Name, err)
		}
		notifyRenewal(env, s, &after)
	}
	t := after.Session.Token(name)
	if t == nil {
		return after, noSuchToken(&after, name)
	}
	if left, known := after.TokenLeft(t, env.Now()); known && left <= 0 {
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
	return app.Advise(err, "it has %s", strings.Join(names, ", "))
}
