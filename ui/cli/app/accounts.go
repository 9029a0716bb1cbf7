package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/jq"
	"tokenring/session/project"
	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/suite"
	"tokenring/ui/cli/term"
)

// WithAccounts runs do on the named accounts, or the default one, with the vault
// open. It looks names up before it asks for anything.
func (e *Env) WithAccounts(ctx context.Context, named []string, do func(r *Ring, accounts []session.Snapshot) error) error {
	names, err := e.Names(named)
	if err != nil {
		return err
	}
	return e.With(ctx, func(r *Ring) error {
		accounts, err := r.Select(ctx, names)
		if err == nil {
			err = r.Approved(ctx, named)
		}
		if err != nil {
			return err
		}
		return do(r, accounts)
	})
}

// Select looks accounts up by their exact names and unlocks the vault.
func (r *Ring) Select(ctx context.Context, names []string) ([]session.Snapshot, error) {
	accounts, err := r.FindAll(ctx, names)
	if err == nil {
		err = r.Unlock(ctx)
	}
	if err == nil && slices.ContainsFunc(accounts, func(s session.Snapshot) bool { return s.ReasonSealed() }) {
		return r.FindAll(ctx, names)
	}
	return accounts, err
}

// WithAccount runs do on one account, with the vault open; "" names the default. It
// compares the account with its seal first.
func (e *Env) WithAccount(ctx context.Context, name string, do func(r *Ring, account *session.Snapshot) error) error {
	var names []string
	if name != "" {
		names = []string{name}
	}
	return e.WithAccounts(ctx, names, func(r *Ring, accounts []session.Snapshot) error {
		if err := r.Credentials.Authentic(&accounts[0].Account); err != nil {
			return err
		}
		return do(r, &accounts[0])
	})
}

// Names returns the names without repetitions, or the default account if there
// are none.
func (e *Env) Names(names []string) ([]string, error) {
	var all []string
	for _, name := range names {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	if len(all) > 0 {
		return all, nil
	}
	name, err := e.DefaultAccount()
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, Advise(Usagef("which account?"),
			"name it, set %s, or make it the default of a %s; tokenring ls lists them", AccountVariable, project.FileName)
	}
	if e.byProject(nil) {
		e.Notify("using %s, the default of %s", name, project.FileName)
	}
	return []string{name}, nil
}

// DefaultAccount returns the account to use if none is named, or "": the variable's,
// else that of the folder's project.
func (e *Env) DefaultAccount() (string, error) {
	if name := e.Getenv(AccountVariable); name != "" {
		return name, nil
	}
	p, err := e.Project()
	if p == nil {
		return "", err
	}
	return p.Default, err
}

// byProject reports whether the folder's project chooses the account, since the
// user names none.
func (e *Env) byProject(named []string) bool {
	return len(named) == 0 && e.Getenv(AccountVariable) == ""
}

// Approved asks the user to approve the project if it chooses the account: the
// author of a file must not choose whom a command acts as. named are the accounts
// that the user named. It unlocks the vault for that. An account that does not exist
// is an error before the question.
func (r *Ring) Approved(ctx context.Context, named []string) error {
	if !r.env.byProject(named) {
		return nil
	}
	p, err := r.env.Project()
	if p == nil || err != nil {
		return err
	}
	if _, err := r.FindAll(ctx, []string{p.Default}); err != nil {
		return err
	}
	if err := r.Unlock(ctx); err != nil {
		return err
	}
	err = r.Approve(ctx, p.Source, func(ask *term.Console) {
		ask.Say("chooses %s for every command in this folder that names no account", p.Default)
	})
	var untrusted *attempt.UntrustedError
	if errors.As(err, &untrusted) {
		return Advise(untrusted, "name the account, or read the file and pass --trust")
	}
	return err
}

// Approve asks whether the user trusts the present text of a file, after explain has
// said what the file does. A file of another user is approved by typing their name.
func (r *Ring) Approve(ctx context.Context, src suite.Source, explain func(ask *term.Console)) error {
	err := r.Requests.Trusted(ctx, src)
	var untrusted *attempt.UntrustedError
	if !errors.As(err, &untrusted) {
		return err
	}
	if !r.env.Trust {
		if err := r.askApproval(ctx, untrusted, explain); err != nil {
			return err
		}
	}
	if err := r.SetUpVault(ctx); err != nil {
		return err
	}
	return r.Requests.Trust(ctx, src)
}

func (r *Ring) askApproval(ctx context.Context, untrusted *attempt.UntrustedError, explain func(ask *term.Console)) error {
	c, err := r.env.Console()
	if err != nil {
		return Advise(untrusted, "read it, then pass --trust")
	}
	c.Say("%v. It:", untrusted)
	explain(c)
	question := "Approve the whole file in its present form?"
	if untrusted.Owner != "" {
		question += " Type the name of its owner, " + untrusted.Owner
	}
	return c.Agree(ctx, question, untrusted.Owner, Advise(untrusted, "nothing was sent; read the file, then approve it"))
}

// FindAll looks accounts up by their exact names; no names are all accounts.
func (r *Ring) FindAll(ctx context.Context, names []string) ([]session.Snapshot, error) {
	if len(names) == 0 {
		return r.Accounts.List(ctx)
	}
	found := make([]session.Snapshot, len(names))
	for i, name := range names {
		var err error
		if found[i], err = r.Accounts.Find(ctx, name); errors.Is(err, session.ErrNotFound) {
			all, err := r.Store.Labels(ctx)
			return nil, errors.Join(err, unknownAccount(name, all))
		} else if err != nil {
			return nil, err
		}
	}
	return found, nil
}

// IDOf returns the id of the named account.
func (r *Ring) IDOf(ctx context.Context, name string) (string, error) {
	found, err := r.FindAll(ctx, []string{name})
	if err != nil {
		return "", err
	}
	return found[0].Account.ID, nil
}

func unknownAccount(name string, all []session.Label) error {
	err := Usagef("unknown account %q", secret.CleanLine(name))
	if len(all) == 0 {
		return Advise(err, "add one: tokenring add %s", ShellWord(name))
	}
	var names, near []string
	for i := range all {
		names = append(names, all[i].Name)
	}
	mistyped := jq.Closest(name, names)
	for _, one := range names {
		if one == mistyped || alike(name, one) {
			near = append(near, ShellWord(one))
		}
	}
	const enough = 5
	if len(near) == 0 || len(near) > enough {
		return Advise(err, "see the names with: tokenring ls")
	}
	return Advise(err, "did you mean %s? tokenring ls lists all", strings.Join(near, " or "))
}

// alike reports whether the typed text may be a part of a name, or the same
// user on another host.
func alike(typed, name string) bool {
	typed, name = strings.ToLower(typed), strings.ToLower(name)
	typedUser, _, _ := strings.Cut(typed, "@")
	user, _, _ := strings.Cut(name, "@")
	return strings.Contains(name, typed) || strings.Contains(typed, name) || typedUser == user ||
		len(typedUser) > 2 && strings.HasPrefix(user, typedUser[:len(typedUser)-1])
}

// ShellWord returns a name quoted for a shell and sanitized for a terminal.
func ShellWord(name string) string { return shell.Quote(secret.CleanLine(name)) }
