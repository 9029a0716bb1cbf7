package jq

import (
	"context"
	"time"
)

// budget bounds a run: an expression may loop for ever. What it counts is steps,
// so that the result does not depend on how busy the machine is; the time is for
// steps that take long.
type budget struct {
	steps int
	time  time.Duration
}

// of one value, and of all outputs over a document.
var (
	valueBudget   = budget{8 << 20, 2 * time.Second}
	outputsBudget = budget{64 << 20, 8 * time.Second}
)

// start returns the context of a run within ctx.
func (b budget) start(ctx context.Context) (run *runContext, cancel context.CancelFunc) {
	ctx, cancel = context.WithTimeout(ctx, b.time)
	return &runContext{Context: ctx, left: b.steps + 1}, cancel
}

// runContext ends when a run has used its budget. jq calls Done before each step,
// from one goroutine.
type runContext struct {
	context.Context
	left int
	err  error
}

// Done implements context.Context.
func (c *runContext) Done() <-chan struct{} {
	const steps = 64 // between two looks at the time
	if c.left--; c.left%steps == 0 || c.left < 0 {
		if c.err = c.Context.Err(); c.err == nil && c.left < 0 {
			c.err = context.DeadlineExceeded
		}
	}
	if c.err == nil {
		return nil
	}
	return ended
}

// Err implements context.Context.
func (c *runContext) Err() error { return c.err }

var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()
