package manager

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/secret"
)

// Save stores a draft as a new account or over the one it was read from. When
// the address changed, secrets that were not entered again are forgotten: they
// belong to the old origin. When the account is another identity now, its
// session is dropped. The error is FieldErrors when the draft is at fault.
func (m *Manager) Save(ctx context.Context, d *Draft) (session.Snapshot, error) {
	if d.ID != "" { // a refresh under way must not write over what is sealed here, nor the reverse
		unlock, err := m.lock(ctx, d.ID)
		if err != nil {
			return session.Snapshot{}, err
		}
		defer unlock()
	}
	if errs := m.Validate(ctx, d); len(errs) > 0 {
		return session.Snapshot{}, errs
	}
	e, err := m.edit(ctx, d)
	if err != nil {
		return session.Snapshot{}, err
	}
	sealed, err := m.sealDraft(ctx, e, d)
	if err != nil {
		return session.Snapshot{}, err
	}
	if err := m.store.PutAccount(ctx, &e.a, sealed); errors.Is(err, session.ErrNameTaken) {
		return session.Snapshot{}, FieldErrors{{Field: "name", Text: "another account has this name"}}
	} else if err != nil {
		return session.Snapshot{}, err
	}
	if err := m.afterSave(context.WithoutCancel(ctx), e, d); err != nil {
		return session.Snapshot{}, err
	}
	return m.Account(ctx, e.a.ID)
}

// edit is an account on its way from a draft into the store.
type edit struct {
	a     session.Account
	old   *session.Record // nil: a new account
	drops bool            // the session of old belongs to another identity
}

func (m *Manager) edit(ctx context.Context, d *Draft) (*edit, error) {
	to, err := m.Preview(d)
	if err != nil {
		return nil, err
	}
	e := &edit{a: d.account()}
	e.a.BaseURL, e.a.Origin, e.a.Origins = to.BaseURL, to.Origin, to.Origins
	e.a.Updated = m.now()
	if d.ID == "" {
		e.a.ID, e.a.Created = uuid.NewString(), e.a.Updated
		return e, nil
	}
	rec, err := m.store.Account(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	e.old, e.a.Created = &rec, rec.Account.Created
	e.drops = rec.Session != nil && !(sameIdentity(&e.a, &rec.Account) && m.samePrimary(&e.a, &rec.Account))
	return e, nil
}

// samePrimary reports whether a's session stands for the same token as old's.
func (m *Manager) samePrimary(a, old *session.Account) bool {
	if a.Attach == old.Attach {
		return true
	}
	def, err := m.catalog.Get(a.Definition)
	return err == nil && newSubject(a, def).Primary() == newSubject(old, def).Primary()
}

func (m *Manager) afterSave(ctx context.Context, e *edit, d *Draft) error {
	m.setFailure(e.a.ID, nil)
	if e.old == nil {
		m.record(ctx, e.a.ID, session.EventAccount, true, "added")
		return nil
	}
	m.record(ctx, e.a.ID, session.EventAccount, true, "edited")
	was := e.old.Session
	// A session that ended for good stands in the way of new credentials.
	revived := was != nil && was.Final != "" && (len(d.Secrets)+len(d.References) > 0 || d.Relogin && !e.old.Account.Relogin)
	if !e.drops && !revived {
		return nil
	}
	if e.drops {
		m.record(ctx, e.a.ID, session.EventAccount, true, "session dropped: the account is another identity now")
	}
	defer m.changed()
	return ignoreStale(m.store.EndSession(ctx, e.a.ID, was.Generation, ""))
}

// sameIdentity reports whether a session of old still belongs to a.
func sameIdentity(a, old *session.Account) bool {
	if a.Origin != old.Origin || a.Definition != old.Definition || a.Login != old.Login || len(a.Values) != len(old.Values) {
		return false
	}
	for k, v := range a.Values {
		if old.Values[k] != v {
			return false
		}
	}
	return true
}

// sealDraft seals the secrets and references entered now and, where only the
// list of further origins changed, seals again what is stored. Tokens of another
// identity go in the same write as the account changes. It fills e.a.Secrets
// and e.a.References.
func (m *Manager) sealDraft(ctx context.Context, e *edit, d *Draft) ([]session.Sealed, error) {
	keep, err := m.kept(ctx, e)
	if err != nil {
		return nil, err
	}
	values := map[string]secret.String{} // by sealed name; zero: stays sealed as it is
	for name, value := range keep.tokens {
		values[tokenPrefix+name] = value
	}
	for name, value := range keep.fields {
		if !d.replaces(name) {
			values[fieldPrefix+name] = value
			e.a.Secrets = append(e.a.Secrets, name)
		}
	}
	for name, text := range keep.refs {
		if !d.replaces(name) {
			values[refPrefix+name] = text
			e.refer(name, e.old.Account.References[name])
		}
	}
	for name, value := range d.Secrets {
		if !value.IsZero() && !slices.Contains(d.Forget, name) {
			values[fieldPrefix+name] = value
			e.a.Secrets = append(e.a.Secrets, name)
		}
	}
	for name, text := range d.References {
		if text != "" && !slices.Contains(d.Forget, name) {
			values[refPrefix+name] = secret.New(text)
			e.refer(name, text)
		}
	}
	slices.Sort(e.a.Secrets)
	sealed := e.gone()
	for name, value := range values {
		if value.IsZero() {
			continue
		}
		s, err := m.vault.Seal(e.a.Binding(name), []byte(value.Reveal()))
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, s)
	}
	return sealed, nil
}

