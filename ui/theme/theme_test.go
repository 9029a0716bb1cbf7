package theme

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
)

func TestAStateIsNeverAColourAlone(t *testing.T) {
	t.Parallel()
	th := New(Options{Profile: colorprofile.ASCII})
	seen, plainly := map[string]session.State{}, map[string]session.State{}
	for _, s := range []session.State{
		session.StateNoSession, session.StateValid, session.StateExpiring, session.StateExpired, session.StateNeedsLogin,
		session.StateUnknown, session.StateFailed, session.StateWorking,
	} {
		_, sign := th.State(s)
		if other, taken := seen[sign]; taken {
			t.Errorf("%s and %s have the same sign %s", s, other, sign)
		}
		seen[sign] = s
		letter := New(Options{ASCII: true}).Finish(sign)
		if other, taken := plainly[letter]; taken {
			t.Errorf("%s and %s have the same plain sign %s", s, other, letter)
		}
		plainly[letter] = s
		if w := ansi.StringWidth(sign); w != 1 {
			t.Errorf("the sign of %s is %d cells wide", s, w)
		}
	}
}

func TestPlainStandInsHaveTheSameWidth(t *testing.T) {
	t.Parallel()
	th := New(Options{ASCII: true})
	all := SignValid + SignExpiring + SignExpired + SignNeedsLogin + SignNoSession + SignUnknown + SignFailed + SignOK +
		SignWarn + SignInfo + SignCursor + SignMark + SignGaugeFull + SignGaugeEmpty + SignMore + SignScroll + SignDot +
		strings.Join(spinner[:], "")
	for _, g := range session.Guards() {
		f := th.Guard(g)
		all += f.TopLeft + f.Top + f.TopRight + f.Left + f.Right + f.BottomLeft + f.Bottom + f.BottomRight
	}
	for _, r := range all {
		got := th.Finish(string(r))
		if len(got) != 1 || got[0] < ' ' || got[0] > '~' {
			t.Errorf("%c becomes %q", r, got)
		}
	}
	if got := th.Finish("日本"); got != "日本" {
		t.Errorf("what is not ours becomes %q", got)
	}
}

func TestTheSameEnvironmentLooksTheSame(t *testing.T) {
	t.Parallel()
	th := New(Options{Dark: true, Profile: colorprofile.TrueColor})
	if th.Environment("PROD").Render("x") != th.Environment("production").Render("x") {
		t.Error("prod and production are one environment")
	}
	if th.Environment("dev").Render("x") == th.Environment("prod").Render("x") {
		t.Error("dev looks like prod")
	}
	if th.Environment("team-7").Render("x") != New(th.Options()).Environment("team-7").Render("x") {
		t.Error("a word of the person's own must look the same every time")
	}
}

func TestStylesOfALine(t *testing.T) {
	t.Parallel()
	th := New(Options{Dark: true, Profile: colorprofile.TrueColor})
	line := "a" + th.Valid.Render("b") + "c"
	under := th.Selection.Under(line)
	if ansi.Strip(under) != "abc" || strings.Count(under, th.Selection.open) != 2 {
		t.Errorf("the ground does not go on behind a look: %q", under)
	}
	if got := th.Shade.Over(line); got != th.Shade.Render("abc") {
		t.Errorf("a shaded line is %q", got)
	}
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	o := Options{Dark: true, Profile: colorprofile.TrueColor, Overrides: map[string]string{"valid": "#010203"}}
	if got := New(o).Valid.Render("x"); !strings.Contains(got, "38;2;1;2;3") {
		t.Errorf("the person's own colour is not used: %q", got)
	}
	for says, overrides := range map[string]map[string]string{
		`unknown colour "vaild"`: {"vaild": "#010203"},
		"is not a colour":        {"valid": "greenish"},
	} {
		if err := CheckOverrides(overrides); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v: %v", overrides, err)
		}
	}
	if err := CheckOverrides(map[string]string{"accent": "12", "dead": "#fff"}); err != nil {
		t.Error(err)
	}
}

// A word of an environment stands beside the words of states.
func TestAnEnvironmentDoesNotLookLikeAState(t *testing.T) {
	t.Parallel()
	hue := func(hex string) float64 {
		n, _ := strconv.ParseUint(hex[1:], 16, 32)
		r, g, b := float64(n>>16&255), float64(n>>8&255), float64(n&255)
		return math.Atan2(math.Sqrt(3)*(g-b), 2*r-g-b) * 180 / math.Pi
	}
	for _, env := range []string{"env-prod", "env-staging"} {
		for _, state := range []string{"soon", "dead"} {
			a, b := roles[env], roles[state]
			for _, pair := range [][2]string{{a.dark, b.dark}, {a.light, b.light}, {rgb(a.dark256), rgb(b.dark256)}, {rgb(a.light256), rgb(b.light256)}} {
				if apart := math.Abs(math.Remainder(hue(pair[0])-hue(pair[1]), 360)); apart < 30 {
					t.Errorf("%s and %s are %.0f° of hue apart", env, state, apart)
				}
			}
			if a.dark16 == b.dark16 {
				t.Errorf("%s and %s are one of sixteen colours", env, state)
			}
		}
	}
}

