package jq

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
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

const (
	// maxMemory bounds by how much a run may let the heap grow, in bytes; garbage of so
	// many bytes more waits for its collection. A large document allows for more: what
	// is made of it may take perDocument bytes for each of its own.
	maxMemory   = 56 << 20
	slack       = 24 << 20
	perDocument = 8
	// perStep is more than what jq itself allocates for a step, in bytes.
	perStep = 128
	// perLook is how many bytes our functions allocate, and how many steps a run
	// takes, between two looks at the heap.
	perLook      = 4 << 20
	stepsPerLook = 4096
	// perUnit is how many units of work of our functions count as one step: a unit is
	// one comparison, or one character.
	perUnit = 4
	// maxNesting bounds how deeply values nest that our functions walk.
	maxNesting = 10_000
)

// limitError ends a run that uses up what it may. Its text is fixed, so that it can
// be shown. An expression cannot catch it: every further step fails as well.
type limitError string

func (e limitError) Error() string { return string(e) }

const (
	tooLong     = limitError("it ran too long; filter less: select the fields you need first, or a part such as .[:100]")
	tooMuch     = limitError("it needs too much memory; filter less: select the fields you need first, or a part such as .[:100]")
	tooDeep     = limitError("a value nests too deeply; select the part you need first")
	longNumber  = limitError("a number has too many digits; keep it as a string")
	largeRegex  = limitError("a regular expression is too large; repeat less in it")
	longKey     = limitError("an array is too long to be looked for with .[…]; use indices")
	longFormat  = limitError("the format of a time is too long")
	largeResult = limitError("the result is too large; filter less: select the fields you need, or a part such as .[:100]")
	largeOrder  = limitError("the order of a Bessel function is too large")
)

// run is one run of an expression and what it may still use. jq calls Done before
// each step; our functions report their work and what they allocate. All but stop
// belongs to the goroutine of the run.
type run struct {
	stop atomic.Bool // the caller has left

	fuel  int // steps until the next look
	left  int // steps after those
	units int // of work that are paid for

	steps    int // that it may take
	memory   int // that it may use, in bytes
	reported int // bytes that our functions allocated
	unseen   int // of those, since the last look
	base     int // size of the heap at the first look, 0 before it
	err      error

	patterns map[string]*pattern // by their text
}

// running counts the runs that looked at the heap. They share it, and each may let
// it grow.
var running atomic.Int64

func newRun(within budget) *run {
	return &run{steps: within.steps, left: within.steps, memory: maxMemory}
}

// end gives up the run's part of the heap.
func (r *run) end() {
	if r.base > 0 {
		running.Add(-1)
	}
}

// Deadline implements context.Context.
func (r *run) Deadline() (time.Time, bool) { return time.Time{}, false }

// Value implements context.Context.
func (r *run) Value(any) any { return nil }

// Err implements context.Context.
func (r *run) Err() error { return r.err }

// Done implements context.Context, and counts a step.
func (r *run) Done() <-chan struct{} {
	if r.fuel--; r.fuel >= 0 && !r.stop.Load() || r.look(0) {
		return nil
	}
	return ended
}

var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// fail ends the run with err.
func (r *run) fail(err error) bool {
	if r.err == nil {
		r.err = err
	}
	r.fuel, r.units = 0, math.MinInt/2 // no work goes on
	return false
}

// work reports n units of work, and whether the run may go on.
func (r *run) work(n int) bool {
	if r.units -= n; r.units >= 0 {
		return true
	}
	if r.err != nil {
		return false
	}
	steps := (-r.units)/perUnit + 64
	r.units += steps * perUnit
	r.fuel -= steps
	return r.fuel >= 0 && !r.stop.Load() && r.err == nil || r.look(0)
}

// alloc reports n bytes before they are allocated, and whether they may be.
func (r *run) alloc(n int) bool {
	if n < 0 || n > maxMemory {
		return r.fail(tooMuch)
	}
	r.reported += n
	if r.unseen += n; r.unseen < perLook {
		return r.err == nil
	}
	return r.look(n)
}

// look reports whether the run may go on: its steps are not used up, and the heap
// has room for so many bytes more.
func (r *run) look(bytes int) bool {
	if r.fuel < stepsPerLook/2 {
		r.left += r.fuel
		r.fuel = min(r.left, stepsPerLook)
		r.left -= r.fuel
	}
	switch {
	case r.err != nil:
		return r.fail(r.err)
	case r.stop.Load():
		return r.fail(context.Canceled)
	case r.fuel <= 0:
		return r.fail(tooLong)
	}
	r.unseen = 0
	heap := heapSize()
	if r.base == 0 {
		r.base = heap
		running.Add(1)
	}
	if r.reported+(r.steps-r.left)*perStep < r.memory { // the growth is that of others
		return true
	}
	most := r.base + r.memory*int(running.Load()) - bytes
	if heap < most+slack {
		return true
	}
	runtime.GC()
	if heapSize() < most {
		return true
	}
	return r.fail(tooMuch)
}

// heapSize returns the bytes of all objects on the heap, garbage included.
func heapSize() int {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int(min(sample[0].Value.Uint64(), math.MaxInt))
}
