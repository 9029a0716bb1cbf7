package ui_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui"
	"tokenring/ui/screen"
	"tokenring/ui/uitest"
)

// crowd is n accounts in every state.
func crowd(n int) []session.Snapshot {
	all := make([]session.Snapshot, n)
	for i := range all {
		a := session.Account{
			ID: fmt.Sprintf("id-%05d", i), Name: fmt.Sprintf("user%05d@service-%d", i, i%97), Definition: "datarhei-core",
			Environment: []string{"dev", "staging", "prod", "qa"}[i%4], Origin: "https://api.example.com:443",
			BaseURL: "https://api.example.com/v1",
		}
		all[i] = session.Snapshot{Record: &session.Record{Account: a}, Title: []string{"datarhei Core", "Knack", "Backendless"}[i%3], Host: "api.example.com"}
		if i%5 != 0 {
			all[i].Session = &session.Session{AccountID: a.ID, Generation: 1, Tokens: []session.TokenInfo{
				primary(jwt("access", 2*time.Hour, time.Duration(i%7000)*time.Second)),
			}}
		}
	}
	return all
}

// crowded is the screen with n accounts, without a driver.
func crowded(t testing.TB, n int) *ui.Model {
	r := newRing(t)
	m := ui.New(r.config)
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 36})
	m.Update(screen.ListedMsg{Accounts: crowd(n)})
	m.View()
	return m
}

// How long a step through the list takes, to its frame.
func BenchmarkFrame(b *testing.B) {
	for _, n := range []int{100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := crowded(b, n)
			keys := []tea.Msg{uitest.Press("j"), uitest.Press("k")}
			uitest.Median(b, func(i int) {
				m.Update(keys[i%2])
				m.View()
			})
		})
	}
}

// How long a letter typed into the filter of 10,000 accounts takes, to its
// frame.
func BenchmarkFilterKeystroke(b *testing.B) {
	m := crowded(b, 10_000)
	m.Update(uitest.Press("/"))
	keys := []tea.Msg{uitest.Press("s"), uitest.Press("backspace")}
	uitest.Median(b, func(i int) {
		m.Update(keys[i%2])
		m.View()
	})
}

// How long the second takes that counts down 10,000 accounts.
func BenchmarkSecond(b *testing.B) {
	m := crowded(b, 10_000)
	uitest.Median(b, func(int) {
		m.Update(screen.TickedMsg{Now: noon})
		m.View()
	})
}

// frameBudget is what one frame may take: the screen draws 25 in a second.
const frameBudget = 40 * time.Millisecond

// BenchmarkFlood is a screen of a thousand accounts of which eight change
// between any two frames, as while they all are renewed.
func BenchmarkFlood(b *testing.B) {
	m := crowded(b, 1000)
	all := crowd(1000)
	var worst time.Duration
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		changed := slices.Clone(all)
		for k := range 8 {
			renewed := primary(jwt("access", 2*time.Hour, time.Duration(7100+i%100)*time.Second))
			at := (i*8 + k) % len(changed)
			changed[at].Session = &session.Session{AccountID: changed[at].Account.ID, Generation: int64(i + 2), Tokens: []session.TokenInfo{renewed}}
			changed[(at+8)%len(changed)].Work = &session.Work{Started: noon}
		}
		began := time.Now()
		m.Update(screen.ListedMsg{Accounts: changed})
		m.View()
		worst = max(worst, time.Since(began))
	}
	b.ReportMetric(float64(worst.Microseconds())/1000, "ms/worst")
	if b.Elapsed()/time.Duration(b.N) > frameBudget {
		b.Errorf("a frame takes %v, more than %v", b.Elapsed()/time.Duration(b.N), frameBudget)
	}
}

// A frame costs what is seen, however many accounts there are.
func TestAFrameCostsWhatIsSeen(t *testing.T) {
	cost := func(n int) float64 {
		m := crowded(t, n)
		down, up := uitest.Press("j"), uitest.Press("k")
		return testing.AllocsPerRun(20, func() {
			m.Update(down)
			m.View()
			m.Update(up)
			m.View()
		})
	}
	few, many := cost(100), cost(10_000)
	if many > few*1.1+20 {
		t.Errorf("a frame makes %.0f allocations with 100 accounts and %.0f with 10000", few, many)
	}
}
