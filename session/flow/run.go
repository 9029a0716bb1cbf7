package flow

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session/backend"
	"tokenring/session/expr"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// run is one flow on its way.
type run struct {
	r    *Runner
	sub  *Subject
	def  *backend.Definition
	flow backend.Flow
	ask  Prompter
	tell Progress

	where destinations
	gone  *expr.Query // answers that end a logout well

	step, of int
	said     string // the call of this step, for a Failure

	values   map[string]secret.String // captures
	asked    map[string]secret.String // what the person answered
	brought  map[string]*answer       // where each new value came from
	needs    []need
	last     *answer // what jq sees; nil before the first
	here     *answer // of this step, for a Failure; nil when it has none
	wasGone  bool
	offset   time.Duration
	measured bool
}

// need is a required capture of a step that ran.
type need struct {
	name  string
	query *expr.Query
	step  int
	said  string
	from  *answer // nil: the step had no request
}

func newRun(r *Runner, sub *Subject, flow backend.Flow) *run {
	return &run{
		r: r, sub: sub, def: sub.Definition, flow: flow,
		values: map[string]secret.String{}, asked: map[string]secret.String{},
		brought: map[string]*answer{}, offset: sub.Offset,
	}
}

func (x *run) keepTokens() { maps.Copy(x.values, x.sub.Tokens) }

// login returns the subject's login, or the first usable one.
func (x *run) login(ctx context.Context) *backend.Login {
	for i := range x.def.Logins {
		l := &x.def.Logins[i]
		if x.sub.Login == l.Name || x.sub.Login == "" && holds(ctx, l.When, x.fields(l)) {
			return l
		}
	}
	return nil
}

// mode returns the subject's attach mode, or the first usable one; nil when the
// definition has none.
func (x *run) mode(ctx context.Context) *backend.Attach {
	login := x.login(ctx)
	for i := range x.def.Attach {
		m := &x.def.Attach[i]
		if x.sub.Attach == m.Name || x.sub.Attach == "" && holds(ctx, m.When, x.fields(login)) {
			return m
		}
	}
	return nil
}

// fields is what the account itself brings to jq.
func (x *run) fields(login *backend.Login) expr.Scope {
	scope := expr.Scope{"login": x.sub.Login, "attach": x.sub.Attach}
	fields := x.def.Fields
	if login != nil {
		scope["login"] = login.Name
		fields = slices.Concat(fields, login.Fields)
	}
	for i := range fields {
		scope[fields[i].Name] = fieldValue(&fields[i], nil)
	}
	for name, v := range x.sub.Fields {
		scope[name] = fieldValue(fieldOf(fields, name), v)
	}
	return scope
}

func fieldOf(fields []backend.Field, name string) *backend.Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}

// fieldValue gives v the form that jq knows: the default where there is none,
// integers as int, addresses without the slash at their end.
func fieldValue(f *backend.Field, v any) any {
	if v == nil && f != nil {
		v = f.Default
	}
	switch w := v.(type) {
	case int64:
		return int(w)
	case string:
		if f != nil && f.Type == backend.TypeURL {
			return strings.TrimRight(w, "/")
		}
	}
	return v
}

// scope is everything jq sees at this moment.
func (x *run) scope(ctx context.Context) expr.Scope {
	scope := x.fields(x.login(ctx))
	if m := x.mode(ctx); m != nil {
		scope["attach"] = m.Name
	}
	for name, v := range x.asked {
		scope[name] = v
	}
	for name, v := range x.values {
		scope[name] = v
	}
	if x.last != nil {
		maps.Copy(scope, x.last.scope)
	}
	return scope
}

func holds(ctx context.Context, when *expr.Query, scope expr.Scope) bool {
	return when == nil || when.Match(ctx, scope)
}

// reads reports whether q reads the named field.
func reads(q *expr.Query, name string) bool { return q != nil && slices.Contains(q.Refs(), name) }

