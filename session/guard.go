package session

import (
	"fmt"
	"slices"
)

// Guard restricts the requests of an account.
type Guard string

// The guards, from none to the strictest.
const (
	GuardNone         Guard = ""
	GuardReadOnly     Guard = "read-only"
	GuardConfirm      Guard = "confirm"
	GuardTypedConfirm Guard = "typed confirm"
)

// Guards lists every guard in the order a form shows them.
func Guards() []Guard {
	return []Guard{GuardNone, GuardReadOnly, GuardConfirm, GuardTypedConfirm}
}

// ReadGuard returns the guard that text names, or the strictest one if there is no
// such guard: a changed or damaged database must not lift a guard.
func ReadGuard(text string) Guard {
	if g := Guard(text); slices.Contains(Guards(), g) {
		return g
	}
	return GuardTypedConfirm
}

// Meaning explains the guard in one line.
func (g Guard) Meaning() string {
	switch g {
	case GuardReadOnly:
		return "only GET, HEAD and OPTIONS are sent"
	case GuardConfirm:
		return "every test request asks for confirmation"
	case GuardTypedConfirm:
		return "every test request asks for the account’s name"
	}
	return "no guard: test requests are sent at once"
}

// Consent holds the person's approvals for a request.
type Consent struct {
	Confirmed bool   // answered the question of a confirm guard
	Typed     string // what was typed for a typed-confirm guard: the account's name
}

// GuardError says that the account's guard requires the person's consent to a
// request.
type GuardError struct {
	Account string
	Guard   Guard
	Method  string
}

func (e *GuardError) Error() string {
	if e.Guard == GuardReadOnly {
		return fmt.Sprintf("%s is read-only: only GET, HEAD and OPTIONS leave, no %s; change its guard first", e.Account, e.Method)
	}
	return fmt.Sprintf("%s asks before every request", e.Account)
}

// Final reports whether no consent makes the request pass.
func (e *GuardError) Final() bool { return e.Guard == GuardReadOnly }

// Question asks whether what, which may be empty, is to be sent as an identity.
func (e *GuardError) Question(what, as string) string {
	if what != "" {
		what += " "
	}
	return "Send " + what + "as " + as + "?"
}

// Consent returns what the person agrees to by a yes. Typed, unless empty, must
// have been typed too.
func (e *GuardError) Consent() Consent {
	if e.Guard == GuardTypedConfirm {
		return Consent{Typed: e.Account}
	}
	return Consent{Confirmed: true}
}

// Authorize returns a *GuardError unless the account's guard lets a request of
// the method pass. safe says that the request changes nothing.
func (a *Account) Authorize(method string, safe bool, c Consent) error {
	pass := a.Guard == GuardNone
	switch a.Guard {
	case GuardReadOnly:
		pass = safe
	case GuardConfirm:
		pass = c.Confirmed
	case GuardTypedConfirm:
		pass = c.Typed == a.Name
	}
	if pass {
		return nil
	}
	return &GuardError{Account: a.Name, Guard: a.Guard, Method: method}
}
