package cli

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"tokenring/session"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// atOnce is the number of accounts that an action runs on in parallel.
const atOnce = 8

// action runs one command on one account. It returns the account afterwards and
// the result, which an error may accompany.
type action func(ctx context.Context, r *app.Ring, s *session.Snapshot, p session.Progress) (after session.Snapshot, done result, err error)

// result describes what an action did, and the fate of each token after a logout.
type result struct {
	Text   string                  `json:"result,omitempty"`
	Logout *lifecycle.LogoutResult `json:"logout,omitempty"`
}

// batch is a command that runs an action on every given account.
type batch struct {
	env *app.Env
	all bool // use every account that has a session
}

func (e *batch) flags(cmd *cobra.Command) {
	jsonFlag(cmd, e.env, "print a JSON array of the accounts and their new states")
	trustFlag(cmd, e.env)
	cmd.ValidArgsFunction = offer(completer{e.env}.accounts)
	waitFlag(cmd, e.env)
}

// waitFlag adds the flag for the longest wait for an account in use.
func waitFlag(cmd *cobra.Command, env *app.Env) {
	env.Wait = lifecycle.DefaultWait
	cmd.Flags().Var(&span{to: &env.Wait, zero: lifecycle.NoWait}, "wait", "how long to wait for an account that another process uses; 0: do not wait")
}

// span is the value of a flag for a duration that is not negative.
type span struct {
	to   *time.Duration
	zero time.Duration // what a duration of zero is stored as
}

func (s *span) Type() string { return "duration" }

func (s *span) String() string {
	if s.to == nil || *s.to == 0 {
		return "" // the help shows no default
	}
	return s.to.String()
}

func (s *span) Set(text string) error {
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return err
	case d < 0:
		return errors.New("it is negative")
	case d == 0:
		d = s.zero
	}
	*s.to = d
	return nil
}

// batchCommand completes a command that runs an action on accounts.
func batchCommand(env *app.Env, cmd *cobra.Command, do action) *cobra.Command {
	e := &batch{env: env}
	cmd.GroupID = groupAccounts
	cmd.RunE = func(cmd *cobra.Command, names []string) error { return e.command(cmd.Context(), names, do) }
	e.flags(cmd)
	cmd.Flags().BoolVar(&e.all, "all", false, "use every account that has a session")
	return cmd
}

// command runs an action on the named accounts, or on all with a session.
func (e *batch) command(ctx context.Context, names []string, do action) error {
	each := func(r *app.Ring, accounts []session.Snapshot) error { return e.run(ctx, r, accounts, atOnce, do) }
	if !e.all {
		return e.env.WithAccounts(ctx, names, each)
	}
	if len(names) > 0 {
		return app.Usagef("specify either names or --all")
	}
	return e.env.With(ctx, func(r *app.Ring) error {
		accounts, err := r.Accounts.List(ctx)
		if err != nil {
			return err
		}
		accounts = slices.DeleteFunc(accounts, func(s session.Snapshot) bool { return s.Session == nil })
		if len(accounts) == 0 {
			e.env.Notify("no account has a session")
			return e.print(nil)
		}
		if err := r.Unlock(ctx); err != nil {
			return err
		}
		return each(r, accounts)
	})
}

// outcome is the result for one account, as --json prints it.
type outcome struct {
	listedAccount
	result
	Error string `json:"error,omitempty"`
	Next  string `json:"next,omitempty"`

	RetryAt time.Time `json:"retry_at,omitzero"` // when the server accepts another attempt
}

// run runs an action on many accounts in parallel, prints the results in the
// order of the accounts, and returns all errors.
func (e *batch) run(ctx context.Context, r *app.Ring, accounts []session.Snapshot, many int, do action) error {
	line := e.env.Progress()
	results, errs := make([]outcome, len(accounts)), make([]error, len(accounts))
	var group errgroup.Group
	group.SetLimit(many)
	for i := range accounts {
		group.Go(func() error {
			s := &accounts[i]
			after := session.Snapshot{Record: &session.Record{}}
			var done result
			err := r.Credentials.Authentic(&s.Account)
			if err == nil {
				after, done, err = do(ctx, r, s, line.Step(s.Account.Name))
			}
			if after.Account.ID == "" {
				after = *s
			}
			results[i] = outcome{listedAccount: newListedAccount(&after, after.StateAt(e.env.Now()), e.env.Now()), result: done}
			if err != nil {
				errs[i] = named(s.Account.Name, err)
				if f, ok := errors.AsType[*session.Failure](err); ok {
					results[i].RetryAt = f.Retry
				}
				results[i].Error, results[i].Next = secret.CleanLine(err.Error()), secret.CleanLine(nextStep(err))
			}
			return nil // one account does not stop the others
		})
	}
	_ = group.Wait()
	line.Clear()
	return errors.Join(e.print(results), errors.Join(errs...))
}

func (e *batch) print(results []outcome) error {
	var rows [][]string
	for i := range results {
		if r := &results[i]; r.Text != "" {
			rows = append(rows, []string{r.Name, r.Text})
		}
	}
	return e.env.Data(append([]outcome{}, results...), rows)
}

// remaining returns the time that the account's token has left, after a comma, and
// whether that is all of it.
func remaining(env *app.Env, s *session.Snapshot) (text string) {
	switch end, known := s.End(s.Session.Primary(), env.Now()); {
	case !known:
	case !end.After(env.Now()):
		text = " although its time is over"
	case end.Sub(env.Now()) < time.Second:
		text = ", ends now"
	default:
		text = ", " + life(s, env.Now()) + " left"
	}
	if notice := s.Notice(env.Now(), time.Local); notice != "" {
		text += "; " + notice
	}
	return text
}
