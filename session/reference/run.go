package reference

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"tokenring/session/secret"
)

const (
	commandLimit = 30 * time.Second
	maxOutput    = 64 << 10 // bytes
)

// Runner runs a program and returns its standard output. Errors name the program
// and how it ended, never its output.
type Runner func(ctx context.Context, argv []string) ([]byte, error)

// Programs runs local programs with an environment; nil is that of this process.
// Standard input is empty. Standard error, which may hold the secret, is dropped.
func Programs(env []string) Runner {
	return func(ctx context.Context, argv []string) ([]byte, error) {
		limited, cancel := context.WithTimeout(ctx, commandLimit)
		defer cancel()
		out := &bounded{over: cancel}
		cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
		cmd.Env, cmd.Stdout = env, out
		cmd.WaitDelay = time.Second // its children may hold the pipe
		err := cmd.Run()
		if err == nil && !out.cut {
			return out.data, nil
		}
		clear(out.data)
		err = explain(ctx, limited, secret.CleanLine(argv[0]), out.cut, err)
		if ctx.Err() == nil && runsTokenring(argv) {
			err = fmt.Errorf("%w; a program of a reference gets no key of the ring: for the token of another account, "+
				"give the definition a field of type account", err)
		}
		return nil, err
	}
}

// runsTokenring reports whether a command is tokenring, or a shell that runs it.
func runsTokenring(argv []string) bool {
	for _, arg := range argv {
		for word := range strings.FieldsSeq(arg) {
			name := strings.TrimSuffix(word[strings.LastIndexAny(word, `/\`)+1:], ".exe")
			if name == "tokenring" {
				return true
			}
		}
	}
	return false
}

func explain(caller, limited context.Context, program string, cut bool, err error) error {
	var exit *exec.ExitError
	switch {
	case caller.Err() != nil:
		return caller.Err()
	case cut:
		return fmt.Errorf("%s printed more than %d KiB; a secret is shorter", program, maxOutput>>10)
	case limited.Err() != nil:
		return fmt.Errorf("%s took longer than %s", program, commandLimit)
	case errors.Is(err, exec.ErrNotFound):
		return fmt.Errorf("there is no program %s on the path", program)
	case errors.As(err, &exit) && exit.Exited():
		return fmt.Errorf("%s failed with exit status %d; run it by hand to see why", program, exit.ExitCode())
	}
	return fmt.Errorf("%s did not finish; run it by hand to see why", program)
}

// bounded keeps the first maxOutput bytes written to it and cancels at more.
type bounded struct {
	data []byte
	cut  bool
	over func()
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxOutput {
		b.cut = true
		b.over()
		return 0, errors.New("too much output")
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
