package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/importer"
	"tokenring/session/project"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// plan is an account to add, or an existing one that receives requests.
type plan struct {
	account *importer.Account
	title   string // of its definition
	to      credential.Destination
	plain   bool // its token would go over plain HTTP, which the user is asked about
	faults  draft.FieldErrors
	record  *session.Record // once it is made
}

// addition is a file to write.
type addition struct {
	path, text string
	about      string
	risk       string // why it needs its own question; "": none
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// plan turns the proposal into drafts and validates them before any question.
func (i *importCmd) plan(ctx context.Context) error {
	for _, name := range sortedNames(i.proposal.Definitions) {
		if err := i.planDefinition(name, i.proposal.Definitions[name]); err != nil {
			return err
		}
	}
	if err := i.planProject(); err != nil {
		return err
	}
	if err := i.checkSingle(); err != nil {
		return err
	}
	for n := range i.proposal.Accounts {
		p, err := i.planAccount(ctx, &i.proposal.Accounts[n])
		if err != nil {
			return err
		}
		i.plans = append(i.plans, p)
	}
	slices.SortStableFunc(i.plans, func(a, b *plan) int { // after those they borrow from
		return cmp.Compare(len(a.account.Lenders), len(b.account.Lenders))
	})
	return nil
}

// checkSingle returns an error if flags for one new account meet several.
func (i *importCmd) checkSingle() error {
	var names, servers []string
	for n := range i.proposal.Accounts {
		if a := &i.proposal.Accounts[n]; !a.Exists {
			names, servers = append(names, a.Name), append(servers, a.BaseURL)
		}
	}
	switch {
	case len(names) == 0 && len(i.fields.set) > 0 && len(i.proposal.Accounts) > 0:
		return app.Advise(app.Usagef("--set is for a new account, and this adds none"), "give it a name with --name to add one")
	case len(names) < 2 || i.options.Name == "" && len(i.fields.set) == 0,
		len(i.fields.set) == 0 && len(slices.Compact(servers)) == 1: // those of one server are numbered
		return nil
	}
	return app.Advise(app.Usagef("--name and --set are for one account, and this would add several: %s", secret.CleanLine(strings.Join(names, ", "))),
		"leave them out, and edit the accounts afterwards")
}

// planDefinition plans to add a definition, unless the ring has the same one.
func (i *importCmd) planDefinition(name, text string) error {
	if source, here, err := i.r.Catalog.Text(name); err == nil {
		return differs(string(here), text, fmt.Sprintf("a definition %s that differs from yours (%s)", name, source), "compare them, and rename one of the two")
	}
	path, err := i.r.Catalog.Add(name, []byte(text))
	if err != nil {
		return fmt.Errorf("the definition %s in the file: %w", name, err)
	}
	i.adds = append(i.adds, addition{
		path: path, text: text, about: "definition " + name,
		risk: fmt.Sprintf("the definition %s, which decides where credentials of its accounts are sent; it would be written to %s", name, path),
	})
	return nil
}

// planProject plans to add the project file, unless the working folder has the
// same one.
func (i *importCmd) planProject() error {
	if i.proposal.Project == "" || i.env.Dir == nil {
		return nil
	}
	_, err := project.Parse(project.FileName, []byte(i.proposal.Project), nil)
	if err != nil {
		return fmt.Errorf("the project in the file: %w", err)
	}
	dir, err := i.env.Dir()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, project.FileName)
	here, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		i.adds = append(i.adds, addition{path: path, text: i.proposal.Project, about: project.FileName + " in this folder"})
		return nil
	}
	return cmp.Or(err, differs(string(here), i.proposal.Project, "a "+project.FileName+" that differs from the one in this folder", "run the import in another folder"))
}

// differs returns an error unless two texts are the same.
func differs(here, there, what, next string) error {
	if strings.TrimSpace(here) == strings.TrimSpace(there) {
		return nil
	}
	return app.Advise(errors.New("the file contains "+what), "%s", next)
}

func (i *importCmd) planAccount(ctx context.Context, a *importer.Account) (*plan, error) {
	p := &plan{account: a}
	if a.Exists {
		return p, nil
	}
	if err := i.complete(a); err != nil {
		return nil, err
	}
	if err := i.lenders(ctx, a); err != nil {
		return nil, err
	}
	if def, err := i.r.Catalog.Get(a.Definition); err == nil {
		p.title = def.Title
	}
	errs := i.r.Drafts.Validate(ctx, &a.Form)
	if errs.For("allow_http") != "" {
		a.AllowHTTP, p.plain = true, true
		errs = i.r.Drafts.Validate(ctx, &a.Form)
	}
	p.faults = slices.DeleteFunc(errs, func(e draft.FieldError) bool { return a.Lenders[e.Field] != "" }) // known when it is added
	if to, err := i.r.Drafts.Preview(&a.Form); err == nil {
		p.to, a.BaseURL = to, to.BaseURL
	} else if len(p.faults) == 0 {
		return nil, err
	}
	return p, nil
}

// complete applies the flags to a new account.
func (i *importCmd) complete(a *importer.Account) error {
	if err := wholePaths(&a.Form); err != nil {
		return err
	}
	a.AllowHTTP = a.AllowHTTP || i.allowHTTP
	a.Environment = cmp.Or(i.environment, a.Environment)
	a.Guard = cmp.Or(guardOf(i.guard), a.Guard)
	def, err := i.r.Catalog.Get(a.Definition)
	if err != nil {
		return nil // reported with the account
	}
	a.Login = cmp.Or(a.Login, def.Logins[0].Name)
	plain := slices.DeleteFunc(slices.Clone(def.FieldsFor(a.Login)), func(f definition.Field) bool { return f.Secret })
	return i.fields.fill(plain, &a.Form)
}

// lenders checks that the accounts exist whose tokens the account borrows.
func (i *importCmd) lenders(ctx context.Context, a *importer.Account) error {
	for _, name := range a.Lenders {
		if slices.ContainsFunc(i.proposal.Accounts, func(other importer.Account) bool { return other.Name == name }) {
			continue
		}
		if _, err := i.r.IDOf(ctx, name); err != nil {
			return fmt.Errorf("%s borrows the token of another account: %w", a.Name, err)
		}
	}
	return nil
}

// complaint returns the error of the first account that cannot be added.
func (i *importCmd) complaint() error {
	at := slices.IndexFunc(i.plans, func(p *plan) bool { return len(p.faults) > 0 })
	if at < 0 {
		return nil
	}
	errs := i.plans[at].faults
	lines := make([]string, len(errs))
	for n, e := range errs {
		lines[n] = e.Field + ": " + e.Text
	}
	err := fmt.Errorf("cannot add %s:\n  %s", secret.CleanLine(i.plans[at].account.Name), strings.Join(lines, "\n  "))
	switch {
	case errs.For("name") != "":
		return app.Advise(err, "choose another name with --name")
	case errs.For("relogin") != "":
		return app.Advise(err, "leave relogin out of the file")
	case strings.HasPrefix(errs[0].Field, "connection."):
		return app.Advise(err, "correct it in what you import")
	case errs[0].Secret:
		return app.Advise(err, "copy the request again: an editor may have changed it")
	}
	return app.Advise(err, "to set a missing value, pass --set NAME=VALUE")
}
