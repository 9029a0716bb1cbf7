package flow_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// atDesk is a person at a desk: their browser opens what a notice says, and ends where
// the server leads it. pastes is what they answer where they are asked for an address.
type atDesk struct {
	visit  func(page string) // nil: follows the page to its end
	pastes []string
	onShow func(page string) // nil: nothing
	agrees bool

	mu      sync.Mutex
	asked   []session.Question
	noticed []session.Notice
	pages   chan string // what the browser showed in the end
}

func newDesk() *atDesk { return &atDesk{pages: make(chan string, 8), agrees: true} }

func (d *atDesk) Show(_ context.Context, n session.Notice) error {
	d.noticed = append(d.noticed, n)
	if d.onShow != nil {
		d.onShow(n.URL)
	}
	visit := d.visit
	if visit == nil {
		visit = func(page string) { d.pages <- fetch(page) }
	}
	switch {
	case n.Open:
		go visit(n.URL)
	case n.QR != "":
		go visit(n.QR)
	}
	return nil
}

func fetch(page string) string {
	res, err := http.Get(page)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return string(body) + res.Header.Get("Content-Security-Policy")
}

func (d *atDesk) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, q)
	switch {
	case q.Confirm && d.agrees:
		return secret.New(session.Yes), nil
	case q.Confirm:
		return secret.New("no"), nil
	case len(d.pastes) > 0:
		text := d.pastes[0]
		d.pastes = d.pastes[1:]
		return secret.New(text), nil
	}
	<-ctx.Done()
	return secret.String{}, ctx.Err()
}

func desk(t *testing.T, issuer string) *flow.Subject {
	s := oidc(t, "browser", issuer, map[string]any{
		"client_id": emulatortest.IssuerPublic, "scope": "openid offline_access", "redirect": "http://127.0.0.1/callback",
	})
	s.Name = "me@<b>"
	return s
}

func TestALoginWithABrowser(t *testing.T) {
	t.Parallel()
	server, at := issuer(t, emulatortest.IssuerOptions{Path: "/one"})
	r, account, who := runner(t, newClock().now), desk(t, at), newDesk()
	account.Connection.Browser = "firefox -P work"
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	page := <-who.pages
	for _, part := range []string{"You are logged in: me@&lt;b&gt;", "default-src 'none'", "history.replaceState"} {
		wantContains(t, page, part)
	}
	for name, value := range res.Values {
		if name != "jwks_uri" && len(value.Reveal()) > 8 && strings.Contains(page, value.Reveal()) {
			t.Errorf("the page shows %s", name)
		}
	}
	if n := who.noticed[0]; !n.Open || !n.Landing || n.Browser != "firefox -P work" || len(who.noticed) != 1 {
		t.Errorf("shown was %+v", who.noticed)
	}
	query, _ := url.Parse(who.noticed[0].URL)
	for name, want := range map[string]string{"response_type": "code", "code_challenge_method": "S256", "client_id": "desk", "scope": "openid offline_access"} {
		if got := query.Query().Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	form := server.Forms()[0]
	if len(form.Get("code_verifier")) < 43 || !strings.HasPrefix(form.Get("redirect_uri"), "http://127.0.0.1:") || form.Get("client_id") != "desk" {
		t.Errorf("sent was %v", form)
	}
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("the check says %v, %v", check, err)
	}
	again, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	account = holding(account, again)
	if out, err := r.Logout(t.Context(), account, nil); err != nil || len(out.Ended) == 0 {
		t.Errorf("the logout says %+v, %v", out, err)
	}
	_, err = r.Refresh(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.TokenRejected)
	if res, err := http.Get("http://" + query.Query().Get("redirect_uri")[len("http://"):]); err == nil {
		res.Body.Close()
		t.Error("the port is still open")
	}
}

