package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/ui/cli/app"
)

func newRefresh(env *app.Env) *cobra.Command {
	e := &each{env: env}
	cmd := &cobra.Command{
		Use:     "refresh [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Renew the session now, whatever is left of it",
		Long: "Exchanges the session for a new one, under the account's lock. Where the exchange is refused\n" +
			"or there is none, an account that allows it logs in again with what is stored. Commands that\n" +
			"use a token refresh by themselves when it is time.",
		Example: "  tokenring refresh admin@edge\n  tokenring refresh --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.accounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				return e.run(ctx, accounts, atOnce, func(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
					after, err := r.Manager.Refresh(ctx, s.Account.ID, p)
					if err != nil {
						return after, "", err
					}
					return after, renewal(s, &after) + stands(env, &after), nil
				})
			})
		},
	}
	e.flags(cmd)
	e.withAll(cmd)
	return cmd
}

// renewal says how a session came to be another one.
func renewal(before, after *session.Snapshot) string {
	if before.Session == nil || !before.Session.Started.Equal(after.Session.Started) {
		return "logged in again with what is stored"
	}
	return "refreshed"
}
