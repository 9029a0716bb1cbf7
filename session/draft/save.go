package draft

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/secret"
)

// Save stores a form as a new account or over the one it was read from. When
// the address changed, secrets that were not entered again are forgotten: they
// belong to the old origin. When the account is another identity now, its
// session is dropped. The error is FieldErrors when the form is at fault.
func (e *Editor) Save(ctx context.Context, d *Form) (*session.Record, error) {
	if d.ID != "" { // a refresh under way must not write over what is sealed here, nor the reverse
		unlock, err := e.locker.Lock(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		defer unlock()
	}
	if errs := e.Validate(ctx, d); len(errs) > 0 {
		return nil, errs
	}
	c, err := e.change(ctx, d)
	if err != nil {
		return nil, err
	}
	sealed, err := e.seal(ctx, c, d)
	if err != nil {
		return nil, err
	}
	if err := e.store.PutAccount(ctx, &c.a, sealed); errors.Is(err, session.ErrNameTaken) {
		return nil, FieldErrors{{Field: "name", Text: "another account has this name"}}
	} else if err != nil {
		return nil, err
	}
	if err := e.afterSave(context.WithoutCancel(ctx), c, d); err != nil {
		return nil, err
	}
	rec, err := e.store.Account(ctx, c.a.ID)
	if err != nil {
		return nil, err
	}
	return &rec, nil
}

// change is an account on its way from a form into the store.
type change struct {
	a     session.Account
	old   *session.Record // nil: a new account
	drops bool            // the session of old belongs to another identity
}

func (e *Editor) change(ctx context.Context, d *Form) (*change, error) {
	to, err := e.Preview(d)
	if err != nil {
		return nil, err
	}
	c := &change{a: d.account()}
	c.a.BaseURL, c.a.Origin, c.a.Origins = to.BaseURL, to.Origin, to.Origins
	c.a.Updated = e.now()
	if d.ID == "" {
		c.a.ID, c.a.Created = uuid.NewString(), c.a.Updated
		return c, nil
	}
	rec, err := e.store.Account(ctx, d.ID)
	if err != nil {
		return nil, err
	}
	c.old, c.a.Created = &rec, rec.Account.Created
	c.drops = rec.Session != nil && !(c.a.SameIdentity(&rec.Account) && e.samePrimary(&c.a, &rec.Account))
	return c, nil
}

// samePrimary reports whether a's session stands for the same token as old's.
func (e *Editor) samePrimary(a, old *session.Account) bool {
	if a.Attach == old.Attach {
		return true
	}
	def, err := e.catalog.Get(a.Definition)
	return err == nil && credential.PlainSubject(a, def).Primary() == credential.PlainSubject(old, def).Primary()
}

func (e *Editor) afterSave(ctx context.Context, c *change, d *Form) error {
	e.feed.SetFailure(c.a.ID, nil)
	if c.old == nil {
		e.feed.Record(ctx, c.a.ID, session.EventAccount, true, "added")
		return nil
	}
	e.feed.Record(ctx, c.a.ID, session.EventAccount, true, "edited")
	was := c.old.Session
	// A session that ended for good stands in the way of new credentials.
	revived := was != nil && was.EndedReason != "" && (len(d.Secrets)+len(d.References) > 0 || d.Relogin && !c.old.Account.Relogin)
	if !c.drops && !revived {
		return nil
	}
	if c.drops {
		e.feed.Record(ctx, c.a.ID, session.EventAccount, true, "session dropped: the account is another identity now")
	}
	defer e.feed.Notify()
	return session.IgnoreStale(e.store.EndSession(ctx, c.a.ID, was.Generation, ""))
}

// seal seals the secrets and references entered now and, where only the
// list of further origins changed, seals again what is stored. Tokens of another
// identity go in the same write as the account changes. It fills e.a.Secrets
// and e.a.References.
func (e *Editor) seal(ctx context.Context, c *change, d *Form) ([]session.Sealed, error) {
	keep, err := e.kept(ctx, c)
	if err != nil {
		return nil, err
	}
	values := map[string]secret.String{} // by sealed name; zero: stays sealed as it is
	for name, value := range keep.Tokens {
		values[session.TokenPrefix+name] = value
	}
	for name, value := range keep.Fields {
		if !d.replaces(name) {
			values[session.FieldPrefix+name] = value
			c.a.Secrets = append(c.a.Secrets, name)
		}
	}
	for name, text := range keep.References {
		if !d.replaces(name) {
			values[session.ReferencePrefix+name] = text
			c.refer(name, c.old.Account.References[name])
		}
	}
	for name, value := range d.Secrets {
		if !value.IsZero() && !slices.Contains(d.Forget, name) {
			values[session.FieldPrefix+name] = value
			c.a.Secrets = append(c.a.Secrets, name)
		}
	}
	for name, text := range d.References {
		if text != "" && !slices.Contains(d.Forget, name) {
			values[session.ReferencePrefix+name] = secret.New(text)
			c.refer(name, text)
		}
	}
	slices.Sort(c.a.Secrets)
	maps.DeleteFunc(values, func(_ string, value secret.String) bool { return value.IsZero() })
	sealed, err := e.opener.Seal(&c.a, values)
	return append(c.gone(), sealed...), err
}

// replaces reports whether the form says something about a secret field.
func (d *Form) replaces(name string) bool {
	return !d.Secrets[name].IsZero() || d.References[name] != "" || slices.Contains(d.Forget, name)
}

func (c *change) refer(name, text string) {
	if c.a.References == nil {
		c.a.References = map[string]string{}
	}
	c.a.References[name] = text
}

// kept is what stays of the secrets that are stored: with a value where it must
// be sealed again.
func (e *Editor) kept(ctx context.Context, c *change) (credential.Stored, error) {
	if c.old == nil || c.old.Account.Origin != c.a.Origin {
		return credential.Stored{}, nil
	}
	was := &c.old.Account
	if slices.Equal(was.Origins, c.a.Origins) {
		return credential.Stored{Fields: namesOnly(slices.Values(was.Secrets)), References: namesOnly(maps.Keys(was.References))}, nil
	}
	if len(was.Secrets)+len(was.References) == 0 && c.old.Session == nil {
		return credential.Stored{}, nil
	}
	o, err := e.opener.Stored(ctx, was)
	if c.drops {
		o.Tokens = nil
	}
	return o, err
}

// gone names what the account holds no longer.
func (c *change) gone() []session.Sealed {
	if c.old == nil {
		return nil
	}
	var names []session.Sealed
	for _, name := range c.old.Account.Secrets {
		if !slices.Contains(c.a.Secrets, name) {
			names = append(names, session.Sealed{Name: session.FieldPrefix + name})
		}
	}
	for name := range c.old.Account.References {
		if c.a.References[name] == "" {
			names = append(names, session.Sealed{Name: session.ReferencePrefix + name})
		}
	}
	if c.drops {
		for _, t := range c.old.Session.Tokens {
			names = append(names, session.Sealed{Name: session.TokenPrefix + t.Name})
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
func (e *Editor) Delete(ctx context.Context, id string) error {
	unlock, err := e.locker.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	e.feed.SetFailure(id, nil)
	defer e.feed.Notify()
	return e.store.DeleteAccount(ctx, id)
}
