package manager

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// Token opens one of the account's tokens, "" for the primary: for the
// clipboard, a reveal, a command that prints it. It does not renew; Ensure does.
func (m *Manager) Token(ctx context.Context, id, name string) (secret.String, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return secret.String{}, err
	}
	return m.TokenSeen(ctx, &session.Snapshot{Account: rec.Account, Session: rec.Session}, name)
}

// TokenSeen is Token for an account that was read just now.
func (m *Manager) TokenSeen(ctx context.Context, s *session.Snapshot, name string) (secret.String, error) {
	ended := s.Session == nil || s.Session.Final != ""
	primary := s.Session.Primary()
	if ended || name == "" && primary == nil {
		return secret.String{}, needsLogin(s)
	}
	if name == "" {
		name = primary.Name
	}
	return m.openToken(ctx, &s.Account, name)
}

// Live opens the primary token of the named account when it surely lives for
// minTTL more and is not about to be renewed: for who waits for nothing but the
// token. It reads the account once and no definition. When it is not ok, Find,
// Ensure and Token say more.
func (m *Manager) Live(ctx context.Context, name string, minTTL time.Duration) (value secret.String, ok bool) {
	rec, err := m.store.Named(ctx, name)
	if err != nil || rec.Session == nil || rec.Session.Final != "" {
		return value, false
	}
	primary := rec.Session.Primary()
	if primary == nil {
		return value, false
	}
	if left, known := rec.Session.Left(primary, m.now()); known && left <= max(minTTL, primary.Margin()) {
		return value, false
	}
	value, err = m.openToken(ctx, &rec.Account, primary.Name)
	return value, err == nil
}

// Decode opens one of the account's tokens, "" for the primary, and reads what
// it says.
func (m *Manager) Decode(ctx context.Context, id, name string) (*token.Token, error) {
	raw, err := m.Token(ctx, id, name)
	if err != nil {
		return nil, err
	}
	return token.Parse(raw.Reveal()), nil
}

// Attached is what the account's attach mode puts on a request.
func (m *Manager) Attached(ctx context.Context, id string) (headers, query, cookies []flow.NameValue, err error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	sub, err := m.subject(ctx, &rec, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	return sub.AttachedParts(ctx)
}

// Labels say how the claims of the account's tokens are shown.
func (m *Manager) Labels(definition string) token.Labels {
	def, err := m.catalog.Get(definition)
	if err != nil {
		return nil
	}
	labels := make(token.Labels, len(def.Claims))
	for _, c := range def.Claims {
		labels[c.Name] = token.Label{Label: c.Label, Format: c.Format, Mask: c.Mask, Enum: c.Enum}
	}
	return labels
}

func ignoreStale(err error) error {
	if errors.Is(err, session.ErrStale) {
		return nil
	}
	return err
}
