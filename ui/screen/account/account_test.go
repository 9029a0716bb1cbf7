package account_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/ui/screen"
	"tokenring/ui/uitest"
	"tokenring/ui/uitest/harness"
)

const canary = "cAnArYcAnArYcAnArYcAnArY"

// admin is a JWT of admin@example.com.
var admin = strings.Join([]string{part(`{"alg":"HS256"}`), part(`{"sub":"admin","email":"admin@example.com"}`), canary}, ".")

func part(json string) string { return base64.RawURLEncoding.EncodeToString([]byte(json)) }

// opened is the program with one account, whose pane has the keys.
func opened(t *testing.T, guard session.Guard, w, h int) *harness.Harness {
	return openedAs(t, session.Account{Guard: guard}, w, h)
}

// openedAs is opened with the guard of an account, and what it says of its tokens.
func openedAs(t *testing.T, as session.Account, w, h int) *harness.Harness {
	t.Helper()
	p := harness.New(t)
	now := p.Clock.Now()
	p.Put(session.Account{
		ID: "id", Name: "admin@edge", Environment: "prod", Guard: as.Guard, Verify: as.Verify, Definition: "market", Login: "password",
		BaseURL: harness.Address, Origin: harness.Address, Values: map[string]string{"address": harness.Address, "username": "admin"},
	}, []session.TokenInfo{
		{Name: "access", Token: true, Kind: "JWT", Received: now, IssuedAt: now, ExpiresAt: now.Add(20 * time.Minute)},
		{Name: "refresh", Token: true, Received: now},
	}, admin, "rt_"+canary)
	p.Show(w, h)
	p.Press("enter")
	return p
}

func TestTheSessionIsTold(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 15}} {
		p := opened(t, session.GuardReadOnly, size[0], size[1])
		p.Fits()
		p.Sees("admin@edge", "read-only", "prod", "Market", "access", "● valid", "20m00s left", "refresh", "◇ unknown")
		p.Advance(19 * time.Minute)
		p.Sees("1m00s left")
		p.SeesNot(canary)
	}
}

// TestAPastedTokenIsNotSaidToBeKeptAlive promises nothing that cannot be, and calls a
// secret by its label.
func TestAPastedTokenIsNotSaidToBeKeptAlive(t *testing.T) {
	t.Parallel()
	for login, says := range map[string]string{
		"token":         "on, but nothing can renew its session",
		"datarhei-core": "on: refreshed while tokenring is open",
	} {
		for _, with := range []bool{true, false} {
			p := harness.New(t)
			now := p.Clock.Now()
			account := session.Account{
				ID: "id", Name: "mine@api", Definition: login, Login: "paste", KeepAlive: true, Secrets: []string{"pasted"},
				BaseURL: harness.Address, Origin: harness.Address, Values: map[string]string{"address": harness.Address},
			}
			tokens := []session.TokenInfo{{Name: "token", Token: true, Kind: "JWT", Received: now, ExpiresAt: now.Add(20 * time.Minute)}}
			if login == "datarhei-core" {
				account.Login, account.Secrets = "password", []string{"password"}
				tokens = append(tokens, session.TokenInfo{Name: "refresh", Token: true, Received: now})
			}
			if !with {
				tokens = nil
			}
			p.Put(account, tokens, admin, admin)
			p.Show(120, 36)
			p.Press("enter")
			p.Sees(says)
			if login == "token" {
				p.Sees("stored          Token")
				p.SeesNot("logged in")
			}
			if with {
				p.Sees(map[string]string{"token": "token stored    2026", "datarhei-core": "logged in       2026"}[login])
			}
		}
	}
}

func TestClaimsAreReadAndTheOtherTokenToo(t *testing.T) {
	t.Parallel()
	p := opened(t, session.GuardNone, 120, 36)
	p.Press("2")
	p.Sees("[Claims]", "sub", "admin", "email", "admin@example.com")
	p.Press("G", "k") // the sentence has two rows
	p.Sees("email: the person's address; trust it only where email_verified", "is true")
	p.Press("g", "/")
	p.Type("email")
	p.Sees("1 of 2")
	p.Press("enter", "n", "y")
	p.Sees("value of email")
	p.Press("enter")
	p.Sees("email · E-mail", "the person's address")
	p.Press("esc", "esc", "S")
	p.SeesNot("admin@example.com")
	p.Press("S", "]")
	p.SeesNot("admin@example.com")
	p.Sees("refresh")
}

