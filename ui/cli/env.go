package cli

import (
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/cli/app"
)

// dialect is how a shell sets a variable and takes one away.
type dialect struct {
	set   func(name, value string) string
	unset string // before a name
}

// dialectOf gives the dialect of a shell; ok is false for one that is not known.
func dialectOf(shell string) (d dialect, ok bool) {
	switch shell {
	case "sh", "bash", "zsh":
		return dialect{func(name, value string) string { return "export " + name + "=" + request.ShellWord(value) }, "unset "}, true
	case "fish":
		quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
		return dialect{func(name, value string) string { return "set -gx " + name + " '" + quote.Replace(value) + "'" }, "set -e "}, true
	case "powershell": // to which every one of these is the quote
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
				return app.Usagef("--shell is sh, bash, zsh, fish or powershell")
			}
			return env.WithAccounts(cmd.Context(), args, func(r *app.Ring, accounts []session.Snapshot) error {
				var v variables
				if err := tokenVariables(cmd.Context(), env, r, accounts, minTTL, &v); err != nil {
					return err
				}
				var text strings.Builder
				for i, name := range v.names {
					text.WriteString(shell.set(name, v.values[i]) + "\n")
				}
				for _, name := range v.gone {
					text.WriteString(shell.unset + name + "\n")
				}
				env.Notify("These lines contain tokens: let the shell evaluate them, and do not write them to a file.")
				return env.Print(text.String())
			})
		},
	}
	cmd.Flags().StringVar(&shell, "shell", shell, "sh, bash, zsh, fish or powershell")
	_ = cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions([]cobra.Completion{"sh", "bash", "zsh", "fish", "powershell"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().DurationVar(&minTTL, "min-ttl", 0, "refresh first if the token expires within this time (default: only when it is about to expire)")
	return cmd
}
