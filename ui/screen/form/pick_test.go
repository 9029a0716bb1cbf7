package form_test

import (
	"strings"
	"testing"

	"tokenring/session/secret"
	"tokenring/ui/screen"
	"tokenring/ui/screen/form"
)

const answer = `{"access":"eyJhbGciOiJIUzI1NiJ9.eyJuIjoxfQ.c2ln","refresh":"eyJhbGciOiJIUzI1NiJ9.eyJuIjoyfQ.c2ln","user":"` + canary + `"}`

// TestABackendIsFoundByWhatIsPasted: by an address, which may be typed as well, and by the answer of a login. What may be
// secret is not shown.
func TestABackendIsFoundByWhatIsPasted(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 84, 30)
	d.Paste(answer)
	d.Sees("Simple JWT", "another backend")
	d.SeesNot(canary, "eyJ", "Supabase", "OpenID")
	d.Golden()
	for _, text := range []string{`{"id":"` + canary + `"}`, "https://me:" + canary + "@abc.supabase.co"} {
		b.stage.Asked = nil
		d.Paste(text)
		d.SeesNot(canary)
		if note, _ := asked[screen.NotedMsg](b); !strings.Contains(note.Text, "no backend found for it") {
			t.Errorf("the person learns %q", note.Text)
		}
	}
	d.Press("ctrl+u")
	d.Sees("Appwrite", "Directus")
	d.Type("supabase")
	d.SeesNot("Simple JWT")
	d.Press("ctrl+u")
	d.Type("https://abc.supabase.co")
	d.Sees("/ https://abc.supabase.co", "Supabase Auth")
	d.Paste("https://id.example/realms/x/.well-known/openid-configuration")
	d.SeesNot("Supabase Auth")
	d.Press("enter")
	d.Sees("OAuth 2.0 and OpenID Connect", "Issuer", "https://id.example/realms/x", "credentials → https://id.example/realms/x")
}

// TestTheBackendOfAPastedAnswerIsChosen: any API with the token, or one whose login answers so.
func TestTheBackendOfAPastedAnswerIsChosen(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.FromToken(b.ctx, b.part(), secret.New(canary), secret.New(answer)), 84, 30)
	d.Sees("which backend?", "Any API", "Simple JWT")
	d.SeesNot("Supabase", canary)
	d.Type("any api")
	d.Press("enter")
	d.Sees("Token", "****")
	d.Press("shift+tab", "enter")
	d.Sees("which backend?")
	d.Type("simple")
	d.Press("enter")
	d.Sees("Username", "Password")
}
