package cli

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/emulator"
	"tokenring/session/project"
	"tokenring/ui"
	"tokenring/ui/cli/app"
	"tokenring/ui/clipboard"
	"tokenring/ui/keymap"
	"tokenring/ui/screen/accounts"
	"tokenring/ui/screen/help"
)

// noTerminal returns why the screen cannot open.
func noTerminal(env *app.Env) error {
	if env.Getenv("TERM") == "dumb" {
		return app.Usagef("TERM=dumb names a terminal without a screen; set it to what this one is, as in TERM=xterm-256color")
	}
	return app.Usagef("the screen needs a terminal; see tokenring --help for what works without one, or try tokenring demo")
}

// runScreen opens the screen on the user's own ring. With viewOnly it sends, changes and
// copies nothing, by itself or by a key.
func runScreen(ctx context.Context, env *app.Env, viewOnly bool) error {
	if !env.CanOpenScreen() {
		return noTerminal(env)
	}
	c, err := env.Config()
	if err != nil {
		return err
	}
	r, err := env.Open(ctx)
	if err != nil {
		return err
	}
	if !viewOnly {
		err = r.Store.ReadOnly() // the screen also writes by itself
	}
	if err == nil {
		err = show(ctx, env, r, c, startup{viewOnly: viewOnly, project: env.Project})
	}
	return errors.Join(err, r.Close())
}

// runDemoScreen opens the screen on the demo's ring, with the user's
// colours and keys.
func runDemoScreen(ctx context.Context, env *app.Env, d *demo) error {
	c, err := env.Config()
	if err != nil {
		return err
	}
	first, err := d.Accounts.Read(ctx, "admin@edge")
	if err != nil {
		return err
	}
	return show(ctx, env, d.Ring, c, startup{
		greeting: "This demo runs on servers of its own: every password is “" + emulator.Password + "”, and nothing is saved.",
		account:  first.Account.ID,
	})
}

// startup holds the greeting and the selected account of a new screen, and whether it
// only shows the ring.
type startup struct {
	greeting, account string
	viewOnly          bool
	project           func() (*project.Project, error) // nil: none
}

// show runs the screen until the user quits.
func show(ctx context.Context, env *app.Env, r *app.Ring, c *app.Config, first startup) error {
	keys, err := keymap.New(c.Keys)
	if err != nil {
		return err
	}
	work, keep := background(r), func(o accounts.Order) error {
		return r.Store.PutMeta(context.WithoutCancel(ctx), orderName, []byte(o))
	}
	if first.viewOnly {
		keys, work, keep = keys.ViewOnly(), func(context.Context) {}, func(accounts.Order) error { return nil }
	}
	// SIGQUIT by itself leaves the terminal in the alternate screen. A second one still
	// ends a program that hangs. SIGHUP ends a screen under nohup too: its terminal is gone.
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	catch(ctx, cancel, syscall.SIGQUIT, syscall.SIGHUP)
	r.UnlockByVariable(ctx)                  // opened later, every account is read again
	r.Sessions.Waiting = nil                 // the screen shows it itself
	order, _ := r.Store.Meta(ctx, orderName) // without it, the list has its usual order
	err = ui.Run(ui.Config{
		Life: ctx, Engine: r.Engine, Theme: c.Appearance(env), Keys: keys, Settings: c.Settings(), Now: env.Now,
		After:      func(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd { return tea.Tick(d, msg) },
		Clipboard:  clipboard.New(env.Getenv),
		Environ:    env.Children(),
		Browse:     env.Browse,
		Places:     places(r),
		Folder:     ui.Folder{Project: first.project, Dir: env.Dir, Home: env.Home()},
		Greeting:   first.greeting,
		First:      first.account,
		Order:      accounts.Order(order),
		KeepOrder:  keep,
		Background: work,
	}, ui.Terminal{In: env.In, Out: env.Out, Env: env.Environ})
	if by := (interruption{}); errors.As(context.Cause(ctx), &by) {
		return exitStatus(by.exitCode())
	}
	return err
}

// orderName names the order of the list among the values of the whole ring.
const orderName = "order"

// background keeps sessions alive, and purges what was deleted a day ago.
func background(r *app.Ring) func(context.Context) {
	return func(ctx context.Context) {
		hourly := time.NewTicker(time.Hour)
		defer hourly.Stop()
		go func() {
			for ctx.Err() == nil {
				select {
				case <-hourly.C:
					_ = r.Store.PurgeOld(ctx) // tried again in an hour
				case <-ctx.Done():
				}
			}
		}()
		r.Sessions.KeepAlive(ctx)
	}
}

// places returns the paths of the ring's files. The demo has no settings.
func places(r *app.Ring) help.Places {
	p := help.Places{Store: r.Store.Dir(), Backends: r.Options.Backends, Version: version()}
	if !r.Options.Memory {
		p.Config = filepath.Join(filepath.Dir(r.Options.Backends), "config.yaml")
	}
	return p
}