// runSteps runs the steps in order and checks what had to be captured.
func (x *run) runSteps(ctx context.Context, steps []backend.Step) error {
	x.of = len(steps)
	for i := range steps {
		st := &steps[i]
		x.step, x.said, x.here = i+1, "", nil
		if err := ctx.Err(); err != nil {
			return x.cancelled(err)
		}
		if !holds(ctx, st.When, x.scope(ctx)) {
			continue
		}
		from, err := x.runStep(ctx, st)
		if err != nil {
			return err
		}
		if x.wasGone {
			return nil
		}
		if err := x.capture(ctx, st.Capture, from); err != nil {
			return err
		}
	}
	return x.checkNeeds()
}

// runStep does the work of one step and returns its answer, if it has one.
func (x *run) runStep(ctx context.Context, st *backend.Step) (*answer, error) {
	switch {
	case st.Request != nil && st.Repeat != nil:
		return x.last, x.repeat(ctx, st)
	case st.Request != nil:
		x.progress(callText(st.Request))
		if err := x.call(ctx, st.Request); err != nil {
			return nil, err
		}
		return x.last, x.judge(ctx)
	case st.Prompt != nil:
		return nil, x.prompt(ctx, st.Prompt)
	case st.Show != nil:
		return nil, x.show(ctx, st.Show)
	}
	x.progress("taking over what was entered")
	return x.last, nil
}

func (x *run) progress(text string) {
	if x.tell != nil {
		x.tell(Step{Flow: x.flow, Index: x.step, Of: x.of, Text: x.clean(text)})
	}
}

// judge ends the flow when the last answer is a refusal, or none that anything
// explains.
func (x *run) judge(ctx context.Context) error {
	if x.gone != nil && x.gone.Match(ctx, x.scope(ctx)) {
		x.wasGone = true
		return nil
	}
	o := x.outcome(ctx)
	switch {
	case o == nil && isSuccess(x.last.res.Status):
		return nil
	case o == nil:
		return x.unexplained(ctx)
	case o.Is == backend.Challenge:
		return nil
	case o.Is == backend.TokenRejected && x.flow == backend.FlowLogout:
		x.wasGone = true
		return nil
	}
	return x.refused(ctx, o)
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// repeat asks again and again until the condition holds. While it does not,
// only an outcome that refuses ends the flow: RFC 8628 answers "not yet" with
// status 400, and "slow down" is no refusal either.
func (x *run) repeat(ctx context.Context, st *backend.Step) error {
	end := time.NewTimer(st.Repeat.For)
	defer end.Stop()
	text := callText(st.Request)
	x.progress(text)
	for {
		if err := x.call(ctx, st.Request); err != nil {
			return err
		}
		if st.Repeat.Until.Match(ctx, x.scope(ctx)) {
			return x.judge(ctx)
		}
		wait := st.Repeat.Every
		if o := x.outcome(ctx); o != nil && o.Is != backend.Challenge {
			at := x.retryAt(ctx, o)
			if o.Is != backend.RateLimited || at.IsZero() {
				return x.refused(ctx, o)
			}
			wait = max(wait, at.Sub(x.r.now()))
		}
		x.progress(text + ", waiting for the server")
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			pause.Stop()
			return x.cancelled(ctx.Err())
		case <-end.C:
			pause.Stop()
			return x.failure(Unexpected, "the server was not ready within "+st.Repeat.For.String())
		case <-pause.C:
		}
	}
}

func (x *run) prompt(ctx context.Context, p *backend.Prompt) error {
	label := p.Label
	if label == "" {
		label = p.Name
	}
	x.progress("asking for " + label)
	if x.ask == nil {
		return x.failure(NeedsPerson, "the server wants to know: "+label)
	}
	value, err := x.ask.Ask(ctx, Question{Name: p.Name, Label: p.Label, Help: p.Help, Secret: p.Secret})
	if err != nil {
		return x.declined(ctx, err)
	}
	x.asked[p.Name] = value
	return nil
}

func (x *run) show(ctx context.Context, s *backend.Show) error {
	n := Notice{}
	for _, f := range []struct {
		from *expr.Template
		to   *string
	}{{s.Text, &n.Text}, {s.URL, &n.URL}, {s.Code, &n.Code}} {
		if f.from == nil {
			continue
		}
		text, _, err := f.from.Text(ctx, x.scope(ctx))
		if err != nil {
			return x.broken(err)
		}
		*f.to = text
	}
	n.Text, n.URL, n.Code = secret.CleanText(n.Text), secret.CleanLine(n.URL), secret.CleanLine(n.Code)
	x.progress("showing what to do")
	if x.ask == nil {
		return x.failure(NeedsPerson, "the server wants you to do something in a browser")
	}
	if err := x.ask.Show(ctx, n); err != nil {
		return x.declined(ctx, err)
	}
	return nil
}

