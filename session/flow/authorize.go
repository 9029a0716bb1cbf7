package flow

import (
	"context"
	"errors"
	"fmt"
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

// authorize lets the user log in with a browser. The browser returns to this machine, or the
// user pastes its address; the first complete answer counts.
func (x *run) authorize(ctx context.Context, st *stepResult, a *definition.Authorize) error {
	refused, err := x.authorizeWith(ctx, st, a, "select_account")
	if refused && x.landing != nil {
		x.landing.Finish("This server offers no choice of accounts", "Another page opens, where you log in.")
		x.landing = nil
	}
	if refused { // servers must know this one (section 15.1)
		_, err = x.authorizeWith(ctx, st, a, "login")
	}
	return err
}

// authorizeWith is authorize with a prompt for who chooses a person; see choosePerson. It reports whether the server
// refused that.
func (x *run) authorizeWith(ctx context.Context, st *stepResult, a *definition.Authorize, choice string) (refused bool, err error) {
	login, endpoint, parameters, redirects, err := x.authorization(ctx, a)
	if err != nil {
		return false, err
	}
	if x.prompter == nil {
		return false, failure(session.NeedsPerson, "this login needs a browser")
	}
	chooses := x.choosePerson(parameters, choice)
	redirect, err := x.land(redirects, parameters.Get("response_mode") == "form_post", login)
	if err != nil {
		return false, err
	}
	page, err := login.Address(endpoint, redirect, parameters)
	if err != nil {
		return false, failure(session.BadConfig, "the address of the login page: "+err.Error())
	}
	back, err := x.visit(ctx, st, page, login)
	if err != nil {
		var f *session.Failure
		return chooses && errors.As(err, &f) && slices.Contains([]string{"invalid_request", "account_selection_required"}, f.Detail), err
	}
	code := back.Get("code")
	x.learn()
	for name, value := range map[string]string{"code": code, "code_verifier": login.Verifier, "nonce": login.Nonce, "redirect_uri": redirect} {
		x.answers[name] = secret.New(value)
	}
	return false, nil
}

// land listens for the browser's return and returns the redirect address.
func (x *run) land(redirects []string, post bool, login *oauth.Authorization) (string, error) {
	if len(redirects) == 0 {
		redirects = []string{"http://127.0.0.1/callback"}
	}
	landing, err := oauth.Land(redirects, post, login.Answers)
	switch {
	case err != nil:
		return "", explained(session.BadConfig, "", err.Error(), "enter another redirect address that is registered for the client, or end the program that has the port")
	case landing == nil:
		return redirects[0], nil
	}
	x.landing = landing
	return landing.Redirect, nil
}

// visit lets the user log in at a page and returns the parameters of the browser's return.
func (x *run) visit(ctx context.Context, st *stepResult, page string, login *oauth.Authorization) (url.Values, error) {
	x.tell(st, "waiting for the browser")
	if err := x.prompter.Show(ctx, session.Notice{Text: "Log in with a browser", URL: page, Open: true, Browser: x.sub.Connection.Browser, Landing: x.landing != nil}); err != nil {
		return nil, declined(ctx, err)
	}
	back, err := x.receive(ctx, login)
	if refused, ok := errors.AsType[*oauth.RefusedError](err); ok {
		f := failure(session.BadConfig, refused.Code)
		if refused.Code == "access_denied" {
			f = failure(session.Declined, "")
			f.Meaning = "the login was refused in the browser"
		}
		f.Message, f.Next = x.clean(refused.Words), "log in again, or look at the scopes and the client"
		return nil, f
	}
	return back, err
}

// browser lets the user log in with a browser that returns with credentials.
func (x *run) browser(ctx context.Context, st *stepResult, b *definition.Browser) error {
	if x.prompter == nil {
		return failure(session.NeedsPerson, "this login needs a browser")
	}
	login := oauth.NewAuthorization()
	login.Returns = b.Returns
	callback, _, err := b.Callback.Text(ctx, x.scope(ctx))
	if err != nil {
		return broken(err)
	}
	callback, err = x.land(strings.Fields(callback), false, login)
	if err != nil {
		return err
	}
	scope := x.scopeWith(ctx, jq.Scope{"callback": callback, "state": login.State})
	text, _, err := b.URL.Text(ctx, scope)
	if err != nil {
		return broken(err)
	}
	page, err := parseAddress(text)
	if err != nil {
		return failure(session.BadConfig, "the address of the login page: "+err.Error())
	}
	pairs, err := x.builder().pairsIn(ctx, b.Query, scope)
	if err != nil {
		return err
	}
	page.RawQuery = joinQuery(page.RawQuery, encodePairs(pairs))
	back, err := x.visit(ctx, st, page.String(), login)
	if err != nil {
		return err
	}
	x.learn()
	x.answers["callback"] = secret.New(callback)
	for _, name := range b.Returns {
		x.answers[name] = secret.New(back.Get(name))
	}
	return nil
}

// authorization evaluates the parameters of a login in a browser.
func (x *run) authorization(ctx context.Context, a *definition.Authorize) (*oauth.Authorization, string, url.Values, []string, error) {
	scope := x.scope(ctx)
	made, err := texts(ctx, scope, a.URL, a.Redirect, a.Issuer)
	if err != nil {
		return nil, "", nil, nil, err
	}
	endpoint, redirects, issuer := made[0], strings.Fields(made[1]), made[2]
	pairs, err := x.builder().pairs(ctx, a.Query)
	if err != nil {
		return nil, "", nil, nil, err
	}
	parameters := url.Values{}
	for _, p := range pairs {
		parameters.Add(p.Name, p.Value.Reveal())
	}
	if endpoint == "" {
		return nil, "", nil, nil, failure(session.BadConfig, "the server has no login page for browsers")
	}
	login := oauth.NewAuthorization()
	login.Issuer, login.NamesItself = issuer, a.NamesItself != nil && a.NamesItself.Match(ctx, scope)
	return login, endpoint, parameters, redirects, nil
}

// choosePerson tells the login page the account's former person, or to offer a choice if other
// accounts of the ring log in there too (OpenID Connect Core 1.0, section 3.1.2.1). It reports
// whether it asks for a choice with that prompt.
func (x *run) choosePerson(parameters url.Values, choice string) bool {
	prompts := strings.Fields(parameters.Get("prompt"))
	switch hint := x.sub.Former.Hint; {
	case parameters.Has("login_hint"):
	case hint != "":
		parameters.Set("login_hint", hint)
	case x.sub.Shared && !slices.Contains(prompts, "none") && !slices.Contains(prompts, "select_account"):
		parameters.Set("prompt", strings.Join(append(prompts, choice), " "))
		return true
	}
	return false
}

// receive waits for the browser and for the user, and returns the first valid answer.
func (x *run) receive(ctx context.Context, login *oauth.Authorization) (url.Values, error) {
	late := explained(session.NoAnswer, "", fmt.Sprintf("nothing came back from the browser within %d minutes", loginLimit/time.Minute),
		"log in again; if the page showed an error, compare the account and its redirect address with the client's registration at the server")
	ctx, cancel := context.WithTimeoutCause(ctx, loginLimit, late)
	defer cancel()
	help, bare := "If the browser cannot come back here: paste the address at which it ends, with state= in it.", ""
	for {
		question := session.Question{Name: "redirect", Label: "Or paste its address", Help: help, Secret: true, Race: true}
		if bare != "" {
			question.Name, question.Label, question.Confirm = "bare", "Use this as the code of this login?", true
			question.Help = "A code alone does not say whose login it is. Only use one that you copied just now."
		}
		back, answer, err := x.first(ctx, question)
		switch {
		case err != nil:
			return nil, declined(ctx, err)
		case back != nil:
		case bare != "" && answer.Reveal() == session.Yes:
			return url.Values{"code": {bare}}, nil
		case bare != "":
			bare = ""
			continue
		default:
			if back, bare = oauth.Pasted(answer.Reveal()); bare != "" && login.Returns == nil {
				continue
			}
			bare = ""
		}
		err = login.Check(back)
		var refused *oauth.RefusedError
		switch {
		case err == nil, errors.As(err, &refused):
			return back, err
		case login.Answers(back): // ours, and from somebody else
			return nil, explained(session.BadConfig, "", err.Error(), "log in again; if it happens again, ask the operator of the server")
		}
		help = "What was pasted cannot be used: " + err.Error() + "."
	}
}

// first returns what the browser brings back, or else the answer to a question, whichever comes first.
func (x *run) first(ctx context.Context, q session.Question) (back url.Values, answer secret.String, err error) {
	asked, stop := context.WithCancel(ctx)
	defer stop()
	var landed <-chan url.Values // none
	if x.landing != nil {
		landed = x.landing.Got
	}
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		answer, err = x.prompter.Ask(asked, q)
	}()
	select {
	case back = <-landed:
		stop()
		<-answered
		return back, secret.String{}, nil
	case <-answered:
		return nil, answer, err
	}
}

// leave shows the result of the flow in the browser and releases the port.
func (x *run) leave(err error) {
	if x.landing == nil {
		return
	}
	title, text := "You are logged in", "You can close this window and go back to the terminal."
	if f, ok := errors.AsType[*session.Failure](err); ok {
		title, text = "The login did not go through", f.Error()
	} else if err != nil {
		title, text = "The login did not go through", "The terminal says why."
	}
	if name := x.sub.Name; name != "" {
		title += ": " + secret.CleanLine(name)
	}
	x.landing.Finish(title, text)
}
