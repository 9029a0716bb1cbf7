package draft

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/secret"
)

// Save stores a form as a new account or over the one it was read from. When
// the address changed, secrets that were not entered again are forgotten: they
// belong to the old origin. When the account is another identity now, its
// session is dropped. The error is FieldErrors when the form is at fault, and a
// *session.ChangedError when the account must be reviewed first.
func (e *Editor) Save(ctx context.Context, d *Form) (*session.Record, error) {
	var old *session.Record
	if d.ID != "" { // a refresh under way must not write over what is sealed here, nor the reverse
		unlock, err := e.Lock(ctx, d.ID)
		if err != nil {
			return nil, err
		}
		defer unlock()
		if old, err = e.Store.Account(ctx, d.ID); err != nil {
			return nil, err
		}
		d.rebase(&old.Account)
	}
	if errs := e.Validate(ctx, d); len(errs) > 0 {
		return nil, errs
	}
	c, err := e.change(d, old)
	if err != nil {
		return nil, err
	}
	sealed, err := e.seal(ctx, c, d)
	if err == nil {
		err = e.sealAccount(c)
	}
	if err != nil {
		return nil, err
	}
	text := "added"
	if c.old != nil {
		text = "edited"
	}
	if err := e.write(ctx, c, d, sealed, text); errors.Is(err, session.ErrNameTaken) {
		return nil, FieldErrors{{Field: "name", Text: "another account has this name"}}
	} else if err != nil {
		return nil, err
	}
	return e.Store.Account(ctx, c.a.ID)
}

// change is an account that is being saved.
type change struct {
	a   session.Account
	old *session.Record // nil: a new account
}

func (e *Editor) change(d *Form, old *session.Record) (*change, error) {
	to, err := e.Preview(d)
	if err != nil {
		return nil, err
	}
	c := &change{a: d.account(), old: old}
	c.a.BaseURL, c.a.Origin, c.a.Origins = to.BaseURL, to.Origin, to.Origins
	e.agree(&c.a)
	if old == nil {
		c.a.ID = uuid.NewString()
		return c, nil
	}
	if !c.a.SameIdentity(&old.Account) { // what another issuer named is not agreed to
		listed := *d
		listed.Origins = nil
		if to, err = e.Preview(&listed); err != nil {
			return nil, err
		}
		c.a.Origins = to.Origins
	} else if def, err := e.Catalog.Get(c.a.Definition); err == nil && def.APIURL != nil {
		c.a.BaseURL = old.Account.BaseURL
	}
	if c.a.Definition == old.Account.Definition { // what changed since is agreed to in a review
		c.a.DefinitionConnection = old.Account.DefinitionConnection
	}
	return c, nil
}

// sealAccount seals the account unless what is sealed of it stays as it was: a new
// name or environment needs no key. An account that was changed outside tokenring is
// not sealed along with an edit.
func (e *Editor) sealAccount(c *change) error {
	if c.old != nil {
		c.a.Seal = c.old.Account.Seal
		if len(c.a.ChangesSince(&c.old.Account)) == 0 {
			return nil
		}
		if err := e.Opener.Authentic(&c.old.Account); err != nil {
			return err
		}
	}
	return e.Opener.SealAccount(&c.a)
}

// samePrimary reports whether the sessions of a and old have the same primary token.
func (e *Editor) samePrimary(a, old *session.Account) bool {
	if a.Attach == old.Attach {
		return true
	}
	def, err := e.Catalog.Get(a.Definition)
	return err == nil && credential.PlainSubject(a, def).Primary() == credential.PlainSubject(old, def).Primary()
}

// write stores the account, and ends with it what belongs to its former identity. The
// activity records text.
func (e *Editor) write(ctx context.Context, c *change, d *Form, sealed []session.Sealed, text string) error {
	drops := false
	err := e.Store.Atomically(ctx, func(ctx context.Context) error {
		err := e.Store.PutAccount(ctx, &c.a, sealed)
		if err != nil || c.old == nil {
			return err
		}
		same := c.a.SameIdentity(&c.old.Account)
		if !same {
			err = e.Store.ForgetClaims(ctx, c.a.ID)
		}
		now, readErr := e.Store.Account(ctx, c.a.ID) // a login may have written since
		if err = cmp.Or(err, readErr); err != nil {
			return err
		}
		// A session that cannot be renewed any more would block new credentials.
		revived := now.Session.Final() && (len(d.NewSecrets)+len(d.References) > 0 || d.Relogin && !c.old.Account.Relogin)
		drops = now.Session != nil && !(same && e.samePrimary(&c.a, &c.old.Account))
		switch {
		case drops, revived && now.Session.Over():
			return e.Store.EndSession(ctx, c.a.ID, now.Session.Generation, "")
		case revived:
			return e.Store.EndRenewal(ctx, c.a.ID, now.Session.Generation, time.Time{}, "", "")
		}
		return nil
	})
	if err != nil {
		return err
	}
	e.Feed.SetFailure(c.a.ID, nil)
	e.Feed.Record(ctx, c.a.ID, session.EventAccount, true, text)
	if drops {
		e.Feed.Record(ctx, c.a.ID, session.EventAccount, true, "session dropped: the account is another identity now")
	}
	return nil
}

