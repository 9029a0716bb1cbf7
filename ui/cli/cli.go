// Package cli is the command line: it runs the commands and opens the screen on
// the user's ring. Data goes to standard output, messages to standard error, and
// exit codes are stable.
package cli

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
	"tokenring/ui/preferred"
)

// Exit codes.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNeedsLogin  = 3
	ExitRefused     = 4 // by the server
	ExitUnmet       = 5 // expectations were not met
	ExitHungUp      = 128 + int(syscall.SIGHUP)
	ExitInterrupted = 128 + int(syscall.SIGINT)
	ExitQuit        = 128 + int(syscall.SIGQUIT)
	ExitUnread      = 128 + int(syscall.SIGPIPE)
	ExitTerminated  = 128 + int(syscall.SIGTERM)
)

// exitCodes says what each exit code means, for manuals.
var exitCodes = []struct {
	code    int
	meaning string
}{
	{ExitOK, "success"},
	{ExitFailed, "failure"},
	{ExitUsage, "usage, or a name that does not exist"},
	{ExitNeedsLogin, "login needed, token not yet valid, or vault locked"},
	{ExitRefused, "refused by the server"},
	{ExitUnmet, "expectations not met"},
	{ExitHungUp, "ended by SIGHUP: its terminal was closed"},
	{ExitInterrupted, "interrupted by ctrl+c"},
	{ExitQuit, "ended by SIGQUIT"},
	{ExitUnread, "ended by SIGPIPE: the reader of its output went away"},
	{ExitTerminated, "ended by SIGTERM"},
}

// The groups of commands in the help.
const (
	groupAccounts = "accounts"
	groupUse      = "use"
	groupProgram  = "program"
)

// Main runs the program and returns its exit code.
func Main() int {
	log.SetOutput(io.Discard) // net/http writes there what servers send out of turn
	debug.SetGCPercent(150)   // a short process gains from fewer collections; the screen sets its own
	return run(app.Process())
}

func run(env *app.Env) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	return execute(interruptible{ctx, sync.OnceFunc(func() {
		ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
		if !signal.Ignored(syscall.SIGHUP) { // as under nohup
			ends = append(ends, syscall.SIGHUP)
		}
		catch(ctx, cancel, ends...)
	})}, env)
}

// interruptible is a context that a signal ends. Signals are caught from the first call of
// Done: what leaves anything to put in order, such as a terminal in raw mode, calls it before.
// What only reads does not: a signal ends it at once, and it does not pay for the threads
// that catch one.
type interruptible struct {
	context.Context
	catch func()
}

func (i interruptible) Done() <-chan struct{} {
	i.catch()
	return i.Context.Done()
}

// catch cancels a context when one of these signals comes.
func catch(ctx context.Context, cancel context.CancelCauseFunc, ends ...os.Signal) {
	came := make(chan os.Signal, 1)
	signal.Notify(came, ends...)
	go func() {
		for {
			select {
			case s := <-came:
				if preferred.Takes(s) {
					continue
				}
				cancel(interruption{s})
				// A later signal ends a program that hangs. One at the same time is the same one:
				// some senders signal a program and then its group.
				time.AfterFunc(time.Second, func() { signal.Stop(came) })
			case <-ctx.Done():
				signal.Stop(came)
			}
			return
		}
	}()
}

// interruption is the cause of a context that a signal ended.
type interruption struct{ os.Signal }

func (interruption) Error() string { return context.Canceled.Error() }

// exitCode returns the exit code of a program that a signal ended.
func (i interruption) exitCode() int {
	if s, ok := i.Signal.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return ExitFailed
}

