package session

import (
	"context"
	"time"

	"tokenring/session/secret"
)

// Question asks the person for one value.
type Question struct {
	Name, Label, Help string
	Secret            bool
	Race              bool // something else may answer it first: the question is withdrawn when its context ends
	Confirm           bool // it is answered with Yes, or anything else
}

// Yes is the answer of a person who agrees.
const Yes = "yes"

// Notice puts something before the person while a flow goes on.
type Notice struct {
	Text, URL, Code string
	QR              string    // what a code for cameras holds; "": there is none
	Ends            time.Time // our clock, after which it is of no use; zero: it is not known

	Open    bool   // URL is to be opened in a browser
	Browser string // the account's own command for that; "": the person's browser
	Landing bool   // and comes back to this machine; else the person brings back where it ended
}

// Prompter asks the person. A nil Prompter means that there is no person: a flow
// that needs one ends with a Failure of kind NeedsPerson.
type Prompter interface {
	// Ask returns the answer, or an error when the person declined.
	Ask(ctx context.Context, q Question) (secret.String, error)
	// Show returns at once; the notice stays until the flow ends.
	Show(ctx context.Context, n Notice) error
}

// Progress receives each step before it runs, and while one waits.
type Progress func(Step)

// Step is the position of a flow.
type Step struct {
	Flow  Flow
	Index int // from 1
	Of    int
	Text  string // what the step does: its name, or "POST /login"
}
