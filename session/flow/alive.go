package flow

import (
	"cmp"
	"context"
	"net/http"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/transport"
)

// alive evaluates the answer to a check. Only an explicit answer means no: network trouble, or
// a page of something else, is an error.
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

// aliveByStatus evaluates a check without a rule. After a redirect, status 200 proves nothing:
// it may be a login page.
func (f *facts) aliveByStatus(ctx context.Context) (bool, error) {
	res := f.answer
	switch {
	case isSuccess(res.Status) && len(res.Hops) > 0 && !res.isJSON:
		return false, failure(session.NotJSON, "a redirect led to it; "+res.Describe(nil))
	case isSuccess(res.Status) && res.CrossOrigin:
		return false, failure(session.Unexpected, "a redirect led to another host, which did not receive the token")
	case isSuccess(res.Status):
		return true, nil
	case res.Status == http.StatusUnauthorized:
		return false, nil
	}
	return false, f.unexplained(ctx)
}

// verdict is the verdict of an answer on the attached token.
type verdict struct {
	kind     session.OutcomeKind // see Answer
	checked  bool
	accepted bool
}

// verdict judges an answer to req. Its kind is that of its outcome, or TokenRejected if the
// check's own call fails its rule, or for status 401 with the attached token (RFC 9110, section
// 15.5.2). Without an outcome, a success proves that the server accepted the token, unless
// requests without a token succeed too.
func (f *facts) verdict(ctx context.Context, st *stepResult, req *definition.Request) (v verdict) {
	var alive bool
	var err error
	if v.checked = f.asChecked(ctx, st, req); v.checked {
		alive, err = f.alive(ctx, f.def.Check)
	}
	carried := carried(st.request, st.answer.Response)
	switch o := f.outcome(ctx); {
	case o != nil:
		v.kind = o.Is
	case v.checked && err == nil && !alive, !alive && carried && st.answer.Status == http.StatusUnauthorized:
		v.kind = session.TokenRejected
	case v.checked:
		v.accepted = alive && err == nil
	case carried:
		alive, err = f.aliveByStatus(ctx)
		v.accepted = alive && err == nil && !f.provesNothing(ctx, req)
	}
	v.accepted = v.accepted && v.kind == ""
	return v
}

// provesNothing reports whether req succeeds without a token too.
func (f *facts) provesNothing(ctx context.Context, req *definition.Request) bool {
	for i := range f.def.Requests {
		if known := &f.def.Requests[i]; known.NoProof && (known == req || f.sameCall(ctx, known, req)) {
			return true
		}
	}
	return false
}

// asChecked reports whether req carried the token and makes the same call as the check.
func (f *facts) asChecked(ctx context.Context, st *stepResult, req *definition.Request) bool {
	check := f.def.Check
	if check == nil || f.flow != session.FlowRequest && f.flow != session.FlowCheck || !carried(st.request, st.answer.Response) {
		return false
	}
	return req == check.Request || f.sameAttach(ctx, check.Request, req) && f.holds(ctx, check.When) && f.sameCall(ctx, check.Request, req)
}

// sameAttach reports whether two requests carry the token the same way.
func (f *facts) sameAttach(ctx context.Context, a, b *definition.Request) bool {
	name := func(r *definition.Request) string {
		if m := f.mode(ctx); m != nil && r.Attach == definition.AttachDefault {
			return m.Name
		}
		return r.Attach
	}
	return name(a) == name(b)
}

// sameCall reports whether a request has the same method, origin and path as the last one sent.
func (f *facts) sameCall(ctx context.Context, req, last *definition.Request) bool {
	if req.Method != last.Method {
		return false
	}
	to, err := f.builder().target(ctx, req)
	return err == nil && to.Scheme == f.called.Scheme && to.Host == f.called.Host &&
		cmp.Or(to.EscapedPath(), "/") == cmp.Or(f.called.EscapedPath(), "/") // an empty path is sent as /
}

// carried reports whether a request carried the attached token and no redirect
// dropped it.
func carried(sent *transport.Request, res *transport.Response) bool {
	return sent.Attaches() && !res.CrossOrigin
}

// isRefusal reports whether a status rejects the request permanently.
func isRefusal(status int) bool {
	switch status {
	case http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }
