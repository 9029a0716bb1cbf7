package flow

import (
	"context"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// runSteps runs the steps in order and checks what had to be captured.
func (x *run) runSteps(ctx context.Context, steps []definition.Step) error {
	x.of = len(steps)
	for i := range steps {
		st := &steps[i]
		x.step, x.said, x.here = i+1, "", nil
		if err := ctx.Err(); err != nil {
			return x.cancelled(err)
		}
		if !x.holds(ctx, st.When) {
			x.skipped(ctx, st)
			continue
		}
		err := x.take(ctx, st)
		x.observe(ctx, x.about(ctx, st), err)
		if err != nil || x.wasGone {
			return err
		}
	}
	return x.checkNeeds(ctx)
}

// take does the work of one step and keeps what it is there for.
func (x *run) take(ctx context.Context, st *definition.Step) error {
	if err := x.fetchForStep(ctx, st); err != nil {
		return err
	}
	from, err := x.runStep(ctx, st)
	if err != nil || x.wasGone {
		return err
	}
	return x.capture(ctx, st.Capture, from)
}

// runStep does the work of one step and returns its answer, if it has one.
func (x *run) runStep(ctx context.Context, st *definition.Step) (*stepAnswer, error) {
	switch {
	case st.Request != nil && st.Repeat != nil:
		if err := x.repeat(ctx, st); err != nil {
			return nil, err
		}
		return x.last, nil
	case st.Request != nil:
		x.progress(x.doing(ctx, st))
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

// doing is what a step with a request is about, in the definition's words when
// it has some.
func (x *run) doing(ctx context.Context, st *definition.Step) string {
	if st.Name != "" {
		return st.Name
	}
	return x.callText(ctx, st.Request)
}

func (x *run) progress(text string) {
	if x.tell != nil {
		x.tell(session.Step{Flow: x.flow, Index: x.step, Of: x.of, Text: x.clean(text)})
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
	case o == nil && isSuccess(x.last.Status):
		return nil
	case o == nil:
		return x.unexplained(ctx)
	case o.Is == session.Challenge:
		return nil
	case o.Is == session.TokenRejected && x.flow == session.FlowLogout:
		x.wasGone = true
		return nil
	}
	return x.refused(ctx, o)
}

func isSuccess(status int) bool { return status >= 200 && status < 300 }

// repeat asks again and again until the condition holds. While it does not,
// only an outcome that refuses ends the flow: RFC 8628 answers "not yet" with
// status 400, and "slow down" is no refusal either.
func (x *run) repeat(ctx context.Context, st *definition.Step) error {
	end := time.NewTimer(st.Repeat.For)
	defer end.Stop()
	text := x.doing(ctx, st)
	x.progress(text)
	for {
		if err := x.call(ctx, st.Request); err != nil {
			return err
		}
		if st.Repeat.Until.Match(ctx, x.scope(ctx)) {
			return x.judge(ctx)
		}
		wait := st.Repeat.Every
		if o := x.outcome(ctx); o != nil && o.Is != session.Challenge {
			at := x.retryAt(ctx, o)
			if o.Is != session.RateLimited || at.IsZero() {
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
			return x.failure(session.Unexpected, "the server was not ready within "+st.Repeat.For.String())
		case <-pause.C:
		}
	}
}

func (x *run) prompt(ctx context.Context, p *definition.Prompt) error {
	label := p.Label
	if label == "" {
		label = p.Name
	}
	x.progress("asking for " + label)
	if x.ask == nil {
		return x.failure(session.NeedsPerson, "the server wants to know: "+label)
	}
	value, err := x.ask.Ask(ctx, session.Question{Name: p.Name, Label: p.Label, Help: p.Help, Secret: p.Secret})
	if err != nil {
		return x.declined(ctx, err)
	}
	x.asked[p.Name] = value
	return nil
}

func (x *run) show(ctx context.Context, s *definition.Show) error {
	n := session.Notice{}
	for _, f := range []struct {
		from *jq.Template
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
	if _, err := transport.ParseOrigin(n.URL); n.URL != "" && err != nil {
		return x.failure(session.Unexpected, "what is to be opened in a browser is no web address")
	}
	x.progress("showing what to do")
	if x.ask == nil {
		return x.failure(session.NeedsPerson, "the server wants you to do something in a browser")
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
	f := x.failure(session.Declined, "")
	f.Err = err
	return f
}
