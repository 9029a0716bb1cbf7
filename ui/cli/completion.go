package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"tokenring/ui/cli/app"
)

const completionHelp = `Prints the script that completes commands, flags, account names, backends and requests.
Names come from the ring's list alone; no key is needed.

bash, for this shell and for every new one (bash-completion 2 is needed):

  source <(tokenring completion bash)
  tokenring completion bash > ~/.local/share/bash-completion/completions/tokenring

zsh, with compinit loaded (autoload -U compinit && compinit):

  source <(tokenring completion zsh)
  tokenring completion zsh > "${fpath[1]}/_tokenring"

fish:

  tokenring completion fish | source
  tokenring completion fish > ~/.config/fish/completions/tokenring.fish

PowerShell, for this shell and for every new one:

  tokenring completion powershell | Out-String | Invoke-Expression
  tokenring completion powershell >> $PROFILE`

func newCompletion(env *app.Env) *cobra.Command {
	shells := []cobra.Completion{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		GroupID:   groupProgram,
		Short:     "Print the completion script of a shell",
		Long:      completionHelp,
		Example:   "  source <(tokenring completion bash)",
		Args:      takes(cobra.ExactArgs(1)),
		ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(env.Out, true)
			case "zsh":
				return root.GenZshCompletion(env.Out)
			case "fish":
				return root.GenFishCompletion(env.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(env.Out)
			}
			return app.Usagef("there are completions for %s", strings.Join(shells, ", "))
		},
	}
}
