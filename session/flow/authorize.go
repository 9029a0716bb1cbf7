package flow

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/oauth"
	"tokenring/session/secret"
)

// loginLimit bounds the time for a login in a browser.
const loginLimit = 5 * time.Minute

// authorize has the person log in with a browser. What the browser comes back with is
// received on this machine, or pasted by the person; the first complete answer counts.
func (x *run) authorize(ctx context.Context, st *stepResult, a *definition.Authorize) error {
	login, endpoint, parameters, redirects, err := x.authorization(ctx, a)
	if err != nil {
		return err
	}
	if x.prompter == nil {
		return failure(session.NeedsPerson, "this login needs a browser")
	}
	landing, err := oauth.Land(redirects, parameters.Get("response_mode") == "form_post", login.Answers)
	if err != nil {
		f := failure(session.BadConfig, "")
		f.Meaning, f.Next = err.Error(), "end the program that has the port, or register another redirect address"
		return f
	}
	redirect := redirects[0]
	if landing != nil {
		x.landing, redirect = landing, landing.Redirect
	}
	page, err := login.Address(endpoint, redirect, parameters)
	if err != nil {
		return failure(session.BadConfig, "the address of the login page: "+err.Error())
	}
	x.tell(st, "waiting for the browser")
	if err := x.prompter.Show(ctx, session.Notice{Text: "Log in with a browser", URL: page, Open: true, Landing: landing != nil}); err != nil {
		return declined(ctx, err)
	}
	code, err := x.receive(ctx, login)
	var refused *oauth.RefusedError
	switch {
	case errors.As(err, &refused):
		f := failure(session.BadConfig, refused.Code)
		if refused.Code == "access_denied" {
			f = failure(session.Declined, "")
			f.Meaning = "the login was refused in the browser"
		}
		f.Message, f.Next = x.facts.clean(refused.Words), "log in again, or look at the scopes and the client"
		return f
	case err != nil:
		return err
	}
	x.facts.learn()
	for name, value := range map[string]string{"code": code, "code_verifier": login.Verifier, "nonce": login.Nonce, "redirect_uri": redirect} {
		x.facts.answers[name] = secret.New(value)
	}
	return nil
}

// authorization evaluates what a login in a browser sends.
func (x *run) authorization(ctx context.Context, a *definition.Authorize) (*oauth.Authorization, string, url.Values, []string, error) {
	scope := x.facts.scope(ctx)
	texts := map[*jq.Template]string{}
	for _, t := range []*jq.Template{a.URL, a.Redirect, a.Issuer} {
		if t == nil {
			continue
		}
		text, _, err := t.Text(ctx, scope)
		if err != nil {
			return nil, "", nil, nil, broken(err)
		}
		texts[t] = text
	}
	pairs, err := x.builder(&stepResult{}).pairs(ctx, a.Query)
	if err != nil {
		return nil, "", nil, nil, err
	}
	parameters := url.Values{}
	for _, p := range pairs {
		parameters.Add(p.Name, p.Value.Reveal())
	}
	x.choosePerson(parameters)
	redirects := strings.Fields(texts[a.Redirect])
	switch {
	case texts[a.URL] == "":
		return nil, "", nil, nil, failure(session.BadConfig, "the server has no login page for browsers")
	case len(redirects) == 0:
		redirects = []string{"http://127.0.0.1/callback"}
	}
	login := oauth.NewAuthorization()
	login.Issuer, login.NamesItself = texts[a.Issuer], a.NamesItself != nil && a.NamesItself.Match(ctx, scope)
	return login, texts[a.URL], parameters, redirects, nil
}

// choosePerson has the login page begin with the one whom the account was of, or let the
// person choose where other accounts of the ring log in too (OpenID Connect Core 1.0,
// section 3.1.2.1).
func (x *run) choosePerson(parameters url.Values) {
	prompts := strings.Fields(parameters.Get("prompt"))
	switch hint := x.facts.sub.Former.Hint; {
	case parameters.Has("login_hint"):
	case hint != "":
		parameters.Set("login_hint", hint)
	case x.facts.sub.Shared && !slices.Contains(prompts, "none") && !slices.Contains(prompts, "select_account"):
		parameters.Set("prompt", strings.Join(append(prompts, "select_account"), " "))
	}
}

// pasted is an answer of the person.
type pasted struct {
	text secret.String
	err  error
}

// receive waits for the browser and for the person, and returns the code of whoever is
// first with one that fits.
func (x *run) receive(ctx context.Context, login *oauth.Authorization) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, loginLimit)
	defer cancel()
	help := "If the browser cannot come back here: paste the address at which it ends, with code= and state= in it."
	for {
		asked, stop := context.WithCancel(ctx)
		answers := make(chan pasted, 1)
		go func() {
			text, err := x.prompter.Ask(asked, session.Question{
				Name: "redirect", Label: "Or paste its address", Help: help, Secret: true, Race: true,
			})
			answers <- pasted{text, err}
		}()
		var back url.Values
		var bare string
		select {
		case back = <-x.landed():
			stop()
			<-answers
		case p := <-answers:
			stop()
			if p.err != nil {
				return "", declined(ctx, p.err)
			}
			back, bare = oauth.Pasted(p.text.Reveal())
		}
		if bare != "" {
			sure, err := x.prompter.Ask(ctx, session.Question{
				Name: "bare", Label: "Use this as the code of this login?", Help: "A code alone does not say whose login it is. Only use one that you copied just now.", Confirm: true,
			})
			if err != nil {
				return "", declined(ctx, err)
			}
			if sure.Reveal() == session.Yes {
				return bare, nil
			}
			continue
		}
		code, err := login.Code(back)
		var refused *oauth.RefusedError
		switch {
		case err == nil, errors.As(err, &refused):
			return code, err
		case login.Answers(back): // ours, and from somebody else
			f := failure(session.BadConfig, "")
			f.Meaning, f.Next = err.Error(), "log in again; if it happens again, ask the operator of the server"
			return "", f
		}
		help = "What was pasted cannot be used: " + err.Error() + "."
	}
}

// landed returns where the browser's answer comes from.
func (x *run) landed() <-chan url.Values {
	if x.landing == nil {
		return nil
	}
	return x.landing.Got
}

// leave shows the browser how the flow ended, and gives the port back.
func (x *run) leave(err error) {
	if x.landing == nil {
		return
	}
	title, text := "You are logged in", "You can close this window and go back to the terminal."
	var f *session.Failure
	if errors.As(err, &f) {
		title, text = "The login did not go through", f.Error()
	} else if err != nil {
		title, text = "The login did not go through", "The terminal says why."
	}
	if name := x.facts.sub.Name; name != "" {
		title += ": " + secret.CleanLine(name)
	}
	x.landing.Finish(title, text)
}