func TestWhatComesBackFromABrowser(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options emulatortest.IssuerOptions
		kind    session.OutcomeKind
		says    string
	}{
		"refused":       {emulatortest.IssuerOptions{Deny: true}, session.Declined, "refused in the browser"},
		"another iss":   {emulatortest.IssuerOptions{Answer: func(v url.Values) { v.Set("iss", "https://thief.example") }}, session.BadConfig, "from another server"},
		"no iss":        {emulatortest.IssuerOptions{Answer: func(v url.Values) { v.Del("iss") }}, session.BadConfig, "it lacks iss, which http://"},
		"another nonce": {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { c["nonce"] = "x" }}, session.WrongToken, "its nonce differs"},
		"another aud":   {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { c["aud"] = "thief" }}, session.WrongToken, "for the client thief"},
		"two auds":      {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { c["aud"] = []string{"desk", "x"} }}, session.WrongToken, "another client"},
		"iss of token":  {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { c["iss"] = "https://thief.example" }}, session.WrongToken, "it is from https://thief.example"},
		"old":           {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { c["exp"] = 1 }}, session.WrongToken, "expired"},
		"nobody":        {emulatortest.IssuerOptions{IDToken: func(c jwt.MapClaims) { delete(c, "sub") }}, session.WrongToken, "has no subject"},
		"a wrong code":  {emulatortest.IssuerOptions{Answer: func(v url.Values) { v.Set("code", "x") }}, session.BadCredentials, "invalid_grant"},
	} {
		_, at := issuer(t, c.options)
		who := newDesk()
		_, err := runner(t, newClock().now).Login(t.Context(), desk(t, at), who, nil)
		f := failure(t, err)
		if f.Kind != c.kind || !strings.Contains(everything(f), c.says) {
			t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
		}
		wantContains(t, <-who.pages, "The login did not go through")
	}
}

