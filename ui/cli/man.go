package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"tokenring/session/place"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

func newMan(env *app.Env) *cobra.Command {
	return &cobra.Command{
		Use:     "man [FOLDER]",
		GroupID: groupProgram,
		Short:   "Write the man pages",
		Long: "Writes a man page for each command into a folder, such as ~/.local/share/man/man1, where man\n" +
			"finds them: man tokenring-token. Without a folder, prints the page of tokenring itself.",
		Example:           "  tokenring man | man -l -\n  tokenring man ~/.local/share/man/man1",
		Args:              takes(cobra.MaximumNArgs(1)),
		ValidArgsFunction: completeFolders,
		RunE: func(_ *cobra.Command, args []string) error {
			root := newRoot(env, commands())
			root.InitDefaultHelpCmd()
			if len(args) == 0 {
				page, err := manPage(root)
				if err != nil {
					return err
				}
				return env.Print(page)
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			all := append([]*cobra.Command{root}, visible(root)...)
			for _, c := range all {
				page, err := manPage(c)
				if err != nil {
					return err
				}
				name := filepath.Join(args[0], strings.ReplaceAll(c.CommandPath(), " ", "-")+".1")
				if err := place.Write(name, []byte(page), 0o644, true); err != nil {
					return fmt.Errorf("%s: %w", secret.CleanLine(name), err)
				}
			}
			env.Notify("%d pages are in %s.", len(all), args[0])
			return nil
		},
	}
}

// visible lists the commands below c, at any depth, that the help shows.
func visible(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			all = append(append(all, sub), visible(sub)...)
		}
	}
	return all
}

// manPage returns the page of one command, with what all of them share before its last section.
func manPage(c *cobra.Command) (string, error) {
	c.DisableAutoGenTag = true
	var page, shared strings.Builder
	if err := doc.GenMan(c, &doc.GenManHeader{Source: "tokenring " + version(), Manual: "User commands"}, &page); err != nil {
		return "", err
	}
	shared.WriteString(".SH EXIT STATUS\n")
	for _, exit := range exitCodes {
		fmt.Fprintf(&shared, ".TP\n.B %d\n%s\n", exit.code, exit.meaning)
	}
	shared.WriteString(manEnvironment)
	const last = ".SH SEE ALSO\n"
	return strings.Replace(page.String(), last, shared.String()+last, 1), nil
}

const manEnvironment = `.SH ENVIRONMENT
.TP
.B TOKENRING_ACCOUNT
The account to use if none is named.
.TP
.B TOKENRING_HOME
The folder of the ring.
.TP
.B TOKENRING_KEY
The key of a ring that was created with one, for CI: 32 random bytes in hex or base64.
.TP
.B NO_COLOR, FORCE_COLOR
Turn colours off, or on where there is no terminal too.
`
