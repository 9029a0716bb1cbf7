package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
	"tokenring/ui/cli/app"
)

// completeFiles lets the shell complete files.
func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFolders lets the shell complete folders.
func completeFolders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// offer completes with words, and with no files.
func offer(words func(cmd *cobra.Command, given []string) []cobra.Completion) cobra.CompletionFunc {
	return func(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return words(cmd, given), cobra.ShellCompDirectiveNoFileComp
	}
}

// completer completes names from the ring, the definitions and the project.
type completer struct{ env *app.Env }

// read calls do with the store, if there is one. It creates no ring.
func (c completer) read(ctx context.Context, do func(*store.Store)) {
	dir, exists := c.env.RingDir()
	if !exists {
		return
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: c.env.Now})
	if err != nil {
		return
	}
	defer s.Close()
	do(s)
}

// labels returns the labels of the accounts of the ring, as a terminal can show them.
func (c completer) labels(ctx context.Context) (all []session.Label) {
	c.read(ctx, func(s *store.Store) { all, _ = s.Labels(ctx) })
	for i := range all {
		l := &all[i]
		*l = session.Label{Name: secret.CleanLine(l.Name), Environment: secret.CleanLine(l.Environment), Definition: secret.CleanLine(l.Definition)}
	}
	return all
}

// accounts offers the names that are not on the command line yet.
func (c completer) accounts(cmd *cobra.Command, given []string) []cobra.Completion {
	var names []cobra.Completion
	for _, l := range c.labels(cmd.Context()) {
		if !slices.Contains(given, l.Name) {
			names = append(names, cobra.CompletionWithDesc(l.Name, strings.TrimSpace(l.Environment+" "+l.Definition)))
		}
	}
	return names
}

// completeWords completes a flag that is one of some words.
func completeWords[S ~string](cmd *cobra.Command, flag string, words ...S) {
	all := make([]cobra.Completion, len(words))
	for i, word := range words {
		all[i] = string(word)
	}
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(all, cobra.ShellCompDirectiveNoFileComp))
}

// single completes one argument with words.
func single(words func(*cobra.Command, []string) []cobra.Completion) func(*cobra.Command, []string) []cobra.Completion {
	return func(cmd *cobra.Command, given []string) []cobra.Completion {
		if len(given) > 0 {
			return nil
		}
		return words(cmd, given)
	}
}

// tokens completes an account and then the name of one of its tokens.
func (c completer) tokens(cmd *cobra.Command, given []string) []cobra.Completion {
	if len(given) != 1 {
		return single(c.accounts)(cmd, given)
	}
	var names []cobra.Completion
	c.read(cmd.Context(), func(s *store.Store) {
		rec, err := s.Named(cmd.Context(), given[0])
		if err != nil || rec.Session == nil {
			return
		}
		for _, t := range rec.Session.Tokens {
			names = append(names, secret.CleanLine(t.Name))
		}
	})
	return names
}

// backends offers the definitions.
func (c completer) backends(*cobra.Command, []string) []cobra.Completion {
	var names []cobra.Completion
	catalog := c.env.Catalog()
	for _, name := range catalog.Names() {
		names = append(names, cobra.CompletionWithDesc(name, secret.CleanLine(catalog.Title(name))))
	}
	return names
}

// environments offers the usual words and those in use.
func (c completer) environments(cmd *cobra.Command, _ []string) []cobra.Completion {
	words := []cobra.Completion{"dev", "staging", "prod"}
	for _, l := range c.labels(cmd.Context()) {
		if word := l.Environment; word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

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
			return app.Usagef("completions exist for %s", strings.Join(shells, ", "))
		},
	}
}
