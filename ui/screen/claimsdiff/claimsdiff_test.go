package claimsdiff_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"go.uber.org/goleak"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/token"
	"tokenring/ui/screen"
	"tokenring/ui/screen/claimsdiff"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// engine has one account of each name, whose token says who it is, and earlier sessions.
type engine struct {
	earlier []credential.Earlier
	err     error
}

func (e *engine) Record(_ context.Context, id string) (*session.Record, error) {
	return &session.Record{Account: session.Account{ID: id}}, nil
}

func (e *engine) Decode(_ context.Context, rec *session.Record, name string) (*token.Token, error) {
	if rec.Account.Name == "broken@edge" {
		return nil, errors.New("the vault is locked")
	}
	return claims(fmt.Sprintf(`{"sub":%q,"of":%q}`, rec.Account.Name, name)), nil
}

func (e *engine) Earlier(context.Context, *session.Record, string) ([]credential.Earlier, error) {
	return e.earlier, e.err
}

func (e *engine) Get(string) (*definition.Definition, error) {
	return nil, errors.New("there is none")
}

func claims(text string) *token.Token { return token.Kept(`{"t":`+text+`}`, "t") }

func account(id, name string, tokens ...session.TokenInfo) session.Snapshot {
	s := session.Snapshot{Record: &session.Record{Account: session.Account{ID: id, Name: name, BaseURL: "https://edge.example"}}}
	if len(tokens) > 0 {
		s.Session = &session.Session{Tokens: tokens}
	}
	return s
}

func open(t *testing.T, e *engine, of screen.CompareClaimsMsg, w, h int) (*uitest.Driver, *root) {
	t.Helper()
	clock := uitest.NewClock(now)
	ctx := &screen.Context{Life: t.Context(), Keys: uitest.Keys(), Now: clock.Now, Settings: screen.DefaultSettings(),
		Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor})}
	ctx.Settings.UTC = true
	access, refresh := session.TokenInfo{Name: "access", Primary: true}, session.TokenInfo{Name: "refresh"}
	all := []session.Snapshot{
		account("1", "admin@edge", access), account("2", "viewer@edge", access, refresh), account("3", "none@edge"), account("4", "broken@edge", access),
		account("5", "ada@example.com", access),
	}
	r := newRoot(ctx, e, all, of)
	return uitest.Start(t, r, clock, uitest.NewTimers(clock), w, h), r
}

// root shows the overlay that was opened last.
type root struct {
	uitest.Stage
	ctx   *screen.Context
	begin tea.Cmd
	below []screen.Screen
}

func newRoot(ctx *screen.Context, e *engine, all []session.Snapshot, of screen.CompareClaimsMsg) *root {
	engine := claimsdiff.Engine{Accounts: e, Credentials: e, Catalog: e}
	choose := claimsdiff.Choose(ctx, engine, func() []session.Snapshot { return all }, of)
	return &root{Stage: uitest.Stage{Screen: dialog.NewQuestion(ctx, screen.Question{})}, ctx: ctx, begin: choose}
}

func (r *root) Init() tea.Cmd { return r.begin }

func (r *root) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case screen.Choice:
		return r, r.open(dialog.NewChoice(r.ctx, msg))
	case screen.Question:
		return r, r.open(dialog.NewQuestion(r.ctx, msg))
	case screen.ClosedMsg:
		r.Screen, r.below = r.below[len(r.below)-1], r.below[:len(r.below)-1]
		return r, nil
	case screen.SharedMsg:
		for _, s := range r.below[1:] {
			s.Update(msg)
		}
	}
	_, cmd := r.Stage.Update(msg)
	return r, cmd
}

func (r *root) open(o screen.Overlay) tea.Cmd {
	r.below, r.Screen = append(r.below, r.Screen), o
	return o.Init()
}

// TestATokenIsComparedWithAnEarlierSession: what changed, safe for a terminal, and while others watch.
func TestATokenIsComparedWithAnEarlierSession(t *testing.T) {
	t.Parallel()
	e := &engine{earlier: []credential.Earlier{
		{At: now.Add(-time.Hour), Token: claims(`{"exp":1777896000,"name":"Ada Lovelace","note":"a","gone":1,"same":true}`)},
		{At: now.Add(-3 * time.Hour), Token: claims(`{"exp":1777892400,"name":"Grace Hopper","note":"clear \u001b[2J\u202ethis","same":true}`)},
	}}
	is := claims(`{"exp":1777896000,"name":"Grace Hopper","note":"clear \u001b[2J\u202ethis","same":true}`)
	d, r := open(t, e, screen.CompareClaimsMsg{Title: "access token of admin@edge", Token: is, Account: "1", Name: "access"}, 80, 24)
	d.Sees("session of 2026-05-04 11:00:00", "1h00m ago", "session of 2026-05-04 09:00:00", "viewer@edge")
	d.SeesNot("admin@edge", "none@edge")
	d.Press("enter")
	d.Sees("name", "Ada Lovelace → Grace Hopper", "note", "a → clear ␛[2J", "gone", "removed")
	d.SeesNot("same", "\u202e", "exp")
	d.Fits()
	r.ctx.Share = true
	d.Send(screen.SharedMsg{})
	d.SeesNot("Ada Lovelace", "Grace Hopper")
	d.Press("esc", "down", "enter")
	d.Sees("exp", "1 hour later")
	d.Press("esc")
	d.Sees("compare with")
}

