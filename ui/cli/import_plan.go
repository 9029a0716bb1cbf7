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

	"tokenring/session/address"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/importer"
	"tokenring/session/project"
	"tokenring/ui/cli/app"
)

// addition is a file to write.
type addition struct{ path, text, about string }

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// plan completes the proposal and validates it before any question.
func (i *importCmd) plan(ctx context.Context) error {
	for _, name := range sortedNames(i.proposal.Definitions) {
		if err := i.planDefinition(name, i.proposal.Definitions[name]); err != nil {
			return err
		}
	}
	if err := cmp.Or(i.planProject(), i.checkSingle()); err != nil {
		return err
	}
	for n := range i.proposal.Accounts {
		if a := &i.proposal.Accounts[n]; !a.Exists {
			if err := i.planAccount(ctx, a); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(i.proposal.Accounts, func(a, b importer.Account) int { // after those they borrow from
		return cmp.Compare(len(a.Lenders), len(b.Lenders))
	})
	return nil
}

// checkSingle returns an error if flags for one new account meet several.
func (i *importCmd) checkSingle() error {
	var names, servers []string
	for _, a := range i.proposal.Accounts {
		if !a.Exists {
			names, servers = append(names, a.Name), append(servers, a.BaseURL)
		}
	}
	several := len(names) > 1 && len(i.fields.set) > 0 || i.options.Name != "" && len(slices.Compact(servers)) > 1 // those of one server are numbered
	switch {
	case len(names) == 0 && len(i.fields.set) > 0 && len(i.proposal.Accounts) > 0:
		return app.Advise(app.Usagef("--set is for a new account, and this adds none"), "give it a name with --name to add one")
	case !several:
		return nil
	}
	return app.Advise(app.Usagef("--name and --set are for one account, and this would add several: %s", strings.Join(names, ", ")),
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
	i.adds = append(i.adds, addition{path, text, "definition " + name})
	i.risk("the definition %s, which decides where credentials of its accounts are sent; it would be written to %s", name, path)
	return nil
}

// planProject plans to add the project file, unless the working folder has the
// same one.
func (i *importCmd) planProject() error {
	if i.proposal.Project == "" || i.env.Dir == nil {
		return nil
	}
	if _, err := project.Parse(project.FileName, []byte(i.proposal.Project), nil); err != nil {
		return fmt.Errorf("the project in the file: %w", err)
	}
	dir, err := i.env.Dir()
	if err != nil {
		return err
	}
	path := filepath.Join(dir, project.FileName)
	here, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		i.adds = append(i.adds, addition{path, i.proposal.Project, project.FileName + " in this folder"})
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

// planAccount completes a new account with the flags, and finds what it needs.
func (i *importCmd) planAccount(ctx context.Context, a *importer.Account) error {
	if err := wholePaths(&a.Form); err != nil {
		return err
	}
	a.Environment = cmp.Or(i.environment, a.Environment)
	a.Guard = cmp.Or(guardOf(i.guard), a.Guard)
	if def, err := i.r.Catalog.Get(a.Definition); err == nil {
		a.Login = cmp.Or(a.Login, def.Logins[0].Name)
		plain := slices.DeleteFunc(def.FieldsFor(a.Login), func(f definition.Field) bool { return f.Secret })
		if err := i.fields.fill(plain, &a.Form); err != nil {
			return err
		}
	}
	allows := a.AllowHTTP
	a.AllowHTTP = true // it is a risk, and no fault
	errs := i.r.Drafts.Validate(ctx, &a.Form)
	for n := range errs {
		if e := &errs[n]; a.Lenders[e.Field] == "" { // else it is known when the account is added
			i.faults = append(i.faults, app.Advise(named(a.Name, e), "%s", mend(e)))
		}
	}
	to, err := i.r.Drafts.Preview(&a.Form)
	if a.AllowHTTP = allows || to.Plain; err == nil { // else Validate reports it
		a.BaseURL = to.BaseURL
	}
	return i.weigh(ctx, a, &to)
}

// mend says how to mend a fault of a new account.
func mend(e *draft.FieldError) string {
	switch part, _, _ := strings.Cut(e.Field, "."); part {
	case "name", "guard":
		return "choose another " + part + " with --" + part
	case "environment":
		return "choose another environment with --env"
	case "relogin":
		return "leave relogin out of the file"
	case "definition", "login", "attach", "connection":
		return "correct it in what you import"
	}
	if e.Secret {
		return "copy the request again: an editor may have changed it"
	}
	return "to set a missing value, pass --set NAME=VALUE"
}

// risk notes what a file should not decide without consent.
func (i *importCmd) risk(format string, args ...any) {
	i.risks = append(i.risks, app.Advise(fmt.Errorf(format, args...), "to approve of this, read the file, then pass --trust"))
}

// weigh notes the risks of a new account. The accounts exist, or are added, whose tokens it borrows.
func (i *importCmd) weigh(ctx context.Context, a *importer.Account, to *credential.Destination) error {
	for _, name := range sortedNames(a.References) {
		i.risk("%s: %s is read from %s", a.Name, name, a.References[name])
	}
	if !a.Connection.IsZero() {
		i.risk("%s: its own connection: %s", a.Name, a.Connection)
	}
	for _, field := range sortedNames(a.Lenders) {
		name := a.Lenders[field]
		isLender := func(other importer.Account) bool { return other.Name == name }
		if _, err := i.r.IDOf(ctx, name); err != nil && !slices.ContainsFunc(i.proposal.Accounts, isLender) {
			return fmt.Errorf("%s borrows the token of another account: %w", a.Name, err)
		}
		i.risk("%s: the token of %s goes to %s", a.Name, name, address.Show(to.Origin))
	}
	if len(a.Origins) > 0 {
		i.risk("%s: calls also go to %s", a.Name, a.Origins)
	}
	if to.Plain && !i.allowHTTP {
		plain := fmt.Errorf("%s: %s is not encrypted, and its token goes there", a.Name, address.Show(a.BaseURL))
		i.risks = append(i.risks, app.Advise(plain, "to allow it, pass --allow-http"))
	}
	return nil
}
