package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
	"tokenring/store/vault"
	"tokenring/ui/cli/app"
)

// errReported is an error whose text is already printed.
var errReported = errors.New("reported")

// refusedError reports that the server refused a request.
type refusedError struct{ error }

// unmetError reports an expectation that was not met.
type unmetError struct{ error }

func (e refusedError) Unwrap() error { return e.error }
func (e unmetError) Unwrap() error   { return e.error }

// exitCode returns the exit code of err; of several errors the first decides.
func exitCode(err error) int {
	var code exitStatus
	var usage app.UsageError
	var refused refusedError
	var unmet unmetError
	var failure *session.Failure
	var early *session.NotYetValidError
	var unrenewed *session.UnrenewedError
	switch {
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &usage), errors.Is(err, definition.ErrUnknown):
		return ExitUsage
	case errors.As(err, &unmet):
		return ExitUnmet
	case errors.Is(err, session.ErrNeedsLogin), errors.Is(err, session.ErrVaultLocked), errors.Is(err, vault.ErrUnset), errors.As(err, &early), errors.As(err, &unrenewed):
		return ExitNeedsLogin
	case errors.As(err, &failure) && failure.Kind == session.NeedsPerson:
		return ExitNeedsLogin
	case errors.As(err, &failure) && failure.Status != 0 && failure.Kind != session.TooLarge, errors.As(err, &refused):
		return ExitRefused
	case errors.Is(err, context.Canceled):
		return ExitInterrupted
	}
	return ExitFailed
}

// exitStatus ends the program with the exit code of another one.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// printError prints an error and, if known, the next step.
func printError(env *app.Env, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // the outermost alone
		for _, one := range several.Unwrap() {
			printError(env, one)
		}
		return
	}
	var code exitStatus
	if errors.Is(err, errReported) || errors.As(err, &code) {
		return
	}
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = "cancelled"
	}
	to := logOf(env, env.Err)
	fmt.Fprintln(to, "tokenring: "+secret.CleanText(text))
	if next := nextStep(err); next != "" {
		fmt.Fprintln(to, "→ "+secret.CleanLine(next))
	}
}

// nextStep returns what to do about an error, or "".
func nextStep(err error) string {
	var advised *app.AdvisedError
	var failure *session.Failure
	var login *session.NeedsLoginError
	var mismatch *attempt.EnvironmentError
	var changed *session.ChangedError
	var busy *session.BusyError
	var early *session.NotYetValidError
	var unrenewed *session.UnrenewedError
	var variable *suite.UnknownVariableError
	switch {
	case errors.As(err, &advised):
		return advised.Next
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, &changed):
		return "tokenring review " + app.ShellWord(changed.Account)
	case errors.As(err, &login):
		return "tokenring login " + app.ShellWord(login.Account)
	case errors.As(err, &early):
		return "wait until then, or log in again: tokenring login " + app.ShellWord(early.Account)
	case errors.As(err, &unrenewed) && unrenewed.Call:
		return "nothing was sent; then try again"
	case errors.As(err, &unrenewed):
		return "nothing was sent; then renew it with: tokenring refresh " + app.ShellWord(unrenewed.Account)
	case errors.As(err, &failure):
		return failure.Remedy(time.Local)
	case errors.Is(err, session.ErrSealDamaged):
		return "log in again to replace a token; edit the account to enter another secret again"
	case errors.As(err, &mismatch):
		return "name others with --as; see them with: tokenring ls --env " + app.ShellWord(mismatch.Environment)
	case errors.As(err, &variable):
		return variable.Next()
	case errors.As(err, &busy) && busy.Holder.Process != 0 && !busy.Holder.Own:
		return fmt.Sprintf("end process %d if it hangs, or wait longer with --wait", busy.Holder.Process)
	case errors.As(err, &busy):
		return "wait longer with --wait"
	case errors.Is(err, vault.ErrNoRecovery):
		return "to set one: tokenring vault recovery"
	case errors.Is(err, vault.ErrUnset):
		return "to set the vault up, see: tokenring vault init --help"
	}
	return ""
}

// named adds the account to an error that does not name it.
func named(account string, err error) error {
	if strings.HasPrefix(err.Error(), account) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("%s: %w", account, err)
}

// takes returns a check of arguments that returns usage errors. They do not
// repeat the arguments: one may be a secret.
func takes(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		text := "too many arguments"
		if len(args) == 0 {
			text = "an argument is missing"
		}
		return app.Advise(app.Usagef("%s", text), "usage: %s", cmd.UseLine())
	}
}

// noArgs returns an error for arguments of a command with subcommands.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := app.Usagef("%q is not a command of %s", secret.CleanLine(args[0]), cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return app.Advise(err, "did you mean %s?", near[0])
	}
	if !cmd.HasParent() && args[0] == "version" {
		return app.Advise(err, "did you mean --version?")
	}
	return app.Advise(err, "see %s --help", cmd.CommandPath())
}

// checkCommand returns the error of a command that does not exist, of which help is asked
// for: cobra shows the help of the one above.
func checkCommand(root *cobra.Command, args []string) error {
	at, rest, err := root.Find(args)
	isHelp := func(arg string) bool { return arg == "--help" || arg == "-h" }
	if err != nil || !at.HasSubCommands() || !slices.ContainsFunc(rest, isHelp) || strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return nil
	}
	return at.ValidateArgs(slices.DeleteFunc(slices.Clone(rest), func(arg string) bool { return strings.HasPrefix(arg, "-") }))
}

// wrongFlag returns the error of a flag as a usage error.
func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	next := "see " + cmd.CommandPath() + " --help"
	switch {
	case errors.As(err, &unknown):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		if near := yaml.DidYouMean("--"+unknown.GetSpecifiedName(), names); near != "" {
			next = near
		}
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "duration":
		err, next = fmt.Errorf("--%s takes a duration", invalid.GetFlag().Name), "such as 90s, 5m or 1h30m"
	}
	return app.Advise(app.Usage(err), "%s", next)
}

// filled returns an error if one of the flags is set to "", as by a variable of a script
// that has no value: the command would do less than it was asked for.
func filled(cmd *cobra.Command, names ...string) error {
	isBlank := func(text string) bool { return strings.TrimSpace(text) == "" }
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		given := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			given = list.GetSlice()
		}
		if f.Changed && (len(given) == 0 || slices.ContainsFunc(given, isBlank)) {
			return app.Usagef("--%s is empty", name)
		}
	}
	return nil
}

// oneOf returns a check that at most one flag of each group is set. A group lists names,
// separated by blanks.
func oneOf(groups ...string) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, _ []string) error {
		for _, group := range groups {
			var given []string
			for name := range strings.FieldsSeq(group) {
				if cmd.Flags().Changed(name) {
					given = append(given, "--"+name)
				}
			}
			if len(given) > 1 {
				return app.Usagef("specify only one of %s", strings.Join(given, ", "))
			}
		}
		return nil
	}
}
