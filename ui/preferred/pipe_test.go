//go:build unix

package preferred

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestPipe(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("a line that fills the pipe\n", 10_000)
	for _, tt := range []struct{ line, printed, fault string }{
		{line: "cat; cat <&0 | wc -l >&2", printed: text},
		{line: "head -n 1", printed: "a line that fills the pipe\n"}, // the pipe closes early
		{line: "exec <&-; echo closed", printed: "closed\n"},
		{line: "echo half; echo first >&2; echo why >&2; exit 3", printed: "half\n", fault: "the command failed (exit status 3): why"},
		{line: "no-such-program-here", fault: "not found"},
		{line: "if", fault: "the command failed (exit status 2)"},
		{line: "kill -9 $$", fault: "the command failed: signal: killed"},
		{line: "yes", printed: strings.Repeat("y\n", 1<<19), fault: "it printed more than 1 MiB"},
		{line: "(: < /dev/tty) 2>/dev/null && echo terminal || echo none", printed: "none\n"},
		{line: "echo $ONLY", printed: "this\n"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			t.Parallel()
			printed, err := Pipe(t.Context(), []string{"ONLY=this", "PATH=" + os.Getenv("PATH")}, tt.line, []byte(text), 1<<20)
			if string(printed) != tt.printed {
				t.Errorf("printed %d bytes: %.40q", len(printed), printed)
			}
			if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Error(err)
			}
		})
	}
}

// The programs that a command started end with it.
func TestACommandThatNeverEndsIsEnded(t *testing.T) {
	t.Parallel()
	held := filepath.Join(t.TempDir(), "held")
	if err := syscall.Mkfifo(held, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := Pipe(ctx, os.Environ(), "trap '' INT TERM; (exec sleep 1000 > "+held+") & wait", nil, 1<<20)
		ended <- err
	}()
	f, err := os.Open(held) // once sleep is there to hold it
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	end()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := io.ReadAll(f); err != nil { // once sleep has ended
		t.Error(err)
	}
}
