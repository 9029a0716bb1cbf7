package cli

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newRefresh(env *app.Env) *cobra.Command {
	return batchCommand(env, &cobra.Command{
		Use:   "refresh [ACCOUNT…]",
		Short: "Refresh sessions now",
		Long: "Refreshes the sessions, however long they have left, under the accounts' locks. If a session\n" +
			"cannot be refreshed, an account that allows it logs in again with its stored credentials.\n" +
			"Commands that use a token refresh it by themselves when it is about to expire.",
		Example: "  tokenring refresh admin@edge\n  tokenring refresh --all",
	}, func(ctx context.Context, r *app.Ring, s *session.Snapshot, p session.Progress) (session.Snapshot, result, error) {
		after, err := r.Snapshot(r.Sessions.Refresh(ctx, s.Record, p))
		if err != nil {
			return after, result{}, err
		}
		return after, result{Text: renewal(s, &after) + remaining(env, &after)}, nil
	})
}

// renewal describes how a session was renewed.
func renewal(before, after *session.Snapshot) string {
	if before.Session == nil || !before.Session.Started.Equal(after.Session.Started) {
		return "logged in again with the stored credentials"
	}
	return "refreshed"
}

func newCheck(env *app.Env) *cobra.Command {
	return batchCommand(env, &cobra.Command{
		Use:        "check [ACCOUNT…]",
		SuggestFor: []string{"whoami", "me"},
		Short:      "Check with the server that sessions are valid",
		Long: "Asks the server, whatever the times of the token say. Refreshes nothing. Exits with code 4 if\n" +
			"the server does not accept a session, or 3 if only a login can help.",
		Example: "  tokenring check admin@edge\n  tokenring check --all --json",
	}, func(ctx context.Context, r *app.Ring, s *session.Snapshot, p session.Progress) (session.Snapshot, result, error) {
		p(session.Step{Index: 1, Of: 1, Text: "asking the server"})
		rec, alive, err := r.Sessions.Check(ctx, s.Record)
		after, err := r.Snapshot(rec, err)
		switch {
		case err != nil:
			return after, result{}, err
		case alive:
			return after, result{Text: "alive" + remaining(env, &after)}, nil
		}
		return after, result{Text: "not alive"}, notAlive(&after, env)
	})
}

func notAlive(s *session.Snapshot, env *app.Env) error {
	if s.StateAt(env.Now()) == session.StateNeedsLogin {
		return &session.NeedsLoginError{Account: s.Account.Name, Reason: s.Reason(env.Now(), time.Local)}
	}
	return app.Advise(refusedError{errors.New("the server does not accept this session")}, "tokenring refresh %s", app.ShellWord(s.Account.Name))
}

func newLogout(env *app.Env) *cobra.Command {
	return batchCommand(env, &cobra.Command{
		Use:   "logout [ACCOUNT…]",
		Short: "Log out and verify that the tokens are revoked",
		Long: "Ends the session on the server, if the definition supports it, and deletes the local tokens\n" +
			"whatever the server answers. Then sends the deleted tokens once more and reports of each: the\n" +
			"server rejects it, still accepts it until it expires (a JWT that cannot be revoked), or neither\n" +
			"is proven. A refresh token that nothing ended is reported with its own end. Exits with code 1\n" +
			"if the logout call fails.",
		Example: "  tokenring logout admin@edge\n  tokenring logout --all",
	}, func(ctx context.Context, r *app.Ring, s *session.Snapshot, p session.Progress) (session.Snapshot, result, error) {
		if s.Session == nil {
			return *s, result{Text: "has no session"}, nil
		}
		p(session.Step{Index: 1, Of: 1, Text: "logging out"})
		ended, err := r.Sessions.Logout(ctx, s.Record)
		if err != nil {
			return *s, result{}, err
		}
		after, err := r.Accounts.Get(ctx, s.Account.ID)
		text := ended.Text(env.Now(), time.Local)
		if err == nil && ended.Ending == lifecycle.LogoutFailed {
			return after, result{Logout: &ended}, errors.New(text)
		}
		return after, result{text, &ended}, err
	})
}

func newLogin(env *app.Env) *cobra.Command {
	e := &batch{env: env}
	var given []string
	var scope string
	cmd := &cobra.Command{
		Use:     "login [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Log in and store the session",
		Long: "Logs in to the accounts, one after the other. Asks on the terminal for secrets that are not\n" +
			"stored. --secret sets one for this login only and does not store it; it also answers a prompt\n" +
			"of the login, such as one for a code. --scope asks an authorization server for more than the\n" +
			"account does; the account keeps it once the login went through.",
		Example: "  tokenring login admin@edge\n" +
			"  pass show api/dev | tokenring login admin@edge --secret password=-\n" +
			"  tokenring login admin@edge --secret 'code=cmd:totp edge'\n" +
			"  tokenring login me@corp --scope 'orders:write'",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			if err := filled(cmd, "scope"); err != nil {
				return err
			}
			if len(given) > 0 && len(args) > 1 {
				return app.Usagef("--secret is for one account at a time")
			}
			return env.WithAccounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				if err := r.SetUpVault(ctx); err != nil {
					return err
				}
				l := &logins{env, given, scope}
				return e.run(ctx, r, accounts, 1, l.login)
			})
		},
	}
	e.flags(cmd)
	cmd.Flags().StringArrayVar(&given, "secret", nil, "set a secret for this login only: `NAME=SOURCE`, "+secretSources)
	cmd.Flags().StringVar(&scope, "scope", "", "also ask for these `SCOPES`, separated by blanks, from now on")
	return cmd
}

