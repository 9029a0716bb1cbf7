package decode_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/screen"
	"tokenring/ui/screen/decode"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// signed is a token with claims a person would look at, and one with an
// escape sequence in it.
func signed(t *testing.T) string {
	t.Helper()
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"iss": "edge", "sub": "admin", "email": "admin@example.com", "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		"motto": "clear \x1b[2J this",
	}).SignedString([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

type fixture struct {
	*uitest.Driver
	ctx   *screen.Context
	stage *uitest.Stage
	clock *uitest.Clock
	got   secret.String // what an account was made of
	at    string        // where it was found
	new   string        // the account that it renews
	key   string        // what its issuer publishes
}

func open(t *testing.T, w, h int) *fixture {
	t.Helper()
	f := &fixture{clock: uitest.NewClock(now)}
	f.ctx = &screen.Context{Life: t.Context(), Keys: uitest.Keys(), Now: f.clock.Now, Settings: screen.DefaultSettings(),
		Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})}
	f.ctx.Settings.UTC = true
	engine := decode.Engine{
		Renewable: func(secret.String, string) ([]session.Snapshot, int) {
			account := func(id, name string) session.Snapshot {
				return session.Snapshot{Record: &session.Record{Account: session.Account{ID: id, Name: name, BaseURL: "https://edge.example"}}}
			}
			return []session.Snapshot{account("1", "admin@edge"), account("2", "me@shop")}, 1
		},
		Renew: func(s *session.Snapshot, t secret.String) screen.Overlay {
			f.got, f.new = t, s.Account.Name
			return nil
		},
		Verify: func(_ context.Context, raw string, _ oauth.Way) (oauth.Verified, error) {
			return oauth.Verified{Verification: token.Verify(raw, []token.Key{token.SharedKey(secret.New(f.key))}), From: "https://id.example/keys", Read: now}, nil
		},
		Keep: func(t, text secret.String) screen.Overlay {
			f.got, f.at = t, token.AddressIn(text.Reveal())
			return nil
		},
	}
	f.stage = &uitest.Stage{Screen: decode.New(f.ctx, engine, secret.String{})}
	f.Driver = uitest.Start(t, f.stage, f.clock, uitest.NewTimers(f.clock), w, h)
	return f
}

func TestAPastedTokenIsRead(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Sees("Paste a token", "nothing is stored")
	f.Paste("only words, and no token")
	f.Sees("no token found in it", "Paste a token") // another one
	raw := signed(t)
	f.Paste("Bearer " + raw + "\n")
	f.Sees("JWT · HS256", "signature not verified", "admin", "in 10m00s", "2026-05-04 12:10:00", "clear ␛[2J this")
	f.SeesNot(raw, raw[:40])
	f.Golden()
	f.Advance(11 * time.Minute)
	f.Sees("1m00s ago")
}

func TestATypedTokenTakesEveryLetter(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	if f.stage.Screen.Cursor() == nil {
		t.Error("without a cursor the root takes letters as its own keys")
	}
	f.Type("https://edge.example/?S=1&access_token=" + signed(t))
	f.Sees("JWT · HS256", "admin")
	f.Press(f.ctx.Keys.KeyOf(f.stage.Screen.Keys()[0]), "down", "y") // the footer's first
	if _, ok := f.stage.Asked[len(f.stage.Asked)-1].(screen.CopiedMsg); !ok {
		t.Error("the keys are still letters of the text")
	}
}

func TestClaimsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	part := base64.RawURLEncoding.EncodeToString
	f.Paste(part([]byte(`{"alg":"none","kid":"a-key-with-a-long-name"}`)) + "." + part([]byte(`{"iss":"https:\/\/id.example","nested":{"pwd":"x"}}`)) + ".")
	f.Sees("iss     https://id.example      Issuer", `"pwd" looks like a secret`, "kid     a-key-with-a-long-name  Key id")
	f.SeesNot(`\/`, `pwd: "pwd"`)
	f.Press("ctrl+x")
	f.Type("x")
	f.Sees("opaque · 1 byte ·")
}

// TestOneOfSeveralTokensIsChosen: each is named by what calls it in the text, and keys act on the one that is shown.
func TestOneOfSeveralTokensIsChosen(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	raw := signed(t)
	f.Paste("POST https://api.example.com/login\n" + `{"access_token":"` + raw + `","refresh_token":"9f8e7d6c5b4a39281706f5e4d3c2b1a0","expires_in":60}`)
	f.Sees("[access_token]", "refresh_token", "1 of 2", "JWT · HS256")
	f.Golden()
	f.Press("]")
	f.Sees("[refresh_token]", "2 of 2", "opaque")
	f.Press("a")
	if f.got.Reveal() != "9f8e7d6c5b4a39281706f5e4d3c2b1a0" || f.at != "https://api.example.com" {
		t.Errorf("an account of %q, found at %q", f.got.Reveal(), f.at)
	}
}

