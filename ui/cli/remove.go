package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
	"tokenring/ui/cli/app"
	"tokenring/ui/widget"
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
	if living > 0 {
		env.Notify("The server is not notified: valid tokens stay valid until they expire. End them with tokenring logout.")
	}
	return confirm(ctx, env, "Delete "+strings.Join(names, ", ")+" with credentials, requests and history?", "nothing was deleted", "pass --yes if you are sure")
}

func newUndo(env *app.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "undo [NAME…]",
		GroupID: groupAccounts,
		Short:   "Restore accounts and requests that were deleted within a day",
		Long: "Restores what was deleted, with its credentials, session, requests and history, or lists what can\n" +
			"be restored. Needs no key of the vault. If another account has the name by now, the restored one\n" +
			"gets a number behind it.",
		Example:           "  tokenring undo\n  tokenring undo old@edge\n  tokenring undo \"admin@edge: list users\"",
		ValidArgsFunction: offer(completer{env}.deleted),
		RunE: onRing(env, func(ctx context.Context, r *app.Ring, names []string) error {
			all, err := r.Drafts.Deleted(ctx)
			if err != nil {
				return err
			}
			if len(names) == 0 {
				return listDeleted(env, all)
			}
			return undelete(ctx, env, r, all, names)
		}),
	}
	jsonFlag(cmd, env, "print the list as a JSON array")
	return cmd
}

// listedDeleted is a deleted account or request as undo --json prints it.
type listedDeleted struct {
	Name    string    `json:"name"`
	Account string    `json:"account"`
	Request string    `json:"request,omitempty"`
	At      time.Time `json:"deleted"`
}

func listDeleted(env *app.Env, all []session.Deleted) error {
	rows, list := [][]string{}, []listedDeleted{}
	for i := range all {
		d := &all[i]
		rows = append(rows, []string{d.Label(), "deleted " + widget.Ago(d.At, env.Now())})
		list = append(list, listedDeleted{d.Label(), d.Account, d.Request, d.At.UTC()})
	}
	if len(all) == 0 && !env.JSON {
		env.Notify("Nothing was deleted within a day.")
	}
	return env.Data(list, rows)
}

// undelete restores the last deleted of each name, after it found all of them.
func undelete(ctx context.Context, env *app.Env, r *app.Ring, all []session.Deleted, names []string) error {
	var found []*session.Deleted
	for _, name := range names {
		at := slices.IndexFunc(all, func(d session.Deleted) bool { return d.Label() == name })
		if at < 0 {
			return app.Advise(app.Usagef("nothing named %s was deleted within a day", strconv.Quote(secret.CleanLine(name))),
				"see what can be restored with: tokenring undo")
		}
		found = append(found, &all[at])
	}
	for _, d := range found {
		account, err := r.Drafts.Undelete(ctx, d.ID)
		if err != nil {
			return named(d.Label(), err)
		}
		back := session.Deleted{Account: account, Request: d.Request}
		fmt.Fprintln(env.Out, secret.CleanLine(back.Label())+"  restored")
	}
	return nil
}

// deleted offers the names that can be restored.
func (c completer) deleted(cmd *cobra.Command, given []string) (names []cobra.Completion) {
	c.read(cmd.Context(), func(s *store.Store) {
		all, _ := s.Deleted(cmd.Context())
		for i := range all {
			if name := secret.CleanLine(all[i].Label()); !slices.Contains(given, name) {
				names = append(names, name)
			}
		}
	})
	return names
}
