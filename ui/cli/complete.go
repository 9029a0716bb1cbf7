package cli

import (
	"context"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/store"
)

// completeFiles leaves it to the shell to offer files.
func completeFiles(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// completeFolders has the shell offer folders.
func completeFolders(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// withoutFiles keeps the shell from offering files to commands that say nothing
// of what they take.
func withoutFiles(cmds []*cobra.Command) {
	for _, c := range cmds {
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = cobra.NoFileCompletions
		}
		withoutFiles(c.Commands())
	}
}

// hasRing reports whether the person's ring exists.
func (w *World) hasRing() bool {
	dir, err := store.DefaultDir(w.Getenv)
	if err == nil {
		_, err = os.Stat(dir)
	}
	return err == nil
}

// stored calls do for every account, from the store alone. A ring that is not
// there is not made.
func (w *World) stored(ctx context.Context, do func(*session.Record)) {
	dir, err := store.DefaultDir(w.Getenv)
	if err != nil || !w.hasRing() {
		return
	}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: w.Now})
	if err != nil {
		return
	}
	defer s.Close()
	records, err := s.Accounts(ctx)
	if err != nil {
		return
	}
	for i := range records {
		do(&records[i])
	}
}

// completeAccounts offers the names that were not given yet.
func (w *World) completeAccounts(cmd *cobra.Command, given []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	w.stored(cmd.Context(), func(rec *session.Record) {
		if a := &rec.Account; !slices.Contains(given, a.Name) {
			about := strings.TrimSpace(a.Environment + " " + a.Definition)
			names = append(names, cobra.CompletionWithDesc(secret.CleanLine(a.Name), secret.CleanLine(about)))
		}
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeAccount is completeAccounts where one is taken.
func (w *World) completeAccount(cmd *cobra.Command, given []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return w.completeAccounts(cmd, given, prefix)
}

// completeToken is completeAccounts, and then the names of that account's
// tokens.
func (w *World) completeToken(cmd *cobra.Command, given []string, prefix string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(given) != 1 {
		return w.completeAccount(cmd, given, prefix)
	}
	var names []cobra.Completion
	w.stored(cmd.Context(), func(rec *session.Record) {
		if rec.Account.Name == given[0] && rec.Session != nil {
			for _, t := range rec.Session.Tokens {
				names = append(names, secret.CleanLine(t.Name))
			}
		}
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeBackends offers the definitions.
func (w *World) completeBackends(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	dir, err := w.configDir()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	c := definition.NewCatalog(backendsIn(dir))
	for _, name := range c.Names() {
		names = append(names, cobra.CompletionWithDesc(name, secret.CleanLine(c.Title(name))))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeEnvironments offers the usual words and those in use.
func (w *World) completeEnvironments(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	words := []cobra.Completion{"dev", "staging", "prod"}
	w.stored(cmd.Context(), func(rec *session.Record) {
		if word := secret.CleanLine(rec.Account.Environment); word != "" && !slices.Contains(words, word) {
			words = append(words, word)
		}
	})
	return words, cobra.ShellCompDirectiveNoFileComp
}