// execute runs the command of the arguments and returns its exit code.
func execute(ctx context.Context, env *app.Env) int {
	root := newRoot(env, called(env.Args))
	root.SetArgs(env.Args)
	root.SetIn(env.In)
	out := bufio.NewWriter(env.Out) // cobra writes help and completions line by line
	root.SetOut(out)
	root.SetErr(env.Err)
	checkHelp(root)
	err := checkCommand(root, env.Args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil {
		return ExitOK
	}
	printError(env, err)
	var own exitStatus
	var by interruption
	if errors.As(context.Cause(ctx), &by) && !errors.As(err, &own) {
		return by.exitCode()
	}
	return exitCode(err)
}

// command makes one of the commands below the root.
type command struct {
	name string
	make func(*app.Env) *cobra.Command
}

// commands returns all of them.
func commands() []command {
	return []command{
		{"add", newAdd},
		{"ls", newList},
		{"login", newLogin},
		{"refresh", newRefresh},
		{"check", newCheck},
		{"logout", newLogout},
		{"rm", newRemove},
		{"undo", newUndo},
		{"review", newReview},
		{"token", newToken},
		{"exec", newExec},
		{"env", newEnv},
		{"request", newRequest},
		{"history", newHistory},
		{"decode", newDecode},
		{"import", newImport},
		{"export", newExport},
		{"backends", newBackends},
		{"demo", newDemo},
		{"prompt", newPrompt},
		{"smoke", newSmoke},
		{"completion", newCompletion},
		{"man", newMan},
		{"vault", newVault},
		{"doctor", newDoctor},
	}
}

// called returns the commands that the arguments may call: none for the screen and the
// version, the one that they begin with, else all, for help and mistyped names.
func called(args []string) []command {
	all := commands()
	if len(args) == 0 || len(args) == 1 && args[0] == "--version" {
		return nil
	}
	if i := slices.IndexFunc(all, func(c command) bool { return c.name == args[0] }); i >= 0 {
		return all[i : i+1]
	}
	return all
}

// newRoot returns the root command with the given subcommands.
func newRoot(env *app.Env, below []command) *cobra.Command {
	showVersion, viewOnly := false, false
	root := &cobra.Command{
		Use:   "tokenring",
		Short: "A key ring for API tokens",
		Long: "tokenring holds the accounts you have on every backend, keeps their sessions alive,\n" +
			"shows what each token says and when it expires, copies it, and sends test requests with it.\n\n" +
			"Without a command it opens the screen.",
		Example:       "  tokenring            open your ring\n  tokenring demo       try everything on servers of its own\n  tokenring decode -   read a token from standard input",
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return env.Print("tokenring " + version() + "\n")
			}
			return runScreen(cmd.Context(), env, viewOnly)
		},
	}
	root.Flags().BoolVarP(&showVersion, "version", "v", false, "version for tokenring")
	root.Flags().BoolVar(&viewOnly, "view-only", false, "open the screen without anything that sends, changes or copies, to show your ring")
	root.PersistentFlags().BoolVar(&env.NoColour, "no-color", false, "print without colours")
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) { checkConfig(cmd, env) }
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetHelpCommandGroupID(groupProgram)
	root.SetFlagErrorFunc(wrongFlag)
	root.AddGroup(
		&cobra.Group{ID: groupAccounts, Title: "Accounts and their sessions:"},
		&cobra.Group{ID: groupUse, Title: "Using a session:"},
		&cobra.Group{ID: groupProgram, Title: "The program:"},
	)
	for _, c := range below {
		root.AddCommand(c.make(env))
	}
	if len(env.Args) > 0 && strings.HasPrefix(env.Args[0], cobra.ShellCompRequestCmd) {
		plainUsage(root)
	}
	return root
}

// onRing returns the run of a command that does something with the ring.
func onRing(env *app.Env, do func(ctx context.Context, r *app.Ring, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		return env.With(cmd.Context(), func(r *app.Ring) error { return do(cmd.Context(), r, args) })
	}
}

// jsonFlag adds the flag that prints data as JSON.
func jsonFlag(cmd *cobra.Command, env *app.Env, help string) {
	cmd.Flags().BoolVar(&env.JSON, "json", false, help)
}

// checkHelp lets help refuse words that name no command: cobra's own exits with 0.
func checkHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil || help == root {
		return
	}
	help.Args = func(_ *cobra.Command, args []string) error {
		at, rest, err := root.Find(args)
		if err != nil {
			return err
		}
		return noArgs(at, rest)
	}
}

// checkConfig reports problems of the user's configuration, for commands that do
// not need it. Those that do report them themselves, and a shell's prompt has no room.
// New shells evaluate env.
func checkConfig(cmd *cobra.Command, env *app.Env) {
	if !cmd.HasParent() || slices.Contains([]string{"doctor", "demo", "prompt", "completion", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, cmd.Name()) ||
		cmd.Name() == "env" && !term.Is(env.Out) {
		return
	}
	if _, err := env.Config(); err != nil {
		printError(env, app.Advise(err, "fix it; until then its defaults apply"))
	}
}

// plainUsage removes the marks of the values' names from the help of flags, which
// completions show as it is.
func plainUsage(c *cobra.Command) {
	plain := func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) }
	c.Flags().VisitAll(plain)
	c.PersistentFlags().VisitAll(plain)
	for _, sub := range c.Commands() {
		plainUsage(sub)
	}
}

// version returns the module's version if the build has one, else the commit.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "development build, " + s.Value[:12]
		}
	}
	return "development build"
}
