package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/clipboard"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Clipboard is the clipboard of the user's machine.
type Clipboard interface {
	// Available reports whether there is a clipboard that can be cleared again.
	Available() bool
	// Copy writes the value. After clipboard.ErrNone the root uses the terminal.
	Copy(ctx context.Context, v secret.String) error
	// Clear empties it if it still holds the value, and reports whether it did so.
	Clear(ctx context.Context, v secret.String) (bool, error)
}

// clip holds a copied value until it is cleared.
type clip struct {
	board Clipboard
	desk  screen.Desk
	value secret.String // zero if it need not be cleared
	until time.Time     // zero until it was copied
}

// slow limits the time of a clipboard's helper programs.
const slow = 2 * time.Second

func (c *clip) ticks() bool { return !c.until.IsZero() }

func (c *clip) view(ctx *screen.Context) string {
	if c.until.IsZero() {
		return ""
	}
	left := max(0, c.until.Sub(ctx.Now()))
	return ctx.Theme.Warn.Render("clipboard clears in " + widget.Left(left.Round(time.Second)))
}

// staleQuestion asks whether to copy a token that nothing renews, as it is needed to try
// what a server does with one.
func (m *Model) staleQuestion(s *session.Snapshot) screen.Question {
	return screen.Question{
		Title: "Copy the token of " + s.Account.Name + "?", Text: "It is not valid any more, and only a login renews it.", Yes: "copy",
		Danger: true, Do: func() tea.Cmd { return m.copyToken(s, false) },
	}
}

// copyToken copies an account's primary token, and with renew renews an expired one
// first.
func (m *Model) copyToken(s *session.Snapshot, renew bool) tea.Cmd {
	e, account, seen := m.engine, s.Account.ID, s.Record
	what := "the token of " + s.Account.Name
	if m.jobs.running[account] != nil {
		return screen.Refuse("another operation on " + s.Account.Name + " is running; copy when it is done")
	}
	return m.run(s, "copy", false, func(ctx context.Context) (outcome, error) {
		now, err := seen, error(nil)
		if renew {
			now, err = e.Sessions.Ensure(ctx, seen, 0)
		}
		if err != nil {
			return outcome{}, errors.New(secret.CleanLine(err.Error())) // hide a flow's failure, so that done reports it
		}
		if now.Session.Generation != seen.Session.Generation {
			what += " (the session was renewed first)"
		}
		v, err := e.Credentials.Token(ctx, now, "")
		return outcome{copy: &screen.CopiedMsg{Account: account, What: what, Value: v, Secret: true}}, err
	})
}

// copy writes a value to the clipboard and records that in the account's activity.
func (c *clip) copy(ctx *screen.Context, feed *session.Feed, msg screen.CopiedMsg) tea.Cmd {
	life, board := ctx.Life, c.board
	c.value, c.until = secret.String{}, time.Time{}
	if msg.Secret && ctx.Settings.ClearAfter > 0 {
		c.value = msg.Value // from now on: the program may end before it learns that it was copied
	}
	return c.desk.Run(life, func() func() tea.Cmd {
		err := clipboard.ErrNone
		if board != nil {
			limited, cancel := context.WithTimeout(life, slow)
			defer cancel()
			err = board.Copy(limited, msg.Value)
		}
		if msg.Account != "" {
			feed.Record(life, msg.Account, session.EventCopy, true, msg.What)
		}
		return func() tea.Cmd { return c.copied(ctx, &msg, err) }
	})
}

// copied reports where the value went, and schedules its removal.
func (c *clip) copied(ctx *screen.Context, msg *screen.CopiedMsg, err error) tea.Cmd {
	what := ctx.Line(msg.What)
	if errors.Is(err, clipboard.ErrNone) {
		c.value = secret.String{}
		text := msg.Value.Reveal()
		note := screen.NotedMsg{Level: screen.Advice, Text: handed(what, len(text), msg.Secret), Passing: true}
		return tea.Batch(tea.SetClipboard(text), func() tea.Msg { return note })
	}
	if err != nil {
		c.value = secret.String{}
		return screen.NotifyError(err)
	}
	done := screen.Notify(screen.Info, "copied "+what)
	if after := ctx.Settings.ClearAfter; !c.value.IsZero() {
		c.until = ctx.Now().Add(after)
		return tea.Batch(done, c.desk.After(ctx.Life, ctx.After, after, func() tea.Cmd { return c.clear(ctx.Life) }))
	}
	return done
}

// longForTerminal is the length from which terminals drop a text that is handed to them,
// in bytes: GNU screen takes 768, others some kilobytes.
const longForTerminal = 4096

// handed reports that a value of some bytes went to the terminal, which does not report what
// it did with it.
func handed(what string, length int, isSecret bool) string {
	text := "handed " + what + " to the terminal (OSC 52), which may refuse it"
	if length > longForTerminal {
		text += ", as many do with text this long"
	}
	if isSecret {
		text += "; it will not be cleared"
	}
	return text
}

// clear clears the clipboard, and tells what came of it.
func (c *clip) clear(life context.Context) tea.Cmd {
	takeBack := c.takeBack()
	return screen.Run(life, func() func() tea.Cmd {
		cleared, err := takeBack(life)
		return func() tea.Cmd {
			switch {
			case err != nil:
				return screen.Notify(screen.Warning, "the clipboard could not be cleared: "+secret.CleanLine(err.Error()))
			case cleared:
				return screen.Notify(screen.Info, "the clipboard is cleared")
			}
			return nil
		}
	})
}

// takeBack forgets the copied value, and returns what clears the clipboard if it still
// holds that.
func (c *clip) takeBack() func(life context.Context) (cleared bool, err error) {
	board, value := c.board, c.value
	c.value, c.until = secret.String{}, time.Time{}
	return func(life context.Context) (bool, error) {
		if value.IsZero() {
			return false, nil
		}
		ctx, cancel := context.WithTimeout(life, slow)
		defer cancel()
		return board.Clear(ctx, value)
	}
}

// End undoes what outlasts the screen: a copied token is removed from the clipboard if
// it is still there. Run calls it however the run ended.
func (m *Model) End() { _, _ = m.clip.takeBack()(context.Background()) }