func TestSixteenColoursAndNone(t *testing.T) {
	t.Parallel()
	if got := New(Options{Profile: colorprofile.ANSI}).Valid.Render("x"); strings.Contains(got, "38;") {
		t.Errorf("with sixteen colours: %q", got)
	}
	for _, dark := range []bool{true, false} {
		unseen := []string{"0", "1", "4"} // what a ground so dark swallows
		if !dark {
			unseen = []string{"2", "3", "6", "9", "10", "11", "12", "13", "14", "15"}
		}
		th := New(Options{Dark: dark, Profile: colorprofile.ANSI})
		for name := range roles {
			if name == "match" || name == "text" || strings.HasPrefix(name, "selection") {
				continue
			}
			for _, n := range unseen {
				if th.Color(name) == lipgloss.Color(n) {
					t.Errorf("%s is colour %s, which is not seen on a background that is dark: %v", name, n, dark)
				}
			}
		}
	}
	if got := New(Options{Dark: true, Profile: colorprofile.ANSI}).Match.Render("x"); strings.Contains(got, "30") {
		t.Errorf("a match is black, which is grey where it is bold: %q", got)
	}
	none := New(Options{Profile: colorprofile.ASCII})
	if got := none.Valid.Render("x"); got != "x" {
		t.Errorf("without colours: %q", got)
	}
	if none.Selection.Render("x") == "x" {
		t.Error("the line of the cursor must still stand out")
	}
}

// TestTextCanBeRead computes the contrast (WCAG 2.2, 1.4.3) of every colour on the
// backgrounds that it is drawn on.
func TestTextCanBeRead(t *testing.T) {
	t.Parallel()
	decorations := []string{"border", "shade", "selection", "selection-2", "match"}
	for name, r := range roles {
		if slices.Contains(decorations, name) {
			continue
		}
		for _, pair := range [][2]string{
			{r.dark, "#000000"}, {r.dark, "#1E1E1E"}, {r.dark, roles["selection"].dark}, {r.dark, roles["selection-2"].dark},
			{r.light, "#FFFFFF"}, {r.light, roles["selection"].light}, {r.light, roles["selection-2"].light},
			{rgb(r.dark256), "#1E1E1E"}, {rgb(r.dark256), rgb(roles["selection"].dark256)}, {rgb(r.dark256), rgb(roles["selection-2"].dark256)},
			{rgb(r.light256), "#FFFFFF"}, {rgb(r.light256), rgb(roles["selection"].light256)}, {rgb(r.light256), rgb(roles["selection-2"].light256)},
		} {
			if c := contrast(pair[0], pair[1]); c < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.1f", name, pair[0], pair[1], c)
			}
		}
	}
	prod, dead := roles["env-prod"], roles["dead"]
	if distance(prod.dark, dead.dark) < 60 || distance(prod.light, dead.light) < 60 {
		t.Error("production looks like a failure")
	}
	for _, pair := range [][2]string{{"env-staging", "accent"}, {"env-staging", "env-dev"}, {"env-prod", "dead"}, {"unknown", "accent"}} {
		a, b := roles[pair[0]], roles[pair[1]]
		if distance(rgb(a.dark256), rgb(b.dark256)) < 56 || distance(rgb(a.light256), rgb(b.light256)) < 56 {
			t.Errorf("%s looks like %s in 256 colours", pair[0], pair[1])
		}
	}
	light := New(Options{Profile: colorprofile.ANSI})
	if strings.Contains(light.AccentStrong.Render("x"), "\x1b[1;") || strings.Contains(light.Selection.Render("x"), "\x1b[1m") {
		t.Error("a colour is bold on a light background of sixteen colours")
	}
}

// rgb returns one of the 256 colours as a terminal draws it.
func rgb(number string) string {
	r, g, b, _ := lipgloss.Color(number).RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

func channels(hex string) (c [3]float64) {
	for i := range c {
		n, _ := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		c[i] = float64(n)
	}
	return c
}

func distance(a, b string) float64 {
	x, y := channels(a), channels(b)
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

func contrast(a, b string) float64 {
	light := func(hex string) float64 {
		sum := 0.0
		for i, c := range channels(hex) {
			c /= 255
			if c <= 0.04045 {
				c /= 12.92
			} else {
				c = math.Pow((c+0.055)/1.055, 2.4)
			}
			sum += c * [...]float64{0.2126, 0.7152, 0.0722}[i]
		}
		return sum + 0.05
	}
	x, y := light(a), light(b)
	return max(x, y) / min(x, y)
}
