package cli

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestRejectionsAndLimitsHaveWords has an account that nothing can renew or check.
func TestRejectionsAndLimitsHaveWords(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/role":
			w.WriteHeader(http.StatusUnauthorized)
		case "/limited":
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	}))
	t.Cleanup(server.Close)
	tr.want(ExitOK, "some-pasted-token\n", []string{"add", "me@api", "-b", "token", "--set", "address=" + server.URL, "--secret", "pasted=-", "--log-in"})
	tr.want(ExitUsage, "x\n", []string{"add", "again@api", "-b", "token", "--set", "address=" + server.URL, "--secret", "pasted=-", "--relogin"},
		"--relogin: the definition says that this login must not be repeated without a person")

	tr.want(ExitRefused, "", []string{"request", "me@api", "/role"}, "status 401; ", "nothing can renew this session", "→ tokenring login me@api")
	words := "rejected at " + tr.now().Local().Format("15:04") + " by GET /role"
	tr.want(ExitOK, "", []string{"ls"}, words)
	if out := tr.want(ExitOK, "", []string{"token", "me@api"}, "me@api: "+words); out != "some-pasted-token\n" {
		t.Errorf("printed %q", out)
	}
	tr.want(ExitOK, "", []string{"request", "me@api", "/"})
	tr.want(ExitOK, "", []string{"token", "me@api"}, "me@api: "+words) // the base address may answer everybody
	tr.want(ExitOK, "", []string{"request", "me@api", "/fine"})
	if _, errs, _ := tr.run("", "token", "me@api"); errs != "" {
		t.Errorf("accepted since, and still %q", errs)
	}

	if out := tr.want(ExitFailed, "", []string{"token", "me@api", "--claims"}, "me@api: this token is opaque: it has no readable claims"); out != "" {
		t.Errorf("printed %q", out)
	}
	tr.want(ExitNeedsLogin, "", []string{"refresh", "me@api"}, "me@api cannot be renewed; its token is valid until the server refuses it", "→ tokenring login me@api")

	at := tr.now().Add(90 * time.Second)
	out := tr.want(ExitRefused, "", []string{"request", "me@api", "/limited", "--json"}, "→ try again at "+at.Local().Format(time.TimeOnly))
	var run struct {
		RetryAt time.Time `json:"retry_at"`
	}
	if err := json.Unmarshal([]byte(out), &run); err != nil || !run.RetryAt.Equal(at) || !strings.Contains(out, "try again at") {
		t.Errorf("%v, %s", err, out)
	}
}
