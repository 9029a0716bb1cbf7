package manager_test

import (
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/request"
	"tokenring/session/secret"
)

func TestNobodySendsNoTokenAndTheRequestStaysAsItWas(t *testing.T) {
	t.Parallel()
	b, server := marketRing(t, emulator.RotatingOptions{})
	admin, err := b.Find(b.ctx, "admin")
	check(t, err)
	spec := &request.Spec{Name: "me", Target: "/me"}
	run, err := b.FireAsNobody(b.ctx, admin.Account.ID, spec, manager.FireOptions{})
	check(t, err)
	if run.Status != 401 || !run.AsNobody() {
		t.Errorf("%d as %s", run.Status, run.Account)
	}
	for _, c := range server.Requests() {
		if c.Path == "/me" && len(c.Credentials) > 0 {
			t.Error("nobody sent a credential")
		}
	}
	kept, err := b.Run(b.ctx, run.ID)
	check(t, err)
	viewer, err := b.Find(b.ctx, "viewer")
	check(t, err)
	again, err := b.Fire(b.ctx, viewer.Account.ID, &kept.Spec, manager.FireOptions{})
	check(t, err)
	if again.Status != 200 || again.AsNobody() {
		t.Errorf("the same request as viewer: %d as %s", again.Status, again.Account)
	}
}

func TestNobodyHasNoTokenForATemplateAndTheIDsOfTheAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewBackendless(emulator.BackendlessOptions{Now: b.clock.Now, Idle: 30 * time.Minute})
	id := b.add(&manager.Draft{
		Name: "ops", Definition: "backendless", Login: "password",
		Values: map[string]string{
			"form": "server", "address": serve(t, server), "app_id": emulator.BackendlessAppID,
			"rest_key": emulator.BackendlessRESTKey, "session_timeout": "1800", "identity": "viewer@example.com",
		},
		Secrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	b.login(id)
	curl := func(target string) (string, error) {
		line, err := b.CurlAsNobody(b.ctx, id, &request.Spec{Target: target})
		return line.Reveal(), err
	}
	line, err := curl("/data/Users/${.user_id}")
	check(t, err)
	if strings.Contains(line, "user-token") || strings.Contains(line, request.TokenVariable) || strings.Contains(line, "Users/'") {
		t.Error(line)
	}
	if line, err := curl("/x/${.token}"); err == nil {
		t.Error("a template got the token:", line)
	}
}

func TestNoAccountIsCalledNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	d := market("http://127.0.0.1:1", "admin")
	d.Name = " nobody "
	if _, err := b.Save(b.ctx, d); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Error(err)
	}
}
