package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
)

func newDemo(env *app.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "demo",
		GroupID: groupProgram,
		Short:   "Try everything on servers of its own",
		Long: "Starts servers on this machine that behave like real backends, with short-lived tokens and\n" +
			"accounts in every state, and opens the screen on them. Your own ring is not touched, and\n" +
			"nothing is kept. Without a terminal, walks through the same flows as text.",
		Example: "  tokenring demo\n  tokenring demo | cat",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			d, err := openDemo(cmd.Context(), env)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, d.close()) }()
			if !env.CanOpenScreen() {
				return (&walk{demo: d, ctx: cmd.Context(), out: env.Out, env: env}).run()
			}
			d.login(cmd.Context())
			d.lengthen()
			return runDemoScreen(cmd.Context(), env, d)
		},
	}
}

// walk is the demo as text. The first step that fails ends it.
type walk struct {
	*demo
	ctx context.Context
	out io.Writer
	env *app.Env
}

func (k *walk) run() error {
	for _, step := range []struct {
		title string
		do    func() error
	}{
		{"Logging in everywhere", k.loginAll},
		{"The ring", k.list},
		{"What admin@edge's token says", k.claims},
		{"A refresh", k.refresh},
		{"A test request", k.request},
		{"A guard", k.guard},
		{"A refusal", k.refusal},
		{"A logout, with proof", k.logout},
	} {
		fmt.Fprintf(k.out, "\n== %s\n", step.title)
		if err := step.do(); err != nil {
			return fmt.Errorf("demo: %s: %w", strings.ToLower(step.title), err)
		}
	}
	fmt.Fprintln(k.out, "\nIn a terminal, tokenring demo opens the screen on all this.")
	return nil
}

func (k *walk) say(format string, args ...any) {
	fmt.Fprintln(k.out, secret.CleanLine(fmt.Sprintf(format, args...)))
}

// account reads an account of the cast.
func (d *demo) account(ctx context.Context, name string) *session.Record {
	rec, err := d.Accounts.Read(ctx, name)
	if err != nil {
		return &session.Record{Account: session.Account{Name: name}}
	}
	return rec
}

// loginAll expects every account to get in but the one with a wrong password.
func (k *walk) loginAll() error {
	failed := k.login(k.ctx)
	for _, r := range k.cast {
		var refused *session.Failure
		switch err := failed[r.draft.Name]; {
		case r.stay:
			k.say("%-14s stays logged out", r.draft.Name)
		case err == nil:
			k.say("%-14s logged in", r.draft.Name)
		case errors.As(err, &refused) && refused.Kind == session.BadCredentials && r.draft.Name == "typo@shop":
			k.say("%-14s refused, as it should be: %q", r.draft.Name, refused.Message)
		default:
			return err
		}
	}
	if failed["typo@shop"] == nil {
		return errors.New("a wrong password was accepted")
	}
	return nil
}

func (k *walk) list() error {
	accounts, err := k.Accounts.List(k.ctx)
	if err != nil {
		return err
	}
	session.SortByUrgency(accounts, k.env.Now())
	return listTable(k.env, accounts)
}

func (k *walk) claims() error {
	t, err := k.Credentials.Decode(k.ctx, k.account(k.ctx, "admin@edge"), "")
	if err != nil {
		return err
	}
	if t.Kind != token.JWS {
		return fmt.Errorf("the token is %s, not a JWT", t.Kind)
	}
	d := decoded{Token: t, now: k.env.Now()}
	return d.print(k.out)
}

func (k *walk) refresh() error {
	account := k.account(k.ctx, "admin@edge")
	before, err := k.Credentials.Token(k.ctx, account, "")
	if err != nil {
		return err
	}
	account, err = k.Sessions.Refresh(k.ctx, account, func(s session.Step) { k.say("step %d of %d: %s", s.Index, s.Of, s.Text) })
	if err != nil {
		return err
	}
	after, err := k.Credentials.Token(k.ctx, account, "")
	if err != nil {
		return err
	}
	if before.Equal(after) {
		return errors.New("the token did not change")
	}
	left, _ := account.Left(k.env.Now())
	k.say("%s became %s, %s left", secret.Mask(before.Reveal()), secret.Mask(after.Reveal()), left.Round(1e9))
	return nil
}

func (k *walk) request() error {
	run, err := k.fire("admin@edge", "processes")
	if err != nil {
		return err
	}
	if !run.OK() {
		return fmt.Errorf("%s", run.Summary())
	}
	k.say("%s", run.Summary())
	return nil
}

func (k *walk) fire(account, name string) (*request.Run, error) {
	rec := k.account(k.ctx, account)
	specs, err := k.Requests.Requests(k.ctx, rec)
	if err != nil {
		return nil, err
	}
	for i := range specs {
		if specs[i].Name == name {
			return k.Requests.Fire(k.ctx, suite.IdentityOf(&rec.Account), &specs[i], attempt.Options{})
		}
	}
	return nil, fmt.Errorf("%s has no request %q", account, name)
}

func (k *walk) guard() error {
	_, err := k.fire("root@edge", "processes")
	var guard *session.GuardError
	if !errors.As(err, &guard) {
		return fmt.Errorf("a typed confirm let a request through: %v", err)
	}
	k.say("%s", guard.Error())
	return nil
}

// refusal ends every session at the server, as a restart of it does.
func (k *walk) refusal() error {
	k.core.Restart()
	account, alive, err := k.Sessions.Check(k.ctx, k.account(k.ctx, "viewer@edge"))
	if err != nil {
		return err
	}
	if alive {
		return errors.New("a session outlived its server")
	}
	k.say("the server restarted; %s is %s, and its stored password can save it", account.Account.Name, "dead there")
	_, err = k.Sessions.Refresh(k.ctx, account, nil)
	if err != nil {
		return err
	}
	k.say("%s is alive again", account.Account.Name)
	return nil
}

func (k *walk) logout() error {
	result, err := k.Sessions.Logout(k.ctx, k.account(k.ctx, "ops@crm"))
	if err != nil {
		return err
	}
	if result.Ending != lifecycle.Revoked {
		return fmt.Errorf("ops@crm: %s", result.Text())
	}
	k.say("ops@crm: %s", result.Text())
	return nil
}
