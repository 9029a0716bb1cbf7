package session

import (
	"context"
	"time"

	"tokenring/session/secret"
)

// Question asks the user for one value.
type Question struct {
	Name, Label, Help string
	Secret            bool // what is typed is not shown
	Race              bool // something else may answer first: the question is withdrawn when its context ends
	Confirm           bool // a yes-or-no question; see Yes
}

// Yes is the answer of a user who agrees.
const Yes = "yes"

// Notice is shown to the user while a flow continues.
type Notice struct {
	Text, URL, Code string
	QR              string    // the content of a QR code; or ""
	Ends            time.Time // when it expires, our clock; zero: unknown

	Open    bool   // open URL in a browser
	Browser string // the account's own command for that; "": the default browser
	Landing bool   // the browser returns to this machine; otherwise the user enters the final address
}

// Prompter asks the user. A nil Prompter means that there is no user: a flow that needs
// one ends with a Failure of kind NeedsPerson.
type Prompter interface {
	// Ask returns the answer, or an error if the user declined.
	Ask(ctx context.Context, q Question) (secret.String, error)
	// Show returns at once; the notice stays until the flow ends.
	Show(ctx context.Context, n Notice) error
}

// Progress receives each step before it runs, and again while it waits.
type Progress func(Step)

// Step is the position of a flow.
type Step struct {
	Flow  Flow
	Index int // from 1
	Of    int
	Text  string // its name, or its call: "POST /login"
}
