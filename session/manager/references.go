package manager

import (
	"context"
	"errors"
	"fmt"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/reference"
	"tokenring/session/secret"
)

// A reference is no secret, and stands in the account for everybody to see. It
// is sealed beside it all the same, like the secret it leads to: who can only
// write into the database cannot have a program run, or a secret sent to
// another address.

// refer lets a flow read the secrets that the account refers to. sealed is what
// the person wrote.
func (m *Manager) refer(a *session.Account, sub *flow.Subject, sealed map[string]secret.String) error {
	sub.Sources = map[string]flow.Source{}
	for name, text := range a.References {
		if !sealed[name].Equal(secret.New(text)) {
			return fmt.Errorf("%s: where %s is read from was changed outside tokenring; edit the account and enter it again", a.Name, name)
		}
		sub.Sources[name] = m.source(text)
	}
	return nil
}

func (m *Manager) source(text string) flow.Source {
	return func(ctx context.Context) (secret.String, error) {
		if m.refs == nil {
			return secret.String{}, errors.New("references cannot be read here")
		}
		ref, err := reference.Parse(text)
		if err != nil {
			return secret.String{}, err
		}
		return m.refs.Read(ctx, ref)
	}
}

// checkReferences looks at the references of a draft.
func (m *Manager) checkReferences(errs *FieldErrors, d *Draft) {
	def, err := m.catalog.Get(d.Definition)
	if err != nil {
		return // said already
	}
	secrets := map[string]bool{}
	for _, f := range def.FieldsFor(d.Login) {
		secrets[f.Name] = f.Secret
	}
	inAddress := map[string]bool{}
	for _, name := range def.BaseURL.Refs() {
		inAddress[name] = true
	}
	for i := range def.Origins {
		for _, name := range def.Origins[i].URL.Refs() {
			inAddress[name] = true
		}
	}
	for name, text := range d.References {
		_, err := reference.Parse(text)
		switch {
		case text == "":
		case err != nil:
			errs.add(name, "%v", err)
		case !secrets[name]:
			errs.add(name, "%s has no secret field %q", def.Title, name)
		case inAddress[name]:
			errs.add(name, "it is part of the address, which must be known before anything is read; enter it")
		case !d.Secrets[name].IsZero():
			errs.add(name, "either the secret or where it is read from, not both")
		}
	}
}
