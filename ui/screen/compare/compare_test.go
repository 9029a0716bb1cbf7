package compare

import (
	"errors"
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
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func run(as, body string) *request.Run {
	return &request.Run{
		ID: as, At: noon, Account: as, Spec: request.Spec{Name: "me", Target: "/me"}, Method: "GET", Status: 200, StatusText: "OK",
		Headers: []request.Line{{Name: "Content-Type", Value: "application/json"}, {Name: "X-User", Value: as}},
		Body:    []byte(body), Size: int64(len(body)), Media: answer.MediaJSON,
		Timings: transport.Timings{Total: 12 * time.Millisecond},
	}
}

const (
	adminBody  = `{"id":1,"name":"admin","a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"roles":["read","write"],"email":"admin@example.com"}`
	viewerBody = `{"id":2,"name":"viewer","a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"roles":["read"]}`
)

func show(t *testing.T, left, right string, w, h int) (*uitest.Driver, *screen.Context) {
	t.Helper()
	d, s := stage(t, left, right, w, h)
	return d, s.Screen.(*Overlay).ctx
}

func stage(t *testing.T, left, right string, w, h int) (*uitest.Driver, *uitest.Stage) {
	t.Helper()
	clock := uitest.NewClock(noon)
	timers := uitest.NewTimers(clock)
	c := &screen.Context{
		Life: t.Context(), Theme: theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		Keys: uitest.Keys(), Now: clock.Now, After: timers.After, Settings: screen.DefaultSettings(),
	}
	side := func(name, body string) requestui.Side {
		return requestui.Side{Account: &session.Snapshot{Record: &session.Record{Account: session.Account{ID: name, Name: name}}}, Run: run(name, body)}
	}
	a := side("admin@edge", left)
	o := New(c, nil, requestui.Pair{Spec: &a.Run.Spec, Left: a, Right: side("viewer@edge", right)})
	s := &uitest.Stage{Screen: o}
	return uitest.Start(t, s, clock, timers, w, h), s
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{114, 32}, {74, 20}, {54, 14}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			d, _ := show(t, adminBody, viewerBody, size[0], size[1])
			d.Fits()
			d.Golden()
		})
	}
}

func TestEqualLinesAreFoldedAndShown(t *testing.T) {
	t.Parallel()
	d, _ := show(t, adminBody, viewerBody, 114, 32)
	d.Sees("3 differences", "5 equal lines", `"viewer"`)
	d.SeesNot(`"e": 5`)
	d.Press("d")
	d.Sees(`"e": 5`)
	d.SeesNot("equal lines")
}

func TestDifferencesAreSought(t *testing.T) {
	t.Parallel()
	d, _ := show(t, adminBody, viewerBody, 114, 8)
	d.SeesNot(`"write"`)
	d.Press("n", "n")
	d.Sees(`"write"`)
	d.Press("n")
	d.Sees("admin@example.com")
	d.Press("N", "N")
	d.Sees(`"viewer"`)
}

func TestLongLinesAreScrolledToTheSide(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("lorem ", 30)
	d, _ := show(t, `{"text":"`+long+`日本 left"}`, `{"text":"`+long+`日本 right"}`, 114, 12)
	d.SeesNot("left\"", "right\"")
	for range 20 {
		d.Press("right")
		d.Fits()
	}
	d.Sees("left\"", "right\"", "column 153")
	for range 20 {
		d.Press("l")
		d.Fits()
	}
	d.Sees("left\"", "right\"", "column 153") // the text ends here
	for range 40 {
		d.Press("h", "left")
	}
	d.Sees(`"text": "lorem`)
	d.SeesNot("column")
}

func TestHeadersAreComparedToo(t *testing.T) {
	t.Parallel()
	d, _ := show(t, adminBody, adminBody, 114, 20)
	d.Sees("no difference")
	d.Press("tab")
	d.Sees("1 difference", "X-User: admin@edge", "X-User: viewer@edge")
}

func TestBodiesAreHiddenWhileOthersWatch(t *testing.T) {
	t.Parallel()
	d, c := show(t, adminBody, viewerBody, 114, 20)
	c.Share = true
	d.Send(screen.SharedMsg{})
	d.SeesNot("viewer\"", "example.com")
	d.Sees("bodies are hidden")
	d.Press("j", "n", "d", "pgdown")
}

func TestWhatTheHistoryCouldNotKeepIsSeenAllTheSame(t *testing.T) {
	t.Parallel()
	d, s := stage(t, adminBody, viewerBody, 114, 20)
	o := s.Screen.(*Overlay)
	left, right := run("admin@edge", adminBody), run("viewer@edge", viewerBody)
	arrive := func(right *request.Run, pages [parts]*page, err error) {
		d.Send(o.desk.Run(o.Life, func() func() tea.Cmd {
			return func() tea.Cmd { return o.arrived(left, right, pages, err) }
		})())
	}
	arrive(right, compare(t.Context(), left, right), errors.New("the disk is full"))
	d.Sees("3 differences", `"viewer"`)
	if n := len(s.Asked); n != 1 {
		t.Errorf("%d messages to the person, want one", n)
	}
	arrive(nil, [parts]*page{}, errors.New("viewer@edge needs a login"))
	d.Sees("was not sent as viewer@edge", "needs a login")
}

func TestBinaryBodiesOfOneSizeAreNotCalledEqual(t *testing.T) {
	t.Parallel()
	binary := func(body string) *request.Run {
		r := run("admin@edge", body)
		r.Media = answer.MediaBinary
		return r
	}
	d, s := stage(t, adminBody, viewerBody, 114, 20)
	o := s.Screen.(*Overlay)
	long := strings.Repeat("\x00", 4096) // more than is shown of it
	for other, want := range map[string]string{"\x00\x02" + long: "1 difference", "\x00\x01" + long[1:] + "\x01": "the bytes differ", "\x00\x01" + long: "no difference"} {
		left, right := binary("\x00\x01"+long), binary(other)
		d.Send(o.desk.Run(o.Life, func() func() tea.Cmd {
			return func() tea.Cmd { return o.arrived(left, right, compare(t.Context(), left, right), nil) }
		})())
		d.Sees("binary content", want)
	}
}

func TestHostileBodiesStayText(t *testing.T) {
	t.Parallel()
	d, _ := show(t, "{\"a\":\"\u202e\x1b]0;owned\a\"}", `{"a":1}`, 80, 12)
	d.Fits()
	if s := d.Styled(); strings.Contains(s, "\x1b]") || strings.Contains(s, "\u202e") {
		t.Errorf("%q reached the terminal", s)
	}
}
