package ui

import (
	"context"
	"reflect"
	"time"
	"unsafe"

	tea "charm.land/bubbletea/v2"
)

// The frame clock draws this long after a message that ended a rest, then in
// this rhythm, and rests again after so many frames without another message.
// The frames after the first also catch a view that was not ready in time.
const (
	firstFrame = time.Millisecond
	nextFrame  = 8 * time.Millisecond
	restAfter  = 25
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
	frames chan time.Time
	asked  chan struct{}
}

func newFrameClock() *frameClock {
	return &frameClock{frames: make(chan time.Time), asked: make(chan struct{}, 1)}
}

// ask requests frames for a view that may have changed. It never blocks.
func (c *frameClock) ask() {
	select {
	case c.asked <- struct{}{}:
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
	left := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.asked:
			if left == 0 {
				timer.Reset(firstFrame)
			}
			left = restAfter
		case now := <-timer.C:
			select {
			case c.frames <- now:
			case <-ctx.Done():
				return
			}
			if left--; left > 0 {
				timer.Reset(nextFrame)
			}
		}
	}
}
