// Package cli is the command line: it makes the Manager from the person's
// store, vault and definitions, opens the screen on it, and answers the
// commands that need none. Data goes to standard output, talk to standard
// error, and exit codes are stable.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Exit codes.
const (
	ExitOK         = 0
	ExitFailed     = 1
	ExitUsage      = 2
	ExitNeedsLogin = 3
	ExitRefused    = 4 // by the server
	ExitUnmet      = 5 // expectations were not met
)

// World is what a run of the program gets from outside.
type World struct {
	Args   []string // without the program's name
	Getenv func(string) string
	Env    []string
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Now    func() time.Time
}

// Process is the world of this process. It is the one place where the wall
// clock is read; the monotonic part goes, so that a machine that slept counts
// the time it slept.
func Process() World {
	return World{
		Args: os.Args[1:], Getenv: os.Getenv, Env: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: func() time.Time { return time.Now().Round(0) },
	}
}

// Main runs the command of w and gives its exit code.
func Main(w World) int {
	if promptAtOnce(&w) {
		return ExitOK
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(&w)
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	code := exitCode(err)
	if !errors.Is(err, errSaid) {
		fmt.Fprintln(w.Stderr, "tokenring: "+secret.CleanText(err.Error()))
	}
	return code
}

// errSaid is an error whose text was printed already.
var errSaid = errors.New("said")

// usageError is a command line that is off.
type usageError struct{ error }

func exitCode(err error) int {
	var usage usageError
	var refused *flow.Failure
	switch {
	case errors.As(err, &usage):
		return ExitUsage
	case errors.Is(err, session.ErrNeedsLogin), errors.Is(err, session.ErrVaultLocked):
		return ExitNeedsLogin
	case errors.As(err, &refused) && refused.Status != 0:
		return ExitRefused
	}
	return ExitFailed
}

func newRoot(w *World) *cobra.Command {
	root := &cobra.Command{
		Use:   "tokenring",
		Short: "A key ring for API tokens",
		Long: "tokenring holds the accounts you have on every backend, keeps their sessions alive,\n" +
			"says what each token says and how long it lives, copies it, and fires test requests with it.\n\n" +
			"Without a command it opens the screen.",
		Example:       "  tokenring            open your ring\n  tokenring demo       try everything on servers of its own\n  tokenring decode -   read a token from standard input",
		Version:       version(),
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runScreen(cmd.Context(), w) },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetVersionTemplate("tokenring {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(newList(w), newDecode(w), newDemo(w), newPrompt(w))
	return root
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%q is no command of tokenring; see tokenring --help", secret.CleanLine(args[0]))}
	}
	return nil
}
