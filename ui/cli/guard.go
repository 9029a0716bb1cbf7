package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/ui/cli/app"
)

// guardFlag adds the flag for a guard of accounts that are made; help says what
// it is for.
func guardFlag(cmd *cobra.Command, guard *string, help string) {
	words := []cobra.Completion{"read-only", "confirm", "typed-confirm"}
	cmd.Flags().StringVar(guard, "guard", "", help+": read-only, confirm or typed-confirm")
	_ = cmd.RegisterFlagCompletionFunc("guard", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// guardOf reads a guard as the flag writes it, without a blank.
func guardOf(word string) session.Guard {
	return session.Guard(strings.ReplaceAll(word, "-confirm", " confirm"))
}

// agree asks what the account's guard wants to know before a request leaves.
// what says what would be sent. yes answers a question that may be answered by
// a flag; the name that a typed confirm wants never is.
func agree(ctx context.Context, env *app.Env, a *session.Account, what string, yes bool) (session.Consent, error) {
	var o session.Consent
	refused := &session.GuardError{Account: a.Name, Guard: a.Guard}
	switch a.Guard {
	case session.GuardConfirm:
		if yes {
			return session.Consent{Confirmed: true}, nil
		}
		c, err := env.Console()
		if err != nil {
			return o, app.Advise(refused, "pass --yes if you are sure")
		}
		defer c.Close()
		o.Confirmed, err = c.Yes(ctx, "Send "+what+" as "+a.Name+"?")
		if err == nil && !o.Confirmed {
			err = errors.New("nothing was sent")
		}
		return o, err
	case session.GuardTypedConfirm:
		c, err := env.Console()
		if err != nil {
			return o, app.Advise(refused, "a person must type its name at a terminal; no flag replaces that")
		}
		defer c.Close()
		o.Typed, err = c.Line(ctx, "Type "+a.Name+" to send "+what)
		if err == nil && o.Typed != a.Name {
			err = errors.New("the name does not match; nothing was sent")
		}
		return o, err
	}
	return o, nil
}
