package cli

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/emulator"
	"tokenring/ui"
	"tokenring/ui/clipboard"
	"tokenring/ui/keymap"
)

var errNoTerminal = usageError{errors.New(
	"there is no terminal to open the screen in; see tokenring --help for what works without one, or try tokenring demo")}

// runScreen opens the person's own ring.
func runScreen(ctx context.Context, w *World) error {
	if !w.terminal() {
		return errNoTerminal
	}
	c, err := w.config()
	if err != nil {
		return err
	}
	r, err := w.ownRing(ctx)
	if err != nil {
		return err
	}
	r.project = w.project
	return errors.Join(w.show(ctx, r, c, opening{}), r.close())
}

// runDemoScreen opens the screen on the demo's ring, with the person's own
// colours and keys.
func runDemoScreen(ctx context.Context, w *World, d *demo) error {
	c, err := w.config()
	if err != nil {
		return err
	}
	return w.show(ctx, d.ring, c, opening{
		greeting: "A demo on servers of its own: every password is “" + emulator.Password + "”, and nothing is kept.",
		account:  d.account("admin@edge"),
	})
}

// opening is what the screen begins with.
type opening struct{ greeting, account string }

// show runs the screen until the person quits.
func (w *World) show(ctx context.Context, r *ring, c *config, first opening) error {
	keys, err := keymap.New(c.Keys)
	if err != nil {
		return err
	}
	here, err := r.here()
	if err != nil {
		first.greeting = err.Error() // the screen opens all the same
	}
	err = ui.Run(ui.Config{
		Life: ctx, Manager: r.manager, Theme: c.theme(w), Keys: keys, Settings: c.settings(), Now: w.Now,
		After:      func(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd { return tea.Tick(d, msg) },
		Clipboard:  clipboard.New(w.Getenv),
		Overlays:   w.overlays(r),
		Greeting:   first.greeting,
		First:      first.account,
		Project:    here,
		Background: r.manager.KeepAlive,
	}, ui.Terminal{In: w.Stdin, Out: w.Stdout, Env: w.Env})
	if ctx.Err() != nil {
		return nil // asked to end from outside
	}
	return err
}
