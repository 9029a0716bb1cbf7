package cli

import (
	"context"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/ui/cli/app"
)

func newRefresh(env *app.Env) *cobra.Command {
	e := &batch{env: env}
	cmd := &cobra.Command{
		Use:     "refresh [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Refresh sessions now",
		Long: "Refreshes the sessions, however long they have left, under the accounts' locks. If a session\n" +
			"cannot be refreshed, an account that allows it logs in again with its stored credentials.\n" +
			"Commands that use a token refresh it by themselves when it is about to expire.",
		Example: "  tokenring refresh admin@edge\n  tokenring refresh --all",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.accounts(ctx, args, func(r *app.Ring, accounts []session.Snapshot) error {
				return e.run(ctx, accounts, atOnce, func(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
					after, err := r.Snapshot(r.Sessions.Refresh(ctx, &s.Record, p))
					if err != nil {
						return after, "", err
					}
					return after, renewal(s, &after) + remaining(env, &after), nil
				})
			})
		},
	}
	e.flags(cmd)
	e.withAll(cmd)
	return cmd
}

// renewal describes how a session was renewed.
func renewal(before, after *session.Snapshot) string {
	if before.Session == nil || !before.Session.Started.Equal(after.Session.Started) {
		return "logged in again with what is stored"
	}
	return "refreshed"
}
