package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/manager"
	"tokenring/session/secret"
)

func newLogin(w *World) *cobra.Command {
	e := &each{w: w}
	var given []string
	cmd := &cobra.Command{
		Use:     "login [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Log in and store the session",
		Long: "Logs the accounts in, one after the other. What the account does not hold is asked on the\n" +
			"terminal, or given by --secret for this login alone; then it is not stored.",
		Example: "  tokenring login admin@edge\n" +
			"  pass show api/dev | tokenring login admin@edge --secret password=-",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if len(given) > 0 && len(args) > 1 {
				return usageError{errors.New("--secret is for one account at a time")}
			}
			return w.withAccounts(ctx, args, func(r *ring, accounts []session.Snapshot) error {
				if err := w.settle(ctx, r); err != nil {
					return err
				}
				l := &logins{each: e, r: r, given: given}
				return e.run(ctx, accounts, 1, l.login)
			})
		},
	}
	e.flags(cmd)
	cmd.Flags().StringArrayVar(&given, "secret", nil, "a field for this login alone: `NAME=SOURCE`, "+secretSources)
	return cmd
}

// logins logs accounts in, with the person if there is one.
type logins struct {
	*each
	r     *ring
	given []string // NAME=SOURCE
}

// login is a deed.
func (l *logins) login(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
	secrets, err := l.secrets(ctx, s)
	if err != nil {
		return *s, "", err
	}
	asks, done := l.w.prompter()
	defer done()
	after, err := l.r.manager.Login(ctx, s.Account.ID, manager.LoginOptions{
		Secrets: secrets, Prompter: l.line.quietly(asks), Progress: p,
	})
	if err != nil {
		return *s, "", err
	}
	return after, "logged in" + l.w.stands(&after), nil
}

// secrets are what the flags give and what is asked beside what is stored.
func (l *logins) secrets(ctx context.Context, s *session.Snapshot) (map[string]secret.String, error) {
	def, err := l.r.manager.Definition(s.Account.Definition)
	if err != nil {
		return nil, err
	}
	secrets, err := l.w.readSecrets(ctx, def.FieldsFor(s.Account.Login), l.given)
	if err != nil {
		return nil, err
	}
	missing, err := l.r.manager.MissingSecrets(ctx, s.Account.ID)
	if err != nil {
		return nil, err
	}
	for i := range missing {
		f := &missing[i]
		if _, ok := secrets[f.Name]; ok {
			continue
		}
		c, err := l.w.console()
		if err != nil {
			return nil, advise(&session.NeedsLoginError{Account: s.Account.Name, Reason: label(f) + " is not stored"},
				"give it: --secret %s=SOURCE, where SOURCE is - (standard input), env:NAME or cmd:program…", f.Name)
		}
		secrets[f.Name], err = askField(ctx, c, f, s.Account.Name)
		c.close()
		if err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

func askField(ctx context.Context, c *console, f *definition.Field, account string) (secret.String, error) {
	question := label(f) + " of " + account
	if f.Secret {
		return c.hidden(ctx, question)
	}
	text, err := c.line(ctx, question)
	return secret.New(text), err
}
