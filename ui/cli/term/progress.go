package term

import (
	"fmt"
	"io"
	"sync"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/widget"
)

// Progress is a line on a terminal that shows the current step and disappears
// at the end. Without a terminal it does nothing.
type Progress struct {
	mu    sync.Mutex
	out   io.Writer // nil: no terminal
	shown bool
}

// Progress returns the progress line on standard error.
func (s *IO) Progress() *Progress {
	if s.progress == nil {
		s.progress = &Progress{}
		if Is(s.Err) {
			s.progress.out = s.Err
		}
	}
	return s.progress
}

// Step returns a session.Progress that shows the steps of an account's flow.
func (p *Progress) Step(account string) session.Progress {
	return func(s session.Step) {
		if s.Of == 0 {
			p.Say("%s: %s · ctrl+c cancels", account, s.Text)
			return
		}
		p.Say("%s: step %d of %d: %s · ctrl+c cancels", account, s.Index, s.Of, s.Text)
	}
}

// Say shows a line in place of the last one.
func (p *Progress) Say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.out == nil {
		return
	}
	fmt.Fprint(p.out, "\r\x1b[K"+widget.Cut(secret.CleanLine(fmt.Sprintf(format, args...)), columns(p.out)-1))
	p.shown = true
}

// Clear removes the line, so that other text can follow.
func (p *Progress) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	p.shown = false
}
