package ui

import (
	"context"
	"errors"
	"io"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Terminal shows the screen and reads keys.
type Terminal struct {
	In  io.Reader
	Out io.Writer
	Env []string
}

// startPercent is the garbage collector's target while the program starts: the
// heap grows to 32 MB before the first collection instead of 4. A collection
// would take longer than what it could free is worth. The first one ends that: with
// many accounts the next would come at nine times what they hold.
const (
	startPercent = 800
	restPercent  = 50 // after the start
)

// startTime is the longest that the start takes.
const startTime = 3 * time.Second

// Run shows the screen until the user quits or c.Life ends.
func Run(c Config, t Terminal) error {
	life, cancel := context.WithCancel(c.Life)
	c.Life = life
	m := New(c)
	p := tea.NewProgram(m,
		tea.WithContext(life), tea.WithInput(t.In), tea.WithOutput(screenOutput(t.Out)), tea.WithEnvironment(t.Env),
		tea.WithColorProfile(c.Theme.Profile), tea.WithFPS(fixedRate), tea.WithoutSignalHandler(),
	)
	var tasks sync.WaitGroup
	if m.clock.attach(p) {
		tasks.Go(func() { m.clock.run(life) })
	}
	debug.SetGCPercent(startPercent)
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, restPercent)
	tasks.Go(func() { endStart(life) })
	tasks.Go(func() { m.runBackground(life, c.Background) })
	_, err := p.Run()
	cancel()
	m.End()
	if order := m.list.Order(); order != c.Order && !c.Keys.IsViewOnly() {
		err = errors.Join(err, c.KeepOrder(order))
	}
	tasks.Wait()
	return err
}

// endStart returns to the system the memory that only the start needed.
func endStart(life context.Context) {
	select {
	case <-time.After(startTime):
	case <-life.Done():
	}
	debug.SetGCPercent(restPercent)
	if life.Err() == nil {
		debug.FreeOSMemory()
	}
}

// runBackground waits for the accounts before it runs background, so as not to
// delay the first frame.
func (m *Model) runBackground(life context.Context, background func(context.Context)) {
	select {
	case <-m.reading.done:
		background(life)
	case <-life.Done():
	}
}
