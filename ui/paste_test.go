package ui_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/ui/uitest/harness"
)

func pasting(t *testing.T) *harness.Harness {
	t.Helper()
	w := harness.New(t)
	w.Server = emulator.NewRotating(emulator.RotatingOptions{Now: w.Clock.Now})
	w.Login("admin@market")
	return w.Show(120, 36)
}

func TestAPasteOnTheListIsUnderstood(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Authorization: Bearer " + "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln":             {"Read a token", "HS256"},
		"curl -H 'Accept: text/plain' " + harness.Address + "/orders?page=2":               {"New request for admin@market", "/orders", "page"},
		"curl https://other.example/v1/things -H 'Authorization: Bearer abcdefgh12345678'": {"Add an account", "other.example"},
		"https://id.example/.well-known/oauth-authorization-server/realms/x\n":             {"Add an account", "OpenID Connect", "https://id.example/realms/x"},
		"https://abc.supabase.co/rest/v1":                                                  {"Add an account", "Supabase Auth", "https://abc.supabase.co"},
		"http://id.example/.well-known/openid-configuration":                               {"Add an account", "plain HTTP"},
		"https://other.example/\x1b]0;x\a.well-known/openid-configuration":                 {"Read a token"},
		"https://me:hunter2@id.example/.well-known/openid-configuration":                   {"Read a token", "password"},
		"https://app.example/callback?code=123&state=x":                                    {"no login is waiting for this address; l starts one"},
	} {
		w := pasting(t)
		w.Paste(text)
		w.Sees(want...)
		w.Fits()
	}
}

func TestAnImportedRequestIsSavedWithItsNewAccount(t *testing.T) {
	t.Parallel()
	w := pasting(t)
	w.Paste("curl https://other.example/v1/things -H 'Authorization: Bearer abcdefgh12345678'")
	w.Press("ctrl+s")
	w.Wait("the login", func() bool { return strings.Contains(w.Frame(), "other.example is stored") })
	accounts, err := w.Engine.Accounts.List(t.Context())
	must(t, err)
	for i := range accounts {
		if strings.Contains(accounts[i].Host, "other.example") {
			specs, err := w.Engine.Requests.Specs(t.Context(), accounts[i].Record)
			if err != nil || specs[len(specs)-1].Target != "/v1/things" {
				t.Errorf("its requests are %+v, %v", specs, err)
			}
			return
		}
	}
	t.Error("there is no account of the other server")
}

func TestTheEditorTakesWhatIsPasted(t *testing.T) {
	t.Parallel()
	w := pasting(t)
	w.Press("t", "n", "tab")
	w.Paste("?page=2&q=a%20b")
	w.Sees("page", "= 2", "q ", "= a b")
	w.Press("tab", "tab", "tab", "tab", "tab", "tab")
	w.Paste("Accept: text/plain\r\nX-Trace: 7\r\n")
	w.Sees("Accept", "= text/plain", "X-Trace", "= 7")
	w.Press("tab")
	w.Press("ctrl+x")
	w.SeesNot("text/plain")
	w.Fits()
	w.Paste("curl " + harness.Address + "/orders?page=3")
	w.Sees("/orders", "= 3")
	w.Press("esc")
	w.Sees("X-Trace") // the request that was written is still there
}

// TestLineBreaksOfAPasteAreLineBreaks pastes as tmux does, CR for every line break, and
// as Windows does.
func TestLineBreaksOfAPasteAreLineBreaks(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r", "\r\n"} {
		w := pasting(t)
		w.Press("t", "n")
		for range 40 {
			if w.Press("tab"); strings.Contains(w.Frame(), "opens it in $EDITOR") {
				break
			}
		}
		w.Paste("{" + end + ` "a": 1,` + end + ` "b": "\u200d👩` + "\u200d" + `"` + end + "}")
		w.SeesNot("not JSON", "␍")
		w.Sees("{", ` "a": 1,`, "}")
	}
}

// TestAPasteOf20KBIsWhole pastes into every place that takes text.
func TestAPasteOf20KBIsWhole(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := 0; b.Len() < 20_000; i++ {
		fmt.Fprintf(&b, "word%d ", i)
	}
	long := strings.TrimSpace(b.String())
	end := long[len(long)-20:]
	for name, open := range map[string]func(w *harness.Harness){
		"filter":   func(w *harness.Harness) { w.Press("/") },
		"palette":  func(w *harness.Harness) { w.Press(":") },
		"target":   func(w *harness.Harness) { w.Press("t", "n") },
		"requests": func(w *harness.Harness) { w.Press("t", "/") },
		"form":     func(w *harness.Harness) { w.Press("e") },
		"help":     func(w *harness.Harness) { w.Press("?", "/") },
	} {
		w := pasting(t)
		open(w)
		w.Paste(long)
		if frame := w.Frame(); !strings.Contains(frame, end) {
			t.Errorf("%s does not end with %q:\n%s", name, end, frame)
		}
		w.Fits()
	}
}

func BenchmarkPaste(b *testing.B) {
	w := harness.New(b)
	w.Server = http.NotFoundHandler()
	w.Put(session.Account{ID: "a", Name: "a@market", Definition: "market"}, nil)
	w.Show(120, 36)
	long := strings.Repeat("0123456789", 2000)
	for b.Loop() {
		w.Press("/")
		w.Paste(long)
		w.Frame()
		w.Press("esc")
	}
}
