package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
)

func TestPrintingATokenThatLives(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{AccessLife: 10 * time.Minute, RefreshLife: time.Hour})
	tr.add(url)
	first, errs, code := tr.run("", "token", "admin@edge")
	if code != ExitOK || errs != "" || strings.Count(first, ".") != 2 || !strings.HasSuffix(first, "\n") {
		t.Fatalf("exit %d: %q %q", code, first, errs)
	}
	if again, _, _ := tr.run("", "token", "admin@edge"); again != first {
		t.Error("a token that lives was exchanged")
	}
	tr.past.Store(int64(10*time.Minute - 500*time.Millisecond))
	tr.want(ExitOK, "", []string{"check", "admin@edge"}, "alive, ends now")
	tr.past.Store(int64(6 * time.Minute))
	second := tr.want(ExitOK, "", []string{"token", "admin@edge", "--min-ttl", "5m"}, "admin@edge: refreshed, 10m")
	if second == first || core.Refreshes() != 1 {
		t.Errorf("not refreshed: %d", core.Refreshes())
	}
	tr.want(ExitOK, "", []string{"token", "admin@edge", "--min-ttl", "1h"}, "is valid for only")
	tr.advance(time.Hour) // everything is dead now, and nothing may log in again
	for _, args := range [][]string{{"token", "admin@edge"}, {"token", "admin@edge", "access"}, {"token", "admin@edge", "refresh"}, {"token", "admin@edge", "--header"}} {
		if out := tr.want(ExitNeedsLogin, "", args, "→ tokenring login admin@edge"); out != "" {
			t.Errorf("%v printed a dead token", args)
		}
	}
}

func TestASessionThatCannotBeRenewedSaysUntilWhenItsTokenLives(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{AccessLife: 10 * time.Minute, RefreshLife: time.Hour})
	tr.add(url)
	core.Revoke("admin")
	until := tr.now().Add(10 * time.Minute).Local().Format("15:04")
	for range 2 { // refused by the server, then by the state
		tr.want(ExitNeedsLogin, "", []string{"refresh", "admin@edge"}, "admin@edge cannot be renewed: refresh failed", "its token is valid until "+until)
	}
}

func TestFormsOfAToken(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	token := strings.TrimSpace(tr.want(ExitOK, "", []string{"token", "admin@edge"}))
	if out := tr.want(ExitOK, "", []string{"token", "admin@edge", "--header"}); out != "Authorization: Bearer "+token+"\n" {
		t.Errorf("%q", out)
	}
	if out := tr.want(ExitOK, "", []string{"token", "admin@edge", "--curl"}); !strings.HasPrefix(out, "curl "+url+"/api") || !strings.Contains(out, token) {
		t.Errorf("%q", out)
	}
	var claims struct{ Sub, Usefor string }
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"token", "admin@edge", "refresh", "--claims"})), &claims); err != nil || claims.Usefor != "refresh" {
		t.Errorf("%v, %+v", err, claims)
	}
	var object tokenDocument
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"token", "admin@edge", "--json"})), &object); err != nil {
		t.Fatal(err)
	}
	if object.Token != token || object.Name != "access" || object.SecondsLeft == nil || *object.SecondsLeft < 590 || object.BaseURL != url+"/api" {
		t.Errorf("%+v", object)
	}
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "--json", "--curl"}, "specify only one of --curl, --json")
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "refresh", "--header"}, "leave out the token's name")
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "id"}, "it has access, refresh")
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "--min-ttl", "soon"}, "--min-ttl takes a duration")
	delete(tr.env, "TOKENRING_KEY")
	tr.want(ExitNeedsLogin, "", []string{"token", "admin@edge"}, "the vault is locked")
}

// TestLoggingInAgainForAToken says so, for it makes a new session.
func TestLoggingInAgainForAToken(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{AccessLife: time.Minute, RefreshLife: 2 * time.Minute})
	tr.env["PW"] = emulator.Password
	tr.put("admin@edge", url, "admin", "--secret", "password=env:PW", "--relogin")
	tr.want(ExitOK, "", []string{"token", "admin@edge"}, "admin@edge: logged in again with the stored credentials")
	tr.past.Store(int64(time.Hour))
	tr.want(ExitOK, "", []string{"token", "admin@edge", "refresh"}, "logged in again")
}
