package session_test

import (
	"encoding/json"
	"strings"
	"testing"

	"tokenring/session"
)

func TestOriginsAreKeptWithTheirPurpose(t *testing.T) {
	t.Parallel()
	const stored = `["https://a:1","https://b:1 credentials","https://c:1 tokens"]`
	var all session.Origins
	if err := json.Unmarshal([]byte(stored), &all); err != nil {
		t.Fatal(err)
	}
	for origin, want := range map[string]session.Purpose{
		"https://a:1": session.ForBoth, "https://b:1": session.ForCredentials, "https://c:1": session.ForTokens, "https://d:1": 0,
	} {
		if got := all.For(origin); got != want {
			t.Errorf("%s is for %s, want %s", origin, got, want)
		}
	}
	if text, err := json.Marshal(all.With(session.FurtherOrigin{Origin: "https://b:1", For: session.ForCredentials})); err != nil || string(text) != stored {
		t.Errorf("written as %s, %v", text, err)
	}
	if got := all.With(session.FurtherOrigin{Origin: "https://b:1", For: session.ForTokens}).For("https://b:1"); got != session.ForBoth {
		t.Errorf("agreed to for both is for %s", got)
	}
	if err := json.Unmarshal([]byte(`["https://a:1 anything"]`), &all); err != nil || all.For("https://a:1") != 0 {
		t.Errorf("an unknown purpose allows %s, %v", all.For("https://a:1"), err)
	}
}

// TestTheSealCoversThePurpose changes what an account's origin gets.
func TestTheSealCoversThePurpose(t *testing.T) {
	t.Parallel()
	for _, origin := range []string{"https://a:1", "https://" + strings.Repeat("a.", 126) + "b:1"} { // the longest host name
		was := session.Account{Origins: session.Origins{{Origin: origin, For: session.ForTokens}}}
		is := session.Account{Origins: session.Origins{{Origin: origin, For: session.ForBoth}}}
		changes := is.ChangesSince(&was)
		if len(changes) != 1 || changes[0].Was != origin+" (tokens)" || changes[0].Is != origin+" (credentials and tokens)" {
			t.Errorf("changes %+v", changes)
		}
	}
}
