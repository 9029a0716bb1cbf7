package response

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/transport"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
	"tokenring/ui/widget"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// stage shows an overlay alone, with a run that has just arrived.
type stage struct {
	*uitest.Driver
	*uitest.Stage
	o *Overlay
}

func show(t testing.TB, run *request.Run, w, h int) *stage {
	t.Helper()
	clock := uitest.NewClock(noon)
	timers := uitest.NewTimers(clock)
	c := &screen.Context{
		Life: t.Context(), Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		Keys: uitest.Keys(), Now: clock.Now, After: timers.After, Settings: screen.DefaultSettings(),
	}
	o := New(c, nil, requestui.OpenRequest{
		Account: &session.Snapshot{Record: &session.Record{Account: session.Account{ID: "id", Name: "me@market"}}}, Spec: &run.Spec,
	})
	s := &stage{Stage: &uitest.Stage{Screen: &arrived{Overlay: o, run: run}}, o: o}
	s.Driver = uitest.Start(t, s.Stage, clock, timers, w, h)
	return s
}

// arrived is an overlay to which a run comes in place of being fired.
type arrived struct {
	*Overlay
	run *request.Run
}

// Init lets the run arrive.
func (a *arrived) Init() tea.Cmd {
	a.begin(false)
	return a.arrived(newArrival(a.run), nil)
}

// come lets another run arrive.
func (s *stage) come(run *request.Run, old bool) {
	a := newArrival(run)
	a.old = old
	s.do(func() tea.Cmd { return s.o.arrived(a, nil) })
}

// do continues the overlay.
func (s *stage) do(next func() tea.Cmd) {
	s.Send(screen.Run(s.o.Life, func() func() tea.Cmd { return next })())
}

// order is a run of a request that went well.
func order(body string) *request.Run {
	return &request.Run{
		ID: "1", At: noon, Account: "me@market", Spec: request.Spec{Name: "orders", Target: "/orders"}, Method: "GET",
		URL: "https://api.example.com/orders", Status: 200, StatusText: "OK", Proto: "HTTP/2.0",
		Headers:        []request.Line{{Name: "Content-Type", Value: "application/json"}},
		RequestHeaders: []request.Line{{Name: "Authorization", Value: "Bearer ••••••"}},
		Body:           []byte(body), Size: int64(len(body)), ContentType: "application/json", Media: answer.MediaJSON,
		Timings: transport.Timings{
			DNS: 4 * time.Millisecond, Connect: 12 * time.Millisecond, TLS: 31 * time.Millisecond,
			Wait: 80 * time.Millisecond, Transfer: 3 * time.Millisecond, Total: 130 * time.Millisecond,
		},
		Verdict: request.Passed,
	}
}

// large is about 10 MB of JSON.
func large() string {
	var b strings.Builder
	b.WriteString(`{"items":[`)
	for i := 0; b.Len() < 10<<20; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"Item number %d","price":%d.50,"tags":["alpha","beta"],"active":true,"parent":null}`, i, i, i%100)
	}
	b.WriteString(`]}`)
	return b.String()
}

func cells(s string) int { return widget.Width(s) }
