package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// guardFlag adds the flag for the guard of new accounts.
func guardFlag(cmd *cobra.Command, guard *string, help string) {
	cmd.Flags().StringVar(guard, "guard", "", help+": read-only, confirm or typed-confirm")
	completeWords(cmd, "guard", "read-only", "confirm", "typed-confirm")
}

// guardOf reads a guard as the flag writes it, with a dash for the space.
func guardOf(word string) session.Guard {
	return session.Guard(strings.ReplaceAll(word, "-confirm", " confirm"))
}

// confirm asks a question that must be answered with yes. declined says that nothing was done,
// and advice what to do where there is no terminal.
func confirm(ctx context.Context, env *app.Env, question, declined, advice string) error {
	c, err := env.Console()
	if err != nil {
		return app.Advise(fmt.Errorf("%s: %w", declined, err), "%s", advice)
	}
	return c.Agree(ctx, question, "", errors.New(declined))
}

// agree asks for the consent that the account's guard requires before a request
// is sent. what describes the request. yes accepts a confirm guard; no flag
// answers a typed confirm.
func agree(ctx context.Context, env *app.Env, guard *session.GuardError, what string, yes bool) (session.Consent, error) {
	agreed, advice := guard.Consent(), "pass --yes if you are sure"
	switch {
	case guard.Final():
		return session.Consent{}, guard
	case agreed.Typed != "":
		advice = "a person must type its name at a terminal; no flag replaces that"
	case yes:
		return agreed, nil
	}
	c, err := env.Console()
	if err != nil {
		return session.Consent{}, app.Advise(guard, "%s", advice)
	}
	question := guard.Question(what, guard.Account)
	if agreed.Typed != "" {
		question += " Type " + agreed.Typed
	}
	return agreed, c.Agree(ctx, question, agreed.Typed, errors.New("nothing was sent"))
}

// approve asks whether the user trusts the file of a plan in its present form,
// since its author can send any request as the accounts.
func approve(ctx context.Context, r *app.Ring, p *suite.Plan) error {
	return r.Approve(ctx, p.Suite.Source, func(ask *term.Console) {
		ask.Say("sends %s as %s", p.Suite.Name, identityNames(p))
		for _, one := range p.Cases {
			ask.Say("  %s %s", one.Request.Method, cmp.Or(one.Spec("").Target, "/"))
		}
	})
}

// trustFlag adds the flag that approves the project's choice of an account.
func trustFlag(cmd *cobra.Command, env *app.Env) {
	cmd.Flags().BoolVar(&env.Trust, "trust", false, "trust the tokenring.yaml that chooses the account, in its present form")
}

// identityNames lists the accounts that a plan runs as, and their servers.
func identityNames(p *suite.Plan) string {
	var names []string
	for _, a := range p.Identities {
		where := a.Host
		if a.Environment != "" {
			where = a.Environment + ", " + where
		}
		names = append(names, secret.CleanLine(a.Name+" ("+where+")"))
	}
	return strings.Join(names, ", ")
}

// agreeAll asks once for each guard of a plan.
func agreeAll(ctx context.Context, env *app.Env, r *app.Ring, p *suite.Plan, yes bool) (map[string]session.Consent, error) {
	asks, err := r.Requests.GuardsFor(ctx, p)
	if err != nil {
		return nil, err
	}
	agreed := map[string]session.Consent{}
	what := prose.Count(len(p.Cases), "request") + " of " + secret.CleanLine(p.Suite.Name)
	for _, ask := range asks {
		if agreed[ask.Account], err = agree(ctx, env, ask, what, yes); err != nil {
			return nil, err
		}
	}
	return agreed, nil
}