// seal seals the secrets entered now and, where only the list of further origins
// changed, seals again what is stored. It fills c.a.Secrets and c.a.References.
func (e *Editor) seal(ctx context.Context, c *change, d *Form) ([]session.Sealed, error) {
	values, err := e.remaining(ctx, c, d) // by sealed name; zero: stays sealed as it is
	if err != nil {
		return nil, err
	}
	for name, value := range d.NewSecrets {
		if !value.IsZero() && !slices.Contains(d.Forget, name) {
			values[session.FieldPrefix+name] = value
		}
	}
	c.a.References = c.references(d)
	for sealed := range values {
		if name, ok := strings.CutPrefix(sealed, session.FieldPrefix); ok {
			c.a.Secrets = append(c.a.Secrets, name)
		}
	}
	slices.Sort(c.a.Secrets)
	var gone []session.Sealed
	for _, name := range c.before() {
		if _, stays := values[name]; !stays {
			gone = append(gone, session.Sealed{Name: name})
		}
	}
	maps.DeleteFunc(values, func(_ string, value secret.String) bool { return value.IsZero() })
	sealed, err := e.Opener.Seal(ctx, &c.a, values)
	return append(gone, sealed...), err
}

// references returns those entered now, and the old ones that the form leaves as
// they are.
func (c *change) references(d *Form) map[string]string {
	all := map[string]string{}
	if c.old != nil && c.old.Account.Origin == c.a.Origin {
		maps.Copy(all, c.old.Account.References)
	}
	for name, text := range d.References {
		if text != "" {
			all[name] = text
		}
	}
	maps.DeleteFunc(all, func(name, _ string) bool {
		return !d.NewSecrets[name].IsZero() || slices.Contains(d.Forget, name)
	})
	return all
}

// before lists the sealed names of the secrets that the account had, and of its identity
// where that is at another server.
func (c *change) before() (names []string) {
	if c.old == nil {
		return nil
	}
	for _, name := range c.old.Account.Secrets {
		names = append(names, session.FieldPrefix+name)
	}
	if c.old.Account.Origin != c.a.Origin {
		names = append(names, session.IdentityName)
	}
	return names
}

// remaining returns the stored values, by sealed name, that the form leaves as
// they are: opened where they must be sealed again, else zero.
func (e *Editor) remaining(ctx context.Context, c *change, d *Form) (values map[string]secret.String, err error) {
	values = map[string]secret.String{}
	if c.old == nil || c.old.Account.Origin != c.a.Origin {
		return values, nil
	}
	if slices.Equal(c.old.Account.Origins.Names(), c.a.Origins.Names()) {
		for _, name := range c.before() {
			values[name] = secret.String{}
		}
	} else if values, err = e.Opener.Stored(ctx, &c.old.Account); len(values) > 0 {
		err = e.Opener.Authentic(&c.old.Account)
	}
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(values, func(sealed string, _ secret.String) bool {
		name, isField := strings.CutPrefix(sealed, session.FieldPrefix)
		return isField && (!d.NewSecrets[name].IsZero() || d.References[name] != "" || slices.Contains(d.Forget, name))
	})
	return values, nil
}

// Delete hides an account with everything that belongs to it; Undelete brings it back
// within a day. Nothing is told to the server; log out first for that.
func (e *Editor) Delete(ctx context.Context, id string) error {
	unlock, err := e.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	e.Feed.SetFailure(id, nil)
	defer e.Feed.Notify()
	return e.Store.DeleteAccount(ctx, id)
}

// Deleted returns the accounts and requests that Undelete can bring back, the last
// deleted first.
func (e *Editor) Deleted(ctx context.Context) ([]session.Deleted, error) {
	return e.Store.Deleted(ctx)
}

// Undelete brings a deleted account or request back. It needs no key, and returns the
// name of the account, which has a number behind it if another account took the name.
func (e *Editor) Undelete(ctx context.Context, id string) (account string, err error) {
	defer e.Feed.Notify()
	return e.Store.Undelete(ctx, id)
}

// Purge deletes for good what was deleted.
func (e *Editor) Purge(ctx context.Context, id string) error { return e.Store.Purge(ctx, id) }
