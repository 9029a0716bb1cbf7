package jq

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// bombs returns the lines of testdata/bombs.jq.
func bombs(t testing.TB) []string {
	data, err := os.ReadFile(filepath.Join("testdata", "bombs.jq"))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.NewReplacer(
		"DAG", "(reduce range(60) as $i (0; [., .]))", "TREE", "(reduce range(60) as $i (0; {a: ., b: .}))",
		"DEEP", "(reduce range(1000000) as $i (0; [.]))", "BIG", "[range(1000000)]", "LOOP", "range(1e12) |", "LONG", `("a" * 1000000)`,
	)
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, words.Replace(line))
		}
	}
	return out
}

const bombVariable = "JQ_BOMBS"

// maxProcess is what a process may take in all while a bomb goes off, in bytes.
const maxProcess = 200 << 20

// RaceDetector is set in a test binary with the race detector.
var RaceDetector bool

// TestBombsAreRefused runs the bombs in a process of their own, which measures the memory
// that each takes. With JQ_BOMBS=all in the environment they get the whole budget.
func TestBombsAreRefused(t *testing.T) {
	if os.Getenv(bombVariable) != "" {
		explode(t)
		return
	}
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBombsAreRefused$", "-test.v")
	cmd.Env = append(os.Environ(), bombVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// explode runs the bombs, in the process that is for them.
func explode(t *testing.T) {
	limits := []limitError{tooLong, tooMuch, tooDeep, longNumber, largeRegex, longKey, longFormat, largeOrder, largeResult}
	if os.Getenv(bombVariable) == "1" { // what only takes long need not take as long here
		valueWork /= 16
		if RaceDetector {
			valueWork /= 4
		}
	}
	for _, src := range bombs(t) {
		debug.FreeOSMemory()
		peak(t)
		began := processorTime()
		q, err := Compile(src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		v, err := q.Value(t.Context(), nil)
		var failed *EvalError
		if !errors.As(err, &failed) || !slices.Contains(limits, limitError(failed.Kind)) {
			t.Errorf("%s is not refused: %.80v, %v", src, v, err)
		}
		took := peak(t)
		t.Logf("%4d MB %5d ms  %s: %v", took>>20, processorTime()-began, src, failed)
		if took > maxProcess && !RaceDetector { // which takes several times as much itself
			t.Errorf("%s took %d MB", src, took>>20)
		}
	}
}

// processorTime returns the time that the process has had a processor, in milliseconds, where
// the system says so.
func processorTime() int {
	data, _ := os.ReadFile("/proc/self/stat")
	fields := strings.Fields(string(data))
	ticks := 0
	for _, at := range []int{13, 14} { // utime and stime, of 10 ms each
		if at < len(fields) {
			n, _ := strconv.Atoi(fields[at])
			ticks += n
		}
	}
	return 10 * ticks
}

// peak returns the most memory that the process had since the last call, where the
// system says so, else what it has.
func peak(t *testing.T) int {
	data, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(data), "VmHWM:"); ok {
		var kilobytes int
		if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
			t.Fatal(err)
		}
		_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
		return kilobytes << 10
	}
	return heapSize()
}
