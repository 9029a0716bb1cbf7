package attempt_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

func TestNobodySendsNoTokenAndTheRequestStaysAsItWas(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	admin, err := b.Accounts.Find(b.Ctx, "admin")
	enginetest.Check(t, err)
	spec := &request.Spec{Name: "me", Target: "/me"}
	run, err := b.Requests.Fire(b.Ctx, suite.IdentityOf(&admin.Account).AsAnonymous(), spec, attempt.Options{})
	enginetest.Check(t, err)
	if run.Status != 401 || !run.IsAnonymous() {
		t.Errorf("%d as %s", run.Status, run.Account)
	}
	for _, c := range server.Requests() {
		if c.Path == "/me" && len(c.Credentials) > 0 {
			t.Error("nobody sent a credential")
		}
	}
	kept, err := b.Requests.Run(b.Ctx, run.ID)
	enginetest.Check(t, err)
	viewer, err := b.Accounts.Find(b.Ctx, "viewer")
	enginetest.Check(t, err)
	again, err := b.Fire(b.Ctx, viewer.Account.ID, &kept.Spec, attempt.Options{})
	enginetest.Check(t, err)
	if again.Status != 200 || again.IsAnonymous() {
		t.Errorf("the same request as viewer: %d as %s", again.Status, again.Account)
	}
}

func TestNobodyHasNoTokenForATemplateAndTheIDsOfTheAccount(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulator.NewBackendless(emulator.BackendlessOptions{Now: b.Clock.Now, Idle: 30 * time.Minute})
	id := b.Add(&draft.Form{
		Account: session.Account{
			Name: "ops", Definition: "backendless", Login: "password",
			Values: map[string]string{
				"form": "server", "address": enginetest.Serve(t, server), "app_id": emulator.BackendlessAppID,
				"rest_key": emulator.BackendlessRESTKey, "session_timeout": "1800", "identity": "viewer@example.com",
			},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	valid := b.Spec(id, "valid") // its path holds the token
	if _, err := b.Fire(b.Ctx, id, valid, attempt.Options{}); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("without a session: %v", err)
	}
	b.LogIn(id)
	_, err := b.Requests.Fire(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), valid, attempt.Options{})
	if err == nil || err.Error() != "anonymous has no token, and the request reads one" {
		t.Errorf("as anonymous: %v", err)
	}
	other := &request.Spec{Name: "other", Target: "/x/${.token_id}"} // no token
	_, err = b.Requests.Fire(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), other, attempt.Options{})
	if err == nil || !strings.Contains(err.Error(), ".token_id") {
		t.Errorf("as anonymous, without a token: %v", err)
	}
	curl := func(target string) (string, error) {
		line, _, err := b.Requests.Curl(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), &request.Spec{Target: target}, false)
		return line.Reveal(), err
	}
	line, err := curl("/data/Users/${.user_id}")
	enginetest.Check(t, err)
	if strings.Contains(line, "user-token") || strings.Contains(line, request.TokenVariable) || strings.Contains(line, "Users/'") {
		t.Error(line)
	}
	if line, err := curl("/x/${.token}"); err == nil {
		t.Error("a template got the token:", line)
	}
}

func TestNoAccountIsCalledNobody(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	d := enginetest.Market("http://127.0.0.1:1", "admin")
	d.Name = " nobody "
	if _, err := b.Save(b.Ctx, d); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Error(err)
	}
}
