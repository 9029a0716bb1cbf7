package jq

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestRunsCanBeLeft leaves each kind of work in the middle: the caller gets the error of
// its context while the function is at work, and the goroutine of the run ends.
func TestRunsCanBeLeft(t *testing.T) {
	const dag = "reduce range(60) as $i (0; [., .]) | "
	text := strings.Repeat("a", 1_000_000)
	for _, src := range []string{
		dag + "flatten", dag + ". == .", dag + "[., .] | sort", dag + "contains(.)", dag + "[..] | length", dag + "[.] - [.]", dag + "[., .] | unique",
		"reduce range(60) as $i (0; {a: ., b: .}) | . * .", "repeat(1) | select(false)", "def f: 1 + f; f", `.text | gsub("a(.*z)?"; "")`,
		`.text | test("(a?){300}(a?){300}b")`, `.text | [match("a.*z|a"; "g")] | length`, "[range(100000)] | . as $a | $a - map(. + 0.5)",
	} {
		q, err := Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		began := make(chan struct{})
		left := make(chan error)
		go func() {
			close(began)
			_, err := q.Value(ctx, Scope{"text": text})
			left <- err
		}()
		<-began
		time.AfterFunc(20*time.Millisecond, cancel)
		if err := <-left; err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", src, err)
		}
		cancel()
		for working() {
			time.Sleep(time.Millisecond) // one that does not end lets the test time out
		}
	}
}

// working reports whether a run is at work.
func working() bool {
	stacks := make([]byte, 1<<20)
	return strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "jq.(*Query).try")
}
