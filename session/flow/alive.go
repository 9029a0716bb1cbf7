package flow

import (
	"context"
	"net/http"

	"tokenring/session"
	"tokenring/session/definition"
)

// alive reads the answer to a check. Only one that says so is a no: trouble on
// the way, or a page of somebody else, leaves the question open.
func (f *facts) alive(ctx context.Context, check *definition.Check) (bool, error) {
	status := f.answer.Status
	if o := f.outcome(ctx); o != nil && o.Is != session.Challenge {
		if o.Is == session.TokenRejected {
			return false, nil
		}
		return false, f.refused(ctx, o)
	}
	if check.Alive == nil {
		return f.aliveByStatus(ctx)
	}
	alive, err := check.Alive.Test(ctx, f.scope(ctx))
	switch {
	case alive:
		return true, nil
	case isSuccess(status) && f.answer.lacks(check.Alive) && len(f.answer.Body) > 0:
		return false, failure(session.NotJSON, f.answer.Describe(check.Alive))
	case err != nil && isSuccess(status):
		return false, broken(err)
	case isSuccess(status), isRefusal(status):
		return false, nil
	}
	return false, f.unexplained(ctx)
}

// aliveByStatus is for a check without a rule of its own. Where a redirect led,
// status 200 says nothing: it may be the page that asks for a login.
func (f *facts) aliveByStatus(ctx context.Context) (bool, error) {
	res := f.answer
	switch {
	case isSuccess(res.Status) && len(res.Hops) > 0 && !res.isJSON:
		return false, failure(session.NotJSON, "a redirect led to it; "+res.Describe(nil))
	case isSuccess(res.Status) && res.CrossOrigin:
		return false, failure(session.Unexpected, "a redirect led to another host, where the token did not go")
	case isSuccess(res.Status):
		return true, nil
	case res.Status == http.StatusUnauthorized:
		return false, nil
	}
	return false, f.unexplained(ctx)
}

// isRefusal reports a status by which a server says no to this request, not to
// this moment.
func isRefusal(status int) bool {
	switch status {
	case http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }
