package jq

import (
	"context"
	"math"
	"runtime"
	"sync/atomic"
	"time"
)

// A run counts its work, so that its result does not depend on the load of the machine. A unit
// of work is about ten nanoseconds.
const (
	// perStep is the work of a step of jq.
	perStep = 4
	// trial is the work of a run in the goroutine of its caller. A run that needs more starts
	// again in its own goroutine.
	trial = 4096 * perStep
	// perByte is the work that a run gets for each byte of a document.
	perByte = 64
	// perLook is the work between two checks of the caller and the heap.
	perLook = 1 << 16
	// longest bounds a run if everything else fails.
	longest = 30 * time.Second

	// maxMemory bounds the growth of the heap by a run, in bytes, plus slack bytes of
	// uncollected garbage. A large document allows perDocument bytes more for each of its own.
	maxMemory   = 56 << 20
	slack       = 16 << 20
	perDocument = 8
	// perUnit bounds the bytes allocated with a unit of work.
	perUnit = 32
	// large is the size from which an allocation checks the heap first.
	large = 1 << 20
	// maxValue bounds a text that a function makes, in bytes.
	maxValue = 24 << 20
	// maxNesting bounds the nesting of values that functions walk.
	maxNesting = 10_000
)

// valueWork is the work of a run.
var valueWork = 32 << 20

// limitError ends a run that exceeds a limit. Its text is constant, so it can be shown. An
// expression cannot catch it: every further step fails too.
type limitError string

func (e limitError) Error() string { return string(e) }

const (
	tooLong     = limitError("it ran too long; filter less: select the fields you need first, or a part such as .[:100]")
	tooMuch     = limitError("it needs too much memory; filter less: select the fields you need first, or a part such as .[:100]")
	tooDeep     = limitError("a value nests too deeply; select the part you need first")
	longNumber  = limitError("a number has too many digits; keep it as a string")
	largeRegex  = limitError("a regular expression is too large; repeat less in it")
	longKey     = limitError("an array cannot be the key of a pattern; use indices")
	longFormat  = limitError("the format of a time is too long")
	largeResult = limitError("the result is too large; filter less: select the fields you need, or a part such as .[:100]")
	largeOrder  = limitError("the order of a Bessel function is too large")
)

// run is one run of an expression with its remaining budget. It is the context of jq, which
// calls Done before each step; functions charge their work and allocations.
type run struct {
	context.Context       // of the caller
	err             error // why it ended

	work   int // that it may take
	fuel   int // of it, until the next look
	left   int // of it, after that
	memory int // that it may use, in bytes
	base   int // size of the heap at the first look, 0 before it

	patterns map[string]*pattern // by their text
}

// running counts the runs that looked at the heap. They share it, and each may let
// it grow.
var running atomic.Int64

// begin starts a run with this much work.
func (r *run) begin(ctx context.Context, work int) {
	fuel := min(work, perLook)
	*r = run{Context: ctx, work: work, fuel: fuel, left: work - fuel, memory: maxMemory, patterns: r.patterns}
}

// read charges a document of this many bytes and extends the budget for it.
func (r *run) read(bytes int) bool {
	if r.work > trial {
		r.work += perByte * bytes
		r.left += perByte * bytes
		r.memory += perDocument * bytes
	}
	return r.charge(bytes)
}

// end releases the run's share of the heap.
func (r *run) end() {
	if r.base > 0 {
		running.Add(-1)
	}
}

// Err implements context.Context.
func (r *run) Err() error { return r.err }

// Done implements context.Context and counts a step.
func (r *run) Done() <-chan struct{} {
	if r.charge(perStep) {
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
	r.fuel, r.left = math.MinInt/2, 0
	return false
}

// charge deducts work and reports whether the run may continue.
func (r *run) charge(work int) bool {
	if r.fuel -= work; r.fuel >= 0 {
		return true
	}
	return r.look(0)
}

// alloc charges bytes before they are allocated.
func (r *run) alloc(bytes int) bool {
	if bytes < 0 || bytes > r.memory {
		return r.fail(tooMuch)
	}
	return r.charge(bytes/perUnit) && (bytes < large || r.look(bytes))
}

// look reports whether the run may continue: its caller waits, work is left, and the heap has
// room for this many more bytes.
func (r *run) look(bytes int) bool {
	if r.err != nil {
		return r.fail(r.err)
	}
	r.left += r.fuel
	r.fuel = min(r.left, perLook)
	r.left -= r.fuel
	if r.fuel < 0 {
		return r.fail(tooLong)
	}
	if err := r.Context.Err(); err != nil {
		return r.fail(err)
	}
	if r.base == 0 {
		r.base = heapSize()
		running.Add(1)
	}
	if used := r.work - r.left - r.fuel; used*perUnit < r.memory { // the growth is that of others
		return true
	}
	most := r.base + r.memory*int(running.Load()) - bytes
	if heapSize() < most+slack {
		return true
	}
	runtime.GC()
	return heapSize() < most || r.fail(tooMuch)
}

// heapSize returns the bytes of all objects on the heap, garbage included. Package runtime/metrics
// would return them too, but makes a table at every start of the program.
func heapSize() int {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(min(m.HeapAlloc, math.MaxInt))
}
