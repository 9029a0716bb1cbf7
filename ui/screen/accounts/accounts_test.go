package accounts

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// account is a session that ends after left; without a session when that is 0.
func account(name, environment string, left time.Duration) session.Snapshot {
	s := session.Snapshot{Record: &session.Record{Account: session.Account{ID: name, Name: name, Environment: environment, Definition: "market"}}, Title: "Market"}
	if left > 0 {
		s.Session = &session.Session{AccountID: name, Started: noon, Tokens: []session.TokenInfo{
			{Name: "access", Token: true, Primary: true, Received: noon, ExpiresAt: noon.Add(left)},
		}}
	}
	return s
}

// list shows accounts in w by h cells.
func list(t *testing.T, w, h int, all ...session.Snapshot) (*uitest.Driver, *List, *uitest.Stage) {
	t.Helper()
	clock := uitest.NewClock(noon)
	timers := uitest.NewTimers(clock)
	l := New(&screen.Context{
		Life: t.Context(), Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		Keys: uitest.Keys(), Now: clock.Now, After: timers.After, Settings: screen.DefaultSettings(),
	}, "", ByExpiry)
	stage := &uitest.Stage{Screen: l}
	d := uitest.Start(t, stage, clock, timers, w, h)
	d.Send(screen.ListedMsg{Accounts: all})
	return d, l, stage
}

func team() []session.Snapshot {
	return []session.Snapshot{
		account("viewer@edge", "staging", 8*time.Minute), account("admin@edge", "staging", 20*time.Minute),
		account("me@market", "prod", 2*time.Hour), account("ops@crm", "dev", 0),
	}
}

func TestWhatEndsNextComesFirst(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 60, 12, team()...)
	d.Fits()
	if want := []string{"viewer@edge", "admin@edge", "me@market", "ops@crm"}; !slices.Equal(l.Shown(), want) {
		t.Errorf("shown %v, want %v", l.Shown(), want)
	}
	d.Sees("8m00s", "20m00s", "2h00m")
	d.Press("down", "down")
	renewed := team()
	renewed[0] = account("viewer@edge", "staging", time.Hour)
	d.Send(screen.ListedMsg{Accounts: renewed})
	if first := l.Shown()[0]; first != "admin@edge" || l.Current().Account.ID != "me@market" {
		t.Errorf("%s is first, and the cursor went to %s", first, l.Current().Account.ID)
	}
}

func TestTheFilterNarrowsAndIsLeft(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 60, 12, team()...)
	d.Press("/")
	d.Type("edge")
	d.Sees("2 of 4", "viewer@edge", "admin@edge")
	d.SeesNot("ops@crm")
	d.Press("enter")
	if l.Cursor() != nil {
		t.Error("the filter still takes keys")
	}
	if !l.Back() || len(l.Shown()) != 4 || l.Back() {
		t.Errorf("shown %v after the filter was left", l.Shown())
	}
	d.Press("end")
	last := l.Current()
	d.Press("/")
	d.Type("nobody")
	d.Press("esc")
	if l.Current() != last {
		t.Error("the cursor has moved, although the filter found nothing")
	}
}

func TestMarkingKeepsTheOrder(t *testing.T) {
	t.Parallel()
	d, l, stage := list(t, 60, 12, team()...)
	d.Press("space", "space")
	d.Sees("2 marked")
	if marked := l.Marked(); len(marked) != 2 || !slices.Contains(marked, "viewer@edge") || !slices.Contains(marked, "admin@edge") {
		t.Errorf("marked %v", marked)
	}
	later := team()
	later[0] = account("viewer@edge", "staging", 9*time.Hour)
	d.Send(screen.ListedMsg{Accounts: later})
	if l.Shown()[0] != "viewer@edge" {
		t.Errorf("the order changed while accounts were being marked: %v", l.Shown())
	}
	d.Send(screen.ListedMsg{Accounts: later[1:]})
	if marked := l.Marked(); !slices.Equal(marked, []string{"admin@edge"}) {
		t.Errorf("%v are marked, one of which is gone", marked)
	}
	d.Press("enter")
	if asked, ok := stage.Asked[len(stage.Asked)-1].(screen.AskedMsg); !ok || asked.Action != keymap.Open || asked.Account != l.Current().Account.ID {
		t.Errorf("enter asked for %+v", stage.Asked)
	}
}

