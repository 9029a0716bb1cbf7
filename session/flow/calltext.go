package flow

import (
	"context"
	"net/url"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// callText formats a call for display: as sent, with the known secrets masked, or before that
// with only the account's plain values filled in.
func (f *facts) callText(ctx context.Context, st *stepResult) string {
	base := f.to.base.String()
	if sent := st.request; sent != nil {
		return maskCall(session.CallText(sent.Method, base, addressOf(sent.URL)), f.credentials())
	}
	return secret.MaskPath(session.CallText(st.call.Method, base, f.sketch(ctx, st.call)))
}

// callAt returns the call of a Failure with its whole address and the names of its secrets, or
// "".
func (f *facts) callAt(st *stepResult) string {
	if st.call == nil {
		return ""
	}
	return secret.MaskPath(session.CallText(st.call.Method, "", f.sketch(context.Background(), st.call)))
}

// sketch formats the address of a request that has not been sent.
func (f *facts) sketch(ctx context.Context, req *definition.Request) string {
	values := f.account(f.login(ctx))
	if req.URL != nil {
		return req.URL.Sketch(ctx, values)
	}
	path := req.Path.Sketch(ctx, values)
	if path != "" && path[0] != '/' && path[0] != '?' && path[0] != '#' {
		path = "/" + path
	}
	return f.to.base.String() + path
}

// addressOf returns the address that a call was sent to, without its query.
func addressOf(u *url.URL) string {
	address := *u
	address.User, address.RawQuery, address.ForceQuery, address.Fragment, address.RawFragment = nil, "", false, "", ""
	return address.String()
}

// maskCall masks the known secrets in the text of a call, even short ones that are a whole
// segment of its path, and texts that look like secrets.
func maskCall(text string, known *secret.Redactor) string {
	segments := strings.Split(text, "/")
	for i, s := range segments {
		if plain, err := url.PathUnescape(s); err == nil && known.Text(plain) != plain {
			segments[i] = known.Text(plain)
		}
	}
	return secret.MaskPath(known.Text(strings.Join(segments, "/")))
}
