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

// captureSet captures the values that the steps of a flow name, and reports those
// missing in the end.
type captureSet struct {
	facts   *facts
	needs   []need
	lookups map[string]need // the last one of each capture
}

// need is a capture of a step that ran.
type need struct {
	name  string
	query *jq.Query
	met   bool // by this step; else an older value may stand
	step  *stepResult
}

// take captures what a step names from what jq sees now.
func (s *captureSet) take(ctx context.Context, st *stepResult, captures []definition.Capture) error {
	scope := s.facts.scope(ctx)
	for _, c := range captures {
		v, err := c.Query.Value(ctx, scope)
		if ctx.Err() != nil {
			return cancelled(ctx.Err())
		}
		met, refused := false, error(nil)
		if err == nil {
			met, refused = s.store(&c, v, st.source)
		}
		s.note(st, &c, met, cmp.Or(err, refused))
		if refused != nil {
			return refused
		}
		if err != nil && !c.Optional {
			return uncaptured(&c, st.source, err)
		}
		n := need{c.Name, c.Query, met, st}
		s.lookups[c.Name] = n
		if !c.Optional {
			s.needs = append(s.needs, n)
		}
	}
	return nil
}

// takeEach captures what the definition takes from every answer. What an answer
// does not hold stays as it was, so nothing here can fail. It leaves out an answer that
// refused the session (an outcome token_rejected, or status 401 without an outcome): a
// server that does not know a session any more begins one without a user. Any other
// refusal may have exchanged the token all the same. An answer of another origin, to
// which a redirect led, brings no token of this account.
func (s *captureSet) takeEach(ctx context.Context, st *stepResult, req *definition.Request) {
	if len(s.facts.def.EachAnswer) == 0 || st.answer.CrossOrigin {
		return
	}
	kind := s.facts.verdict(ctx, st, req).kind
	if kind == session.TokenRejected || kind == "" && st.answer.Status == http.StatusUnauthorized {
		return
	}
	s.takeKnown(ctx, st, s.facts.def.EachAnswer)
}

// takeKnown captures what the answer of a step holds. The rest stays as it was.
func (s *captureSet) takeKnown(ctx context.Context, st *stepResult, captures []definition.Capture) {
	scope := s.facts.scope(ctx)
	for _, c := range captures {
		v, err := c.Query.Value(ctx, scope)
		met := false
		if err == nil {
			met, err = s.store(&c, v, st.answer)
		}
		s.note(st, &c, met, err)
	}
}

// store keeps a captured value and reports whether there was one: not when it
// is null or blank, or an object where a token should be. It refuses a value that
// could not be sent.
func (s *captureSet) store(c *definition.Capture, v any, from *stepAnswer) (met bool, err error) {
	text, ok := captureText(v)
	if !ok || isCompound(v) && slices.Contains(s.facts.def.TokenNames(), c.Name) {
		return false, nil
	}
	if from != nil && from.Note != "" && strings.Contains(text, "\ufffd") {
		if c.Optional {
			return false, nil
		}
		f := failure(session.Incomplete, c.Name+": "+from.Note)
		f.Meaning, f.Next = "what was captured cannot be read", "have the server send UTF-8, or name the charset of its answer"
		return false, f
	}
	if fault := s.facts.unfit(c.Name, text); fault != "" {
		f := failure(session.WrongToken, c.Name+": "+fault)
		f.Meaning, f.Next = "what was captured cannot be sent", "look at what the server sends, then at the definition's capture of "+c.Name
		return false, f
	}
	s.facts.learn()
	s.facts.captures[c.Name], s.facts.sources[c.Name] = secret.New(text), from
	delete(s.facts.cookies, c.Name)
	if cookie, is := from.cookie(c, text); is {
		cookie.CookieScope = cookie.Stated()
		s.facts.cookies[c.Name] = cookie
	}
	return true, nil
}

// cookie returns the cookie of the answer that a capture has the value of.
func (a *stepAnswer) cookie(c *definition.Capture, value string) (cookie answer.Cookie, ok bool) {
	if a == nil || !reads(c.Query, "cookies") && !reads(c.Query, "headers") {
		return cookie, false
	}
	for _, one := range a.Jar() { // of several the last, as jq sees it
		if one.Value == value {
			cookie, ok = one, true
		}
	}
	return cookie, ok
}

// unfit says why a capture cannot be sent where the definition sends it, or "".
func (f *facts) unfit(name, text string) string {
	switch {
	case slices.Contains(f.def.SentNames(), name):
		return token.Fault(text)
	case slices.Contains(f.def.PlacedNames(), name):
		return token.LineFault(text)
	}
	return ""
}

// note records a look for a capture, for an Observation.
func (s *captureSet) note(st *stepResult, c *definition.Capture, met bool, err error) {
	one := Captured{Name: c.Name, Optional: c.Optional, Query: c.Query, Err: err}
	if met {
		one.Value = s.facts.captures[c.Name]
	}
	st.captures = append(st.captures, one)
}

// captureText returns a value as it is stored: strings without blanks around
// them, which no header could carry; all else as JSON.
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

// check fails when a required capture has no value, or a login ends without the
// token that the account's requests carry. The step is the one to blame.
func (s *captureSet) check(ctx context.Context, total int) (*stepResult, error) {
	missing := s.missing()
	if n, lacks := s.primary(ctx); lacks {
		missing = append(missing, n)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	var names []string
	for _, n := range missing {
		name := n.name
		if slices.Contains(s.facts.def.TokenNames(), name) {
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

// missing lists the needs without a value. In a refresh an old value
// replaces one that the answer leaves out, unless the step captured nothing at all
// and so renewed nothing.
func (s *captureSet) missing() []need {
	met := map[*stepResult]bool{}
	for _, n := range s.needs {
		met[n.step] = met[n.step] || n.met
	}
	var out []need
	for _, n := range s.needs {
		if s.facts.captures[n.name].IsZero() || s.facts.flow == session.FlowRefresh && !met[n.step] {
			out = append(out, n)
		}
	}
	return out
}

// primary reports a login that brought no primary token: where captures are
// optional and steps are skipped, no single need says so.
func (s *captureSet) primary(ctx context.Context) (n need, lacks bool) {
	m := s.facts.mode(ctx)
	if s.facts.flow != session.FlowLogin || m == nil || m.Primary == "" || !s.facts.captures[m.Primary].IsZero() {
		return need{}, false
	}
	n = s.lookups[m.Primary]
	n.name = m.Primary
	return n, true
}
