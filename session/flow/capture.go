package flow

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// need is a capture of a step that ran.
type need struct {
	name  string
	query *jq.Query
	met   bool // by this step; otherwise an older value may count
	step  *stepResult
}

// takeCaptures evaluates the captures of a step.
func (x *run) takeCaptures(ctx context.Context, st *stepResult, captures []definition.Capture) error {
	scope := x.scope(ctx)
	for _, c := range captures {
		v, err := c.Query.Value(ctx, scope)
		if ctx.Err() != nil {
			return cancelled(ctx.Err())
		}
		met, refused := false, error(nil)
		if err == nil {
			met, refused = x.store(&c, v, st.source)
		}
		x.noteCapture(st, &c, met, cmp.Or(err, refused))
		if refused != nil {
			return refused
		}
		if err != nil && !c.Optional {
			return uncaptured(&c, st.source, err)
		}
		n := need{c.Name, c.Query, met, st}
		x.lookups[c.Name] = n
		if !c.Optional {
			x.needs = append(x.needs, n)
		}
	}
	return nil
}

// takeEach evaluates the captures of every answer, as takeKnown does. It skips an answer that
// rejected the session (an outcome token_rejected, or status 401 without an outcome), because a
// server may then start a session without a user; any other refusal may still have replaced the
// token. It also skips an answer of another origin after a redirect.
func (x *run) takeEach(ctx context.Context, st *stepResult, req *definition.Request) error {
	if len(x.def.EachAnswer) == 0 || st.answer.CrossOrigin {
		return nil
	}
	kind := x.verdict(ctx, st, req).kind
	if kind == session.TokenRejected || kind == "" && st.answer.Status == http.StatusUnauthorized {
		return nil
	}
	return x.takeKnown(ctx, st, x.def.EachAnswer)
}

// takeKnown evaluates captures; a missing value stays unchanged. So does one that cannot be
// sent, and the error is about the first of them.
func (x *run) takeKnown(ctx context.Context, st *stepResult, captures []definition.Capture) (refused error) {
	scope := x.scope(ctx)
	for _, c := range captures {
		v, err := c.Query.Value(ctx, scope)
		met := false
		if err == nil {
			met, err = x.store(&c, v, st.answer)
			refused = cmp.Or(refused, err)
		}
		x.noteCapture(st, &c, met, err)
	}
	return refused
}

// store stores a captured value and reports whether there was one. Null, a blank text, and an
// object in place of a token are none. It returns an error for a value that cannot be sent.
func (x *run) store(c *definition.Capture, v any, from *stepAnswer) (met bool, err error) {
	text, ok := captureText(v)
	if !ok || isCompound(v) && slices.Contains(x.def.TokenNames(), c.Name) {
		return false, nil
	}
	if from != nil && from.Note != "" && strings.Contains(text, "\ufffd") {
		if c.Optional {
			return false, nil
		}
		return false, explained(session.Incomplete, c.Name+": "+from.Note, "the captured value cannot be read", "make the server send UTF-8, or declare the charset of its answer")
	}
	if fault := x.unfit(c.Name, text); fault != "" {
		return false, explained(session.WrongToken, c.Name+": "+fault, "the captured value cannot be sent", "check what the server sends, then the definition's capture of "+c.Name)
	}
	x.learn()
	x.captures[c.Name], x.sources[c.Name] = secret.New(text), from
	delete(x.cookies, c.Name)
	if cookie, is := from.cookie(c, text); is {
		cookie.CookieScope = cookie.Stated()
		x.cookies[c.Name] = cookie
	}
	return true, nil
}

// cookie returns the cookie of the answer whose value was captured.
func (a *stepAnswer) cookie(c *definition.Capture, value string) (cookie answer.Cookie, ok bool) {
	if a == nil || !reads(c.Query, "cookies") && !reads(c.Query, "headers") {
		return cookie, false
	}
	for _, one := range a.Jar() { // the last of several, like jq
		if one.Value == value {
			cookie, ok = one, true
		}
	}
	return cookie, ok
}

// unfit returns why a capture cannot be sent where the definition sends it, or "".
func (f *facts) unfit(name, text string) string {
	switch {
	case slices.Contains(f.def.SentNames(), name):
		return token.Fault(text)
	case slices.Contains(f.def.PlacedNames(), name):
		return token.LineFault(text)
	}
	return ""
}

// noteCapture records the evaluation of a capture for an Observation.
func (x *run) noteCapture(st *stepResult, c *definition.Capture, met bool, err error) {
	one := Captured{Name: c.Name, Optional: c.Optional, Query: c.Query, Err: err}
	if met {
		one.Value = x.captures[c.Name]
	}
	st.captures = append(st.captures, one)
}

// captureText returns a value in its stored form: a string without surrounding blanks, which a
// header cannot carry; any other value as JSON.
func captureText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		text := strings.TrimSpace(v)
		return text, text != ""
	}
	text, err := jq.Marshal(v)
	return string(text), err == nil
}

func isCompound(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func uncaptured(c *definition.Capture, from *stepAnswer, err error) error {
	f := &session.Failure{
		Kind: session.BadDefinition, Detail: "capture of " + c.Name + ": " + reason(err), Expr: c.Query.Source(), Err: err,
	}
	if from != nil {
		f.Kind = session.Incomplete
		if from.lacks(c.Query) {
			f.Kind = session.NotJSON
		}
		f.Detail += "; " + from.Describe(c.Query)
	}
	return f
}

// check returns an error, with the step at fault, if a required capture has no value or a login
// did not get the token that the account's requests carry.
func (x *run) check(ctx context.Context, total int) (*stepResult, error) {
	missing := x.missing()
	if n, lacks := x.primary(ctx); lacks {
		missing = append(missing, n)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	var names []string
	for _, n := range missing {
		name := n.name
		if slices.Contains(x.def.TokenNames(), name) {
			name = session.TokenName(name)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	first, at := missing[0], stepResult{total: total}
	if first.step != nil {
		at = *first.step
	}
	at.answer = at.source
	f := failure(session.Incomplete, "there is no "+strings.Join(names, " and no "))
	if from := at.source; from != nil {
		f.Detail += " in the answer: " + from.Describe(first.query)
		if from.lacks(first.query) && len(from.Body) > 0 {
			f.Kind = session.NotJSON
		}
	}
	if first.query != nil {
		f.Expr = first.query.Source()
	}
	return &at, f
}

// missing lists the needs without a value. In a refresh, an old value counts, unless the step
// captured nothing at all and so renewed nothing.
func (x *run) missing() []need {
	met := map[*stepResult]bool{}
	for _, n := range x.needs {
		met[n.step] = met[n.step] || n.met
	}
	var out []need
	for _, n := range x.needs {
		if x.captures[n.name].IsZero() || x.flow == session.FlowRefresh && !met[n.step] {
			out = append(out, n)
		}
	}
	return out
}

// primary reports whether a login lacks the primary token. With optional captures and skipped
// steps, no single need shows that.
func (x *run) primary(ctx context.Context) (n need, lacks bool) {
	m := x.mode(ctx)
	if x.flow != session.FlowLogin || m == nil || m.Primary == "" || !x.captures[m.Primary].IsZero() {
		return need{}, false
	}
	n = x.lookups[m.Primary]
	n.name = m.Primary
	return n, true
}
