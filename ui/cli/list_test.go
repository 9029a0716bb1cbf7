package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tokenring/session"
)

// crowded is a ring with accounts in several states, backends and environments.
func crowded(t *testing.T) *cliTest {
	tr := newTest(t)
	saved := held("saved", "prod", noon, -time.Minute)
	saved.Account.Definition, saved.Account.Login = "datarhei-core", "password"
	saved.Session.Tokens = append(saved.Session.Tokens, session.TokenInfo{Name: "refresh", Token: true})
	sliding := held("sliding", "dev", noon, 0)
	sliding.Session.Tokens[0].Idle = 118 * time.Minute
	ended := held("ended", "prod", noon, time.Hour)
	ended.Session.Ended, ended.Session.EndedReason = noon, "the server\x1b[31m revoked it"
	tr.hold(held("soon", "prod", noon, 30*time.Second), held("long", "dev", noon, 2*time.Hour), saved, sliding, ended, free("new"))
	return tr
}

// names returns the first column of a listing.
func names(out string) string {
	var all []string
	for line := range strings.Lines(out) {
		all = append(all, strings.Fields(line)[0])
	}
	return strings.Join(all, " ")
}

func TestListShowsTheMostUrgentFirst(t *testing.T) {
	t.Parallel()
	tr := crowded(t)
	out := tr.want(ExitOK, "", []string{"ls"}, "soon     prod", "expiring", "30s", "≥58m", "expired", "no session", "needs login")
	if got := names(out); got != "ended saved soon sliding long new" {
		t.Errorf("%s\n%s", got, out)
	}
	if strings.ContainsRune(out, 0x1b) {
		t.Errorf("an escape sequence is printed: %q", out)
	}
	tr.advance(time.Minute)
	out = tr.want(ExitOK, "", []string{"ls", "--state", "needs-login"}, "soon")
	if got := names(out); got != "ended soon" {
		t.Errorf("a minute later: %s\n%s", got, out)
	}
}

func TestListNarrows(t *testing.T) {
	t.Parallel()
	tr := crowded(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"--env", "dev"}, "sliding long"},
		{[]string{"-e", "dev", "-e", "prod"}, "ended saved soon sliding long"},
		{[]string{"-b", "datarhei-core"}, "saved"},
		{[]string{"--state", "valid", "--state", "expired"}, "saved sliding long"},
		{[]string{"--state", "valid", "--env", "prod"}, ""},
	} {
		if out := tr.want(ExitOK, "", append([]string{"ls"}, tt.args...)); names(out) != tt.want {
			t.Errorf("%q: %q, want %q", tt.args, names(out), tt.want)
		}
	}
	tr.want(ExitUsage, "", []string{"ls", "--state", "asleep"}, `unknown state "asleep"`, "→ one of valid, expiring")
}

func TestListAsJSON(t *testing.T) {
	t.Parallel()
	tr := crowded(t)
	var all []listedAccount
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"ls", "--json", "-e", "dev"})), &all); err != nil || len(all) != 2 {
		t.Fatalf("%v: %+v", err, all)
	}
	sliding, long := all[0], all[1]
	if sliding.Name != "sliding" || !sliding.AtLeast || sliding.SecondsLeft == nil || *sliding.SecondsLeft != 58*60 {
		t.Errorf("%+v", sliding)
	}
	if long.State != "valid" || !long.ExpiresAt.Equal(noon.Add(2*time.Hour)) || long.Backend != "token" || long.Environment != "dev" {
		t.Errorf("%+v", long)
	}
}
