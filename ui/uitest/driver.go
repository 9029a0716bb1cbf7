// Package uitest drives a screen in tests, without a program, a terminal or sleeps:
// it sends keys, runs commands and reads frames. Only tests import it.
package uitest

import (
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"tokenring/ui/widget"
)

// patience is how long the driver waits for a command before it continues, more
// than any takes on a busy machine. A test whose command has to wait sets less with
// Hurry. Wait handles the late answer.
const patience = time.Minute

// Clock is the clock of the screen. Only Advance moves it.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock starts a clock at the given moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock but runs no timers. Driver.Advance does both.
func (c *Clock) Advance(by time.Duration) { c.set(c.Now().Add(by)) }

func (c *Clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Timers replace tea.Tick: a timer fires when the clock reaches its time.
type Timers struct {
	clock *Clock
	mu    sync.Mutex
	all   []timer
}

type timer struct {
	due time.Time
	msg func(time.Time) tea.Msg
}

// NewTimers returns timers that follow the clock.
func NewTimers(c *Clock) *Timers { return &Timers{clock: c} }

// After is a screen.After.
func (t *Timers) After(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd {
	return func() tea.Msg {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.all = append(t.all, timer{due: t.clock.Now().Add(d), msg: msg})
		return nil
	}
}

// next removes and returns the first timer that is due by the given time.
func (t *Timers) next(until time.Time) (timer, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sort.SliceStable(t.all, func(i, j int) bool { return t.all[i].due.Before(t.all[j].due) })
	if len(t.all) == 0 || t.all[0].due.After(until) {
		return timer{}, false
	}
	first := t.all[0]
	t.all = t.all[1:]
	return first, true
}

// Driver drives a model in a test.
type Driver struct {
	t       testing.TB
	model   tea.Model
	clock   *Clock
	timers  *Timers
	late    chan tea.Msg // answers that took longer than wait
	width   int
	height  int
	quit    bool
	raw     []string
	clip    string
	updates int
	wait    time.Duration // how long a command may take
}

// Start shows a model on a screen of w by h cells.
func Start(t testing.TB, model tea.Model, clock *Clock, timers *Timers, w, h int) *Driver {
	t.Helper()
	return StartHurried(t, patience, model, clock, timers, w, h)
}

// StartHurried is Start, with Hurry from the first command on.
func StartHurried(t testing.TB, wait time.Duration, model tea.Model, clock *Clock, timers *Timers, w, h int) *Driver {
	t.Helper()
	d := &Driver{t: t, model: model, clock: clock, timers: timers, late: make(chan tea.Msg, 100), wait: wait}
	d.run(model.Init())
	d.Resize(w, h)
	return d
}

// Send sends the model a message and runs the commands that follow.
func (d *Driver) Send(msg tea.Msg) {
	d.t.Helper()
	if d.quit {
		d.t.Fatalf("%T came after the program quit", msg)
	}
	d.updates++
	model, cmd := d.model.Update(msg)
	d.model = model
	d.model.View()
	d.run(cmd)
	for {
		select {
		case late := <-d.late:
			d.take(late)
		default:
			return
		}
	}
}

// Hurry sets how long the driver waits for a command before it continues; the
// default is a minute.
func (d *Driver) Hurry(wait time.Duration) { d.wait = wait }

// run runs a command and everything that follows from it, in order.
func (d *Driver) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	done := make(chan tea.Msg, 1)
	go func() { done <- cmd() }()
	timeout := time.NewTimer(d.wait)
	defer timeout.Stop()
	select {
	case msg := <-done:
		d.take(msg)
	case <-timeout.C:
		go func() { d.late <- <-done }()
	}
}

// take handles an answer like Bubble Tea's own loop.
func (d *Driver) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.run(cmd)
		}
		return
	case tea.QuitMsg:
		d.quit = true
		if m, ok := d.model.(interface{ End() }); ok {
			m.End() // as ui.Run does
		}
		return
	case tea.RawMsg:
		if s, ok := msg.Msg.(string); ok {
			d.raw = append(d.raw, s)
		}
		return
	}
	v := reflect.ValueOf(msg)
	switch {
	case v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd](): // the type of tea.Sequence
		for i := range v.Len() {
			d.run(v.Index(i).Interface().(tea.Cmd))
		}
		return
	case v.Kind() == reflect.String && v.Type().Name() == "setClipboardMsg":
		d.clip = v.String()
		return
	}
	if !d.quit {
		d.Send(msg)
	}
}

// Press presses keys, written as in keymap.Binding.Keys.
func (d *Driver) Press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.Send(Press(k))
	}
}

// Type types a text, letter by letter.
func (d *Driver) Type(text string) {
	d.t.Helper()
	for _, r := range text {
		d.Send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// Paste pastes a text.
func (d *Driver) Paste(text string) { d.Send(tea.PasteMsg{Content: text}) }

// Click presses the left mouse button on a cell.
func (d *Driver) Click(x, y int) { d.Send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft}) }