// TestAnAccountCanHaveItsTokensVerified: without a key press, where the claims are shown, and only if it says so.
func TestAnAccountCanHaveItsTokensVerified(t *testing.T) {
	t.Parallel()
	for _, always := range []bool{true, false} {
		p := openedAs(t, session.Account{Verify: always}, 120, 36)
		const verdict, says = "signature not verified: it is signed with a secret", "whenever claims are shown"
		if p.SeesNot(verdict); always {
			p.Sees(says)
			p.Press("2")
			p.Sees("[Claims]", verdict)
			p.Press("]")
			p.SeesNot(verdict)
			p.Press("[")
			p.Sees(verdict)
			continue
		}
		p.SeesNot(says)
		p.Press("2")
		p.Sees("[Claims]")
		p.SeesNot(verdict)
	}
}

// TestARingToViewVerifiesNothing: the keys of an issuer would be asked for over the network.
func TestARingToViewVerifiesNothing(t *testing.T) {
	t.Parallel()
	p := openedAs(t, session.Account{Verify: true}, 120, 36)
	p.Config.Keys = uitest.Keys().ViewOnly()
	p.Show(120, 36)
	p.Press("enter", "2")
	p.Sees("[Claims]", "view only")
	p.SeesNot("signature not verified: ")
}

// TestTabsWithoutASearchFilterTheList: the letters after a search key are no commands.
func TestTabsWithoutASearchFilterTheList(t *testing.T) {
	t.Parallel()
	for _, tab := range []string{"1", "4"} {
		p := opened(t, session.GuardNone, 120, 36)
		p.Press(tab, "/")
		p.Type("edge")
		p.Sees("/ edge")
	}
}

func TestWhatIsRevealedIsHiddenAgain(t *testing.T) {
	t.Parallel()
	for what, hide := range map[string]func(*harness.Harness){
		"the key":      func(p *harness.Harness) { p.Press("v") },
		"esc":          func(p *harness.Harness) { p.Press("esc") },
		"time":         func(p *harness.Harness) { p.Advance(p.Config.Settings.RevealFor) },
		"others watch": func(p *harness.Harness) { p.Press("S") },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := opened(t, session.GuardNone, 120, 36)
			seen := func() bool { return strings.Contains(p.Frame(), canary[:8]) }
			p.Press("v")
			if !seen() {
				t.Fatalf("the token is not shown:\n%s", p.Frame())
			}
			hide(p)
			if seen() {
				t.Errorf("the token is still shown:\n%s", p.Frame())
			}
		})
	}
}

func TestTheActivityIsListed(t *testing.T) {
	t.Parallel()
	p := opened(t, session.GuardNone, 120, 36)
	p.Press("v", "v", "4")
	p.Sees("[Activity]", "access shown on the screen")
}

// TestARingToViewNotesNoReveal: nothing is written to it.
func TestARingToViewNotesNoReveal(t *testing.T) {
	t.Parallel()
	p := opened(t, session.GuardNone, 120, 36)
	p.Config.Keys = uitest.Keys().ViewOnly()
	p.Show(120, 36)
	p.Press("enter", "v")
	p.Sees(canary[:8])
	p.Press("v", "4")
	p.Sees("[Activity]", "view only")
	p.SeesNot("shown on the screen")
}

func TestWhatStandsInTheWayOfASessionIsTold(t *testing.T) {
	t.Parallel()
	p := opened(t, session.GuardNone, 120, 36)
	rec, err := p.Store.Account(t.Context(), "id")
	if err != nil {
		t.Fatal(err)
	}
	now, generation := p.Clock.Now(), rec.Session.Generation
	note := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		p.Send(screen.ChangedMsg{})
		p.Advance(time.Second)
	}
	note(p.Store.UpdateRejection(t.Context(), "id", generation, func(r *session.Rejection) { r.At, r.By = now, "GET /me" }))
	p.Sees("rejected at ", "by GET /me")
	note(p.Store.MarkPending(t.Context(), "id", generation, now))
	p.Sees("may have spent the")
	release, err := p.Store.Lock(t.Context(), "id")
	note(err)
	p.Sees("is refreshing it")
	p.SeesNot("may have spent the")
	release()
	p.Engine.Feed.SetFailure("id", &session.Failure{Flow: session.FlowRefresh, Kind: session.RateLimited, Status: 429, At: now, Retry: now.Add(time.Hour)})
	p.Engine.Feed.SetNextTry("id", now.Add(time.Hour))
	note(nil)
	at := now.Add(time.Hour).In(time.Local).Format("15:04:05")
	p.Sees("next try at "+at, "another attempt at "+at, "refresh failed at ")
	p.SeesNot("next refresh")
}
