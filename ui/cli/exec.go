package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/place"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

func newExec(env *app.Env) *cobra.Command {
	var minTTL time.Duration
	var withRing bool
	cmd := &cobra.Command{
		Use:        "exec [ACCOUNT…] -- COMMAND [ARGUMENT…]",
		GroupID:    groupUse,
		SuggestFor: []string{"run"},
		Short:      "Run a program with tokens in its environment",
		Long: "Runs a program with the first account's token in TOKENRING_TOKEN, its base URL in\n" +
			"TOKENRING_BASE_URL and its expiry, if known, in TOKENRING_EXPIRES_AT. Each account also sets\n" +
			"these with its name appended: TOKENRING_TOKEN_ADMIN_EDGE. Refreshes sessions first if needed.\n" +
			"Passes signals on and exits with the program's code; 127 means that there is no such program,\n" +
			"126 that it cannot be run.\n" +
			"\n" +
			"The program gets no key of the ring: with TOKENRING_KEY set it could open every account. Pass\n" +
			"--with-ring if it runs tokenring itself.\n" +
			"\n" +
			"Tokens are not put into arguments, which every process on the machine can read.",
		Example: "  tokenring exec admin@edge -- ./smoke.sh\n" +
			"  tokenring exec admin@edge -- sh -c 'printf \"Authorization: Bearer %s\" \"$TOKENRING_TOKEN\" | curl -H @- \"$TOKENRING_BASE_URL\"'",
		DisableFlagsInUseLine: true, // our flags precede the program
		ValidArgsFunction:     offer(completer{env}.accounts),
		RunE: func(cmd *cobra.Command, args []string) error {
			dash := cmd.ArgsLenAtDash()
			if dash < 0 || dash == len(args) {
				return noProgram(env, args)
			}
			names, argv := args[:dash], args[dash:]
			program := exec.Command(argv[0], argv[1:]...)
			if program.Err != nil { // before it refreshes a session
				return cannotRun(env, argv[0], program.Err)
			}
			program.Env = env.Children()
			if withRing {
				program.Env = env.Environ
			}
			var v variables
			err := env.WithAccounts(cmd.Context(), names, func(r *app.Ring, accounts []session.Snapshot) error {
				if err := refusePlaceholders(argv, accounts); err != nil {
					return err
				}
				return tokenVariables(cmd.Context(), env, r, accounts, minTTL, &v)
			})
			if err != nil {
				return err
			}
			program.Env = v.in(program.Env)
			return runProgram(cmd.Context(), env, program)
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if slices.Contains(env.Args, "--") || len(env.Args) < 3 || strings.HasPrefix(env.Args[1], "-") {
			return wrongFlag(cmd, err)
		}
		return noProgram(env, env.Args[1:])
	})
	tokenFlags(cmd, env, &minTTL)
	cmd.Flags().BoolVar(&withRing, "with-ring", false, "leave TOKENRING_KEY in the environment, for a program that runs tokenring")
	return cmd
}

// noProgram returns the error for a command line without --, with the beginning of the
// line that was probably meant: the first of its words is an account. What follows the
// name of the program may be a password.
func noProgram(env *app.Env, words []string) error {
	err := app.Usagef("no program to run")
	if len(words) < 2 || slices.Contains(env.Args, "--") || strings.HasPrefix(words[1], "-") || slices.ContainsFunc(words[:2], suite.LooksSecret) {
		return app.Advise(err, "write it after --: tokenring exec ACCOUNT -- COMMAND")
	}
	program, _, more := strings.Cut(words[1], " ") // a whole line in quotes
	line := app.ShellWord(words[0]) + " -- " + app.ShellWord(program)
	if more || len(words) > 2 {
		line += " …"
	}
	return app.Advise(err, "write it after --: tokenring exec %s", line)
}

// refusePlaceholders returns an error for arguments that look like a placeholder
// for a token.
func refusePlaceholders(argv []string, accounts []session.Snapshot) error {
	placeholders := []string{"{token}", "{TOKENRING_TOKEN}"}
	for i := range accounts {
		placeholders = append(placeholders, "{"+accounts[i].Account.Name+"}")
	}
	for _, arg := range argv {
		for _, one := range placeholders {
			if strings.Contains(arg, one) && !strings.Contains(arg, "$"+one) {
				return app.Advise(app.Usagef("%s is not replaced: every process on this machine can read arguments", secret.CleanLine(one)),
					"the program finds the token in the variable %s; for a shell: sh -c '… \"$%s\" …'", request.TokenVariable, request.TokenVariable)
			}
		}
	}
	return nil
}

// variables are set in an environment, in order; those without a value are removed from it.
type variables []variable

type variable struct{ name, value string }

// in returns the environment with the variables in it.
func (v variables) in(environ []string) []string {
	all := slices.DeleteFunc(slices.Clone(environ), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return slices.ContainsFunc(v, func(one variable) bool { return one.name == name })
	})
	for _, one := range v {
		if one.value != "" {
			all = append(all, one.name+"="+one.value)
		}
	}
	return all
}

// tokenVariables refreshes the accounts' sessions if needed and sets the
// variables of their tokens: those of the first account without a name too.
func tokenVariables(ctx context.Context, env *app.Env, r *app.Ring, accounts []session.Snapshot, minTTL time.Duration, v *variables) error {
	if err := distinct(accounts); err != nil {
		return err
	}
	for i := range accounts {
		s := &accounts[i]
		value, after, err := openToken(ctx, env, r, s, "", minTTL)
		if err != nil {
			return err
		}
		if strings.ContainsRune(value.Reveal(), 0) {
			return fmt.Errorf("the token of %s contains a zero byte, which a variable cannot hold", s.Account.Name)
		}
		if i == 0 {
			v.account("", value, &after)
		}
		v.account("_"+variableName(s.Account.Name), value, &after)
	}
	return nil
}

