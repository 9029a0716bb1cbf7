// Package requestui is what the screens of test requests have in common: what the
// program lends them, the guard's question before a request leaves, the choice
// between two kinds of curl command, and how methods, statuses and sizes are
// written.
package requestui

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/manager"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

// Root is what the program lends the screens of test requests, so that they
// can open each other without knowing each other. It is made once and shared.
type Root struct {
	Ask      func(*screen.Context, screen.Question) screen.Overlay
	Response func(*screen.Context, *Root, OpenRequest) screen.Overlay
	Editor   func(*screen.Context, *Root, RequestForm) screen.Overlay
	Whom     func(c *screen.Context, was Side, chosen func(Side) tea.Cmd) screen.Overlay
	Compare  func(*screen.Context, *Root, Pair) screen.Overlay
	Keep     func(*screen.Context, *session.Snapshot, *request.Spec) screen.Overlay // in a suite of the folder
	Getenv   func(string) string                                                    // finds the person's editor
}

// OpenRequest says what a response shows: a run that is at hand, one of the
// history, or a request that is fired at once.
type OpenRequest struct {
	Account *session.Snapshot
	Run     *request.Run  // shows this run; nil: see RunID
	RunID   string        // opens this run; "" fires Spec
	Spec    *request.Spec // must not change any more
	Agreed  manager.FireOptions
}

// RequestForm says which request an editor shows.
type RequestForm struct {
	Account *session.Snapshot
	Spec    request.Spec
	Focus   string // the field to begin with: a field of request.FieldError, or "name"
}

// Open asks what the account's guard wants to have asked, fires the request
// and shows the response. A refusal is told with its reason.
func (r *Root) Open(c *screen.Context, s *session.Snapshot, spec *request.Spec) tea.Cmd {
	return r.Guard(c, Side{Account: s}, spec, func(agreed manager.FireOptions) tea.Cmd {
		return screen.Open(r.Response(c, r, OpenRequest{Account: s, Spec: spec, Agreed: agreed}))
	})
}

// Guard runs do once the account's guard lets the request pass: at once, or
// after the person agreed. What a read-only account refuses is told.
func (r *Root) Guard(c *screen.Context, as Side, spec *request.Spec, do func(manager.FireOptions) tea.Cmd) tea.Cmd {
	a := &as.Account.Account
	q := screen.Question{Title: "Fire as " + as.Name(c) + "?", Text: what(c, &as, spec), Yes: "fire", Danger: !spec.Safe()}
	switch a.Guard {
	case session.GuardReadOnly:
		if !spec.Safe() {
			refused := &manager.GuardError{Account: c.Line(a.Name), Guard: a.Guard, Method: Method(spec.Method)}
			return screen.NotifyError(refused)
		}
	case session.GuardConfirm:
		q.Do = func() tea.Cmd { return do(manager.FireOptions{Confirmed: true}) }
		return screen.Open(r.Ask(c, q))
	case session.GuardTypedConfirm:
		q.Danger, q.Typed = true, a.Name
		q.Do = func() tea.Cmd { return do(manager.FireOptions{Typed: a.Name}) }
		return screen.Open(r.Ask(c, q))
	}
	return do(manager.FireOptions{})
}

// what says in one line which request goes where.
func what(c *screen.Context, as *Side, spec *request.Spec) string {
	a := &as.Account.Account
	text := Method(spec.Method) + " " + c.Line(Target(a, spec.Path())) + " goes to " + Where(c, a)
	if as.Nobody {
		text += " without a token; the guard of " + c.Line(a.Name) + " holds all the same"
	}
	return text + "."
}

// Where names the server of an account and its environment, for a question.
func Where(c *screen.Context, a *session.Account) string {
	text := c.URL(a.BaseURL)
	if a.Environment != "" {
		text += " (" + c.Line(a.Environment) + ")"
	}
	return text
}
