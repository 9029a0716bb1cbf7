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

// framesPerSecond is Bubble Tea's frame clock, which runs even when nothing
// changes: at its default of 60 it alone costs half a percent of a core and
// more. A key is answered with the next frame, which adds 33 ms to it on
// average and 67 ms at most.
const framesPerSecond = 15

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
	life, cancel := context.WithCancel(ctx)
	defer cancel()
	here, err := r.here()
	if err != nil {
		first.greeting = err.Error() // the screen opens all the same
	}
	look := c.theme(w)
	model := ui.New(ui.Config{
		Life: life, Manager: r.manager, Theme: look, Keys: keys, Settings: c.settings(), Now: w.Now,
		After:     func(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd { return tea.Tick(d, msg) },
		Clipboard: clipboard.New(w.Getenv),
		Overlays:  w.overlays(r),
		Greeting:  first.greeting,
		First:     first.account,
		Project:   here,
	})
	drawn := w.firstFrame(model, look.Profile)
	go giveBack(life)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.manager.KeepAlive(life)
	}()
	_, err = tea.NewProgram(model,
		tea.WithContext(life), tea.WithInput(w.Stdin), tea.WithOutput(w.Stdout), tea.WithEnvironment(w.Env),
		tea.WithColorProfile(look.Profile), tea.WithFPS(framesPerSecond), tea.WithoutSignalHandler(),
	).Run()
	if drawn && err != nil && !errors.Is(err, tea.ErrProgramKilled) {
		w.undraw() // the loop never began
	}
	cancel()
	<-done
	if ctx.Err() != nil {
		return nil // asked to end from outside
	}
	return err
}
