package cli

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/importer"
	"tokenring/session/request"
	"tokenring/session/yaml"
	"tokenring/ui/cli/app"
)

func newExport(env *app.Env) *cobra.Command {
	e := &exportCmd{env: env}
	cmd := &cobra.Command{
		Use:     "export [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Write accounts and requests to a file, without secrets",
		Long: "Writes the named accounts, or all of them, to one YAML file for tokenring import: with your own\n" +
			"definitions that they use, their saved requests, and this project's tokenring.yaml. Passwords\n" +
			"and tokens are left out. If anything else, a name or a path too, is a secret of an account or\n" +
			"looks like one, nothing is written, and the error says where it is.",
		Example:           "  tokenring export admin@edge viewer@edge -o edge.yaml",
		ValidArgsFunction: offer(completer{env}.accounts),
		RunE:              func(cmd *cobra.Command, args []string) error { return e.run(cmd.Context(), args) },
	}
	cmd.Flags().StringVarP(&e.file, "output", "o", "", "write to this new `file`")
	_ = cmd.RegisterFlagCompletionFunc("output", completeFiles)
	cmd.Flags().StringArrayVar(&e.allow, "allow", nil, "export the value of this `name` or place although it looks like a secret")
	return cmd
}

// exportCmd exports accounts.
type exportCmd struct {
	env   *app.Env
	file  string
	allow []string
}

func (e *exportCmd) run(ctx context.Context, names []string) error {
	return e.env.With(ctx, func(r *app.Ring) error {
		accounts, err := r.FindAll(ctx, names)
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return app.Advise(errors.New("no accounts to export"), "add one: tokenring add NAME")
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		p := &importer.Proposal{Definitions: map[string]string{}}
		for i := range accounts {
			if err := gather(ctx, r, accounts[i].Record, p); err != nil {
				return err
			}
		}
		if here, err := e.env.Project(); err != nil {
			return err
		} else if here != nil {
			text, err := readInput(e.env, here.File, yaml.MaxFile)
			if err != nil {
				return err
			}
			p.Project = string(text)
		}
		if p.Clear, err = r.Requests.Clear(ctx); err != nil {
			return err
		}
		return e.write(p)
	})
}

// gather adds an account to an export, with its definition and its saved requests.
func gather(ctx context.Context, r *app.Ring, rec *session.Record, p *importer.Proposal) error {
	if changed, ok := errors.AsType[*session.ChangedError](r.Credentials.Authentic(&rec.Account)); ok {
		return changed // others would take it over
	}
	out := importer.Account{Form: draft.Form{Account: rec.Account}, Lenders: map[string]string{}}
	out.Values = maps.Clone(rec.Account.Values)
	for name, id := range rec.Account.Values {
		if !slices.Contains(rec.Account.Grants, id) {
			continue
		}
		if lender, err := r.Accounts.Record(ctx, id); err == nil {
			out.Lenders[name] = lender.Account.Name
			delete(out.Values, name)
		}
	}
	specs, err := r.Requests.Specs(ctx, rec)
	if err != nil {
		return err
	}
	out.Requests = slices.DeleteFunc(specs, func(s request.Spec) bool { return s.Builtin })
	p.Accounts = append(p.Accounts, out)
	source, text, err := r.Catalog.Text(rec.Account.Definition)
	if err == nil && source != definition.SourceBuiltin {
		p.Definitions[rec.Account.Definition] = string(text)
	}
	return err
}

// write writes the export, unless something in it is a secret.
func (e *exportCmd) write(p *importer.Proposal) error {
	text, err := importer.Export(p, e.allow)
	var refused importer.SuspicionError
	switch {
	case errors.As(err, &refused):
		return app.Advise(err, "remove it, or export it anyway: --allow %s", app.ShellWord(refused[0].Name))
	case err != nil:
		return err
	case e.file != "":
		return writeNew(e.file, text, 0o644)
	}
	_, err = e.env.Out.Write(text)
	return err
}
