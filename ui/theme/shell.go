package theme

import (
	"strconv"

	"tokenring/session"
)

// ofState returns the role of a state's colour, and its sign.
func ofState(s session.State) (name, sign string) {
	switch s {
	case session.StateValid:
		return "valid", SignValid
	case session.StateExpiring:
		return "soon", SignExpiring
	case session.StateExpired:
		return "soon", SignExpired
	case session.StateNeedsLogin:
		return "dead", SignNeedsLogin
	case session.StateFailed:
		return "dead", SignFailed
	case session.StateNotYet:
		return "soon", SignNotYet
	case session.StateUnknown:
		return "unknown", SignUnknown
	case session.StateWorking:
		return "accent", Spinner(0)
	}
	return "faint", SignNoSession
}

// Shell returns the sign of a state, and the sequence that begins its colour, one
// of sixteen, up to ShellEnd. It needs no Theme: the prompt of a shell has no time to make one.
func Shell(s session.State) (open, sign string) {
	name, sign := ofState(s)
	n, _ := strconv.Atoi(roles[name].dark16) // every role of a state has one
	return "\x1b[" + strconv.Itoa(90+n-8) + "m", sign
}

// ShellEnd resets the colour of Shell.
const ShellEnd = reset

// ASCII replaces every sign of the program by a stand-in of the same width.
func ASCII(text string) string { return plain.Replace(text) }