func (x *run) declined(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return x.cancelled(ctx.Err())
	}
	f := x.failure(Declined, "")
	f.Err = err
	return f
}

// exchange sends a request and takes in its answer.
func (x *run) exchange(ctx context.Context, req *backend.Request) error {
	x.said, x.here = x.callAt(req), nil
	wire, err := x.build(ctx, req)
	if err != nil {
		return err
	}
	res, err := x.r.client.Do(ctx, wire)
	if err != nil {
		return x.unanswered(err)
	}
	if res.HasOffset {
		x.offset, x.measured = res.Offset, true
	}
	x.last = newAnswer(res, x.offset)
	x.here = x.last
	x.captureEach(ctx)
	return nil
}

// call is exchange for flows, which need the whole answer.
func (x *run) call(ctx context.Context, req *backend.Request) error {
	if err := x.exchange(ctx, req); err != nil {
		return err
	}
	if x.last.res.Cut {
		return x.failure(TooLarge, x.last.res.CutReason)
	}
	return nil
}

// finish gives the result of a flow that went through.
func (x *run) finish(ctx context.Context) (*Result, error) {
	if err := x.checkExpected(ctx); err != nil {
		return nil, err
	}
	res := &Result{
		Values: x.values, Lives: x.lives(ctx), Received: x.r.now().Round(0),
		Offset: x.offset, HasOffset: x.measured, Gone: x.wasGone,
	}
	res.Changed = x.changed(res.Lives)
	if x.last != nil {
		res.Received, res.Status = x.last.res.Received, x.last.res.Status
		res.Message = x.message(ctx)
	}
	return res, nil
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

// everything knows every secret of this run: for what a Failure says.
func (x *run) everything() *secret.Redactor {
	known := x.secretFields()
	for _, from := range []map[string]secret.String{x.sub.Tokens, x.values, x.asked} {
		known = slices.AppendSeq(known, maps.Values(from))
	}
	return secret.NewRedactor(known...)
}

// credentials knows what opens something: for answers, which may well show an
// id that was captured.
func (x *run) credentials() *secret.Redactor {
	known := x.secretFields()
	named := x.credentialNames()
	for _, from := range []map[string]secret.String{x.sub.Tokens, x.values} {
		for name, v := range from {
			if slices.Contains(named, name) || token.Parse(v.Reveal()).Kind != token.Opaque {
				known = append(known, v)
			}
		}
	}
	return secret.NewRedactor(slices.AppendSeq(known, maps.Values(x.asked))...)
}

func (x *run) secretFields() []secret.String {
	var known []secret.String
	for _, v := range x.sub.Fields {
		if s, ok := v.(secret.String); ok {
			known = append(known, s)
		}
	}
	return known
}

// clean makes text from a server, or with values in it, fit for a Failure.
func (x *run) clean(s string) string {
	return bounded(secret.CleanLine(x.everything().Text(s)))
}

// maxWords is the longest text of a server that is passed on, in runes.
const maxWords = 300

func bounded(s string) string {
	runes := []rune(s)
	if len(runes) <= maxWords {
		return s
	}
	return string(runes[:maxWords-1]) + "…"
}

func (x *run) cancelled(err error) error {
	x.here = nil
	f := x.failure(KindTransport, "")
	f.Meaning, f.Next, f.Err = "it was cancelled", "start it again when you want it", err
	if errors.Is(err, context.DeadlineExceeded) {
		f.Meaning, f.Next = "it took too long", "try again"
	}
	return f
}

// unanswered makes a Failure of an exchange without an answer.
func (x *run) unanswered(err error) error {
	f := x.failure(KindTransport, "")
	f.Err = err
	var e *transport.Error
	if errors.As(err, &e) {
		f.Meaning, f.Next = x.clean(e.Text), e.Hint
	}
	return f
}
