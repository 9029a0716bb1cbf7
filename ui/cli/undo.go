package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
	"tokenring/ui/cli/app"
	"tokenring/ui/widget"
)

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
