package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// atOnce is how many accounts are worked on at the same time.
const atOnce = 8

// deed does something with one account, and says in a few words what came of
// it and how the account stands then. An error may come with words.
type deed func(ctx context.Context, s *session.Snapshot, p session.Progress) (after session.Snapshot, words string, err error)

// each is a command that does the same with every account it is given.
type each struct {
	env    *app.Env
	all    bool // use every account that has a session
	asJSON bool
	line   *term.Progress // while it runs
}

func (e *each) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&e.asJSON, "json", false, "print a JSON array of the accounts and their new states")
	cmd.ValidArgsFunction = completer{e.env}.accounts
}

// withAll adds the flag for every account.
func (e *each) withAll(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&e.all, "all", false, "use every account that has a session")
}

// accounts runs do on the accounts that are meant.
func (e *each) accounts(ctx context.Context, names []string, do func(*app.Ring, []session.Snapshot) error) error {
	if !e.all {
		return e.env.WithAccounts(ctx, names, do)
	}
	if len(names) > 0 {
		return app.Usagef("either names or --all")
	}
	return e.env.With(ctx, func(r *app.Ring) error {
		known, err := r.Manager.Accounts(ctx)
		if err != nil {
			return err
		}
		var living []session.Snapshot
		for _, s := range known {
			if s.Session != nil {
				living = append(living, s)
			}
		}
		if len(living) == 0 {
			e.env.Notify("no account has a session")
			return e.print(nil)
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		return do(r, living)
	})
}

// done is what came of one account.
type done struct {
	listedAccount
	Result string `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
	Next   string `json:"next,omitempty"`
}

// run does the deed, for as many accounts at the same time, and prints what
// came of each in the order they were given. What failed is the error.
func (e *each) run(ctx context.Context, accounts []session.Snapshot, many int, do deed) error {
	e.line = e.env.Progress()
	results, errs := make([]done, len(accounts)), make([]error, len(accounts))
	var group errgroup.Group
	group.SetLimit(many)
	for i := range accounts {
		group.Go(func() error {
			s := &accounts[i]
			after, words, err := do(ctx, s, e.line.Step(s.Account.Name))
			if after.Account.ID == "" {
				after = *s
			}
			results[i] = done{listedAccount: newListedAccount(e.env, &after), Result: words}
			if err != nil {
				errs[i] = named(s.Account.Name, err)
				results[i].Error, results[i].Next = secret.CleanLine(err.Error()), secret.CleanLine(nextStep(err))
			}
			return nil // one account does not stop the others
		})
	}
	_ = group.Wait()
	e.line.Clear()
	return errors.Join(e.print(results), errors.Join(errs...))
}

func (e *each) print(results []done) error {
	if e.asJSON {
		return term.WriteJSON(e.env.Out, append([]done{}, results...))
	}
	var rows [][]string
	for i := range results {
		if r := &results[i]; r.Result != "" {
			rows = append(rows, []string{secret.CleanLine(r.Name), secret.CleanLine(r.Result)})
		}
	}
	return term.WriteTable(e.env.Out, rows)
}

// stands says how long the account's token lives, to follow a comma.
func stands(env *app.Env, s *session.Snapshot) string {
	if left := life(s, env.Now()); left != "" {
		return ", " + left + " left"
	}
	return ""
}
