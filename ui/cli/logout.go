package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/lifecycle"
	"tokenring/ui/cli/app"
)

func newLogout(env *app.Env) *cobra.Command {
	e := &batch{env: env}
	cmd := &cobra.Command{
		Use:     "logout [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Log out and verify that the tokens are revoked",
		Long: "Ends the session on the server, if the definition supports it, and deletes the local tokens\n" +
			"whatever the server answers. Then sends the deleted token once more and reports the result:\n" +
			"revoked, still valid until its expiry (a JWT that cannot be revoked), unproven, or failed.",
		Example: "  tokenring logout admin@edge\n  tokenring logout --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.accounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				return e.run(ctx, accounts, atOnce, func(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
					if s.Session == nil {
						return *s, "has no session", nil
					}
					p(session.Step{Index: 1, Of: 1, Text: "logging out"})
					result, err := r.Sessions.Logout(ctx, &s.Record)
					if err != nil {
						return *s, "", err
					}
					after, err := r.Accounts.Get(ctx, s.Account.ID)
					if err == nil && result.Ending == lifecycle.NotTold {
						return after, "", errors.New(result.Text())
					}
					return after, result.Text(), err
				})
			})
		},
	}
	e.flags(cmd)
	e.withAll(cmd)
	return cmd
}
