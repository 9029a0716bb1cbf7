package jq

import (
	"context"
	"math"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// A run counts its work, so that its result does not depend on how busy the machine
// is. A unit of work is about ten nanoseconds.
const (
	// perStep is the work of a step of jq.
	perStep = 4
	// trial is the work of a run in the goroutine of its caller. One that takes more
	// begins again in a goroutine of its own.
	trial = 4096 * perStep
	// perByte is the work that a run may take for each byte of a document.
	perByte = 64
	// perLook is the work between two looks at the caller and the heap.
	perLook = 1 << 16
	// longest bounds a run where all else fails.
	longest = 30 * time.Second

	// maxMemory bounds by how much a run may let the heap grow, in bytes; garbage of slack
	// bytes more waits for its collection. A large document allows for more: what
	// is made of it may take perDocument bytes for each of its own.
	maxMemory   = 56 << 20
	slack       = 16 << 20
	perDocument = 8
	// perUnit is how many bytes are allocated with a unit of work, at most.
	perUnit = 32
	// large is a size from which on the heap is looked at before it is allocated.
	large = 1 << 20
	// maxValue bounds a text that a function makes, in bytes.
	maxValue = 24 << 20
	// maxNesting bounds how deeply values nest that functions walk.
	maxNesting = 10_000
)

// valueWork is the work that a run may take.
var valueWork = 32 << 20

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
	longKey     = limitError("an array is no key of a pattern; use indices")
	longFormat  = limitError("the format of a time is too long")
	largeResult = limitError("the result is too large; filter less: select the fields you need, or a part such as .[:100]")
	largeOrder  = limitError("the order of a Bessel function is too large")
)

// run is one run of an expression and what it may still use. It is the context of jq,
// which calls Done before each step; functions charge their work and what they allocate.
type run struct {
	ctx context.Context // of the caller
	err error           // why it ended

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

// begin starts a run that may take so much work.
func (r *run) begin(ctx context.Context, work int) {
	fuel := min(work, perLook)
	*r = run{ctx: ctx, work: work, fuel: fuel, left: work - fuel, memory: maxMemory, patterns: r.patterns}
}

// read charges a document of so many bytes, and lets the run take more for it.
func (r *run) read(bytes int) bool {
	if r.work > trial {
		r.work += perByte * bytes
		r.left += perByte * bytes
		r.memory += perDocument * bytes
	}
	return r.charge(bytes)
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

// charge takes work from what is left, and reports whether the run may go on.
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

// look reports whether the run may go on: its caller waits, there is work left, and the
// heap has room for so many bytes more.
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
	if err := r.ctx.Err(); err != nil {
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

// heapSize returns the bytes of all objects on the heap, garbage included.
func heapSize() int {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int(min(sample[0].Value.Uint64(), math.MaxInt))
}
