// Package cli is the command line: it runs the commands and opens the screen on
// the user's ring. Data goes to standard output, messages to standard error, and
// exit codes are stable.
package cli

import (
	"bufio"
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"tokenring/ui/cli/app"
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

// The groups of commands in the help.
const (
	groupAccounts = "accounts"
	groupUse      = "use"
	groupProgram  = "program"
)

// Main runs the program and returns its exit code.
func Main() int {
	log.SetOutput(io.Discard) // net/http writes there what servers send out of turn
	return run(app.Process())
}

func run(env *app.Env) int {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends a program that hangs
	return execute(ctx, env)
}

// execute runs the command of the arguments and returns its exit code.
func execute(ctx context.Context, env *app.Env) int {
	root := newRoot(env, called(env.Args))
	root.SetArgs(env.Args)
	root.SetIn(env.In)
	out := bufio.NewWriter(env.Out) // cobra writes help and completions line by line
	root.SetOut(out)
	root.SetErr(env.Err)
	err := root.ExecuteContext(ctx)
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil {
		return ExitOK
	}
	printError(env, err)
	return exitCode(err)
}

// command makes one of the commands below the root.
type command struct {
	name string
	make func(*app.Env) *cobra.Command
}

// commands lists all of them.
func commands() []command {
	return []command{
		{"add", newAdd},
		{"ls", newList},
		{"login", newLogin},
		{"refresh", newRefresh},
		{"check", newCheck},
		{"logout", newLogout},
		{"rm", newRemove},
		{"review", newReview},
		{"token", newToken},
		{"exec", newExec},
		{"env", newEnv},
		{"request", newRequest},
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
	showVersion := false
	root := &cobra.Command{
		Use:   "tokenring",
		Short: "A key ring for API tokens",
		Long: "tokenring holds the accounts you have on every backend, keeps their sessions alive,\n" +
			"shows what each token says and when it expires, copies it, and fires test requests with it.\n\n" +
			"Without a command it opens the screen.",
		Example:       "  tokenring            open your ring\n  tokenring demo       try everything on servers of its own\n  tokenring decode -   read a token from standard input",
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return env.Print("tokenring " + version() + "\n")
			}
			return runScreen(cmd.Context(), env)
		},
	}
	root.Flags().BoolVarP(&showVersion, "version", "v", false, "version for tokenring")
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
	return root
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
