package session

import (
	"fmt"
)

// Guard restricts the requests of an account.
type Guard string

// The guards, from the weakest to the strictest.
const (
	GuardNone         Guard = ""
	GuardReadOnly     Guard = "read-only"
	GuardConfirm      Guard = "confirm"
	GuardTypedConfirm Guard = "typed confirm"
)

// Guards lists every guard in the order of a form.
func Guards() []Guard {
	return []Guard{GuardNone, GuardReadOnly, GuardConfirm, GuardTypedConfirm}
}

// StrictestGuard stands for an unknown guard: a changed or damaged database must not lift one.
const StrictestGuard = GuardTypedConfirm

// Meaning explains the guard in one line.
func (g Guard) Meaning() string {
	switch g {
	case GuardReadOnly:
		return "only GET, HEAD and OPTIONS are sent"
	case GuardConfirm:
		return "every test request asks for confirmation"
	case GuardTypedConfirm:
		return "every test request asks for the account's name"
	}
	return "no guard: test requests are sent at once"
}

// Consent holds the user's consent to a request.
type Consent struct {
	Confirmed bool   // for a confirm guard
	Typed     string // for a typed confirm guard: the account's name
}

// GuardError reports that the account's guard stopped a request.
type GuardError struct {
	Account string
	Guard   Guard
	Method  string
}

func (e *GuardError) Error() string {
	if e.Guard == GuardReadOnly {
		return fmt.Sprintf("%s is read-only: it sends only GET, HEAD and OPTIONS, not %s; change its guard first", e.Account, e.Method)
	}
	return fmt.Sprintf("%s asks before every request", e.Account)
}

// Final reports whether no consent can authorize the request.
func (e *GuardError) Final() bool { return e.Guard == GuardReadOnly }

// Question returns the question whether to send what, which may be empty, as an identity.
func (e *GuardError) Question(what, as string) string {
	if what != "" {
		what += " "
	}
	return "Send " + what + "as " + as + "?"
}

// Consent returns the consent that authorizes the request. The user must type Typed unless
// it is empty.
func (e *GuardError) Consent() Consent {
	if e.Guard == GuardTypedConfirm {
		return Consent{Typed: e.Account}
	}
	return Consent{Confirmed: true}
}

// Authorize returns a *GuardError unless the account's guard permits a request. safe says
// that the request changes nothing.
func (a *Account) Authorize(method string, safe bool, c Consent) error {
	permitted := a.Guard == GuardNone
	switch a.Guard {
	case GuardReadOnly:
		permitted = safe
	case GuardConfirm:
		permitted = c.Confirmed
	case GuardTypedConfirm:
		permitted = c.Typed == a.Name
	}
	if permitted {
		return nil
	}
	return &GuardError{Account: a.Name, Guard: a.Guard, Method: method}
}