// logins logs in to accounts, and asks the user if there is a terminal.
type logins struct {
	env   *app.Env
	given []string // NAME=SOURCE
	scope string   // asked for besides
}

// login is the action of logging in.
func (l *logins) login(ctx context.Context, r *app.Ring, s *session.Snapshot, p session.Progress) (session.Snapshot, result, error) {
	secrets, err := l.secrets(ctx, r, s)
	if err != nil {
		return *s, result{}, err
	}
	l.env.Dots = !l.env.ASCII() && !l.env.Colourless()
	after, err := r.Snapshot(r.Sessions.Login(ctx, s.Record, lifecycle.LoginOptions{
		Secrets: secrets, Scope: l.scope, Prompter: l.env.Prompter(), Progress: p,
	}))
	var failure *session.Failure
	if errors.As(err, &failure) {
		switch {
		case failure.AsksForToken():
			after, err = l.again(ctx, r, s, err)
		case failure.Kind == session.NeedsPerson:
			err = l.unasked(r, s, failure)
		}
	}
	if err != nil {
		return *s, result{}, err
	}
	return after, result{Text: loggedIn(l.env, &after)}, nil
}

// unasked returns how a script can answer the prompt that ended a login.
func (l *logins) unasked(r *app.Ring, s *session.Snapshot, failure *session.Failure) error {
	def, err := r.Catalog.Get(s.Account.Definition)
	if err != nil {
		return failure
	}
	login := def.Login(s.Account.Login)
	if login == nil || failure.Step < 1 || failure.Step > len(login.Steps) || login.Steps[failure.Step-1].Prompt == nil {
		return failure
	}
	return app.Advise(failure, "log in on a terminal, or pass --secret %s=SOURCE, %s", login.Steps[failure.Step-1].Prompt.Name, secretSources)
}

// again asks for the secrets behind a refused token and logs in with them. It replaces the
// stored ones. It returns cause if there is nothing or nobody to ask.
func (l *logins) again(ctx context.Context, r *app.Ring, s *session.Snapshot, cause error) (session.Snapshot, error) {
	fields := r.Credentials.Pasted(s.Record)
	c, err := l.env.Console()
	if err != nil || len(fields) == 0 || len(l.given) > 0 {
		return *s, cause
	}
	c.Say("%s: %v", s.Account.Name, cause)
	entered := map[string]secret.String{}
	for i := range fields {
		if entered[fields[i].Name], err = askField(ctx, c, &fields[i], " of "+s.Account.Name); err != nil {
			return *s, err
		}
	}
	after, err := r.Snapshot(r.Sessions.Login(ctx, s.Record, lifecycle.LoginOptions{Secrets: entered}))
	if err != nil || !slices.ContainsFunc(fields, func(f definition.Field) bool { return s.Account.HasSecret(f.Name) }) {
		return after, err
	}
	form := draft.FormOf(&after.Account)
	form.NewSecrets = entered
	_, err = r.Drafts.Save(ctx, form)
	return after, err
}

// loggedIn describes the result of a login.
func loggedIn(env *app.Env, s *session.Snapshot) string {
	text := "logged in"
	if s.Unproven() {
		text = session.StoredUnproven
	}
	text = strings.Join(append([]string{text + remaining(env, s)}, s.Notes...), "; ")
	if s.Unproven() && s.CanCheck {
		text += " → tokenring check " + app.ShellWord(s.Account.Name)
	}
	return text
}

// secrets returns the secrets of the flags, and asks for those that are missing.
func (l *logins) secrets(ctx context.Context, r *app.Ring, s *session.Snapshot) (map[string]secret.String, error) {
	def, err := r.Catalog.Get(s.Account.Definition)
	if err != nil {
		return nil, err
	}
	secrets, err := readSecrets(ctx, l.env, answerable(def, s.Account.Login), l.given)
	if err != nil {
		return nil, err
	}
	missing, err := r.Credentials.Missing(s.Record)
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
				"pass --secret %s=SOURCE, where SOURCE is - (standard input), %s", f.Name, reference.Forms)
		}
		secrets[f.Name], err = askField(ctx, c, f, " of "+s.Account.Name)
		if err != nil {
			return nil, err
		}
	}
	return secrets, nil
}

// askField asks for the value of a field; of says of what.
func askField(ctx context.Context, c *term.Console, f *definition.Field, of string) (secret.String, error) {
	if f.Secret {
		return c.Hidden(ctx, f.Label+of)
	}
	text, err := c.Line(ctx, f.Label+of)
	return secret.New(text), err
}