// ClickOn clicks on the first occurrence of a text.
func (d *Driver) ClickOn(text string) {
	d.t.Helper()
	for y, l := range strings.Split(d.Frame(), "\n") {
		if at := strings.Index(l, text); at >= 0 {
			d.Click(ansi.StringWidth(l[:at]), y)
			return
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", text, d.Frame())
}

// Wheel turns the wheel over a cell.
func (d *Driver) Wheel(x, y int, b tea.MouseButton) {
	d.Send(tea.MouseWheelMsg{X: x, Y: y, Button: b})
}

// Resize changes the size of the screen.
func (d *Driver) Resize(w, h int) {
	d.width, d.height = w, h
	d.Send(tea.WindowSizeMsg{Width: w, Height: h})
}

// Advance moves the clock and fires the timers on the way, in order.
func (d *Driver) Advance(by time.Duration) {
	d.t.Helper()
	until := d.clock.Now().Add(by)
	for !d.quit {
		next, ok := d.timers.next(until)
		if !ok {
			break
		}
		d.clock.set(next.due)
		d.Send(next.msg(next.due))
	}
	d.clock.set(until)
}

// Wait handles late answers until a condition holds.
func (d *Driver) Wait(what string, holds func() bool) {
	d.t.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case msg := <-d.late:
			d.take(msg)
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			d.t.Fatalf("%s did not happen:\n%s", what, d.Frame())
		}
	}
}

// Frame returns the screen without colours.
func (d *Driver) Frame() string { return ansi.Strip(d.Styled()) }

// Styled returns the screen with every escape sequence.
func (d *Driver) Styled() string { return d.model.View().Content }

// View returns the whole view, with its cursor and modes.
func (d *Driver) View() tea.View { return d.model.View() }

// Quit reports whether the program has quit.
func (d *Driver) Quit() bool { return d.quit }

// Clipboard returns the text that was last sent to the terminal to copy.
func (d *Driver) Clipboard() string { return d.clip }

// Raw returns the output to the terminal other than frames.
func (d *Driver) Raw() string { return strings.Join(d.raw, "") }

// Updates returns the number of messages that the model has handled.
func (d *Driver) Updates() int { return d.updates }

// Sees fails the test unless every text is on the screen.
func (d *Driver) Sees(texts ...string) {
	d.t.Helper()
	frame := d.Frame()
	for _, s := range texts {
		if !strings.Contains(frame, s) {
			d.t.Fatalf("%q is not on the screen:\n%s", s, frame)
		}
	}
}

// SeesNot fails the test if any of the texts is on the screen.
func (d *Driver) SeesNot(texts ...string) {
	d.t.Helper()
	frame := d.Frame()
	for _, s := range texts {
		if strings.Contains(frame, s) {
			d.t.Fatalf("%q is on the screen:\n%s", s, frame)
		}
	}
}

// Fits fails the test unless the frame is exactly as large as the screen.
func (d *Driver) Fits() {
	d.t.Helper()
	lines := strings.Split(d.Styled(), "\n")
	if len(lines) != d.height {
		d.t.Fatalf("%d lines on a screen of %d×%d:\n%s", len(lines), d.width, d.height, d.Frame())
	}
	for i, l := range lines {
		if w := widget.Width(l); w != d.width {
			d.t.Fatalf("line %d is %d cells wide on a screen of %d×%d:\n%s", i, w, d.width, d.height, d.Frame())
		}
	}
}

// Golden compares the frame, without colours, with the golden file of the test;
// go test -update rewrites the file.
func (d *Driver) Golden() {
	d.t.Helper()
	golden.RequireEqual(d.t, []byte(d.Frame()+"\n"))
}

// GoldenOverlay is like Golden but compares only the topmost overlay, if one is open,
// so that the screen behind it may change.
func (d *Driver) GoldenOverlay() {
	d.t.Helper()
	lines := strings.Split(d.Frame(), "\n")
	if root, ok := d.model.(interface {
		OverlayBox() (widget.Box, bool)
	}); ok {
		if box, open := root.OverlayBox(); open {
			lines = lines[box.Y : box.Y+box.H]
			for i, l := range lines {
				lines[i] = ansi.Cut(l, box.X, box.X+box.W)
			}
		}
	}
	golden.RequireEqual(d.t, []byte(strings.Join(lines, "\n")+"\n"))
}

// Press returns the message of a key, written as in keymap.Binding.Keys.
func Press(key string) tea.KeyPressMsg {
	var k tea.Key
	for {
		mod, rest, ok := strings.Cut(key, "+")
		if !ok || rest == "" {
			break
		}
		k.Mod |= modifiers[mod]
		key = rest
	}
	if code, ok := codes[key]; ok {
		k.Code = code
		if code == ' ' && k.Mod == 0 {
			k.Text = " "
		}
		return tea.KeyPressMsg(k)
	}
	r := []rune(key)
	k.Code = r[0]
	if k.Mod == 0 {
		k.Text = key
	}
	return tea.KeyPressMsg(k)
}

var modifiers = map[string]tea.KeyMod{"ctrl": tea.ModCtrl, "alt": tea.ModAlt, "shift": tea.ModShift}

var codes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "space": ' ', "backspace": tea.KeyBackspace,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight, "home": tea.KeyHome,
	"end": tea.KeyEnd, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown, "delete": tea.KeyDelete, "insert": tea.KeyInsert,
	"f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4, "f5": tea.KeyF5, "f6": tea.KeyF6,
	"f7": tea.KeyF7, "f8": tea.KeyF8, "f9": tea.KeyF9, "f10": tea.KeyF10, "f11": tea.KeyF11, "f12": tea.KeyF12,
}
