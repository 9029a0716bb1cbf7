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

// Runner runs a program and returns its standard output. Errors never hold its output.
type Runner func(ctx context.Context, argv []string) ([]byte, error)

// Programs returns a Runner of local programs. A nil env is the environment of this
// process. Standard input is empty; standard error, which may hold the secret, is dropped.
func Programs(env []string) Runner {
	return func(ctx context.Context, argv []string) ([]byte, error) {
		limited, cancel := context.WithTimeout(ctx, commandLimit)
		defer cancel()
		out := &bounded{cancel: cancel}
		cmd := exec.CommandContext(limited, argv[0], argv[1:]...)
		cmd.Env, cmd.Stdout = env, out
		cmd.WaitDelay = time.Second // its children may keep the pipe open
		err := cmd.Run()
		if err == nil && !out.cut {
			return out.data, nil
		}
		clear(out.data)
		err = explain(ctx, limited, secret.CleanLine(argv[0]), out.cut, err)
		if ctx.Err() == nil && runsTokenring(argv) {
			err = fmt.Errorf("%w; a reference cannot open the ring: for the token of another account, "+
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
		return fmt.Errorf("no program %s on the path", program)
	case errors.As(err, &exit) && exit.Exited():
		return fmt.Errorf("%s failed with exit status %d; run it by hand to see why", program, exit.ExitCode())
	}
	return fmt.Errorf("%s did not finish; run it by hand to see why", program)
}

// bounded buffers at most maxOutput bytes and calls cancel at more.
type bounded struct {
	data   []byte
	cut    bool
	cancel func()
}

// Write implements io.Writer.
func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > maxOutput {
		b.cut = true
		b.cancel()
		return 0, errors.New("too much output")
	}
	b.data = append(b.data, p...)
	return len(p), nil
}
