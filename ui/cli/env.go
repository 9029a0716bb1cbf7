package cli

import (
	"errors"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/request"
)

// setLine is how a shell sets a variable; nil for one that is not known.
func setLine(shell string) func(name, value string) string {
	switch shell {
	case "sh":
		return func(name, value string) string { return "export " + name + "=" + request.ShellWord(value) }
	case "fish":
		quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		return func(name, value string) string { return "set -gx " + name + " '" + quote.Replace(value) + "'" }
	case "powershell":
		return func(name, value string) string {
			return "$env:" + name + " = '" + strings.ReplaceAll(value, "'", "''") + "'"
		}
	}
	return nil
}

func newEnv(w *World) *cobra.Command {
	var minTTL time.Duration
	shell := "sh"
	if runtime.GOOS == "windows" {
		shell = "powershell"
	}
	cmd := &cobra.Command{
		Use:     "env [ACCOUNT…]",
		GroupID: groupUse,
		Short:   "Print lines that put tokens into a shell's environment",
		Long: "Prints what tokenring exec gives a program, as lines for a shell to evaluate. The tokens are\n" +
			"then seen by everything that is started from that shell; tokenring exec shows them to one\n" +
			"program alone.",
		Example: "  eval \"$(tokenring env admin@edge)\"\n" +
			"  tokenring env --shell fish admin@edge | source\n" +
			"  tokenring env --shell powershell admin@edge | Out-String | Invoke-Expression",
		ValidArgsFunction: w.completeAccounts,
		RunE: func(cmd *cobra.Command, args []string) error {
			line := setLine(shell)
			if line == nil {
				return usageError{errors.New("--shell is sh, fish or powershell")}
			}
			return w.withAccounts(cmd.Context(), args, func(r *ring, accounts []session.Snapshot) error {
				var v variables
				if err := w.variables(cmd.Context(), r, accounts, minTTL, &v); err != nil {
					return err
				}
				var text strings.Builder
				for i, name := range v.names {
					text.WriteString(line(name, v.values[i]) + "\n")
				}
				w.tell("These lines hold tokens: let the shell evaluate them, and keep them out of files.")
				return w.print(text.String())
			})
		},
	}
	cmd.Flags().StringVar(&shell, "shell", shell, "sh (and bash, zsh), fish or powershell")
	_ = cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions([]cobra.Completion{"sh", "fish", "powershell"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().DurationVar(&minTTL, "min-ttl", 0, "refresh when less than this is left; by itself it does so near the end")
	return cmd
}
