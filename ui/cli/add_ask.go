package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/preferred"
)

// askFields asks for the name and for every field without a value that the backend
// needs, and names the flags of the others. Each answer may add or remove fields.
func (a *addCmd) askFields(ctx context.Context, r *app.Ring) error {
	answered := map[string]bool{}
	for {
		questions, err := r.Drafts.Normalize(a.draft)
		if err != nil {
			return err
		}
		next := slices.IndexFunc(questions.Fields, func(f definition.Field) bool { return !f.Optional && a.unset(&f) && !answered[f.Name] })
		if next < 0 {
			a.tellOptional(questions.Fields)
			break
		}
		f := &questions.Fields[next]
		if err := a.askUntilValid(ctx, r, f); err != nil {
			return err
		}
		answered[f.Name] = true
	}
	for range term.Tries {
		if a.draft.Name != "" && a.problem(ctx, r, "name") == "" {
			return nil
		}
		name, err := a.ask.Line(ctx, "Name of the account")
		if err != nil {
			return err
		}
		a.draft.Name = name
		if text := a.problem(ctx, r, "name"); text != "" {
			a.ask.Say("%s", text)
		}
	}
	return nil
}

// tellOptional names the flags of the optional fields without a value.
func (a *addCmd) tellOptional(fields []definition.Field) {
	var flags []string
	for i := range fields {
		if f := &fields[i]; f.Optional && a.unset(f) {
			flags = append(flags, flagFor(f))
		}
	}
	if len(flags) > 0 {
		a.ask.Say("Optional, and not asked for: %s", strings.Join(flags, " "))
	}
}

// unset reports whether a field has no value yet.
func (a *addCmd) unset(f *definition.Field) bool {
	_, given := a.draft.NewSecrets[f.Name]
	return a.draft.Values[f.Name] == "" && a.draft.References[f.Name] == "" && !given
}

// problem returns why the value of the draft's field is invalid, or "".
func (a *addCmd) problem(ctx context.Context, r *app.Ring, field string) string {
	return r.Drafts.Validate(ctx, a.draft).For(field)
}

func (a *addCmd) askUntilValid(ctx context.Context, r *app.Ring, f *definition.Field) error {
	if f.Help != "" {
		a.ask.Say("%s", f.Help)
	}
	for range term.Tries {
		if err := a.askField(ctx, r, f); err != nil {
			return err
		}
		text := a.problem(ctx, r, f.Name)
		if text == "" {
			return nil
		}
		a.ask.Say("%s: %s", f.Label, text)
		delete(a.draft.Values, f.Name)
	}
	return term.ErrDeclined
}

func (a *addCmd) askField(ctx context.Context, r *app.Ring, f *definition.Field) error {
	if f.Secret {
		value, err := a.ask.Hidden(ctx, f.Label+", or nothing to be asked at each login")
		if err == nil && !value.IsZero() {
			a.draft.NewSecrets[f.Name] = value
		}
		return err
	}
	question := f.Label
	if f.Type == definition.TypeEnum {
		question += " (" + strings.Join(f.Options, ", ") + ")"
	}
	if f.Default != nil {
		question += fmt.Sprintf(" [%v]", f.Default)
	}
	text, err := a.ask.Line(ctx, question)
	if err != nil || text == "" {
		return err
	}
	if f.Type == definition.TypeAccount {
		return a.borrow(ctx, r, f, text)
	}
	a.draft.Values[f.Name] = text
	return nil
}

// borrow uses another account's token for a field if the user agrees.
func (a *addCmd) borrow(ctx context.Context, r *app.Ring, f *definition.Field, name string) error {
	id, err := r.IDOf(ctx, name)
	if err != nil {
		a.ask.Say("%v", err)
		return nil
	}
	agreed, err := a.ask.Yes(ctx, "The token of "+name+" would be sent to the new account's address. Agree?")
	if err == nil && agreed {
		a.draft.Values[f.Name] = id
		a.draft.Grants = append(a.draft.Grants, id)
	}
	return err
}

