package cli

import (
	"cmp"
	"context"
	"strings"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
)

// approve makes sure that the person trusts the file of a plan as it stands:
// who wrote it could fire what they like as the accounts. trust answers for
// them.
func approve(ctx context.Context, env *app.Env, r *app.Ring, p *suite.Plan, trust bool) error {
	err := r.Requests.Trusted(ctx, p.Suite.Source)
	if err == nil {
		return nil
	}
	if trust {
		return r.Requests.Trust(ctx, p.Suite.Source)
	}
	c, consoleErr := env.Console()
	if consoleErr != nil {
		return app.Advise(err, "read it, then pass --trust")
	}
	defer c.Close()
	c.Say("%v. It says:", err)
	c.Say("fire %s as %s", p.Suite.Name, actorNames(p))
	for _, one := range p.Cases {
		c.Say("  %s %s", one.Request.Method, cmp.Or(one.Spec("").Target, "/"))
	}
	yes, askErr := c.Yes(ctx, "Approve the whole file as it stands?")
	switch {
	case askErr != nil:
		return askErr
	case !yes:
		return app.Advise(err, "nothing was fired; read it, then answer y")
	}
	return r.Requests.Trust(ctx, p.Suite.Source)
}

// actorNames tells who a plan is fired as, and where.
func actorNames(p *suite.Plan) string {
	var names []string
	for _, a := range p.Actors {
		where := a.Host
		if a.Environment != "" {
			where = a.Environment + ", " + where
		}
		names = append(names, secret.CleanLine(a.Name+" ("+where+")"))
	}
	return strings.Join(names, ", ")
}

// agreeAll has the guards of a plan answered, each once for all of it.
func agreeAll(ctx context.Context, env *app.Env, r *app.Ring, p *suite.Plan, yes bool) (map[string]session.Consent, error) {
	asks, err := r.Requests.GuardsFor(ctx, p)
	if err != nil {
		return nil, err
	}
	agreed := map[string]session.Consent{}
	what := prose.Count(len(p.Cases), "request") + " of " + secret.CleanLine(p.Suite.Name)
	for _, ask := range asks {
		if agreed[ask.Account], err = agree(ctx, env, &session.Account{Name: ask.Account, Guard: ask.Guard}, what, yes); err != nil {
			return nil, err
		}
	}
	return agreed, nil
}
