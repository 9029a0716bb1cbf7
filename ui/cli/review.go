package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newReview(env *app.Env) *cobra.Command {
	v := &reviews{env: env}
	cmd := &cobra.Command{
		Use:     "review [ACCOUNT…]",
		GroupID: groupAccounts,
		Short:   "Review accounts that were changed outside tokenring",
		Long: "Compares the accounts, or all of them, with what the ring's key sealed: address, backend, guard\n" +
			"and everything else that decides about their credentials. Shows what something else changed and\n" +
			"asks whether to keep or undo it. Until then, no request is sent as such an account, and\n" +
			"no token of it is printed.",
		Example:           "  tokenring review\n  tokenring review admin@edge --undo",
		ValidArgsFunction: offer(completer{env}.accounts),
		PreRunE:           oneOf("keep undo json"),
		RunE:              onRing(env, v.run),
	}
	jsonFlag(cmd, env, "print a JSON array of the accounts and what was changed, and decide nothing")
	cmd.Flags().BoolVar(&v.keep, "keep", false, "keep the changes, without a question")
	cmd.Flags().BoolVar(&v.undo, "undo", false, "undo the changes, without a question")
	return cmd
}

// reviews asks about accounts that were changed outside tokenring.
type reviews struct {
	env        *app.Env
	keep, undo bool
}

// reviewedAccount is an account as review --json prints it.
type reviewedAccount struct {
	Name    string           `json:"name"`
	Changed bool             `json:"changed"`
	Sealed  bool             `json:"sealed"` // by this ring's key
	Changes []session.Change `json:"changes"`
	Error   string           `json:"error,omitempty"`
}

func (v *reviews) printJSON(ctx context.Context, r *app.Ring, accounts []session.Snapshot) error {
	all := make([]reviewedAccount, len(accounts))
	for i := range accounts {
		one := &all[i]
		*one = reviewedAccount{Name: accounts[i].Account.Name, Sealed: true, Changes: []session.Change{}}
		_, changed, err := r.Drafts.Review(ctx, accounts[i].Account.ID)
		switch {
		case err != nil:
			one.Error = err.Error()
		case changed != nil:
			one.Changed, one.Sealed = true, len(changed.Changes) > 0
			one.Changes = append(one.Changes, changed.Changes...)
		}
	}
	return term.WriteJSON(v.env.Out, all)
}

func (v *reviews) run(ctx context.Context, r *app.Ring, names []string) error {
	accounts, err := r.FindAll(ctx, names)
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		v.env.Notify(noAccounts)
		if v.env.JSON {
			return v.printJSON(ctx, r, nil)
		}
		return nil
	}
	if err := r.SetUpVault(ctx); err != nil {
		return err
	}
	if v.env.JSON {
		return v.printJSON(ctx, r, accounts)
	}
	var errs []error
	for i := range accounts {
		name := accounts[i].Account.Name
		result, err := v.one(ctx, r, accounts[i].Account.ID)
		if err != nil {
			if errs = append(errs, named(name, err)); ctx.Err() != nil {
				break
			}
			continue
		}
		if err := v.env.Print(secret.CleanLine(name) + "  " + result + "\n"); err != nil {
			return err
		}
	}
	return errors.Join(errs...)
}

// one reviews an account and returns the result in a few words.
func (v *reviews) one(ctx context.Context, r *app.Ring, id string) (string, error) {
	account, changed, err := r.Drafts.Review(ctx, id)
	switch {
	case err != nil:
		return "", err
	case changed == nil:
		return "not changed", nil
	}
	undo, err := v.choose(ctx, account, changed)
	if err != nil {
		return "", err
	}
	if undo {
		return "the changes are undone", r.Drafts.Restore(ctx, id)
	}
	return "sealed as it is now", r.Drafts.Accept(ctx, account)
}

// choose shows the changes and asks what to do about them. An account without a seal
// cannot be put back.
func (v *reviews) choose(ctx context.Context, account *session.Account, changed *session.ChangedError) (undo bool, err error) {
	switch lost := len(changed.Changes) == 0; {
	case v.undo && lost:
		return false, app.Advise(changed, "there is nothing to go back to: keep it with --keep, or delete it with tokenring rm %s", app.ShellWord(account.Name))
	case v.keep || v.undo:
		return v.undo, nil
	}
	c, consoleErr := v.env.Console()
	if consoleErr != nil {
		return false, app.Advise(changed, "pass --keep or --undo")
	}
	if len(changed.Changes) == 0 {
		c.Say("%s is not sealed with this ring's key and may have been changed outside tokenring. It says:", account.Name)
		for _, one := range account.ChangesSince(&session.Account{}) {
			c.Say("  %s  %s", one.Field, one.Is)
		}
		declined := app.Advise(errors.New("nothing was changed"), "to delete it: tokenring rm %s", app.ShellWord(account.Name))
		return false, c.Agree(ctx, "Keep it as it is?", "", declined)
	}
	c.Say("%s was changed outside tokenring:", account.Name)
	for _, one := range changed.Changes {
		c.Say("  %s  was  %s", one.Field, one.Was)
		c.Say("  %s  is   %s", one.Field, one.Is)
	}
	choice, err := c.Choose(ctx, "What now", []term.Option{
		{Value: "undo", Title: "put back what was"}, {Value: "keep", Title: "keep what is"}, {Value: "leave", Title: "decide later"},
	}, nil)
	if err == nil && choice == "leave" {
		err = errors.New("nothing was changed; the account cannot be used until you decide")
	}
	return choice == "undo", err
}