// askPassphrase asks for the passphrase of the client certificate's key if it needs
// one.
func (a *addCmd) askPassphrase(ctx context.Context, r *app.Ring) error {
	const name = session.ConnectionPassphrase
	for range term.Tries {
		text := a.problem(ctx, r, name)
		if text == "" {
			return nil
		}
		if !a.draft.NewSecrets[name].IsZero() {
			a.ask.Say("%s", text)
		}
		value, err := a.ask.Hidden(ctx, connectionField(name).Label)
		if err != nil {
			return err
		}
		a.draft.NewSecrets[name] = value
	}
	return nil // Validate reports it
}

// askConsent asks about further origins and plain HTTP.
func (a *addCmd) askConsent(ctx context.Context, r *app.Ring) error {
	to, err := r.Drafts.Preview(a.draft)
	if err != nil {
		return nil // Validate reports it
	}
	a.ask.Say("The credentials go to %s.", address.Show(to.Origin))
	if def, err := r.Catalog.Get(a.draft.Definition); err == nil && !def.Connection.IsZero() {
		a.ask.Say("The backend's definition says how to get there: %s.", def.Connection)
	}
	if err := a.askPassphrase(ctx, r); err != nil {
		return err
	}
	if to.Plain && !a.draft.AllowHTTP {
		if a.draft.AllowHTTP, err = a.ask.Yes(ctx, "The connection is not encrypted: anyone on the network path can read them. Allow it for this account?"); err != nil {
			return err
		}
	}
	for _, o := range to.Origins {
		if a.draft.Origins.Allow(o.Origin, o.For) {
			continue
		}
		question := "Send " + o.For.String() + " to " + address.Show(o.Origin) + " too?"
		if err := a.ask.Agree(ctx, question, "", errors.New("nothing was added")); err != nil {
			return err
		}
		a.draft.Origins = a.draft.Origins.With(o)
	}
	return nil
}

// anotherBackend is the option that begins a definition; no definition has this name.
const anotherBackend = "+"

// chooseBackend asks for one of the definitions, or has the user write another.
func (a *addCmd) chooseBackend(ctx context.Context, r *app.Ring) (string, error) {
	var options []term.Option
	for _, d := range r.Catalog.List() {
		options = append(options, term.Option{Value: d.Name, Title: d.Title, Words: r.Catalog.Words(d.Name)})
	}
	options = append(options, term.Option{Value: anotherBackend, Title: "another backend: write its definition"})
	var fits []*draft.Form
	name, err := a.ask.Choose(ctx, "Backend", options, func(text string) (names []string) {
		fits = draft.Backends(text, r.Catalog.List())
		for _, d := range fits {
			names = append(names, d.Definition)
		}
		return names
	})
	if err != nil || name != anotherBackend {
		a.begin(name, fits)
		return name, err
	}
	for range term.Tries {
		if name, err = a.ask.Line(ctx, "Name of the backend"); err != nil {
			return "", err
		}
		path, err := r.Catalog.Begin(name)
		if err == nil {
			return name, a.edit(ctx, r, name, path)
		}
		a.ask.Say("%v", err)
	}
	return "", term.ErrDeclined
}

// begin fills in the values of the form for the account's definition, if there is
// one.
func (a *addCmd) begin(name string, fits []*draft.Form) {
	if i := slices.IndexFunc(fits, func(d *draft.Form) bool { return d.Definition == name }); i >= 0 {
		maps.Copy(a.draft.Values, fits[i].Values)
	}
}

// edit opens a definition in the user's editor until it has no mistakes.
func (a *addCmd) edit(ctx context.Context, r *app.Ring, name, path string) error {
	argv, err := preferred.Editor(a.env.Children())
	for err == nil {
		if err = a.ask.Run(preferred.Open(ctx, argv, a.env.Children(), path)); err != nil {
			break
		}
		_, problems := r.Catalog.Reread(name)
		if problems == nil {
			return nil
		}
		a.ask.Say("%s", secret.CleanText(problems.Error()))
		err = a.ask.Agree(ctx, "Edit it again?", "", errors.New("it has mistakes"))
	}
	return app.Advise(fmt.Errorf("the definition %s is not ready: %w", name, err),
		"edit %s, then: tokenring backends test %s", path, app.ShellWord(name))
}