// TestATokenIsComparedWithAnAccount: with the token of the same name if it has one, and with what a narrow screen has room for.
func TestATokenIsComparedWithAnAccount(t *testing.T) {
	t.Parallel()
	is := claims(`{"sub":"viewer@edge","of":"refresh"}`)
	d, _ := open(t, &engine{}, screen.CompareClaimsMsg{Title: "the pasted token", Token: is, Name: "refresh"}, 60, 18)
	d.Type("viewer")
	d.Press("enter")
	d.Sees("all claims are the same")
	d.Fits()
	d.Press("esc", "ctrl+u")
	d.Type("admin")
	d.Press("enter")
	d.Sees("admin@edge → viewer@edge", `"" → refresh`)
}

// TestWithoutAnotherTokenNothingIsCompared: an empty list would only say that nothing matches.
func TestWithoutAnotherTokenNothingIsCompared(t *testing.T) {
	t.Parallel()
	clock := uitest.NewClock(now)
	ctx := &screen.Context{Life: t.Context(), Keys: uitest.Keys(), Now: clock.Now, Theme: theme.New(theme.Options{})}
	for _, tt := range []struct {
		e    *engine
		says string
	}{
		{&engine{}, "other account to compare with"},
		{&engine{err: errors.New("the vault is locked")}, "the vault is locked"},
	} {
		r := newRoot(ctx, tt.e, nil, screen.CompareClaimsMsg{Token: claims(`{}`), Account: "1"})
		uitest.Start(t, r, clock, uitest.NewTimers(clock), 60, 18)
		if note, ok := r.Asked[0].(screen.NotedMsg); !ok || !strings.Contains(note.Text, tt.says) || len(r.below) > 0 {
			t.Errorf("%+v", r.Asked)
		}
	}
}

// TestNamesAreHiddenWhileOthersWatch: those of a list that was there before, too.
func TestNamesAreHiddenWhileOthersWatch(t *testing.T) {
	t.Parallel()
	d, r := open(t, &engine{}, screen.CompareClaimsMsg{Title: "the pasted token", Token: claims(`{}`)}, 80, 24)
	d.Sees("ada@example.com")
	d.Type("ada")
	d.Press("enter")
	d.Sees("removed", "ada@example.com")
	r.ctx.Share = true
	d.Send(screen.SharedMsg{})
	d.SeesNot("ada@example.com")
	d.Press("esc")
	d.Sees("nothing matches")
	d.SeesNot("ada@example.com")
}

// TestWhatCannotBeReadIsSaid: the earlier sessions do not open, and the accounts can be compared with all the same.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	e := &engine{err: errors.New("a sealed value is \x1b[2Jdamaged")}
	d, r := open(t, e, screen.CompareClaimsMsg{Title: "access", Token: claims(`{}`), Account: "1", Name: "access"}, 57, 18)
	d.Sees("viewer@edge")
	if note, _ := r.Asked[0].(screen.NotedMsg); note.Text != "a sealed value is ␛[2Jdamaged" {
		t.Errorf("asked %+v", r.Asked)
	}
	d.Type("broken")
	d.Press("enter")
	d.Sees("broken@edge")
	d.SeesNot("all claims are the same", "changed")
}

// TestANarrowListCutsNoNameWhileThereIsRoom: of a session its whole date stands beside its age.
func TestANarrowListCutsNoNameWhileThereIsRoom(t *testing.T) {
	t.Parallel()
	e := &engine{earlier: []credential.Earlier{{At: now.Add(-time.Hour), Token: claims(`{"exp":1}`)}}}
	d, _ := open(t, e, screen.CompareClaimsMsg{Title: "access token of admin@edge", Token: claims(`{"exp":2}`), Account: "1", Name: "access"}, 57, 18)
	d.Sees("session of 2026-05-04 11:00:00", "1h00m ago", "https://edge.example")
}
