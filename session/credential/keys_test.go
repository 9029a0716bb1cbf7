package credential_test

import (
	"slices"
	"testing"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// TestKeysAreAskedForAsTheAccountAsks: the issuer of the definition, and the account's own connection with its secrets.
func TestKeysAreAskedForAsTheAccountAsks(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("robots", `
base_url: ${.address}
logins:
  - name: robot
    fields: [{name: tenant}]
    oauth2: {grant: client_credentials, issuer: "https://id.example/${.tenant}", client_id: robot}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	form := &draft.Form{Account: session.Account{
		Name: "robot", Definition: "robots", Login: "robot", AllowHTTP: true,
		Values:     map[string]string{"address": "https://api.example", "tenant": "t1"},
		Connection: session.Connection{Proxy: "http://me@127.0.0.1:3128"},
	}, NewSecrets: map[string]secret.String{session.ConnectionProxyPassword: secret.New("open sesame")}}
	way, err := b.Credentials.Keys(b.Ctx, b.Record(b.Add(form)))
	enginetest.Check(t, err)
	if way.Issuer != "https://id.example/t1" || len(way.Own) != 1 || way.Own[0] != transport.Origin("https://api.example:443") || !way.AllowHTTP ||
		way.Connection.Proxy != form.Connection.Proxy || way.Connection.ProxyPassword.Reveal() != "open sesame" {
		t.Errorf("the way is %+v", way)
	}
	way, err = b.Credentials.Keys(b.Ctx, b.Record(b.Add(enginetest.Market("http://127.0.0.1:1", "me"))))
	if enginetest.Check(t, err); way.Issuer != "" || way.Account == "" {
		t.Errorf("without an issuer: %+v", way)
	}
}

// TestKeysOfAnAccountOfTheListAreOfTheAccountAsSealed: what a list has read may have been changed at that moment.
func TestKeysOfAnAccountOfTheListAreOfTheAccountAsSealed(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	rec, db := b.Record(b.Add(enginetest.Market("http://127.0.0.1:1", "me"))), outside(b)
	exec(b, db, `UPDATE accounts SET origin = 'https://evil.example'`)
	all, err := b.Accounts.Follow().List(b.Ctx)
	enginetest.Check(t, err)
	exec(b, db, `UPDATE accounts SET origin = ?`, rec.Account.Origin)
	way, err := b.Credentials.Keys(b.Ctx, all[0].Record)
	if enginetest.Check(t, err); !slices.Equal(way.Own, []transport.Origin{transport.Origin(rec.Account.Origin)}) {
		t.Errorf("the keys may come from %v", way.Own)
	}
}
