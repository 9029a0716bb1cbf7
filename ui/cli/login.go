package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newLogin(env *app.Env) *cobra.Command {
	e := &batch{env: env}
	var given []string
	cmd := &cobra.Command{
		Use:     "login [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Log in and store the session",
		Long: "Logs in to the accounts, one after the other. Asks on the terminal for secrets that are not\n" +
			"stored. --secret gives one for this login only and does not store it.",
		Example: "  tokenring login admin@edge\n" +
			"  pass show api/dev | tokenring login admin@edge --secret password=-",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(given) > 0 && len(args) > 1 {
				return app.Usagef("--secret is for one account at a time")
			}
			return env.WithAccounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				if err := r.SetUpVault(ctx); err != nil {
					return err
				}
				l := &logins{batch: e, r: r, given: given}
				return e.run(ctx, accounts, 1, l.login)
			})
		},
	}
	e.flags(cmd)
	cmd.Flags().StringArrayVar(&given, "secret", nil, "set a secret for this login only: `NAME=SOURCE`, "+secretSources)
	return cmd
}

// logins logs accounts in, with the person if there is one.
type logins struct {
	*batch
	r     *app.Ring
	given []string // NAME=SOURCE
}

// login is the action of logging in.
func (l *logins) login(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
	secrets, err := l.secrets(ctx, s)
	if err != nil {
		return *s, "", err
	}
	asks, done := l.env.Prompter()
	defer done()
	after, err := l.r.Snapshot(l.r.Sessions.Login(ctx, &s.Record, lifecycle.LoginOptions{
		Secrets: secrets, Prompter: l.line.Quiet(asks), Progress: p,
	}))
	if err != nil {
		return *s, "", err
	}
	return after, "logged in" + remaining(l.env, &after), nil
}

// secrets are what the flags give and what is asked beside what is stored.
func (l *logins) secrets(ctx context.Context, s *session.Snapshot) (map[string]secret.String, error) {
	def, err := l.r.Catalog.Get(s.Account.Definition)
	if err != nil {
		return nil, err
	}
	secrets, err := readSecrets(ctx, l.env, def.FieldsFor(s.Account.Login), l.given)
	if err != nil {
		return nil, err
	}
	missing, err := l.r.Credentials.Missing(&s.Record)
	if err != nil {
		return nil, err
	}
	for i := range missing {
		f := &missing[i]
		if _, ok := secrets[f.Name]; ok {
			continue
		}
		c, err := l.env.Console()
		if err != nil {
			return nil, app.Advise(&session.NeedsLoginError{Account: s.Account.Name, Reason: f.Label + " is not stored"},
				"give it: --secret %s=SOURCE, where SOURCE is - (standard input), env:NAME or cmd:program…", f.Name)
		}
		secrets[f.Name], err = askField(ctx, c, f, s.Account.Name)
		c.Close()
		if err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

func askField(ctx context.Context, c *term.Console, f *definition.Field, account string) (secret.String, error) {
	question := f.Label + " of " + account
	if f.Secret {
		return c.Hidden(ctx, question)
	}
	text, err := c.Line(ctx, question)
	return secret.New(text), err
}
