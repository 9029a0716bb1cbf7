// Package cli is the command line: it makes the Manager from the person's
// store, vault and definitions, opens the screen on it, and answers the
// commands that need none. Data goes to standard output, talk to standard
// error, and exit codes are stable.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
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

// The groups that the help lists commands in.
const (
	groupAccounts = "accounts"
	groupUse      = "use"
	groupProgram  = "program"
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
	Dir    func() (string, error) // the working folder; nil: there is none

	Terminal func() (*os.File, error) // where standard input carries data; nil: there is none
}

// Process is the world of this process. It is the one place where the wall
// clock is read; the monotonic part goes, so that a machine that slept counts
// the time it slept.
func Process() World {
	return World{
		Args: os.Args[1:], Getenv: os.Getenv, Env: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now:      func() time.Time { return time.Now().Round(0) },
		Dir:      os.Getwd,
		Terminal: openTerminal,
	}
}

// Main runs the command of w and gives its exit code.
func Main(w World) int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	root := newRoot(&w)
	if len(w.Args) > 0 && (w.Args[0] == cobra.ShellCompRequestCmd || w.Args[0] == cobra.ShellCompNoDescRequestCmd) {
		completeNoFiles(root)
	}
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	w.printError(err)
	return exitCode(err)
}

// newRoot returns the program with all of its commands.
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
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommandGroupID(groupProgram)
	root.SetVersionTemplate("tokenring {{.Version}}\n")
	root.SetFlagErrorFunc(wrongFlag)
	root.AddGroup(
		&cobra.Group{ID: groupAccounts, Title: "Accounts and their sessions:"},
		&cobra.Group{ID: groupUse, Title: "Using a session:"},
		&cobra.Group{ID: groupProgram, Title: "The program:"},
	)
	root.AddCommand(
		newAdd(w),
		newList(w),
		newLogin(w),
		newRefresh(w),
		newCheck(w),
		newLogout(w),
		newRemove(w),
		newToken(w),
		newExec(w),
		newEnv(w),
		newRequest(w),
		newDecode(w),
		newImport(w),
		newExport(w),
		newBackends(w),
		newDemo(w),
		newPrompt(w),
		newSmoke(w),
		newCompletion(w),
		newMan(w),
		newVault(w),
		newDoctor(w),
	)
	withoutFiles(root.Commands())
	return root
}
