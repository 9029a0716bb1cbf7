package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// accountVariable names the account that is meant where none is given.
const accountVariable = "TOKENRING_ACCOUNT"

// withRing runs do on the person's own ring. It needs no key; what seals or
// opens secrets calls unlock first.
func (w *World) withRing(ctx context.Context, do func(r *ring) error) (err error) {
	r, err := w.ownRing(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	return do(r)
}

// withAccounts runs do on the named accounts, or the default one, with the
// vault open. Names are looked up before anything is asked.
func (w *World) withAccounts(ctx context.Context, names []string, do func(r *ring, accounts []session.Snapshot) error) error {
	names, err := w.meant(names)
	if err != nil {
		return err
	}
	return w.withRing(ctx, func(r *ring) error {
		return w.among(ctx, r, names, func(accounts []session.Snapshot) error { return do(r, accounts) })
	})
}

// among runs do on the named accounts of an opened ring, with the vault open.
func (w *World) among(ctx context.Context, r *ring, names []string, do func(accounts []session.Snapshot) error) error {
	accounts, err := r.find(ctx, names)
	if err != nil {
		return err
	}
	if err := w.unlock(ctx, r); err != nil {
		return err
	}
	return do(accounts)
}

// withAccount is withAccounts for one account; "" is the default one.
func (w *World) withAccount(ctx context.Context, name string, do func(r *ring, account *session.Snapshot) error) error {
	var names []string
	if name != "" {
		names = []string{name}
	}
	return w.withAccounts(ctx, names, func(r *ring, accounts []session.Snapshot) error { return do(r, &accounts[0]) })
}

// meant gives the names without repetitions, or the default account where
// there are none.
func (w *World) meant(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	name, err := w.defaultAccount()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, advise(usageError{errors.New("which account?")},
			"name it, set %s, or make it the default of a %s; tokenring ls lists them", accountVariable, project.FileName)
	}
	return []string{name}, nil
}

// defaultAccount is the account that is meant where none is named, or "": that
// of the variable, or else of the folder's project, which the person is told.
func (w *World) defaultAccount() (string, error) {
	if name := w.Getenv(accountVariable); name != "" {
		return name, nil
	}
	p, err := w.project()
	if p == nil || p.Default == "" {
		return "", err
	}
	w.tell("%s, as %s says", p.Default, project.FileName)
	return p.Default, nil
}

// find looks accounts up by their exact names.
func (r *ring) find(ctx context.Context, names []string) ([]session.Snapshot, error) {
	found := make([]session.Snapshot, len(names))
	for i, name := range names {
		var err error
		if found[i], err = r.manager.Find(ctx, name); errors.Is(err, session.ErrNotFound) {
			all, err := r.manager.Accounts(ctx)
			return nil, errors.Join(err, unknownAccount(name, all))
		} else if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// idOf is the id of the account of that name.
func (r *ring) idOf(ctx context.Context, name string) (string, error) {
	found, err := r.find(ctx, []string{name})
	if err != nil {
		return "", err
	}
	return found[0].Account.ID, nil
}

func unknownAccount(name string, all []session.Snapshot) error {
	err := fmt.Errorf("there is no account %q", secret.CleanLine(name))
	if len(all) == 0 {
		return advise(err, "add one: tokenring add %s", shellWord(name))
	}
	var names, near []string
	for i := range all {
		names = append(names, all[i].Account.Name)
	}
	mistyped := jq.Closest(name, names)
	for _, one := range names {
		if one == mistyped || alike(name, one) {
			near = append(near, shellWord(one))
		}
	}
	const enough = 5
	if len(near) == 0 || len(near) > enough {
		return advise(err, "see the names with: tokenring ls")
	}
	return advise(err, "did you mean %s? tokenring ls lists all", strings.Join(near, " or "))
}

// alike reports whether a person may have meant a name and typed a part of it,
// or the same user elsewhere.
func alike(typed, name string) bool {
	typed, name = strings.ToLower(typed), strings.ToLower(name)
	who, _, _ := strings.Cut(typed, "@")
	whose, _, _ := strings.Cut(name, "@")
	return strings.Contains(name, typed) || strings.Contains(typed, name) || who == whose ||
		len(who) > 2 && strings.HasPrefix(whose, who[:len(who)-1])
}

// shellWord is a name as it is typed in a shell, fit for a terminal.
func shellWord(name string) string { return request.ShellWord(secret.CleanLine(name)) }
