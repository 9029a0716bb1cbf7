package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
				return env.Print(manPage(root))
			}
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			for _, c := range append([]*cobra.Command{root}, visible(root)...) {
				name := filepath.Join(args[0], manName(c)+".1")
				if err := place.Write(name, []byte(manPage(c)), 0o644, true); err != nil {
					return fmt.Errorf("%s: %w", secret.CleanLine(name), err)
				}
			}
			env.Notify("%d pages are in %s.", len(visible(root))+1, args[0])
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

func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage returns the page of one command, in portable man macros. cobra/doc would, but what it
// imports costs every command 0.3 ms at the start.
func manPage(c *cobra.Command) string {
	var b strings.Builder
	name := manName(c)
	fmt.Fprintf(&b, ".TH %q 1 \"\" %q \"User commands\"\n", strings.ToUpper(name), "tokenring "+version())
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(name), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n", roff(c.UseLine()))
	b.WriteString(".SH DESCRIPTION\n" + roffText(c.Long))
	if subs := visible(c); len(subs) > 0 {
		b.WriteString(".SH COMMANDS\n")
		for _, sub := range subs {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimPrefix(sub.CommandPath(), c.CommandPath()+" ")), roff(sub.Short))
		}
	}
	if flags := manFlags(c); flags != "" {
		b.WriteString(".SH OPTIONS\n" + flags)
	}
	if c.Example != "" {
		b.WriteString(".SH EXAMPLES\n.nf\n" + roff(c.Example) + "\n.fi\n")
	}
	b.WriteString(".SH EXIT STATUS\n")
	for _, exit := range exitCodes {
		fmt.Fprintf(&b, ".TP\n.B %d\n%s\n", exit.code, exit.meaning)
	}
	b.WriteString(manTail)
	if c.HasParent() {
		b.WriteString(".SH SEE ALSO\n.BR " + roff(manName(c.Parent())) + " (1)\n")
	}
	return b.String()
}

const manTail = `.SH ENVIRONMENT
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

func manFlags(c *cobra.Command) string {
	var b strings.Builder
	c.InitDefaultHelpFlag()
	c.InitDefaultVersionFlag()
	c.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(strings.TrimSpace(name+" "+value)), roff(usage))
	})
	return b.String()
}

// roff escapes text for a man page.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

// roffText writes paragraphs; indented lines stay unchanged.
func roffText(text string) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		switch {
		case strings.HasPrefix(paragraph, "  "):
			b.WriteString(".PP\n.nf\n" + roff(paragraph) + "\n.fi\n")
			continue
		case i > 0:
			b.WriteString(".PP\n")
		}
		b.WriteString(roff(paragraph) + "\n")
	}
	return b.String()
}
