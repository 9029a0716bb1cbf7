package decode_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
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
}

func open(t *testing.T, w, h int) *fixture {
	t.Helper()
	f := &fixture{clock: uitest.NewClock(now)}
	f.ctx = &screen.Context{Life: t.Context(), Keys: keymap.Default(), Now: f.clock.Now, Settings: screen.DefaultSettings(),
		Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})}
	f.ctx.Settings.UTC = true
	f.stage = &uitest.Stage{Screen: decode.New(f.ctx, func(s secret.String) screen.Overlay {
		f.got = s
		return nil
	})}
	f.Driver = uitest.Start(t, f.stage, f.clock, uitest.NewTimers(f.clock), w, h)
	return f
}

func TestAPastedTokenIsRead(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Sees("Paste a token", "nothing is stored")
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
}

func TestClaimsAreWrittenOnce(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	part := base64.RawURLEncoding.EncodeToString
	f.Paste(part([]byte(`{"alg":"none","kid":"a-key-with-a-long-name"}`)) + "." + part([]byte(`{"iss":"https:\/\/id.example","nested":{"pwd":"x"}}`)) + ".")
	f.Sees("iss     https://id.example  Issuer", `"pwd" looks like a secret`, "kid     a-key-with-a-long-name")
	f.SeesNot(`\/`, `pwd: "pwd"`)
	f.Press("ctrl+x")
	f.Type("x")
	f.Sees("opaque · 1 byte ·")
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
	f.Type("abc")
	f.Press("backspace")
	f.Sees("2 bytes")
	f.Paste(strings.Repeat("x", 2<<20))
	f.Sees("not a token: it has 2048 KiB")
}

func TestItIsMadeAnAccount(t *testing.T) {
	t.Parallel()
	f := open(t, 98, 22)
	f.Press("ctrl+s")
	if len(f.stage.Asked) > 0 {
		t.Fatal("nothing was pasted yet")
	}
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
