package flow

import (
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// run is one running flow.
type run struct {
	*facts
	prompter session.Prompter
	progress session.Progress
	keeps    bool           // a cancelled call returns what has arrived
	arrived  Arrived        // see SendOptions
	landing  *oauth.Landing // receives a returning browser; nil: none
	person   Person         // of the ID token
	apiURL   string         // the address of the API; "": base_url of the definition
	notes    []string       // for the user

	needs   []need          // captures of the steps that ran
	lookups map[string]need // the last need of each capture
}

func (r *Runner) run(sub *Subject, flow session.Flow) *run {
	x := &run{facts: newFacts(sub, flow), lookups: map[string]need{}}
	x.runner = r
	return x
}

// begin makes st the step that the run is at.
func (x *run) begin(st *stepResult) *stepResult {
	x.report = func(text string) {
		st.aside = true
		x.say(st, text)
	}
	return st
}

// failed locates a failure outside of every step.
func (x *run) failed(err error) error { return x.locate(err, &stepResult{}) }

// open determines where the calls of the flow may go.
func (x *run) open(ctx context.Context) (err error) {
	x.to, err = x.destinations(ctx)
	switch {
	case ctx.Err() != nil: // expressions fail after it
		return x.failed(cancelled(ctx.Err()))
	case err != nil:
		return x.failed(failure(session.BadConfig, err.Error()))
	}
	if x.sub.entered && x.flow != session.FlowLogin {
		return nil
	}
	for _, field := range x.def.FieldsFor(x.sub.Login) {
		stored, ok := x.sub.Fields[field.Name].(secret.String)
		if !ok {
			continue
		}
		switch clean, err := x.enter(ctx, field.Name, stored); {
		case err == nil:
			x.learn()
			x.sub.Fields[field.Name] = clean
		case x.flow == session.FlowLogin: // an older version may have stored it unchecked
			return x.failed(err)
		}
	}
	x.sub.entered = true
	return nil
}

// enter cleans an entered value and tells the user what was removed from it.
func (x *run) enter(ctx context.Context, name string, value secret.String) (secret.String, error) {
	value, note, err := x.cleanEntered(name, value)
	if err == nil && note != "" && x.prompter != nil {
		err = x.prompter.Show(ctx, session.Notice{Text: note})
	}
	return value, err
}

// single runs the one request of a flow.
func (x *run) single(ctx context.Context, req *definition.Request, do func(*stepResult) error) (*stepResult, error) {
	st := x.begin(&stepResult{index: 1, total: 1, call: req})
	err := x.locate(do(st), st)
	x.observe(ctx, st, &definition.Step{Request: req}, err)
	return st, err
}

// steps runs the steps in order and checks the required captures. gone is the condition of a
// logout for a dead session, which is a success.
func (x *run) steps(ctx context.Context, steps []definition.Step, gone *jq.Query) (res *Result, err error) {
	defer func() { x.leave(err) }()
	if err := x.open(ctx); err != nil {
		return nil, err
	}
	var st *stepResult
	var ended []string
	for i := range steps {
		st = x.begin(&stepResult{index: i + 1, total: len(steps)})
		if err := ctx.Err(); err != nil {
			return x.partial(ctx), x.locate(cancelled(err), st)
		}
		if !x.holds(ctx, steps[i].When) {
			x.skip(ctx, st, &steps[i])
			continue
		}
		dead, err := x.step(ctx, st, &steps[i], gone)
		err = x.locate(err, st)
		x.observe(ctx, st, &steps[i], err)
		if err != nil {
			return x.partial(ctx), err
		}
		if dead {
			res, err = x.finish(ctx, st)
			if err == nil {
				res.AlreadyDead, res.Ended, res.Refused = true, ended, x.refusedCaptures(ctx, st, gone)
			}
			return res, err
		}
		if steps[i].Request != nil && !isRefusal(st.answer.Status) {
			ended = append(ended, steps[i].Request.Spends()...)
		}
	}
	if at, err := x.check(ctx, len(steps)); err != nil {
		return x.partial(ctx), x.locate(err, at)
	}
	if x.renews() {
		if err := x.learnAPI(ctx); err != nil {
			return nil, x.locate(err, st) // drop the new tokens: they could go only to an unagreed origin
		}
	}
	res, err = x.finish(ctx, st)
	if err == nil {
		res.Ended = ended
	}
	return res, err
}

// refusedCaptures lists the captures that the answer of a logout reports as dead. A rejection is
// about the attached token, if there is one: other captures may be alive.
func (x *run) refusedCaptures(ctx context.Context, st *stepResult, gone *jq.Query) []string {
	if st.answer == nil { // a step decided, not the server
		return nil
	}
	if carried(st.request, st.answer.Response) && !(gone != nil && gone.Match(ctx, x.scope(ctx))) {
		return nil
	}
	return st.call.Spends()
}

// send sends a request and takes its answer.
func (x *run) send(ctx context.Context, st *stepResult, req *definition.Request) (err error) {
	st.call, st.request, st.answer = req, nil, nil
	if st.request, err = x.builder().build(ctx, req); err != nil {
		st.request = nil // incomplete
		return err
	}
	if st.aside && st.text != "" {
		x.tell(st, st.text)
	}
	if x.keeps {
		st.request.Arriving = func(part func() *transport.Response) { x.arrives(ctx, st, part, false) }
	}
	res, err := x.runner.client.Do(ctx, st.request)
	if err != nil {
		return unanswered(err)
	}
	if x.keeps {
		ctx = context.WithoutCancel(ctx)
	}
	if res.HasOffset {
		x.offset, x.hasOffset = res.Offset, true
	}
	res.Offset = x.offset
	x.arrives(ctx, st, func() *transport.Response { return res }, true)
	st.answer = &stepAnswer{Response: res}
	st.answer.scope, st.answer.isJSON = res.Scope()
	st.source = st.answer
	x.answered(st.answer)
	st.unkept = x.takeEach(ctx, st, req)
	return nil
}

// arrives reports an arriving or complete answer.
func (x *run) arrives(ctx context.Context, st *stepResult, response func() *transport.Response, whole bool) {
	if x.arrived == nil {
		return
	}
	sent := x.sent(ctx, st)
	x.arrived(func() *Answer {
		out := *sent
		out.Response = response()
		return &out
	}, whole)
}

// sent returns an Answer with what is known before the answer, or nil if the request could not
// be built.
func (x *run) sent(ctx context.Context, st *stepResult) *Answer {
	if st.request == nil {
		return nil
	}
	return &Answer{Sent: st.request, Call: x.callText(ctx, st), Redact: x.credentials()}
}

// call is send for flows, which need the whole answer.
func (x *run) call(ctx context.Context, st *stepResult, req *definition.Request) error {
	if err := x.send(ctx, st, req); err != nil {
		return err
	}
	if st.answer.Cut {
		return failure(session.TooLarge, st.answer.CutReason)
	}
	x.noteUnkept(st.unkept)
	return nil
}

// noteUnkept notes for the user why a value was not captured, unless err is nil. The flow goes
// on, since its other values may be the only ones that work.
func (x *run) noteUnkept(err error) {
	if f, ok := errors.AsType[*session.Failure](err); ok {
		x.notes = append(x.notes, "a value that the server sent is not kept: "+x.clean(f.Detail))
	}
}

// ask is call with a signature made for it.
func (x *run) ask(ctx context.Context, st *stepResult, sign *definition.Sign, req *definition.Request) error {
	if err := x.sign(ctx, st, sign); err != nil {
		return err
	}
	return x.call(ctx, st, req)
}

// finish returns the result of a flow whose last step is st.
func (x *run) finish(ctx context.Context, st *stepResult) (*Result, error) {
	from, err := x.checkExpected(ctx)
	if err == nil {
		return x.result(ctx), nil
	}
	at := stepResult{}
	if st != nil {
		at = *st
	}
	at.answer = from
	return nil, x.locate(err, &at)
}

// partial returns the captures of a refresh or check before it failed, or nil if there are none
// or they are not as the definition expects.
func (x *run) partial(ctx context.Context) *Result {
	ctx = context.WithoutCancel(ctx)
	if len(x.sources) == 0 || x.flow == session.FlowLogin || x.flow == session.FlowLogout {
		return nil
	}
	if _, err := x.checkExpected(ctx); err != nil {
		return nil
	}
	return x.result(ctx)
}

func (x *run) result(ctx context.Context) *Result {
	res := &Result{
		Values: x.captures, Lives: x.lives(ctx), Received: x.runner.now().Round(0),
		Offset: x.offset, HasOffset: x.hasOffset, Person: x.person, API: x.apiURL, Notes: x.notes,
	}
	res.Changed = x.changed(res.Lives)
	if a := x.answer; a != nil {
		res.Received, res.Status = a.Received, a.Status
	}
	return res
}
