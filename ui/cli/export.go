package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/importer"
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
		all, err := r.Accounts.List(ctx)
		accounts := all
		if len(names) > 0 && err == nil {
			accounts, err = r.FindAll(ctx, names)
		}
		if err != nil {
			return err
		}
		if len(accounts) == 0 {
			return app.Advise(errors.New("no accounts to export"), "add one: tokenring add NAME")
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		p, err := e.gather(ctx, r, accounts, all)
		if err != nil {
			return err
		}
		if err := e.project(p); err != nil {
			return err
		}
		if p.Clear, err = r.Requests.Clear(ctx); err != nil {
			return err
		}
		text, err := importer.Export(p, e.allow)
		var refused importer.SuspicionError
		if errors.As(err, &refused) {
			return app.Advise(err, "remove it, or export it anyway: --allow %s", app.ShellWord(refused[0].Name))
		}
		if err != nil {
			return err
		}
		return e.write(text)
	})
}

func (e *exportCmd) write(text []byte) error {
	if e.file == "" {
		_, err := e.env.Out.Write(text)
		return err
	}
	return writeNew(e.file, text, 0o644)
}

// gather returns what to export of accounts; all are those they may borrow from.
func (e *exportCmd) gather(ctx context.Context, r *app.Ring, accounts, all []session.Snapshot) (*importer.Proposal, error) {
	p := &importer.Proposal{Definitions: map[string]string{}}
	names := map[string]string{}
	for i := range all {
		names[all[i].Account.ID] = all[i].Account.Name
	}
	for i := range accounts {
		var changed *session.ChangedError
		if errors.As(r.Credentials.Authentic(&accounts[i].Account), &changed) {
			return nil, changed // others would take it over
		}
		a, err := e.account(ctx, r, accounts[i].Record, names)
		if err != nil {
			return nil, err
		}
		p.Accounts = append(p.Accounts, *a)
		source, text, err := r.Catalog.Text(a.Definition)
		if err != nil {
			return nil, err
		}
		if source != definition.SourceBuiltin {
			p.Definitions[a.Definition] = string(text)
		}
	}
	return p, nil
}

// project adds the folder's project file, if any.
func (e *exportCmd) project(p *importer.Proposal) error {
	here, err := e.env.Project()
	if here == nil || err != nil {
		return err
	}
	text, err := readInput(e.env, here.File, yaml.MaxFile)
	p.Project = string(text)
	return err
}

func (e *exportCmd) account(ctx context.Context, r *app.Ring, rec *session.Record, names map[string]string) (*importer.Account, error) {
	out := &importer.Account{Form: *draft.FormOf(&rec.Account), Lenders: map[string]string{}}
	out.References = rec.Account.References
	for name, value := range rec.Account.Values {
		if lender := names[value]; lender != "" && slices.Contains(rec.Account.Grants, value) {
			out.Lenders[name] = lender
			delete(out.Values, name)
		}
	}
	specs, err := r.Requests.Specs(ctx, rec)
	if err != nil {
		return nil, err
	}
	for _, s := range specs {
		if !s.Builtin {
			s.ID = ""
			out.Requests = append(out.Requests, s)
		}
	}
	return out, nil
}
