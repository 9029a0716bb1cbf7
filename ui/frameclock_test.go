package ui

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// output is a terminal that several goroutines use.
type output struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// echo is a model that shows the last text it received.
type echo string

func (e echo) Init() tea.Cmd { return nil }

func (e echo) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if s, ok := msg.(string); ok {
		e = echo(s)
	}
	return e, nil
}

func (e echo) View() tea.View { return tea.NewView(string(e)) }

// tick draws two frames: when the program has taken the second, the first is
// drawn.
func tick(t *testing.T, c *frameClock) {
	t.Helper()
	for range 2 {
		select {
		case c.frames <- time.Time{}:
		case <-time.After(time.Minute):
			t.Fatal("the program does not draw by the clock: has an upgrade of Bubble Tea moved its ticker?")
		}
	}
}

func TestBubbleTeaDrawsByTheClock(t *testing.T) {
	t.Parallel()
	out := &output{}
	p := tea.NewProgram(echo("first"), tea.WithContext(t.Context()), tea.WithInput(nil), tea.WithOutput(out),
		tea.WithWindowSize(40, 5), tea.WithoutSignalHandler())
	clock := newFrameClock()
	if !clock.attach(p) {
		t.Fatal("Program has no field ticker of type *time.Ticker any more")
	}
	if clock.attach(p) {
		t.Error("a ticker that is there already was replaced")
	}
	ended := make(chan error, 1)
	go func() {
		_, err := p.Run()
		ended <- err
	}()
	show := func(text string) {
		t.Helper()
		p.Send(text)
		p.Send(nil) // taken when the view of the text is ready
		if strings.Contains(out.String(), text) {
			t.Errorf("%q was drawn without the clock", text)
		}
		tick(t, clock)
		if !strings.Contains(out.String(), text) {
			t.Errorf("%q was not drawn with the clock; the terminal got %q", text, out)
		}
	}
	show("SECOND")
	if err := p.ReleaseTerminal(); err != nil {
		t.Fatal(err)
	}
	if err := p.RestoreTerminal(); err != nil {
		t.Fatal(err)
	}
	show("THIRD")
	p.Quit()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTheFrameClockRests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		clock := newFrameClock()
		go clock.run(ctx)
		began := time.Now()
		frames := func() (at []time.Duration) {
			for idle := time.After(time.Minute); ; {
				select {
				case <-clock.frames:
					at = append(at, time.Since(began))
				case <-idle:
					return at
				}
			}
		}
		if at := frames(); len(at) != 0 {
			t.Errorf("frames without a message, at %v", at)
		}
		began = time.Now()
		clock.ask()
		at := frames()
		if want := []time.Duration{firstFrame, firstFrame + nextFrame, firstFrame + 3*nextFrame}; !slices.Equal(at[:3], want) {
			t.Errorf("frames at %v, want %v", at[:3], want)
		}
		if last := at[len(at)-1]; last < 150*time.Millisecond || last > 250*time.Millisecond {
			t.Errorf("the last frame comes after %v", last)
		}
	})
}
