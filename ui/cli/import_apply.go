package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/importer"
	"tokenring/session/lifecycle"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// imported is an account of the plan as import --json prints it.
type imported struct {
	Name     string   `json:"name"`
	New      bool     `json:"new"`
	Backend  string   `json:"backend"`
	BaseURL  string   `json:"base_url"`
	Secrets  []string `json:"secrets,omitempty"` // names of the fields
	Token    string   `json:"token,omitempty"`   // where it was found, and how it is sent
	Requests []string `json:"requests,omitempty"`
}

// show prints the notes and the plan.
func (i *importCmd) show() error {
	out := struct {
		Accounts []imported `json:"accounts"`
		Files    []string   `json:"files,omitempty"`
		LeftOut  []string   `json:"left_out,omitempty"`
	}{Accounts: []imported{}}
	var text strings.Builder
	for _, f := range i.adds {
		out.Files = append(out.Files, f.path)
		fmt.Fprintln(&text, secret.CleanLine("new   "+f.about))
	}
	for n := range i.proposal.Accounts {
		a := &i.proposal.Accounts[n]
		one := imported{Name: a.Name, New: !a.Exists, Backend: a.Definition, BaseURL: a.BaseURL, Secrets: sortedNames(a.NewSecrets), Token: a.Token}
		for _, s := range a.Requests {
			one.Requests = append(one.Requests, s.Name)
		}
		out.Accounts = append(out.Accounts, one)
		writePlan(&text, a, i.r.Catalog.Title(a.Definition))
	}
	for _, n := range i.proposal.Notes {
		out.LeftOut = append(out.LeftOut, n.Error())
	}
	listBelow(i.env, "Notes on the import:", out.LeftOut)
	if i.env.JSON {
		return term.WriteJSON(i.env.Out, out)
	}
	_, err := io.WriteString(i.env.Out, text.String())
	return err
}

// maxShown bounds how many requests of an account are listed.
const maxShown = 30

// writePlan writes what an account is or gets.
func writePlan(out *strings.Builder, a *importer.Account, title string) {
	text, token := "new   "+a.Name+": "+describeNew(a, title), "token from "
	switch {
	case a.Exists:
		text, token = "for   "+a.Name, "new token from "
		if n := len(a.Requests); n > 0 {
			text += ": " + prose.Count(n, "request")
		}
		if len(a.Also) > 0 {
			text += ", which could also go to " + prose.Some(a.Also, 5) + " (--account)"
		}
	case len(a.NewSecrets) == 0:
		token = "token asked for at login: "
	}
	fmt.Fprintln(out, secret.CleanLine(text))
	if a.Token != "" {
		fmt.Fprintln(out, secret.CleanLine("      "+token+a.Token))
	}
	var rows [][]string
	for n := range a.Requests {
		s := &a.Requests[n]
		if n == maxShown {
			rows = append(rows, []string{"     ", fmt.Sprintf("and %d more", len(a.Requests)-n), "", ""})
			break
		}
		method, target, _ := strings.Cut(session.CallText(s.Method, a.BaseURL, session.SketchTarget(s.Path(), nil)), " ")
		rows = append(rows, []string{"     ", s.Name, method, target})
	}
	_ = term.WriteTable(out, rows) // a strings.Builder does not fail
}

// describeNew lists in a line what makes a new account.
func describeNew(a *importer.Account, title string) string {
	all := []string{title, address.Show(a.BaseURL), a.Environment, string(a.Guard)}
	for _, of := range []struct {
		n          int
		noun, what string
	}{{len(a.NewSecrets), "secret", " into the vault"}, {len(a.References), "secret", " read at each login"}, {len(a.Requests), "request", ""}} {
		if of.n > 0 {
			all = append(all, prose.Count(of.n, of.noun)+of.what)
		}
	}
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " · ")
}

// apply imports everything in one transaction. The files come last: what a killed
// import leaves of them is read as it is by the next one.
func (i *importCmd) apply(ctx context.Context) error {
	if err := i.r.SetUpVault(ctx); err != nil {
		return err
	}
	records, written := []*session.Record(nil), 0
	err := i.r.Store.Atomically(ctx, func(ctx context.Context) error {
		var requests []attempt.Addition
		for n := range i.proposal.Accounts {
			a := &i.proposal.Accounts[n]
			rec, err := i.make(ctx, a)
			if err != nil {
				return named(a.Name, err)
			}
			records, requests = append(records, rec), append(requests, attempt.Addition{Account: &rec.Account, Requests: a.Requests})
		}
		if err := i.r.Requests.SaveRequests(ctx, requests...); err != nil {
			return err
		}
		for _, f := range i.adds {
			if err := cmp.Or(os.MkdirAll(filepath.Dir(f.path), 0o700), writeNew(f.path, []byte(f.text), 0o600)); err != nil {
				return err
			}
			written++
		}
		return nil
	})
	if err != nil {
		for _, f := range i.adds[:written] {
			err = errors.Join(err, os.Remove(f.path))
		}
		return err
	}
	for n, rec := range records {
		a := &i.proposal.Accounts[n]
		i.env.Notify("%s %s", a.Name, afterImport(a, rec))
	}
	return nil
}

// make saves an account. An imported token becomes its session at once, without a call to
// a server.
func (i *importCmd) make(ctx context.Context, a *importer.Account) (*session.Record, error) {
	form := &a.Form
	if a.Exists {
		rec, err := i.r.Accounts.Record(ctx, a.ID)
		if err != nil || len(a.NewSecrets) == 0 {
			return rec, err
		}
		form = draft.FormOf(&rec.Account)
		form.NewSecrets = a.NewSecrets
	}
	for field, name := range a.Lenders {
		id, err := i.r.IDOf(ctx, name)
		if err != nil {
			return nil, err
		}
		a.Values[field], a.Grants = id, append(a.Grants, id)
	}
	rec, err := i.r.Drafts.Save(ctx, form)
	if err == nil && len(a.NewSecrets) > 0 && i.r.Accounts.Snapshot(rec).OnlyStores {
		rec, err = i.r.Sessions.Login(ctx, rec, lifecycle.LoginOptions{})
	}
	return rec, err
}

// afterImport says what became of an account, and what to do next.
func afterImport(a *importer.Account, rec *session.Record) string {
	var has []string
	if n := len(a.Requests); n > 0 {
		has = append(has, prose.Count(n, "request")+" more")
	}
	if len(a.NewSecrets) > 0 {
		has = append(has, "a new token")
	}
	switch needsLogin := func(s request.Spec) bool { return s.Attach != definition.AttachNone }; {
	case a.Exists:
		return "has " + prose.List(has, "and") + "."
	case rec.Session != nil:
		return "was added; its token is ready: tokenring token " + app.ShellWord(a.Name)
	case a.Token == "" && len(a.Requests) > 0 && !slices.ContainsFunc(a.Requests, needsLogin):
		return "was added; its requests need no login"
	}
	return "was added; log in with: tokenring login " + app.ShellWord(a.Name)
}