// distinct returns an error for accounts with the same variables.
func distinct(accounts []session.Snapshot) error {
	names := map[string]string{}
	for i := range accounts {
		name, variable := accounts[i].Account.Name, variableName(accounts[i].Account.Name)
		if other, ok := names[variable]; ok {
			return fmt.Errorf("%s and %s have the same variable %s_%s; use one at a time, or rename one", other, name, request.TokenVariable, variable)
		}
		names[variable] = name
	}
	return nil
}

func (v *variables) account(end string, value secret.String, s *session.Snapshot) {
	expires := "" // the environment may hold another token's
	if at := s.Session.Primary().End(); !at.IsZero() {
		expires = at.UTC().Format(time.RFC3339)
	}
	*v = append(*v, variable{request.TokenVariable + end, value.Reveal()}, variable{"TOKENRING_BASE_URL" + end, s.Account.BaseURL},
		variable{"TOKENRING_EXPIRES_AT" + end, expires})
}

// variableName returns ADMIN_EDGE for admin@edge.
func variableName(account string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, account)
}

// Exit codes of shells, for programs that do not run.
const (
	exitCannotRun = 126
	exitNoProgram = 127
)

// cannotRun prints why a program does not run, and returns the exit code that a
// shell uses.
func cannotRun(env *app.Env, name string, err error) error {
	code := exitStatus(exitCannotRun)
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		code = exitNoProgram
	}
	printError(env, app.Advise(fmt.Errorf("%s cannot be run: %w", secret.CleanLine(name), place.Cause(err)), "check that it is on your PATH and executable"))
	return code
}

// runProgram runs a program to its end and returns its exit code. A signal before that ends ctx.
func runProgram(ctx context.Context, env *app.Env, cmd *exec.Cmd) error {
	cmd.Stdin, cmd.Stdout, cmd.Stderr = env.In, env.Out, env.Err
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, caughtSignals()...)
	defer signal.Stop(signals)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return cannotRun(env, cmd.Args[0], err)
	}
	over, passing := make(chan struct{}), sync.WaitGroup{}
	terminal := term.Is(env.In)
	passing.Go(func() { forward(signals, cmd.Process, terminal, over) })
	err := cmd.Wait()
	close(over)
	passing.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitStatus(statusOf(exit))
	}
	return err
}

// forward forwards signals to a program until it ends.
func forward(signals <-chan os.Signal, program *os.Process, terminal bool, over <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			if forwards(s, terminal) {
				_ = program.Signal(s) // it may have ended already
			}
		case <-over:
			return
		}
	}
}

// dialect sets and unsets variables in a shell.
type dialect struct {
	set   func(name, value string) string
	unset string // before a name
}

// dialectOf returns the dialect of a shell; ok is false for an unknown one.
func dialectOf(name string) (d dialect, ok bool) {
	switch name {
	case "sh", "bash", "zsh":
		return dialect{func(name, value string) string { return "export " + name + "=" + shell.Quote(value) }, "unset "}, true
	case "fish":
		quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		return dialect{func(name, value string) string { return "set -gx " + name + " '" + quote.Replace(value) + "'" }, "set -e "}, true
	case "powershell": // which reads each of these as a quote
		quote := strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")
		return dialect{
			func(name, value string) string { return "$env:" + name + " = '" + quote.Replace(value) + "'" },
			"Remove-Item -ErrorAction Ignore Env:",
		}, true
	}
	return dialect{}, false
}

func newEnv(env *app.Env) *cobra.Command {
	var minTTL time.Duration
	shell := "sh"
	if runtime.GOOS == "windows" {
		shell = "powershell"
	}
	cmd := &cobra.Command{
		Use:     "env [ACCOUNT…]",
		GroupID: groupUse,
		Short:   "Print shell commands that export tokens",
		Long: "Prints the variables that tokenring exec sets, as commands for a shell to evaluate. Every\n" +
			"program started from that shell can read the tokens; tokenring exec shows them to one program\n" +
			"only.",
		Example: "  eval \"$(tokenring env admin@edge)\"\n" +
			"  tokenring env --shell fish admin@edge | source\n" +
			"  tokenring env --shell powershell admin@edge | Out-String | Invoke-Expression",
		ValidArgsFunction: offer(completer{env}.accounts),
		RunE: func(cmd *cobra.Command, args []string) error {
			shell, ok := dialectOf(shell)
			if !ok {
				return app.Usagef("--shell must be sh, bash, zsh, fish or powershell")
			}
			env.Silent = !term.Is(env.Out) // each new shell evaluates it
			return env.WithAccounts(cmd.Context(), args, func(r *app.Ring, accounts []session.Snapshot) error {
				for i := range accounts {
					if accounts[i].Signs {
						return app.Advise(fmt.Errorf("%s signs each request: it holds a key, which no program can send as a token", accounts[i].Account.Name),
							"tokenring request %s", app.ShellWord(accounts[i].Account.Name))
					}
				}
				var v variables
				if err := tokenVariables(cmd.Context(), env, r, accounts, minTTL, &v); err != nil {
					return err
				}
				var text strings.Builder
				for _, one := range v {
					line := shell.unset + one.name
					if one.value != "" {
						line = shell.set(one.name, one.value)
					}
					text.WriteString(line + "\n")
				}
				env.Notify("These lines contain tokens: let the shell evaluate them, and do not write them to a file.")
				return env.Print(text.String())
			})
		},
	}
	cmd.Flags().StringVar(&shell, "shell", shell, "sh, bash, zsh, fish or powershell")
	completeWords(cmd, "shell", "sh", "bash", "zsh", "fish", "powershell")
	tokenFlags(cmd, env, &minTTL)
	return cmd
}
