package flow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// run is one flow on its way.
type run struct {
	r    *Runner
	sub  *Subject
	def  *definition.Definition
	flow session.Flow
	ask  session.Prompter
	tell session.Progress

	arrived func(*Answer) // see Runner.Send

	where destinations
	gone  *jq.Query // answers that end a logout well

	step, of int
	said     string // the call of this step, for a Failure

	values   map[string]secret.String // captures
	asked    map[string]secret.String // what the person answered
	fetched  map[string]secret.String // what was read from the subject's sources
	brought  map[string]*stepAnswer   // where each new value came from
	needs    []need
	sought   map[string]need    // the last look for each capture
	sent     *transport.Request // the last one
	went     *transport.Request // of this step, for an Observation; nil when it asked no server
	looked   []Captured         // by this step, for an Observation
	last     *stepAnswer        // what jq sees; nil before the first
	here     *stepAnswer        // of this step, for a Failure; nil when it has none
	wasGone  bool
	offset   time.Duration
	measured bool
}

// need is a capture of a step that ran.
type need struct {
	name  string
	query *jq.Query
	met   bool // by this step; else an older value may stand
	step  int
	said  string
	from  *stepAnswer // nil: the step had no request
}

func newRun(r *Runner, sub *Subject, flow session.Flow) *run {
	return &run{
		r: r, sub: sub, def: sub.Definition, flow: flow,
		values: map[string]secret.String{}, asked: map[string]secret.String{}, fetched: map[string]secret.String{},
		brought: map[string]*stepAnswer{}, sought: map[string]need{}, offset: sub.Offset,
	}
}

func (x *run) keepTokens() { maps.Copy(x.values, x.sub.Tokens) }

// login returns the subject's login, or the first usable one.
func (x *run) login(ctx context.Context) *definition.Login {
	for i := range x.def.Logins {
		l := &x.def.Logins[i]
		if x.sub.Login == l.Name || x.sub.Login == "" && x.offered(ctx, l.When, l) {
			return l
		}
	}
	return nil
}

// mode returns the subject's attach mode, or the first usable one; nil when the
// definition has none.
func (x *run) mode(ctx context.Context) *definition.Attach {
	login := x.login(ctx)
	for i := range x.def.Attach {
		m := &x.def.Attach[i]
		if x.sub.Attach == m.Name || x.sub.Attach == "" && x.offered(ctx, m.When, login) {
			return m
		}
	}
	return nil
}

// offered reports whether a login or mode may be chosen, by what the account
// itself brings.
func (x *run) offered(ctx context.Context, when *jq.Query, login *definition.Login) bool {
	return when == nil || when.Match(ctx, x.fields(login))
}

// fields is what the account itself brings to jq.
func (x *run) fields(login *definition.Login) jq.Scope {
	scope := jq.Scope{"login": x.sub.Login, "attach": x.sub.Attach}
	lists := [2][]definition.Field{x.def.Fields}
	if login != nil {
		scope["login"] = login.Name
		lists[1] = login.Fields
	}
	for _, fields := range lists {
		for i := range fields {
			scope[fields[i].Name] = fieldValue(&fields[i], nil)
		}
	}
	for name, v := range x.sub.Fields {
		scope[name] = fieldValue(cmp.Or(fieldOf(lists[0], name), fieldOf(lists[1], name)), v)
	}
	x.sourced(scope)
	return scope
}

func fieldOf(fields []definition.Field, name string) *definition.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

// fieldValue gives v the form that jq knows: the default where there is none,
// integers as int, addresses without the slash at their end.
func fieldValue(f *definition.Field, v any) any {
	if v == nil && f != nil {
		v = f.Default
	}
	switch w := v.(type) {
	case int64:
		return int(w)
	case string:
		if f != nil && f.Type == definition.TypeURL {
			return strings.TrimRight(w, "/")
		}
	}
	return v
}

// scope is everything jq sees at this moment.
func (x *run) scope(ctx context.Context) jq.Scope {
	scope := x.fields(x.login(ctx))
	if m := x.mode(ctx); m != nil {
		scope["attach"] = m.Name
	}
	x.unsourced(scope)
	for name, v := range x.asked {
		scope[name] = v
	}
	for name, v := range x.values {
		scope[name] = v
	}
	if x.sub.Vars != nil {
		scope["vars"] = x.sub.Vars
	}
	if x.last != nil {
		maps.Copy(scope, x.last.scope)
	}
	return scope
}

func holds(ctx context.Context, when *jq.Query, scope jq.Scope) bool {
	return when == nil || when.Match(ctx, scope)
}

// reads reports whether q reads the named field.
func reads(q *jq.Query, name string) bool { return q != nil && slices.Contains(q.Refs(), name) }

// exchange sends a request and takes in its answer.
func (x *run) exchange(ctx context.Context, req *definition.Request) error {
	x.said, x.here = x.callAt(ctx, req), nil
	wire, err := x.build(ctx, req)
	if err != nil {
		return err
	}
	x.sent, x.went = wire, wire
	res, err := x.r.client.Do(ctx, wire)
	if err != nil {
		return x.unanswered(err)
	}
	if res.HasOffset {
		x.offset, x.measured = res.Offset, true
	}
	res.Offset = x.offset
	if x.arrived != nil && len(x.def.EachAnswer) == 0 {
		x.arrived(&Answer{Sent: wire, Response: res, Redact: x.credentials()})
	}
	x.last = newAnswer(res)
	x.here = x.last
	x.captureEach(ctx)
	return nil
}

// call is exchange for flows, which need the whole answer.
func (x *run) call(ctx context.Context, req *definition.Request) error {
	if err := x.exchange(ctx, req); err != nil {
		return err
	}
	if x.last.Cut {
		return x.failure(session.TooLarge, x.last.CutReason)
	}
	return nil
}

// finish gives the result of a flow that went through.
func (x *run) finish(ctx context.Context) (*Result, error) {
	if err := x.checkExpected(ctx); err != nil {
		return nil, err
	}
	return x.result(ctx), nil
}

// partial returns what the answers brought before a flow failed, or nil when
// that is nothing or not what the definition expects of it.
func (x *run) partial(ctx context.Context) *Result {
	ctx = context.WithoutCancel(ctx)
	if len(x.brought) == 0 || x.checkExpected(ctx) != nil {
		return nil
	}
	return x.result(ctx)
}

func (x *run) result(ctx context.Context) *Result {
	res := &Result{
		Values: x.values, Lives: x.lives(ctx), Received: x.r.now().Round(0),
		Offset: x.offset, HasOffset: x.measured, Gone: x.wasGone,
	}
	res.Changed = x.changed(res.Lives)
	if x.last != nil {
		res.Received, res.Status = x.last.Received, x.last.Status
		res.Message = x.message(ctx)
	}
	return res
}

// changed names what differs from the subject's tokens: a new value, or the
// same one with another end.
func (x *run) changed(lives map[string]Life) []string {
	var names []string
	for name := range x.brought {
		old, had := x.sub.Tokens[name]
		if !had || !old.Equal(x.values[name]) || !lives[name].ExpiresAt.Equal(x.sub.Lives[name].ExpiresAt) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
