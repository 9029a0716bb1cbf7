package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokenring/ui/theme"
)

func TestTextKeepsItsWidth(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "plain", "a longer plain line", "日本語のテキスト", "mixed 日本 and \x1b[31mred\x1b[m", "e\u0301"} {
		for w := range 24 {
			if got := Width(Fit(s, w)); got != w {
				t.Errorf("Fit(%q, %d) is %d wide", s, w, got)
			}
			if got := Width(FitRight(s, w)); got != w {
				t.Errorf("FitRight(%q, %d) is %d wide", s, w, got)
			}
			if got := Width(Spread(s, "right", w)); got != w {
				t.Errorf("Spread(%q, %d) is %d wide", s, w, got)
			}
			if got := Width(CutMiddle(s, w)); got > w {
				t.Errorf("CutMiddle(%q, %d) is %d wide", s, w, got)
			}
			if got := Width(Cut(s, w)); got != ansi.StringWidth(Cut(s, w)) {
				t.Errorf("Width of %q is %d", Cut(s, w), got)
			}
		}
	}
	if got := CutMiddle("https://example.com/path", 11); got != "https…/path" {
		t.Errorf("CutMiddle gives %q", got)
	}
}

func TestCutAtGoesOn(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"abcdefg", "日本語", "a日b"} {
		rest, n := s, 0
		for rest != "" && n < 10 {
			rest = rest[len(CutAt(rest, 1)):]
			n++
		}
		if rest != "" {
			t.Errorf("%q never ends", s)
		}
	}
}

