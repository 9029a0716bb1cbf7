package flow

import (
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// stepResult is the result of one step of a flow.
type stepResult struct {
	index, total int
	call         *definition.Request // nil: none
	request      *transport.Request  // call as sent; nil: not sent
	answer       *stepAnswer         // nil: none
	source       *stepAnswer         // of its captures: answer, or the last answer if it only captures
	captures     []Captured
	unkept       error  // why a value that came with the answer was not captured; nil: none
	text         string // the last text reported by tell
	aside        bool   // say has reported something else since
}

// stepAnswer is an answer with the scope made of it.
type stepAnswer struct {
	*transport.Response
	scope  jq.Scope
	isJSON bool
}

// lacks reports whether q reads the body but the answer is not JSON.
func (a *stepAnswer) lacks(q *jq.Query) bool { return !a.isJSON && reads(q, "body") }

// step runs one step with its captures. dead reports that a logout found the session dead.
func (x *run) step(ctx context.Context, st *stepResult, step *definition.Step, gone *jq.Query) (dead bool, err error) {
	if err := x.builder().resolve(ctx, func() []string { return readBeside(step) }); err != nil {
		return false, err
	}
	switch {
	case step.Sign != nil && step.Request == nil:
		x.tell(st, x.about(ctx, st, step))
		err = x.sign(ctx, st, step.Sign)
	case step.Request != nil:
		dead, err = x.request(ctx, st, step, gone)
	case step.Discover != nil:
		err = x.discover(ctx, st, step.Discover)
	case step.Authorize != nil:
		err = x.authorize(ctx, st, step.Authorize)
	case step.Browser != nil:
		err = x.browser(ctx, st, step.Browser)
	case step.Identify != nil:
		err = x.identify(ctx, st, step.Identify)
	case step.Prompt != nil:
		err = x.prompt(ctx, st, step.Prompt)
	case step.Show != nil:
		err = x.show(ctx, st, step.Show)
	case step.Note != nil:
		err = x.note(ctx, step.Note)
	case step.Fail != nil:
		return x.fail(ctx, step.Fail)
	default:
		x.tell(st, "taking over what was entered")
		st.source = x.answer
	}
	if err != nil || dead {
		return dead, err
	}
	return false, x.takeCaptures(ctx, st, step.Capture)
}

// tell reports the work of a step.
func (x *run) tell(st *stepResult, text string) {
	st.text, st.aside = text, false
	x.say(st, text)
}

// say reports progress within a step.
func (x *run) say(st *stepResult, text string) {
	if x.progress != nil {
		x.progress(session.Step{Flow: x.flow, Index: st.index, Of: st.total, Text: x.clean(text)})
	}
}

// request sends the request of a step, repeatedly if the step says so, and judges the answer.
func (x *run) request(ctx context.Context, st *stepResult, step *definition.Step, gone *jq.Query) (dead bool, err error) {
	x.tell(st, x.about(ctx, st, step))
	if step.Repeat == nil {
		err = x.ask(ctx, st, step.Sign, step.Request)
	} else {
		err = x.repeat(ctx, st, step)
	}
	if err != nil {
		return false, err
	}
	return x.judge(ctx, gone)
}

func (x *run) prompt(ctx context.Context, st *stepResult, p *definition.Prompt) (err error) {
	x.tell(st, "asking for "+p.Label)
	value, given := x.sub.Answers[p.Name]
	switch {
	case given:
	case x.prompter == nil:
		return failure(session.NeedsPerson, "the server wants to know: "+p.Label)
	default:
		if value, err = x.prompter.Ask(ctx, session.Question{Name: p.Name, Label: p.Label, Help: p.Help, Secret: p.Secret}); err != nil {
			return declined(ctx, err)
		}
	}
	x.learn()
	x.answers[p.Name], err = x.enter(ctx, p.Name, value)
	return err
}

func (x *run) show(ctx context.Context, st *stepResult, s *definition.Show) error {
	made, err := texts(ctx, x.scope(ctx), s.Text, s.URL, s.Code, s.QR)
	if err != nil {
		return err
	}
	n := session.Notice{Text: secret.CleanText(made[0]), URL: secret.CleanLine(made[1]), Code: secret.CleanLine(made[2]), QR: made[3]}
	if _, err := transport.ParseOrigin(n.URL); n.URL != "" && err != nil {
		return failure(session.Unexpected, "the URL to open in the browser is not a web address")
	}
	if life := seconds(ctx, s.Ends, x.scope(ctx)); life > 0 {
		n.Ends = x.runner.now().Add(life)
	}
	x.tell(st, "showing what to do")
	if x.prompter == nil {
		return failure(session.NeedsPerson, "the server wants you to do something in a browser")
	}
	if err := x.prompter.Show(ctx, n); err != nil {
		return declined(ctx, err)
	}
	return nil
}

// note adds a note to the result of the login or logout.
func (x *run) note(ctx context.Context, t *jq.Template) error {
	text, ok, err := t.Text(ctx, x.scope(ctx))
	if err != nil {
		return broken(err)
	}
	if ok {
		x.notes = append(x.notes, x.clean(text))
	}
	return nil
}

// confirm asks the user a yes-or-no question.
func (x *run) confirm(ctx context.Context, q session.Question) (yes bool, err error) {
	q.Confirm = true
	answer, err := x.prompter.Ask(ctx, q)
	if err != nil {
		return false, declined(ctx, err)
	}
	return answer.Reveal() == session.Yes, nil
}

func declined(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if f, ok := errors.AsType[*session.Failure](context.Cause(ctx)); ok {
			return f
		}
		return cancelled(ctx.Err())
	}
	f := failure(session.Declined, "")
	f.Err = err
	return f
}