// replaces reports whether the draft says something about a secret field.
func (d *Draft) replaces(name string) bool {
	return !d.Secrets[name].IsZero() || d.References[name] != "" || slices.Contains(d.Forget, name)
}

func (e *edit) refer(name, text string) {
	if e.a.References == nil {
		e.a.References = map[string]string{}
	}
	e.a.References[name] = text
}

// kept is what stays of the secrets that are stored: with a value where it must
// be sealed again.
func (m *Manager) kept(ctx context.Context, e *edit) (opened, error) {
	if e.old == nil || e.old.Account.Origin != e.a.Origin {
		return opened{}, nil
	}
	was := &e.old.Account
	if slices.Equal(was.Origins, e.a.Origins) {
		return opened{fields: namesOnly(slices.Values(was.Secrets)), refs: namesOnly(maps.Keys(was.References))}, nil
	}
	if len(was.Secrets)+len(was.References) == 0 && e.old.Session == nil {
		return opened{}, nil
	}
	o, err := m.open(ctx, was)
	if e.drops {
		o.tokens = nil
	}
	return o, err
}

// gone names what the account holds no longer.
func (e *edit) gone() []session.Sealed {
	if e.old == nil {
		return nil
	}
	var names []session.Sealed
	for _, name := range e.old.Account.Secrets {
		if !slices.Contains(e.a.Secrets, name) {
			names = append(names, session.Sealed{Name: fieldPrefix + name})
		}
	}
	for name := range e.old.Account.References {
		if e.a.References[name] == "" {
			names = append(names, session.Sealed{Name: refPrefix + name})
		}
	}
	if e.drops {
		for _, t := range e.old.Session.Tokens {
			names = append(names, session.Sealed{Name: tokenPrefix + t.Name})
		}
	}
	return names
}

func namesOnly(names iter.Seq[string]) map[string]secret.String {
	all := map[string]secret.String{}
	for n := range names {
		all[n] = secret.String{}
	}
	return all
}

// Delete removes an account with everything that belongs to it. Nothing is
// told to the server; log out first for that.
func (m *Manager) Delete(ctx context.Context, id string) error {
	unlock, err := m.lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	m.setFailure(id, nil)
	defer m.changed()
	return m.store.DeleteAccount(ctx, id)
}