func TestASignatureIsVerified(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Paste(signed(t))
	f.Sees("signature not verified")
	f.key = "0123456789abcdef0123456789abcdef"
	f.Press("V")
	f.Sees("✓ signature valid; keys of https://id.example/keys, read at 2026-05-04 12:00:00")
	f.SeesNot("not verified")
	f.key = "another-secret-of-the-same-length"
	f.Press("V")
	f.Sees("✕ signature invalid: the signature does not fit the key")
	f.Paste("ghs_123456_eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M")
	f.Press("V")
	f.Sees("◇ cannot be verified by others: it is a GitHub App installation token with a JWT inside")
}

func TestAnAccountIsRenewed(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	raw := signed(t)
	f.Paste("Authorization: Bearer " + raw)
	f.Press("r")
	choice, _ := f.stage.Asked[len(f.stage.Asked)-1].(screen.Choice)
	items := choice.Items()
	if len(items) != 2 || items[0].Title != "admin@edge" || items[0].More != "the token is from its server" || items[1].More != "" {
		t.Fatalf("asked %+v", items)
	}
	f.Send(choice.Do(items[1].Value))
	if f.new != "me@shop" || f.got.Reveal() != raw {
		t.Errorf("renewed %q with the token: %v", f.new, f.got.Reveal() == raw)
	}
}

func TestAClaimIsOpenedFoldedSearchedAndCopied(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	part := base64.RawURLEncoding.EncodeToString
	many := strings.TrimSuffix(strings.Repeat(`"write:everything",`, 59), ",")
	f.Paste(part([]byte(`{"alg":"none"}`)) + "." + part([]byte(`{"sub":"ada","user":{"id":7,"password":"hunter2"},"permissions":[`+many+`,"last:one"],"exp":1777896600}`)) + ".")
	f.Press("/")
	f.Type("user")
	f.Sees("1 of 1")
	f.Press("enter", "space")
	f.SeesNot("hunter2")
	f.Sees("▸ 2 entries")
	f.Press("enter")
	f.Sees(`"id": 7`, `"password": "••••••"`)
	f.SeesNot("hunter2")
	f.Press("esc", "/")
	f.Type("permissions")
	f.Press("enter", "enter")
	f.Press("end")
	f.Sees(`"last:one"`)
	f.Golden()
	f.Press("enter", "down", "y")
	if got := f.copied(); got != "1777896600" {
		t.Errorf("copied %q", got)
	}
	f.Press("J")
	if got := f.copied(); got != `{"exp":1777896600}` {
		t.Errorf("copied %q", got)
	}
	f.Press("esc")
	f.Sees("exp: servers refuse the token from this time on")
}

// copied returns the value that was copied last.
func (f *fixture) copied() string {
	for i := len(f.stage.Asked) - 1; i >= 0; i-- {
		if msg, ok := f.stage.Asked[i].(screen.CopiedMsg); ok {
			return msg.Value.Reveal()
		}
	}
	return ""
}

func TestWhoeverWatchesSeesNoPerson(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.ctx.Share = true
	f.Paste(signed(t))
	f.SeesNot("admin@example.com")
}

func TestAnotherPasteReplacesTheFirst(t *testing.T) {
	t.Parallel()
	f := open(t, 58, 14)
	f.Paste(signed(t))
	f.Paste("9f8e7d6c5b4a39281706f5e4d3c2b1a0")
	f.Sees("opaque", "32 bytes", "nothing can be read")
	f.Golden()
	f.Press("ctrl+x")
	f.Sees("Paste a token")
	f.Paste("there is nothing here")
	f.Sees("no token found in it")
	f.Type("abc")
	f.Press("backspace")
	f.Sees("2 bytes")
	f.Paste(strings.Repeat("x", 2<<20))
	f.Sees("opaque", "2097152 bytes")
	f.Paste(strings.Repeat("x", token.MaxText+1))
	f.Sees("longer than 16 MiB")
}

func TestItIsMadeAnAccount(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Press("ctrl+s")
	if !f.got.IsZero() {
		t.Fatal("nothing was pasted yet")
	}
	f.stage.Asked = nil
	raw := signed(t)
	f.Paste(raw)
	f.Press("ctrl+s")
	if !f.got.Equal(secret.New(raw)) {
		t.Error("the form did not get the token")
	}
	f.Paste(`"token": "` + raw[:40] + "\n  " + raw[40:] + `",`)
	f.Press("ctrl+s")
	if !f.got.Equal(secret.New(raw)) {
		t.Error("the form got what was copied along with the token")
	}
	if _, ok := f.stage.Asked[0].(screen.ClosedMsg); !ok {
		t.Errorf("asked for %T first", f.stage.Asked[0])
	}
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{20, 3}, {40, 8}, {58, 14}, {200, 60}} {
		f := open(t, size[0], size[1])
		f.Fits()
		f.Paste(signed(t))
		for range 5 {
			f.Fits()
			f.Press("pgdown")
		}
		f.Wheel(1, 1, tea.MouseWheelUp)
		f.Press("end")
		f.Sees("typ     JWT")
	}
}

// TestTheVerdictIsSeenOverAnOpenedClaim: a verification closes the claim that is shown whole.
func TestTheVerdictIsSeenOverAnOpenedClaim(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Paste(signed(t))
	f.Press("j", "enter")
	f.Sees("closes the value")
	f.Press("V")
	f.Sees("no matching key")
}
