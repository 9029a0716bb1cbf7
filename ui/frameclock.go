package ui

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// The frame clock draws this long after a message that ended a rest, which is
// time enough to hand the view to the renderer, then, while messages come, in
// this rhythm. After the last message each frame takes twice as
// long as the one before, until the clock rests. These frames catch a view that
// was not ready in time.
const (
	firstFrame = 100 * time.Microsecond
	nextFrame  = 8 * time.Millisecond
	lastFrame  = 128 * time.Millisecond
)

// fixedRate is the frames per second of a Bubble Tea whose clock cannot be
// steered: the price of an answered key against that of an idle screen.
const fixedRate = 30

// frameClock draws while messages come and rests while none do.
//
// Bubble Tea v2.0 draws at a fixed rate for as long as a program runs: a high
// rate costs a percent of a core when nothing changes, a low one answers keys
// late, and no option changes that. The pull requests charmbracelet/bubbletea
// #1776 and #1796 propose to draw only what changed; until one of them is
// released, the clock puts a ticker of its own into the program.
type frameClock struct {
	frames  chan time.Time
	changed chan struct{}
}

func newFrameClock() *frameClock {
	return &frameClock{frames: make(chan time.Time), changed: make(chan struct{}, 1)}
}

// ask requests frames for a view that may have changed. It never blocks.
func (c *frameClock) ask() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// attach makes a program that does not run yet draw by this clock. It reports
// false, and changes nothing, if the program has no ticker to replace.
//
// Run finds the ticker in its place, and resets and stops it as its own; what
// it draws by is the channel, which only this clock sends on. So nothing in
// the program is read or written while it runs.
func (c *frameClock) attach(p *tea.Program) bool {
	field := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*time.Ticker]() || !field.IsNil() {
		return false
	}
	ticker := time.NewTicker(time.Hour)
	ticker.Stop()
	ticker.C = c.frames
	*(**time.Ticker)(unsafe.Pointer(field.UnsafeAddr())) = ticker
	return true
}

// run sends frames until ctx ends.
func (c *frameClock) run(ctx context.Context) {
	timer := time.NewTimer(0)
	<-timer.C
	var wait, next time.Duration // for the frame, 0 at rest, and for the one after it
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.changed:
			if wait == 0 || wait > nextFrame {
				wait = firstFrame
				timer.Reset(wait)
			}
			next = nextFrame
		case now := <-timer.C:
			select {
			case c.frames <- now:
			case <-ctx.Done():
				return
			}
			if wait, next = next, 2*next; wait > lastFrame {
				wait = 0
				continue
			}
			timer.Reset(wait)
		}
	}
}
