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
	inTurn(b, word, contender{"command", env, "", append([]string{path}, args...)}, contender{name: "empty", args: []string{empty}})
}

// BenchmarkToken measures the command that prints a token that lives, and in
// turn a program that opens the same database and reads a row.
func BenchmarkToken(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	row := build(b, b.TempDir(), filepath.Join("testdata", "row"))
	env, names := crowd(b, crowdSize)
	inTurn(b, "a token of "+names[0]+"\n", contender{"token", env, "", []string{path, "token", names[0]}},
		contender{name: "row", args: []string{row, filepath.Join(home(env), "tokenring.db")}})
}

// BenchmarkDecode measures the command that explains a token, and in turn a program that does nothing and the other
// programs that read one and are on this machine.
func BenchmarkDecode(b *testing.B) {
	const token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEiLCJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJleHAiOjQxMDI0NDQ4MDB9." +
		"c2lnbmF0dXJlLW9mLTMyLWJ5dGVzLW5vdC1jaGVja2Vk"
	path, empty := build(b, b.TempDir(), filepath.Join("..", "..")), buildEmpty(b)
	all := []contender{
		{"command", []string{"HOME=" + b.TempDir()}, token, []string{path, "decode"}},
		{name: "empty", args: []string{empty}},
	}
	for _, peer := range [][]string{
		{"jwt", "-show", "-"}, // of github.com/golang-jwt/jwt/v5/cmd/jwt
		{"jq", "-R", "split(\".\")[:2] | map(@base64d | fromjson)"},
		{"step", "crypto", "jwt", "inspect", "--insecure"},
	} {
		if found, err := exec.LookPath(peer[0]); err == nil {
			all = append(all, contender{peer[0], nil, token, append([]string{found}, peer[1:]...)})
		}
	}
	inTurn(b, "2100-01-01", all...)
}

// contender is a program that is measured.
type contender struct {
	name  string
	env   []string
	stdin string
	args  []string // its path first
}

func (c *contender) command() *exec.Cmd {
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Env, cmd.Stdin = c.env, strings.NewReader(c.stdin)
	return cmd
}

// inTurn measures programs one after the other. The output of the first contains word; it is compared with the second.
func inTurn(b *testing.B, word string, all ...contender) {
	for i := range all {
		if out, err := all[i].command().Output(); err != nil || i == 0 && !strings.Contains(string(out), word) {
			b.Fatalf("%s: %q, %v", all[i].name, out, err)
		}
	}
	times := make([][]time.Duration, len(all))
	for b.Loop() {
		for range leastRuns {
			for i := range all {
				times[i] = append(times[i], took(b, all[i].command()))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	for i := range all {
		b.ReportMetric(milliseconds(median(times[i])), "ms/"+all[i].name)
	}
	b.ReportMetric(float64(median(times[0]))/float64(median(times[1])), "x/"+all[1].name)
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
