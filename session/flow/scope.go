package flow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// facts holds what a flow knows: the values of the account, and what the flow
// has learned so far. It builds the scope that jq sees.
type facts struct {
	flow      session.Flow
	sub       *Subject
	def       *definition.Definition
	resolved  map[string]secret.String // read from the subject's sources
	connected map[string]secret.String // read from the sources of its connection
	answers   map[string]secret.String // what the person answered
	captures  map[string]secret.String // of the session and of this flow
	sources   map[string]*stepAnswer   // where each new capture came from; nil for a step without an answer
	cookies   map[string]answer.Cookie // those that new captures are the values of
	answer    *stepAnswer              // the last one; nil before the first
	offset    time.Duration            // server clock minus ours
	hasOffset bool                     // an answer of this flow gave offset
	to        destinations             // set by open

	made derived
}

// derived holds what facts make of what they know, until they learn more.
type derived struct {
	chosen   bool // login and mode are known
	login    *definition.Login
	mode     *definition.Attach
	scope    jq.Scope // nil: not made
	judged   bool     // outcome is known
	outcome  *definition.Outcome
	redactor *secret.Redactor // of credentials
}

// learn is called with every change of the other fields, and of the subject's.
func (f *facts) learn() { f.made = derived{} }

// take takes in an answer. No login, attach mode or credential depends on it.
func (f *facts) take(a *stepAnswer) {
	f.answer = a
	f.made.judged, f.made.outcome = false, nil
	if f.made.scope != nil {
		f.made.scope = maps.Clone(f.made.scope)
		maps.Copy(f.made.scope, a.scope) // with the names of the answer before
	}
}

// newFacts starts from the account and, but for a login, from its session.
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

// mode returns the subject's attach mode, or the first usable one; nil when the
// definition has none.
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

// offers evaluates the condition of a login or attach mode, which sees the account.
func (f *facts) offers(ctx context.Context, when *jq.Query, login *definition.Login) bool {
	return when == nil || when.Match(ctx, f.account(login)) // most have none
}

// account returns the values of the account, with a stand-in for each secret
// that was not read yet: conditions may ask whether there is one.
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

// fieldValue converts v to the form that jq knows: the default where there is
// none, integers as int, addresses without the slash at their end.
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

// addResolved puts into scope the secrets that were read, and standIn for those
// that were not.
func (f *facts) addResolved(scope jq.Scope, standIn any) {
	for name := range f.sub.Sources {
		scope[name] = standIn
	}
	for name, v := range f.resolved {
		scope[name] = v
	}
}

// scope returns everything that jq sees at this moment, for reading. A secret that
// was not read is null: nothing of a stand-in may leave.
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
	if f.sub.Vars != nil {
		scope["vars"] = f.sub.Vars
	}
	if f.answer != nil {
		maps.Copy(scope, f.answer.scope)
	}
	if f.made.chosen {
		f.made.scope = scope
	}
	return scope
}

// scopeWith is scope with further values, which take the place of others.
func (f *facts) scopeWith(ctx context.Context, further jq.Scope) jq.Scope {
	scope := maps.Clone(f.scope(ctx))
	maps.Copy(scope, further)
	return scope
}

// holds evaluates a condition of the definition, which may ask whether there is
// a secret that was not read.
func (f *facts) holds(ctx context.Context, when *jq.Query) bool {
	if when == nil || len(f.sub.Sources) == 0 {
		return when.Match(ctx, f.scope(ctx))
	}
	known := jq.Scope{}
	f.addResolved(known, secret.New(secret.Hidden))
	return when.Match(ctx, f.scopeWith(ctx, known))
}

// reads reports whether q reads the named value.
func reads(q *jq.Query, name string) bool { return q != nil && slices.Contains(q.Refs(), name) }

// ExpectScope returns what an expectation reads of the account beside the
// answer: its plain values, and captures that are no tokens.
func (s *Subject) ExpectScope() jq.Scope {
	f := newFacts(s, session.FlowLogin)
	for name, v := range s.Tokens {
		if !s.Lives[name].Token {
			f.captures[name] = v
		}
	}
	scope := f.scope(context.Background()) // its only reader
	maps.DeleteFunc(scope, func(name string, v any) bool {
		_, isSecret := v.(secret.String)
		_, isCapture := f.captures[name]
		return isSecret && !isCapture
	})
	return scope
}
