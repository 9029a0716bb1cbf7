package attempt_test

import (
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// pathSecrets are secrets that APIs take in a path, with what lists show of it.
var pathSecrets = []struct{ path, shown, secret string }{
	{"/bot7123456789:AAHk3vT9xQ2mWzE5rY8uI1oP4aS6dF7gH0j/getMe", "/bot••••••/getMe", "AAHk3vT9xQ2mWzE5rY8uI1oP4aS6dF7gH0j"},
	{"/services/T02ABCDEF/B03GHIJKL/xQkqWLmZavRtYwdPnBsoHdJc", "/services/T02ABCDEF/B03GHIJKL/••••••", "xQkqWLmZavRtYwdPnBsoHdJc"},
	{"/hooks/qzxkvbnmwtrplkjhgfdsaqwe", "/hooks/••••••", "qzxkvbnmwtrplkjhgfdsaqwe"},
	{"/services/T02ABCDEF/B03GHIJKL/x8Kq2LmZ9vRtYw4PnBs7HdJc", "/services/T02ABCDEF/B03GHIJKL/••••••", "x8Kq2LmZ9vRtYw4PnBs7HdJc"},
	{"/28066942-8273-4BE6-AAD4-A19F34948E11/DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B/users/login", "/28066942-8273-4BE6-AAD4-A19F34948E11/••••••/users/login", "DCBACAA6-EF5B-49AA-8013-7BDF7A3A9A6B"},
	{"/of/another/Winter2024!", "/of/another/••••••", "Winter2024!"},             // the password of an account of the ring
	{"/of/another/Winter%32024%21/x", "/of/another/••••••/x", "Winter%32024%21"}, // the same
}

// TestAnAccountsOwnSecretIsMaskedInAPath uses secrets that look like none.
func TestAnAccountsOwnSecretIsMaskedInAPath(t *testing.T) {
	t.Parallel()
	for _, own := range []string{"sesame", "k9", "4711", "8a6d2f0c-6d1e-4f6e-9a43-1f0d9b7c2e11"} {
		b := enginetest.New(t)
		d := &draft.Form{NewSecrets: map[string]secret.String{"pasted": secret.New(own)}}
		d.Name, d.Definition, d.Values = "own", "token", map[string]string{"address": enginetest.Serve(t, http.NotFoundHandler())}
		id := b.Add(d)
		b.LogIn(id)
		account := b.Record(id).Account
		spec := &request.Spec{Name: "call", Method: "GET", Target: "/x" + own + "/" + own + "/" + own[:1] + "%" + hex.EncodeToString([]byte(own[1:2])) + own[2:]}
		enginetest.Check(t, b.Requests.SaveRequest(b.Ctx, &account, spec))
		saved := find(t, b, id, spec.ID)
		if want := "/••••••/••••••"; !strings.HasSuffix(saved.Path(), want) || len(own) < 6 && !strings.HasPrefix(saved.Path(), "/x"+own+"/") {
			t.Errorf("%s is listed as %s", own, saved.Path())
		}
	}
}

func TestRequestsNamedLikeSecretsAreToldApart(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "names"))
	account := b.Record(id).Account
	for _, name := range []string{"AAHk3vT9xQ2mWzE5rY8uI1oP4aS6dF7gH0j", "x8Kq2LmZ9vRtYw4PnBs7HdJc"} {
		enginetest.Check(t, b.Requests.SaveRequest(b.Ctx, &account, &request.Spec{Name: name, Method: "GET", Target: "/x"}))
	}
	specs, err := b.Requests.Specs(b.Ctx, b.Record(id))
	enginetest.Check(t, err)
	seen := map[string]bool{}
	for i := range specs {
		if seen[specs[i].Name] {
			t.Errorf("two requests are called %s", specs[i].Name)
		}
		seen[specs[i].Name] = true
	}
}

func TestASecretInAPathIsSealedAndFired(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	other := enginetest.Market("http://127.0.0.1:1", "other")
	other.NewSecrets["password"] = secret.New("Winter2024!")
	b.Add(other)
	asked := make(chan string, 1)
	server := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.URL.EscapedPath() }))
	d := &draft.Form{NewSecrets: map[string]secret.String{"pasted": secret.New("own-token-1")}}
	d.Name, d.Definition, d.Values = "hooks", "token", map[string]string{"address": server}
	id := b.Add(d)
	b.LogIn(id)
	account := b.Record(id).Account
	for _, tt := range pathSecrets {
		spec := &request.Spec{Name: "call " + tt.secret, Title: "with " + tt.secret, Method: "GET", Target: tt.path}
		enginetest.Check(t, b.Requests.SaveRequest(b.Ctx, &account, spec))
		saved := find(t, b, id, spec.ID)
		if saved.Target != tt.path || saved.Path() != tt.shown || strings.Contains(saved.Name+saved.Title, tt.secret) {
			t.Errorf("%s is listed as %+v", tt.path, saved)
		}
		run, err := b.Fire(b.Ctx, id, &saved, attempt.Options{})
		enginetest.Check(t, err)
		if got := <-asked; got != tt.path {
			t.Errorf("%s was fired as %s", tt.path, got)
		}
		runs, err := b.Requests.Runs(b.Ctx, session.RunQuery{AccountID: id, Limit: 1})
		enginetest.Check(t, err)
		if runs[0].Path != tt.shown || runs[0].Name != saved.Name {
			t.Errorf("the history lists %+v", runs[0])
		}
		if strings.Contains(run.Summary(), tt.secret) && !strings.HasPrefix(tt.path, "/of/another") {
			t.Errorf("the activity says %s", run.Summary())
		}
	}
	enginetest.Check(t, b.Store.Close())
	text, err := os.ReadFile(filepath.Join(b.Dir, "tokenring.db"))
	enginetest.Check(t, err)
	for _, tt := range pathSecrets[:3] {
		if strings.Contains(string(text), tt.secret) {
			t.Errorf("%s is in the database in clear", tt.secret)
		}
	}
}

func find(t *testing.T, b *enginetest.Fixture, account, id string) request.Spec {
	t.Helper()
	specs, err := b.Requests.Specs(b.Ctx, b.Record(account))
	enginetest.Check(t, err)
	for _, s := range specs {
		if s.ID == id {
			return s
		}
	}
	t.Fatal("the request was not saved")
	return request.Spec{}
}
