package cli

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/manager"
	"tokenring/session/project"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/widget"
)

// project is that of the working folder, or nil where it belongs to none.
func (w *World) project() (*project.Project, error) {
	if w.Dir == nil {
		return nil, nil
	}
	dir, err := w.Dir()
	if err != nil {
		return nil, nil // a folder that was removed belongs to no project
	}
	path, err := project.Find(dir, w.home())
	if path == "" || err != nil {
		return nil, err
	}
	if near, err := filepath.Rel(dir, path); err == nil {
		return w.openProject(path, near)
	}
	return w.openProject(path, path)
}

// home is the person's own folder, above which no project is looked for.
func (w *World) home() string { return cmp.Or(w.Getenv("HOME"), w.Getenv("USERPROFILE")) }

// openProject reads a file, and calls it as the person would.
func (w *World) openProject(path, name string) (*project.Project, error) {
	p, err := project.Open(path, func() []string {
		dir, err := w.configDir()
		if err != nil {
			return nil
		}
		var names []string
		for _, def := range definition.NewCatalog(backendsIn(dir)).List() {
			names = append(names, def.Readable()...)
		}
		return names
	})
	if err == nil {
		return p, nil
	}
	text := strings.ReplaceAll(err.Error(), path, name)
	return nil, advise(fmt.Errorf("%s", text), "how it is written: tokenring smoke --help")
}

// approve makes sure that the person trusts the file of a plan as it stands:
// who wrote it could fire what they like as the accounts. trust answers for
// them.
func (w *World) approve(ctx context.Context, r *ring, p *suite.Plan, trust bool) error {
	err := r.manager.Trusted(ctx, p.Suite.Source)
	if err == nil {
		return nil
	}
	if trust {
		return r.manager.Trust(ctx, p.Suite.Source)
	}
	c, consoleErr := w.console()
	if consoleErr != nil {
		return advise(err, "read it, then pass --trust")
	}
	defer c.close()
	c.say("%v. It says:", err)
	c.say("fire %s as %s", p.Suite.Name, actorNames(p))
	for _, one := range p.Cases {
		c.say("  %s %s", one.Request.Method, cmp.Or(one.Spec("").Target, "/"))
	}
	yes, askErr := c.yes(ctx, "Approve the whole file as it stands?")
	switch {
	case askErr != nil:
		return askErr
	case !yes:
		return advise(err, "nothing was fired; read it, then answer y")
	}
	return r.manager.Trust(ctx, p.Suite.Source)
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
func (w *World) agreeAll(ctx context.Context, r *ring, p *suite.Plan, yes bool) (map[string]manager.FireOptions, error) {
	asks, err := r.manager.SuiteGuards(ctx, p)
	if err != nil {
		return nil, err
	}
	agreed := map[string]manager.FireOptions{}
	what := widget.Count(len(p.Cases), "request") + " of " + secret.CleanLine(p.Suite.Name)
	for _, ask := range asks {
		if agreed[ask.Account], err = w.agree(ctx, &session.Account{Name: ask.Account, Guard: ask.Guard}, what, yes); err != nil {
			return nil, err
		}
	}
	return agreed, nil
}