func TestGroupsHaveHeadsTheCursorPassesBy(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 60, 14, team()...)
	d.Press("b", "b")
	d.Sees("by environment", "staging", "prod", "dev")
	d.Press("home")
	seen := map[string]bool{}
	for range 8 {
		seen[l.Current().Account.ID] = true
		d.Press("down")
	}
	if len(seen) != 4 {
		t.Errorf("the cursor reached %v", seen)
	}
}

func TestOfManyAccountsAWindowIsShown(t *testing.T) {
	t.Parallel()
	var many []session.Snapshot
	for i := range 1000 {
		many = append(many, account("account-"+string(rune('a'+i%26))+strings.Repeat("x", i%5)+time.Duration(i).String(), "dev", time.Duration(i+1)*time.Minute))
	}
	for _, size := range [][2]int{{20, 5}, {59, 15}, {100, 40}} {
		d, l, _ := list(t, size[0], size[1], many...)
		d.Fits()
		d.Press("end")
		d.Fits()
		if last := l.Shown()[999]; l.Current().Account.ID != last {
			t.Errorf("%v: the cursor is on %s, not on %s", size, l.Current().Account.ID, last)
		}
	}
}

// An account that was changed outside is marked in the place of its time.
func TestAChangedAccountIsMarked(t *testing.T) {
	t.Parallel()
	all := team()
	all[2].Changed = true
	d, _, _ := list(t, 60, 12, all...)
	d.Sees("✕ me@market", "changed", "8m00s")
	if strings.Contains(d.Frame(), "2h00m") {
		t.Errorf("its time is shown:\n%s", d.Frame())
	}
}

func TestTheCursorIsOnTheBestMatch(t *testing.T) {
	t.Parallel()
	var many []session.Snapshot
	for i := range 10_000 {
		many = append(many, account(fmt.Sprintf("user%d@svc%d", i, i%40), [...]string{"prod", "dev"}[i%2], time.Duration(10_000-i)*time.Minute))
	}
	d, l, _ := list(t, 60, 20, many...)
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		want := many[random.IntN(len(many))].Account.Name
		name, _, _ := strings.Cut(want, "@")
		for _, typed := range []string{want, name + "@"} {
			d.Press("/")
			d.Paste(typed)
			if got := l.Current(); got == nil || got.Account.Name != want {
				t.Fatalf("%q puts the cursor on %v", typed, got)
			}
			d.Press("enter")
		}
	}
	d.Press("esc")
	for typed, want := range map[string]string{
		"user1999": "user1999@svc39", "svc39 user1999": "user1999@svc39", "env:dev user1998": "", "env:prod user1998": "user1998@svc38",
		"state:valid host: user7@": "user7@svc7", "state:no": "", "userr7@": "", "nothing:user7@": "",
	} {
		d.Press("/")
		d.Type(typed)
		if got := l.Current(); got == nil && want != "" || got != nil && got.Account.Name != want {
			t.Errorf("%q puts the cursor on %v, want %q", typed, got, want)
		}
		d.Press("esc")
	}
}

func TestSimilarNamesAreCalledSimilar(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 60, 12, team()...)
	d.Press("/")
	d.Type("vwr")
	d.Sees("1 similar of 4")
	if l.Current().Account.Name != "viewer@edge" {
		t.Errorf("the cursor is on %s", l.Current().Account.Name)
	}
}

func TestTypingReplacesAKeptFilter(t *testing.T) {
	t.Parallel()
	d, l, _ := list(t, 60, 12, team()...)
	d.Press("/")
	d.Type("edge")
	d.Press("enter", "/")
	d.Type("me@")
	if want := []string{"me@market"}; !slices.Equal(l.Shown(), want) {
		t.Errorf("shown %v, want %v", l.Shown(), want)
	}
	d.Press("enter", "/", "backspace")
	d.Sees("/ me")
	d.Press("enter", "b", "b", "/")
	d.Type("s")
	d.Press("enter")
	if want := "ops@crm"; l.Current().Account.Name != want {
		t.Errorf("the cursor is on %s, not in another group on %s", l.Current().Account.Name, want)
	}
}
