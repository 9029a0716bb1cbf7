package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/ui/cli/app"
)

func newCheck(env *app.Env) *cobra.Command {
	e := &batch{env: env}
	cmd := &cobra.Command{
		Use:        "check [ACCOUNT…]",
		GroupID:    groupAccounts,
		SuggestFor: []string{"whoami", "me"},
		Short:      "Check with the server that sessions are valid",
		Long: "Asks the server, whatever the times of the token say. Refreshes nothing. Exits with code 4 if\n" +
			"the server does not accept a session, or 3 if only a login can help.",
		Example: "  tokenring check admin@edge\n  tokenring check --all --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.accounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				return e.run(ctx, accounts, atOnce, func(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
					p(session.Step{Index: 1, Of: 1, Text: "asking the server"})
					rec, alive, err := r.Sessions.Check(ctx, &s.Record)
					after, err := r.Snapshot(rec, err)
					switch {
					case err != nil:
						return after, "", err
					case alive:
						return after, "alive" + remaining(env, &after), nil
					}
					return after, "not alive", notAlive(&after, env)
				})
			})
		},
	}
	e.flags(cmd)
	e.withAll(cmd)
	return cmd
}

func notAlive(s *session.Snapshot, env *app.Env) error {
	if s.StateAt(env.Now()) == session.StateNeedsLogin {
		return &session.NeedsLoginError{Account: s.Account.Name, Reason: reason(s)}
	}
	return app.Advise(refusedError{errors.New("the server does not accept this session")}, "tokenring refresh %s", app.ShellWord(s.Account.Name))
}
