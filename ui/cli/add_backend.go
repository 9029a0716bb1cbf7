package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/preferred"
)

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
