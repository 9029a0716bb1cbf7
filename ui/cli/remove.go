package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

func newRemove(env *app.Env) *cobra.Command {
	var yes, now bool
	cmd := &cobra.Command{
		Use:        "rm ACCOUNT…",
		GroupID:    groupAccounts,
		SuggestFor: []string{"remove", "delete"},
		Short:      "Delete accounts with their credentials and history",
		Long: "Deletes the accounts with their credentials, sessions, requests and history, after a question.\n" +
			"Keeps them sealed for a day, in which tokenring undo restores them, unless --now deletes them for\n" +
			"good. Does not notify the server: a session there stays valid until it expires. Log out first to\n" +
			"end it.",
		Example:           "  tokenring logout old@edge && tokenring rm --now old@edge\n  tokenring rm --yes old@edge older@edge",
		Args:              takes(cobra.MinimumNArgs(1)),
		ValidArgsFunction: offer(completer{env}.accounts),
		RunE: onRing(env, func(ctx context.Context, r *app.Ring, args []string) error {
			names, err := env.Names(args)
			if err != nil {
				return err
			}
			accounts, err := r.FindAll(ctx, names)
			if err != nil {
				return err
			}
			if !yes {
				if err := agreeToDelete(ctx, env, accounts); err != nil {
					return err
				}
			}
			restore := "tokenring undo"
			for i := range accounts {
				restore += " " + app.ShellWord(accounts[i].Account.Name)
				id, end := accounts[i].Account.ID, "deleted"
				err := r.Drafts.Delete(ctx, id)
				if err == nil && now {
					end = "deleted for good"
					err = r.Drafts.Purge(ctx, id)
				}
				if err != nil {
					return named(accounts[i].Account.Name, err)
				}
				fmt.Fprintln(env.Out, secret.CleanLine(accounts[i].Account.Name)+"  "+end)
			}
			if !now {
				env.Notify("To restore within a day: %s", restore)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	cmd.Flags().BoolVar(&now, "now", false, "delete for good, without a day to restore them")
	return cmd
}

func agreeToDelete(ctx context.Context, env *app.Env, accounts []session.Snapshot) error {
	names := make([]string, len(accounts))
	living := 0
	for i := range accounts {
		names[i] = accounts[i].Account.Name
		if left, known := accounts[i].Left(env.Now()); known && left > 0 {
			living++
		}
	}
	c, err := env.Console()
	if err != nil {
		return app.Advise(fmt.Errorf("nothing was deleted: %w", err), "pass --yes if you are sure")
	}
	if living > 0 {
		c.Say("The server is not notified: valid tokens stay valid until they expire. End them with tokenring logout.")
	}
	question := "Delete " + strings.Join(names, ", ") + " with credentials, requests and history?"
	return c.Agree(ctx, question, "", errors.New("nothing was deleted"))
}
