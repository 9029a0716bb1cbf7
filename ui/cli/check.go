package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
)

func newCheck(w *World) *cobra.Command {
	e := &each{w: w}
	cmd := &cobra.Command{
		Use:        "check [ACCOUNT…]",
		GroupID:    groupAccounts,
		SuggestFor: []string{"whoami", "me"},
		Short:      "Ask the server whether the session lives",
		Long: "Asks with the token itself, whatever its times say. Nothing is refreshed. A session that the\n" +
			"server does not accept ends with exit code 4, or 3 when only a login can help.",
		Example: "  tokenring check admin@edge\n  tokenring check --all --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			return e.accounts(ctx, args, func(r *ring, accounts []session.Snapshot) error {
				return e.run(ctx, accounts, atOnce, func(ctx context.Context, s *session.Snapshot, p session.Progress) (session.Snapshot, string, error) {
					p(session.Step{Index: 1, Of: 1, Text: "asking the server"})
					after, alive, err := r.manager.Check(ctx, s.Account.ID)
					switch {
					case err != nil:
						return after, "", err
					case alive:
						return after, "alive" + w.stands(&after), nil
					}
					return after, "not alive", notAlive(&after, w)
				})
			})
		},
	}
	e.flags(cmd)
	e.withAll(cmd)
	return cmd
}

func notAlive(s *session.Snapshot, w *World) error {
	if s.StateAt(w.Now()) == session.StateNeedsLogin {
		return &session.NeedsLoginError{Account: s.Account.Name, Reason: reason(s)}
	}
	return advise(refusedError{errors.New("the server does not accept this session")}, "tokenring refresh %s", shellWord(s.Account.Name))
}
