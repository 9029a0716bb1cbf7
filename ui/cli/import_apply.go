package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// imported is a plan as import --json prints it.
type imported struct {
	Name     string   `json:"name"`
	New      bool     `json:"new"`
	Backend  string   `json:"backend"`
	BaseURL  string   `json:"base_url"`
	Secrets  []string `json:"secrets,omitempty"` // names of the fields
	Token    string   `json:"token,omitempty"`   // where it was found, and how it is sent
	Requests []string `json:"requests,omitempty"`
}

// show prints the plan.
func (i *importCmd) show() error {
	if i.asJSON {
		return i.showJSON()
	}
	for _, a := range i.adds {
		fmt.Fprintf(i.env.Out, "new   %s\n", secret.CleanLine(a.about))
	}
	for _, p := range i.plans {
		fmt.Fprintln(i.env.Out, secret.CleanLine(p.headline()))
		if p.account.Token != "" {
			fmt.Fprintln(i.env.Out, secret.CleanLine("      "+p.token()))
		}
		if err := p.requests(i.env); err != nil {
			return err
		}
	}
	return nil
}

func (i *importCmd) showJSON() error {
	out := struct {
		Accounts []imported `json:"accounts"`
		Files    []string   `json:"files,omitempty"`
		LeftOut  []string   `json:"left_out,omitempty"`
	}{Accounts: []imported{}, LeftOut: i.notes()}
	for _, p := range i.plans {
		a := p.account
		one := imported{Name: a.Name, New: !a.Exists, Backend: a.Definition, BaseURL: a.BaseURL, Secrets: sortedNames(a.NewSecrets), Token: a.Token}
		for _, s := range a.Requests {
			one.Requests = append(one.Requests, s.Name)
		}
		out.Accounts = append(out.Accounts, one)
	}
	for _, a := range i.adds {
		out.Files = append(out.Files, a.path)
	}
	return term.WriteJSON(i.env.Out, out)
}

// token describes where the account's token comes from.
func (p *plan) token() string {
	switch {
	case p.account.Exists:
		return "new token from " + p.account.Token
	case len(p.account.NewSecrets) == 0:
		return "token asked for at login: " + p.account.Token
	}
	return "token from " + p.account.Token
}

// headline describes the plan for one account.
func (p *plan) headline() string {
	a := p.account
	if a.Exists {
		text := "for   " + a.Name
		if n := len(a.Requests); n > 0 {
			text += ": " + prose.Count(n, "request")
		}
		if also := a.Also; len(also) > 0 {
			text += ", which could also go to " + prose.Some(also, 5) + " (--account)"
		}
		return text
	}
	parts := []string{p.title, address.Show(a.BaseURL)}
	if a.Environment != "" {
		parts = append(parts, a.Environment)
	}
	if a.Guard != "" {
		parts = append(parts, string(a.Guard))
	}
	if n := len(a.NewSecrets); n > 0 {
		parts = append(parts, prose.Count(n, "secret")+" into the vault")
	}
	if n := len(a.References); n > 0 {
		parts = append(parts, prose.Count(n, "secret")+" read at each login")
	}
	if n := len(a.Requests); n > 0 {
		parts = append(parts, prose.Count(n, "request"))
	}
	return "new   " + a.Name + ": " + strings.Join(parts, " · ")
}

// maxShown bounds how many requests of an account are listed.
const maxShown = 30

func (p *plan) requests(env *app.Env) error {
	var rows [][]string
	for n := range p.account.Requests {
		s := &p.account.Requests[n]
		if n == maxShown {
			rows = append(rows, []string{"     ", fmt.Sprintf("and %d more", len(p.account.Requests)-n), "", ""})
			break
		}
		method, target, _ := strings.Cut(session.CallText(s.Method, p.account.BaseURL, session.SketchTarget(s.Path(), nil)), " ")
		rows = append(rows, []string{"     ", secret.CleanLine(s.Name), secret.CleanLine(method), secret.CleanLine(target)})
	}
	return term.WriteTable(env.Out, rows)
}

// apply imports everything in one transaction. The files come last: what a killed
// import leaves of them is read as it is by the next one.
func (i *importCmd) apply(ctx context.Context) error {
	if err := i.r.SetUpVault(ctx); err != nil {
		return err
	}
	written := 0
	err := i.r.Store.Atomically(ctx, func(ctx context.Context) error {
		var requests []attempt.Addition
		for _, p := range i.plans {
			if err := i.make(ctx, p); err != nil {
				return fmt.Errorf("%s: %w", secret.CleanLine(p.account.Name), err)
			}
			requests = append(requests, attempt.Addition{Account: &p.record.Account, Requests: p.account.Requests})
		}
		if err := i.r.Requests.SaveRequests(ctx, requests...); err != nil {
			return err
		}
		for n := range i.adds {
			if err := i.adds[n].write(); err != nil {
				return err
			}
			written = n + 1
		}
		return nil
	})
	if err != nil {
		for _, a := range i.adds[:written] {
			err = errors.Join(err, os.Remove(a.path))
		}
		return err
	}
	i.notifyImported()
	return nil
}

// make saves an account. An imported token becomes its session at once, without a call to
// a server.
func (i *importCmd) make(ctx context.Context, p *plan) (err error) {
	a, form := p.account, &p.account.Form
	if a.Exists {
		if p.record, err = i.r.Accounts.Record(ctx, a.ID); err != nil || len(a.NewSecrets) == 0 {
			return err
		}
		form = draft.FormOf(&p.record.Account)
		form.NewSecrets = a.NewSecrets
	}
	for field, name := range a.Lenders {
		id, err := i.r.IDOf(ctx, name)
		if err != nil {
			return err
		}
		a.Values[field], a.Grants = id, append(a.Grants, id)
	}
	if p.record, err = i.r.Drafts.Save(ctx, form); err != nil {
		return err
	}
	if len(a.NewSecrets) > 0 && i.r.Accounts.Snapshot(p.record).OnlyStores {
		p.record, err = i.r.Sessions.Login(ctx, p.record, lifecycle.LoginOptions{})
	}
	return err
}

func (i *importCmd) notifyImported() {
	for _, p := range i.plans {
		if p.account.Exists {
			if len(p.account.Requests) > 0 {
				i.env.Notify("%s has %s more.", p.account.Name, prose.Count(len(p.account.Requests), "request"))
			}
			if len(p.account.NewSecrets) > 0 {
				i.env.Notify("%s has a new token.", p.account.Name)
			}
			continue
		}
		next := "log in with: tokenring login " + app.ShellWord(p.account.Name)
		if p.account.Token == "" && len(p.account.Requests) > 0 && !slices.ContainsFunc(p.account.Requests, func(s request.Spec) bool { return s.Attach != definition.AttachNone }) {
			next = "its requests need no login"
		}
		if p.record.Session != nil {
			next = "its token is ready: tokenring token " + app.ShellWord(p.account.Name)
		}
		i.env.Notify("%s was added; %s", p.account.Name, next)
	}
}

// write writes the new file.
func (a *addition) write() error {
	if err := os.MkdirAll(filepath.Dir(a.path), 0o700); err != nil {
		return err
	}
	return writeNew(a.path, []byte(a.text), 0o600)
}
