package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/charmbracelet/x/term"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/widget"
)

// progress is one line on a terminal that says what is being done and goes
// when that is over. Elsewhere it is nothing.
type progress struct {
	mu    sync.Mutex
	out   io.Writer // nil: nobody looks
	width int
	shown bool
}

func (w *World) progress() *progress {
	f, ok := w.Stderr.(*os.File)
	if !ok || !isTerminal(f) {
		return &progress{}
	}
	width, _, err := term.GetSize(f.Fd())
	if err != nil || width < 1 {
		width = 80
	}
	return &progress{out: f, width: width}
}

// step tells where the flow of an account stands.
func (p *progress) step(account string) session.Progress {
	return func(s session.Step) {
		p.say("%s: step %d of %d: %s · ctrl+c cancels", account, s.Index, s.Of, s.Text)
	}
}

func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out == nil {
		return
	}
	fmt.Fprint(p.out, "\r\x1b[K"+widget.Cut(secret.CleanLine(fmt.Sprintf(format, args...)), p.width-1))
	p.shown = true
}

// clear takes the line away, before something else is written or asked.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.shown = false
}

// quietly makes a prompter that takes the line away before it asks.
func (p *progress) quietly(asks session.Prompter) session.Prompter {
	if asks == nil {
		return nil
	}
	return clearing{asks, p}
}

type clearing struct {
	session.Prompter
	line *progress
}

// Ask implements session.Prompter.
func (c clearing) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	c.line.clear()
	return c.Prompter.Ask(ctx, q)
}

// Show implements session.Prompter.
func (c clearing) Show(ctx context.Context, n session.Notice) error {
	c.line.clear()
	return c.Prompter.Show(ctx, n)
}
