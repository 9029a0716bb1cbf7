package preferred

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"runtime"
)

// Pipe runs a command line in a shell, away from the terminal, with a text on standard
// input, and returns what it prints, at most so many bytes, also beside an error. The command
// and the programs that it started end with ctx; what it leaves in the background goes on, as
// xclip must.
func Pipe(ctx context.Context, environ []string, line string, text []byte, most int) (printed []byte, err error) {
	shell := []string{"/bin/sh", "-c", line}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", line}
	}
	limited, end := context.WithCancel(ctx)
	defer end()
	out, said := &bounded{most: most, over: end}, &bounded{most: most, over: func() {}}
	cmd := exec.CommandContext(limited, shell[0], shell[1:]...)
	cmd.Env, cmd.WaitDelay = environ, endDelay
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, said
	alone(cmd)
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return out.data, ctx.Err()
	case out.full:
		return out.data, fmt.Errorf("the command was ended: it printed more than %d MiB", most>>20)
	}
	return out.data, failure("the command", err, said.data)
}

// bounded keeps the first bytes, at most so many, and drops the rest, before which it calls over.
type bounded struct {
	data []byte
	most int
	full bool
	over func()
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.most-len(b.data))
	b.data = append(b.data, p[:n]...)
	if n < len(p) && !b.full {
		b.full = true
		b.over()
	}
	return len(p), nil
}