// A server may bring the code back in a form, where the definition asks for that.
func TestAFormBringsTheCodeBack(t *testing.T) {
	t.Parallel()
	server, at := issuer(t, emulatortest.IssuerOptions{})
	for mode, want := range map[string]int{"{response_mode: form_post}": http.StatusOK, "{}": http.StatusMethodNotAllowed} {
		account, who := desk(t, at), newDesk()
		account.Definition = define(t, `
logins:
  - name: browser
    oauth2: {grant: authorization_code, issuer: "${.address}", client_id: desk, scopes: [openid], extra: `+mode+`}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
		account.Fields = map[string]any{"address": at}
		ctx, giveUp := context.WithCancel(t.Context())
		status := make(chan int, 1)
		who.visit = func(page string) {
			login, _ := url.Parse(page)
			q := login.Query()
			q.Set("response_mode", "form_post")
			login.RawQuery = q.Encode()
			res, err := http.Get(login.String())
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			form, _ := url.ParseQuery(res.Header.Get("X-Form-Post"))
			if res, err = http.PostForm(q.Get("redirect_uri"), form); err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			status <- res.StatusCode
			if res.StatusCode != http.StatusOK {
				giveUp()
			}
		}
		_, err := runner(t, newClock().now).Login(ctx, account, who, nil)
		if got := <-status; got != want || (err == nil) != (want == http.StatusOK) {
			t.Errorf("%s: the form was answered with %d, and the login ended with %v", mode, got, err)
		}
		giveUp()
	}
	if n := len(server.Forms()); n != 1 {
		t.Errorf("%d exchanges", n)
	}
}

// The browser is on another machine: the person pastes where it ended.
func TestWhatAPersonPastes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		paste  func(back *url.URL) []string // what the person pastes, one after the other
		refuse bool
		asked  int // questions
		ok     bool
		to     string // the redirect address; "": on this machine
	}{
		"the address":            {func(u *url.URL) []string { return []string{" " + u.String() + "\n"} }, false, 1, true, ""},
		"the address of an app":  {func(u *url.URL) []string { return []string{u.String()} }, false, 1, true, "com.example.app:/callback"},
		"the query":              {func(u *url.URL) []string { return []string{u.RawQuery} }, false, 1, true, ""},
		"the query with its ?":   {func(u *url.URL) []string { return []string{"?" + u.RawQuery} }, false, 1, true, ""},
		"the code":               {func(u *url.URL) []string { return []string{u.Query().Get("code")} }, false, 2, true, ""},
		"another login's first":  {func(u *url.URL) []string { return []string{"http://127.0.0.1/callback?code=x&state=y", u.String()} }, false, 2, true, ""},
		"the login page first":   {func(u *url.URL) []string { return []string{"https://login.example/", u.String()} }, false, 2, true, ""},
		"a code that is refused": {func(u *url.URL) []string { return []string{u.Query().Get("code"), u.String()} }, true, 3, true, ""},
		"words first":            {func(u *url.URL) []string { return []string{"one two\nthree", u.String()} }, false, 2, true, ""},
		"an address in lines":    {func(u *url.URL) []string { return []string{u.String()[:40] + "\n" + u.String()[40:]} }, false, 1, true, ""},
		"another iss": {func(u *url.URL) []string {
			q := u.Query()
			q.Set("iss", "https://thief.example")
			return []string{q.Encode()}
		}, false, 1, false, ""},
	} {
		server, at := issuer(t, emulatortest.IssuerOptions{})
		who := newDesk()
		who.agrees = !c.refuse
		who.mu.Lock()
		who.visit = func(page string) {
			defer who.mu.Unlock() // it is asked, and answers once the browser has ended elsewhere
			client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			res, err := client.Get(page)
			if err != nil {
				t.Error(err)
				return
			}
			res.Body.Close()
			back, _ := res.Location()
			who.pastes = c.paste(back)
		}
		account := desk(t, at)
		if c.to != "" {
			account.Fields["redirect"] = c.to
		}
		_, err := runner(t, newClock().now).Login(t.Context(), account, who, nil)
		if (err == nil) != c.ok || len(who.asked) != c.asked || c.ok && len(server.Forms()) != 1 {
			t.Errorf("%s: %d questions, %d exchanges, %v", name, len(who.asked), len(server.Forms()), err)
		}
	}
}

// The browser comes back while a pasted code is asked about, which nobody may read.
func TestTheBrowserComesBackAfterAPaste(t *testing.T) {
	t.Parallel()
	server, at := issuer(t, emulatortest.IssuerOptions{})
	who := &deskWithDoubts{atDesk: newDesk()}
	who.visit, who.pastes = func(string) {}, []string{"not-of-this-login"}
	_, err := runner(t, newClock().now).Login(t.Context(), desk(t, at), who, nil)
	must(t, err)
	if forms := server.Forms(); len(forms) != 1 || forms[0].Get("code") == "not-of-this-login" {
		t.Errorf("sent was %v", forms)
	}
	wantContains(t, <-who.pages, "You are logged in")
	for _, q := range who.asked {
		if !q.Secret || !q.Race {
			t.Errorf("%s may be read, or stays", q.Name)
		}
	}
}

// deskWithDoubts opens the browser when it is asked about a code, and does not answer.
type deskWithDoubts struct{ *atDesk }

func (d *deskWithDoubts) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	if !q.Confirm {
		return d.atDesk.Ask(ctx, q)
	}
	d.asked = append(d.asked, q)
	go func() { d.pages <- fetch(d.noticed[0].URL) }()
	<-ctx.Done()
	return secret.String{}, ctx.Err()
}

// Not every server knows select_account, the prompt that this program asks for.
func TestAServerWithoutAChoiceOfPeople(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		knows []string
		pages []string // the prompt of each
		ok    bool
	}{
		"the choice":      {[]string{"select_account", "consent"}, []string{"consent select_account"}, true},
		"a login instead": {[]string{"login", "consent"}, []string{"consent select_account", "consent login"}, true},
		"neither":         {[]string{}, []string{"consent select_account", "consent login"}, false},
	} {
		server, at := issuer(t, emulatortest.IssuerOptions{Prompts: c.knows})
		account, who := desk(t, at), newDesk()
		account.Shared = true
		_, err := runner(t, newClock().now).Login(t.Context(), account, who, nil)
		var pages []string
		for _, n := range who.noticed {
			page, _ := url.Parse(n.URL)
			pages = append(pages, page.Query().Get("prompt"))
		}
		if !slices.Equal(pages, c.pages) || (err == nil) != c.ok || c.ok && len(server.Forms()) != 1 {
			t.Errorf("%s: the pages asked for %q, then %v", name, pages, err)
		}
		if len(pages) > 1 {
			wantContains(t, <-who.pages, "offers no choice of accounts")
		}
	}
}

func TestNoBrowserWithoutAPerson(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{})
	account := desk(t, at)
	_, err := runner(t, newClock().now).Login(t.Context(), account, nil, nil)
	wantKind(t, failure(t, err), session.NeedsPerson)
	if account.Definition.Login("browser").NeedsPerson() == "" {
		t.Error("it counts as one that needs no person")
	}
}

func TestACancelledLoginFreesItsPort(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	who := newDesk()
	shown := make(chan string, 1)
	who.visit = func(page string) {
		shown <- page
		cancel()
	}
	_, err := runner(t, newClock().now).Login(ctx, desk(t, at), who, nil)
	wantKind(t, failure(t, err), session.NoAnswer)
	page, _ := url.Parse(<-shown)
	if res, err := http.Get(page.Query().Get("redirect_uri")); err == nil {
		res.Body.Close()
		t.Error("the port is still open")
	}
}

// The account was another person's: nothing is replaced until that is agreed to.
func TestAnotherPersonIsAgreedTo(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{})
	r, account := runner(t, newClock().now), desk(t, at)
	first, err := r.Login(t.Context(), account, newDesk(), nil)
	must(t, err)
	account.Former = first.Person
	who := newDesk()
	_, err = r.Login(t.Context(), account, who, nil) // the same person again
	if must(t, err); slices.ContainsFunc(who.asked, func(q session.Question) bool { return q.Confirm }) {
		t.Errorf("asked was %+v", who.asked)
	}
	if page, _ := url.Parse(who.noticed[0].URL); page.Query().Get("login_hint") != "admin" {
		t.Errorf("the page is %s", page)
	}
	account.Fields["login_hint"] = "editor"
	for _, agrees := range []bool{false, true} {
		who := newDesk()
		who.agrees = agrees
		_, err := r.Login(t.Context(), account, who, nil)
		if (err == nil) != agrees {
			t.Errorf("agreed %v: %v", agrees, err)
		}
		q := who.asked[len(who.asked)-1]
		wantContains(t, q.Label, "editor")
		wantContains(t, q.Help, "admin")
	}
}

// Two subjects are two people, even if a terminal would show them alike.
func TestSubjectsAreComparedAsTheyWereSent(t *testing.T) {
	t.Parallel()
	sub := "ada\u200b"
	_, at := issuer(t, emulatortest.IssuerOptions{IDToken: func(claims jwt.MapClaims) { claims["sub"] = sub }})
	r, account := runner(t, newClock().now), desk(t, at)
	first, err := r.Login(t.Context(), account, newDesk(), nil)
	must(t, err)
	account.Former = first.Person
	again, err := r.Refresh(t.Context(), holding(account, first), nil)
	must(t, err)
	sub = "ada\u200e"
	_, err = r.Refresh(t.Context(), holding(account, again), nil)
	wantKind(t, failure(t, err), session.WrongToken)
	who := newDesk()
	_, err = r.Login(t.Context(), account, who, nil)
	must(t, err)
	for _, one := range []string{`"ada\u200b"`, `"ada\u200e"`} {
		q := who.asked[len(who.asked)-1]
		wantContains(t, q.Label+q.Help, one)
	}
}

// The ID token of a refresh may leave names out: the login page still begins with the person.
func TestARefreshKeepsWhoLoggedIn(t *testing.T) {
	t.Parallel()
	bare := false
	_, at := issuer(t, emulatortest.IssuerOptions{IDToken: func(claims jwt.MapClaims) {
		if bare {
			delete(claims, "preferred_username")
			delete(claims, "email")
		}
	}})
	r, account := runner(t, newClock().now), desk(t, at)
	first, err := r.Login(t.Context(), account, newDesk(), nil)
	must(t, err)
	account, bare = holding(account, first), true
	account.Former = first.Person
	again, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	if again.Person != first.Person || first.Person.Hint != "admin" {
		t.Errorf("it was %+v, and is %+v", first.Person, again.Person)
	}
}

// Where another account logs in too, the person chooses at the first login.
func TestWhoLogsInIsChosen(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{})
	for name, c := range map[string]struct {
		shared             bool
		former             flow.Person
		hint, scope        string
		wantHint, wantAsks string
	}{
		"alone":            {wantAsks: ""},
		"shared":           {shared: true, wantAsks: "select_account"},
		"shared, consents": {shared: true, scope: "openid offline_access", wantAsks: "consent select_account"},
		"a hint":           {shared: true, hint: "editor", wantHint: "editor"},
		"known":            {shared: true, former: flow.Person{Issuer: at, Subject: "id-of-admin", Name: "Ada", Hint: "admin"}, wantHint: "admin"},
		"known by id":      {shared: true, former: flow.Person{Issuer: at, Subject: "id-of-admin", Name: "Ada"}, wantAsks: "select_account"},
	} {
		account, who := desk(t, at), newDesk()
		account.Shared, account.Former = c.shared, c.former
		account.Fields["scope"] = "openid"
		if c.scope != "" {
			account.Fields["scope"] = c.scope
		}
		if c.hint != "" {
			account.Fields["login_hint"] = c.hint
		}
		_, err := runner(t, newClock().now).Login(t.Context(), account, who, nil)
		must(t, err)
		page, _ := url.Parse(who.noticed[0].URL)
		if q := page.Query(); q.Get("prompt") != c.wantAsks || q.Get("login_hint") != c.wantHint {
			t.Errorf("%s: the page is %s", name, page)
		}
	}
}

func TestWhatTheServerDidNotGrantIsSaid(t *testing.T) {
	t.Parallel()
	without := func(names ...string) func(map[string]any) {
		return func(m map[string]any) {
			for _, name := range names {
				delete(m, name)
			}
		}
	}
	known := func(m map[string]any) { m["scopes_supported"] = []any{"openid", "offline_access"} }
	for name, c := range map[string]struct {
		scope    string
		metadata func(map[string]any)
		tokens   func(map[string]any)
		want     string
	}{
		"all":              {scope: "openid read"},
		"no scope told":    {scope: "openid read", tokens: without("scope")},
		"narrowed":         {scope: "openid read write admin", tokens: func(m map[string]any) { m["scope"] = "read" }, want: "the server did not grant write, admin"},
		"commas":           {scope: "repo gist", tokens: func(m map[string]any) { m["scope"] = "repo,gist" }},
		"other names":      {scope: "openid email", tokens: func(m map[string]any) { m["scope"] = "https://google.example/email" }},
		"no refresh token": {scope: "openid", tokens: without("refresh_token"), want: "no refresh token came, so the session ends with its access token"},
		"not asked for":    {scope: "openid", metadata: known, tokens: without("refresh_token"), want: "no refresh token came, so the session ends with its access token: add the scope offline_access"},
		"asked for":        {scope: "offline_access", metadata: known, tokens: without("refresh_token"), want: "no refresh token came, so the session ends with its access token, although offline_access was asked for: see that the client may have it"},
		"without an end":   {scope: "openid", tokens: without("refresh_token", "expires_in")},
		"another type":     {scope: "openid", tokens: func(m map[string]any) { m["token_type"] = "DPoP\x1b[31m" }, want: "the token is of the type DPoP␛[31m, not Bearer: the API may refuse it"},
		"in lower case":    {scope: "openid", tokens: func(m map[string]any) { m["token_type"] = "bearer" }},
		"not a token type": {scope: "openid", tokens: func(m map[string]any) { m["token_type"] = "N_A" }},
		"no type":          {scope: "openid", tokens: without("token_type")},
		"hostile":          {scope: "read \x1b[31mred", tokens: func(m map[string]any) { m["scope"] = "read" }, want: "the server did not grant ␛[31mred"},
	} {
		_, at := issuer(t, emulatortest.IssuerOptions{Metadata: c.metadata, Tokens: c.tokens})
		account := desk(t, at)
		account.Fields["scope"] = c.scope
		res, err := runner(t, newClock().now).Login(t.Context(), account, newDesk(), nil)
		must(t, err)
		if got := strings.Join(res.Notes, "; "); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
