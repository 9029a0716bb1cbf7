// Package requestui holds what the screens of test requests have in common: the
// messages they open each other with, the guard's question before a request leaves, the choice
// between two kinds of curl command, and how methods, statuses and sizes are
// written.
package requestui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

// Send asks the root to open the screen that a message belongs to: one of
// OpenRequest, RequestForm, Pair, PickAccount and AddToSuite. The screens open
// each other so without knowing each other.
func Send(msg any) tea.Cmd { return func() tea.Msg { return msg } }

// OpenRequest asks for a response: of a run at hand, of one in the history, or
// of a request that is sent at once.
type OpenRequest struct {
	Account *session.Snapshot
	Run     *request.Run  // shows this run; nil: see RunID
	RunID   string        // opens this run; "" sends Spec
	Spec    *request.Spec // must not change any more
	Agreed  session.Consent
}

// PickAccount asks for the choice of an account to send a request again as.
type PickAccount struct {
	Was    Side
	Chosen func(Side) tea.Cmd // run with the answer once the choice has closed
}

// AddToSuite asks for the choice of a suite to add a request to.
type AddToSuite struct {
	Account *session.Snapshot
	Spec    request.Spec
}

// RequestForm asks for the editor of a request.
type RequestForm struct {
	Account *session.Snapshot
	Spec    request.Spec
	Focus   string // the field to begin with: a field of request.FieldError, or "name"
}

// Open asks the question of the account's guard, sends the request and shows the
// response. It says why a request is refused.
func Open(c *screen.Context, s *session.Snapshot, spec *request.Spec) tea.Cmd {
	return Guard(c, Side{Account: s}, spec, func(agreed session.Consent) tea.Cmd {
		return Send(OpenRequest{Account: s, Spec: spec, Agreed: agreed})
	})
}

// Guard runs do once the account's guard lets the request pass: at once, or
// after the person agreed. It tells what a read-only account refuses.
func Guard(c *screen.Context, as Side, spec *request.Spec, do func(session.Consent) tea.Cmd) tea.Cmd {
	var refused *session.GuardError
	switch err := as.Account.Account.Authorize(Method(spec.Method), spec.Safe(), session.Consent{}); {
	case !errors.As(err, &refused):
		return do(session.Consent{})
	case refused.Final():
		return screen.NotifyError(refused)
	}
	return AskGuard(refused, as.Name(c), what(c, &as, spec), !spec.Safe(), do)
}

// AskGuard asks the question of a guard; text says what would be sent, and as
// which account.
func AskGuard(g *session.GuardError, as, text string, danger bool, do func(session.Consent) tea.Cmd) tea.Cmd {
	agreed := g.Consent()
	return screen.Ask(screen.Question{
		Title: g.Question("", as), Text: text, Yes: "send", Danger: danger || agreed.Typed != "", Typed: agreed.Typed,
		Do: func() tea.Cmd { return do(agreed) },
	})
}

// what says in one line which request goes where.
func what(c *screen.Context, as *Side, spec *request.Spec) string {
	a := &as.Account.Account
	text := c.Line(as.Account.CallText(spec.Method, spec.Path())) + " goes to " + Where(c, a)
	if as.Anonymous {
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
