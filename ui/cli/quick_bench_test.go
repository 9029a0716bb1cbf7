//go:build linux

package cli

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// BenchmarkPrompt measures the command that a shell runs before every line.
func BenchmarkPrompt(b *testing.B) {
	env, names := crowd(b, crowdSize)
	besideEmpty(b, env, names[0], "prompt", "--shell", "bash", names[0])
}

// BenchmarkList measures the list of three accounts, each at a backend of its own.
func BenchmarkList(b *testing.B) {
	env, names := crowd(b, 3)
	besideEmpty(b, env, names[2], "ls")
}

// besideEmpty measures a command, whose output contains word, and in turn a
// program that does nothing.
func besideEmpty(b *testing.B, env []string, word string, args ...string) {
	path, empty := build(b, b.TempDir(), filepath.Join("..", "..")), buildEmpty(b)
	first := exec.Command(path, args...)
	first.Env = env
	if out, err := first.Output(); err != nil || !strings.Contains(string(out), word) {
		b.Fatalf("%q, %v", out, err)
	}
	command, nothing := []time.Duration{}, []time.Duration{}
	for b.Loop() {
		for range leastRuns {
			nothing = append(nothing, took(b, exec.Command(empty)))
			cmd := exec.Command(path, args...)
			cmd.Env = env
			command = append(command, took(b, cmd))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(command)), "ms/command")
	b.ReportMetric(milliseconds(median(nothing)), "ms/empty")
	b.ReportMetric(float64(median(command))/float64(median(nothing)), "x/empty")
}

// BenchmarkToken measures the command that prints a token that lives, and in
// turn a program that opens the same database and reads a row.
func BenchmarkToken(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	row := build(b, b.TempDir(), filepath.Join("testdata", "row"))
	env, names := crowd(b, crowdSize)
	first := exec.Command(path, "token", names[0])
	first.Env = env
	if out, err := first.Output(); err != nil || string(out) != "a token of "+names[0]+"\n" {
		b.Fatalf("%q, %v", out, err)
	}
	database := filepath.Join(home(env), "tokenring.db")
	token, least := []time.Duration{}, []time.Duration{}
	for b.Loop() {
		for range leastRuns {
			least = append(least, took(b, exec.Command(row, database)))
			cmd := exec.Command(path, "token", names[0])
			cmd.Env = env
			token = append(token, took(b, cmd))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(token)), "ms/token")
	b.ReportMetric(milliseconds(median(least)), "ms/row")
	b.ReportMetric(float64(median(token))/float64(median(least)), "x/row")
}

// home is the folder of the ring in an environment.
func home(env []string) string {
	for _, line := range env {
		if dir, ok := strings.CutPrefix(line, "TOKENRING_HOME="); ok {
			return dir
		}
	}
	return ""
}

// took runs a program and returns the time from its start to its end.
func took(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	began := time.Now()
	must(b, cmd.Run())
	return time.Since(began)
}
