// Package cli is the command line: it runs the commands and opens the screen on
// the user's ring. Data goes to standard output, messages to standard error, and
// exit codes are stable.
package cli

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
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
	root := newRoot(env)
	root.SetArgs(env.Args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return ExitOK
	}
	printError(env, err)
	return exitCode(err)
}

// newRoot returns the root command with all subcommands.
func newRoot(env *app.Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "tokenring",
		Short: "A key ring for API tokens",
		Long: "tokenring holds the accounts you have on every backend, keeps their sessions alive,\n" +
			"shows what each token says and when it expires, copies it, and fires test requests with it.\n\n" +
			"Without a command it opens the screen.",
		Example:       "  tokenring            open your ring\n  tokenring demo       try everything on servers of its own\n  tokenring decode -   read a token from standard input",
		Version:       version(),
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return runScreen(cmd.Context(), env) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	root.SetHelpCommandGroupID(groupProgram)
	root.SetVersionTemplate("tokenring {{.Version}}\n")
	root.SetFlagErrorFunc(wrongFlag)
	root.AddGroup(
		&cobra.Group{ID: groupAccounts, Title: "Accounts and their sessions:"},
		&cobra.Group{ID: groupUse, Title: "Using a session:"},
		&cobra.Group{ID: groupProgram, Title: "The program:"},
	)
	root.AddCommand(
		newAdd(env),
		newList(env),
		newLogin(env),
		newRefresh(env),
		newCheck(env),
		newLogout(env),
		newRemove(env),
		newReview(env),
		newToken(env),
		newExec(env),
		newEnv(env),
		newRequest(env),
		newDecode(env),
		newImport(env),
		newExport(env),
		newBackends(env),
		newDemo(env),
		newPrompt(env),
		newSmoke(env),
		newCompletion(env),
		newMan(env),
		newVault(env),
		newDoctor(env),
	)
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