func TestWrapKeepsTheLook(t *testing.T) {
	t.Parallel()
	rows := Wrap("\x1b[31mred words go on\x1b[m", 9)
	if len(rows) != 2 || !strings.Contains(rows[1], "\x1b[31m") {
		t.Errorf("%q", rows)
	}
	if Wrap("", 5) != nil || Wrap("text", 0) != nil {
		t.Error("nothing to wrap gives no line")
	}
	address := "login failed: POST http://127.0.0.1:9/api/login"
	for w := 12; w < 60; w++ {
		rows := Wrap(address, w)
		if whole := strings.Join(rows, ""); strings.ReplaceAll(whole, " ", "") != strings.ReplaceAll(address, " ", "") {
			t.Errorf("%d cells: the text became %q", w, whole)
		}
		for _, r := range rows {
			if strings.HasSuffix(r, "http:/") || strings.HasSuffix(r, "://") || Width(r) > w {
				t.Errorf("%d cells: %q", w, rows)
			}
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	const d = 24 * time.Hour
	for _, c := range []struct {
		d             time.Duration
		left, roughly string
	}{
		{-time.Second, "0s", "0s"},
		{41 * time.Second, "41s", "41s"},
		{9*time.Minute + 41*time.Second, "9m41s", "9m"},
		{10 * time.Minute, "10m00s", "10m"},
		{time.Hour, "1h00m", "1h"},
		{23*time.Hour + 59*time.Minute, "23h59m", "23h59m"},
		{d, "1d 0h", "1d"},
		{3*d + 4*time.Hour, "3d 4h", "3d 4h"},
		{120 * d, "120d", "120d"},
		{770 * d, "2y 40d", "2y 40d"},
	} {
		if got := Left(c.d); got != c.left {
			t.Errorf("Left(%v) is %q, want %q", c.d, got, c.left)
		}
		if got := Roughly(c.d); got != c.roughly {
			t.Errorf("Roughly(%v) is %q, want %q", c.d, got, c.roughly)
		}
	}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{5 * time.Second: "in 5s", -time.Minute: "1m00s ago", time.Millisecond: "now"} {
		if got := Relative(now.Add(d), now); got != want {
			t.Errorf("Relative(%v) is %q, want %q", d, got, want)
		}
	}
	end := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for got, want := range map[string]string{
		Until(end, now): "7973y", UntilRoughly(end, now): "7973y", Relative(end, now): "in 7973y", Relative(now, end): "7973y ago",
		Span(now, now.Add(100*time.Second)): "1m40s", Span(now, now.Add(10*time.Minute+time.Millisecond)): "10m",
		Span(now, now.Add(time.Hour-time.Second)): "59m59s", Span(now, now.Add(48*time.Hour)): "2d",
		Ago(now, end): "7973y ago", Until(now.Add(time.Hour), now): "1h00m", Until(now, end): "0s",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Ago(now.Add(-3*time.Hour), now); got != "3h ago" {
		t.Errorf("Ago gives %q", got)
	}
}

func TestAGaugeNeverHidesTheLast(t *testing.T) {
	t.Parallel()
	for part, want := range map[float64]string{0: "▱▱▱▱", 0.001: "▰▱▱▱", 0.5: "▰▰▱▱", 1: "▰▰▰▰", 7: "▰▰▰▰", -1: "▱▱▱▱"} {
		if got := Gauge(theme.Style{}, theme.Style{}, part, 4); got != want {
			t.Errorf("%v gives %s", part, got)
		}
	}
}

func TestScrollKeepsTheCursorInSight(t *testing.T) {
	t.Parallel()
	s := &Scroll{}
	s.Resize(100, 10)
	for _, step := range []int{5, 20, -3, 200, -7, -500, 1} {
		s.Move(step)
		if from, to := s.Window(); s.Cursor < from || s.Cursor >= to || to-from != 10 {
			t.Fatalf("after %d the cursor is %d in %d to %d", step, s.Cursor, from, to)
		}
	}
	s.To(99)
	s.Resize(3, 10)
	if from, to := s.Window(); s.Cursor != 2 || from != 0 || to != 3 {
		t.Errorf("after the rest is gone: cursor %d in %d to %d", s.Cursor, from, to)
	}
	s.Resize(0, 10)
	s.Move(1)
	if s.Cursor != 0 {
		t.Errorf("an empty list has its cursor at %d", s.Cursor)
	}
	s.Resize(100, 10)
	s.Slide(50)
	if s.Offset != 50 || s.Cursor != 50 {
		t.Errorf("slid to %d with the cursor at %d", s.Offset, s.Cursor)
	}
}

func TestAModalCoversItsCellsOnly(t *testing.T) {
	t.Parallel()
	base := "0123456789\n日本語日本\n\x1b[31mabcdefghij\x1b[m"
	got := strings.Split(ansi.Strip(Splice(base, "XX\nXX\nXX", Box{X: 3, Y: 0, W: 2, H: 3})), "\n")
	want := []string{"012XX56789", "日 XX 日本", "abcXXfghij"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d is %q, want %q", i, got[i], want[i])
		}
	}
}

func TestTabsAreWhereTheyAreDrawn(t *testing.T) {
	t.Parallel()
	tabs := Tabs{Names: []string{"One", "Two", "日本"}, Open: 1}
	line := ansi.Strip(tabs.View(theme.New(theme.Options{}), 40))
	for i, name := range tabs.Names {
		x := ansi.StringWidth(line[:strings.Index(line, name)])
		if at := tabs.At(x); at != i {
			t.Errorf("%s is drawn at %d, where tab %d is", name, x, at)
		}
	}
	if tabs.At(-1) != -1 || tabs.At(90) != -1 {
		t.Error("beside the tabs there is none")
	}
}

func TestAnInputShowsWhatWouldHide(t *testing.T) {
	t.Parallel()
	in := NewInput(theme.New(theme.Options{}), "", "")
	in.Set("a\u202eb\u2066c\u200b\x1b[2J\u009b\u00e9\u4e2d")
	got := in.View(20)
	if strings.ContainsAny(got, "\u202e\u2066\u200b\u009b") || strings.Contains(got, "\x1b[2J") || !strings.Contains(got, "\u00e9\u4e2d") {
		t.Errorf("drawn as %q", got)
	}
	if w := Width(in.View(6)); w != 6 {
		t.Errorf("%d cells wide, want 6", w)
	}
}

func TestAnInputThatGetsRoomShowsAllOfItsText(t *testing.T) {
	t.Parallel()
	in := NewInput(theme.New(theme.Options{}), "", "")
	in.Set("admin")
	in.Focus()
	in.View(2)
	in.Set("admin")
	if got := strings.TrimSpace(ansi.Strip(in.View(40))); got != "admin" {
		t.Errorf("it shows %q", got)
	}
}
