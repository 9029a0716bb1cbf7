package lifecycle

import (
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
)

// RefuseExpired returns a *session.Failure if the token that a flow brought for requests had
// expired when it came: such a session would replace one that may live. Then it takes
// that token out of res, and leaves the one that the session had.
func RefuseExpired(of session.Flow, was *session.Session, sub *flow.Subject, res *flow.Result) error {
	rec := session.Record{Session: successor(was, sub, res)}
	end, known := rec.End(rec.Session.Primary(), res.Received)
	if !known || end.After(res.Received) {
		return nil
	}
	withoutPrimary(sub, res) // what else it brought may be the only refresh token that works
	f := &session.Failure{
		Flow: of, Kind: session.ExpiredToken, Meaning: "the token has already expired",
		Detail: "it was valid until " + end.Local().Format(time.DateTime), Next: "get a new token and log in with it",
	}
	if calledServer(res) {
		f.Meaning = "the token that the server sent has already expired"
		f.Next = "compare the server's clock with that of this machine: tokenring doctor --online"
	}
	return f
}

// calledServer reports whether a flow called a server.
func calledServer(res *flow.Result) bool { return res.Status != 0 }

// withoutPrimary takes the token of requests out of what a flow brought, and leaves the
// one that the session had.
func withoutPrimary(sub *flow.Subject, res *flow.Result) {
	name := sub.Primary()
	res.Changed = slices.DeleteFunc(res.Changed, func(changed string) bool { return changed == name })
	delete(res.Values, name)
	delete(res.Lives, name)
	if old, had := sub.Tokens[name]; had {
		res.Values[name], res.Lives[name] = old, sub.Lives[name]
	}
}
