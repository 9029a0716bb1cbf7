package flow

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// facts holds the values of the account and of the flow so far, and builds the scope for jq.
type facts struct {
	runner    *Runner           // nil: no call is made
	report    func(text string) // reports slow work; may be nil
	flow      session.Flow
	sub       *Subject
	def       *definition.Definition
	vars      map[string]any           // see SendOptions
	given     jq.Scope                 // with a person's request: its values, and the time
	hide      []secret.String          // see SendOptions
	resolved  map[string]secret.String // read from the subject's sources
	connected map[string]secret.String // read from the sources of its connection
	answers   map[string]secret.String // what the person answered
	captures  map[string]secret.String // of the session and of this flow
	sources   map[string]*stepAnswer   // the answer of each new capture; nil for a step without one
	cookies   map[string]answer.Cookie // whose values are new captures
	answer    *stepAnswer              // the last one; nil before the first
	called    *url.URL                 // the address of the last request, without a token in its path
	offset    time.Duration            // server clock minus ours
	hasOffset bool                     // an answer of this flow gave offset
	to        destinations             // set by open

	made derived
}

// derived caches values computed from facts until they change.
type derived struct {
	chosen   bool // login and mode are known
	login    *definition.Login
	mode     *definition.Attach
	scope    jq.Scope // nil: not made
	judged   bool     // outcome is known
	outcome  *definition.Outcome
	redactor *secret.Redactor // of credentials
}

// learn must be called after every change of the other fields or of the subject.
func (f *facts) learn() { f.made = derived{} }

// answered sets the answer. No login, attach mode or credential depends on it.
func (f *facts) answered(a *stepAnswer) {
	f.answer = a
	f.made.judged, f.made.outcome = false, nil
	if f.made.scope != nil {
		maps.Copy(f.made.scope, a.scope) // with the names of the answer before
	}
}

// newFacts starts with the account and, except for a login, its session.
func newFacts(sub *Subject, flow session.Flow) *facts {
	f := &facts{
		flow: flow, sub: sub, def: sub.Definition, offset: sub.Offset,
		resolved: map[string]secret.String{}, connected: map[string]secret.String{}, answers: map[string]secret.String{},
		captures: map[string]secret.String{}, sources: map[string]*stepAnswer{}, cookies: map[string]answer.Cookie{},
	}
	if flow != session.FlowLogin {
		maps.Copy(f.captures, sub.Tokens)
	}
	return f
}

// login returns the subject's login, or the first usable one.
func (f *facts) login(ctx context.Context) *definition.Login {
	login, _ := f.choose(ctx)
	return login
}

// mode returns the subject's attach mode, the first usable one, or nil.
func (f *facts) mode(ctx context.Context) *definition.Attach {
	_, mode := f.choose(ctx)
	return mode
}

func (f *facts) choose(ctx context.Context) (*definition.Login, *definition.Attach) {
	if f.made.chosen {
		return f.made.login, f.made.mode
	}
	login := f.findLogin(ctx)
	mode := f.def.ModeFor(f.sub.Attach, func(when *jq.Query) bool { return f.offers(ctx, when, login) })
	if ctx.Err() == nil { // else conditions did not hold for that reason
		f.made.chosen, f.made.login, f.made.mode = true, login, mode
	}
	return login, mode
}

func (f *facts) findLogin(ctx context.Context) *definition.Login {
	for i := range f.def.Logins {
		l := &f.def.Logins[i]
		if f.sub.Login == l.Name || f.sub.Login == "" && f.offers(ctx, l.When, l) {
			return l
		}
	}
	return nil
}

// offers evaluates the condition of a login or attach mode on the account.
func (f *facts) offers(ctx context.Context, when *jq.Query, login *definition.Login) bool {
	return when == nil || when.Match(ctx, f.account(login)) // most have none
}

// account returns the values of the account, with a stand-in for each secret that has not been
// read: conditions may test whether there is one.
func (f *facts) account(login *definition.Login) jq.Scope {
	of, name := [2][]definition.Field{f.def.Fields}, f.sub.Login
	if login != nil {
		of[1], name = login.Fields, login.Name
	}
	const others = 12 // of tokens, and of an answer
	scope := make(jq.Scope, len(of[0])+len(of[1])+others)
	scope["login"], scope["attach"] = name, f.sub.Attach
	for name, v := range f.sub.Fields {
		scope[name] = fieldValue(&definition.Field{}, v)
	}
	for _, fields := range of {
		for i := range fields {
			scope[fields[i].Name] = fieldValue(&fields[i], f.sub.Fields[fields[i].Name])
		}
	}
	f.addResolved(scope, secret.New(secret.Hidden))
	return scope
}

// fieldValue converts v for jq: nil becomes the default, integers become int, and addresses lose
// a trailing slash.
func fieldValue(f *definition.Field, v any) any {
	switch v := cmp.Or(v, f.Default).(type) {
	case int64:
		return int(v)
	case string:
		if f.Type == definition.TypeURL {
			return strings.TrimRight(v, "/")
		}
		return v
	default:
		return v
	}
}

// addResolved adds the secrets that have been read to scope, and standIn for the others.
func (f *facts) addResolved(scope jq.Scope, standIn any) {
	for name := range f.sub.Sources {
		scope[name] = standIn
	}
	for name, v := range f.resolved {
		scope[name] = v
	}
}

// scope returns the current scope for jq, which must not be changed. A secret that has not been
// read is null: a stand-in must not be sent.
func (f *facts) scope(ctx context.Context) jq.Scope {
	if f.made.scope != nil {
		return f.made.scope
	}
	scope := f.account(f.login(ctx))
	if m := f.mode(ctx); m != nil {
		scope["attach"] = m.Name
	}
	f.addResolved(scope, nil)
	for _, from := range []map[string]secret.String{f.answers, f.captures} {
		for name, v := range from {
			scope[name] = v
		}
	}
	if f.vars != nil {
		scope["vars"] = f.vars
	}
	maps.Copy(scope, f.given)
	if f.answer != nil {
		maps.Copy(scope, f.answer.scope)
	}
	if f.made.chosen {
		f.made.scope = scope
	}
	return scope
}

// scopeWith is scope overridden by further values.
func (f *facts) scopeWith(ctx context.Context, further jq.Scope) jq.Scope {
	scope := maps.Clone(f.scope(ctx))
	maps.Copy(scope, further)
	return scope
}

// texts evaluates templates to texts.
func texts(ctx context.Context, scope jq.Scope, templates ...*jq.Template) ([]string, error) {
	made := make([]string, len(templates))
	for i, t := range templates {
		var err error
		if made[i], _, err = t.Text(ctx, scope); err != nil {
			return nil, broken(err)
		}
	}
	return made, nil
}

// holds evaluates a condition of the definition, which may test for a secret that has not been
// read.
func (f *facts) holds(ctx context.Context, when *jq.Query) bool {
	if when == nil || len(f.sub.Sources) == 0 {
		return when.Match(ctx, f.scope(ctx))
	}
	known := jq.Scope{}
	f.addResolved(known, secret.New(secret.Hidden))
	return when.Match(ctx, f.scopeWith(ctx, known))
}

// reads reports whether q reads the named value.
func reads(q *jq.Query, name string) bool { return slices.Contains(q.Refs(), name) }
