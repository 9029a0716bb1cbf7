//go:build linux

package cli

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkPrompt measures the command that a shell runs before every line,
// and in turn a program that does nothing.
func BenchmarkPrompt(b *testing.B) {
	path, empty := build(b, b.TempDir(), filepath.Join("..", "..")), buildEmpty(b)
	env, names := crowd(b)
	first := exec.Command(path, "prompt", names[0])
	first.Env = env
	if out, err := first.Output(); err != nil || !strings.Contains(string(out), names[0]) {
		b.Fatalf("%q, %v", out, err)
	}
	prompt, nothing := []time.Duration{}, []time.Duration{}
	for b.Loop() {
		for range leastRuns {
			nothing = append(nothing, took(b, exec.Command(empty)))
			cmd := exec.Command(path, "prompt", "--shell", "bash", names[0])
			cmd.Env = env
			prompt = append(prompt, took(b, cmd))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(prompt)), "ms/prompt")
	b.ReportMetric(milliseconds(median(nothing)), "ms/empty")
	b.ReportMetric(float64(median(prompt))/float64(median(nothing)), "x/empty")
}

// took runs a program and gives the time from its start to its end.
func took(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	began := time.Now()
	must(b, cmd.Run())
	return time.Since(began)
}
