package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/store"
	"tokenring/store/glance"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// usualPrompt is the segment when no --format says otherwise.
const usualPrompt = "{sign} {account} {environment} {left}"

const promptHelp = `Prints one account, its environment and what is left of its token, for the prompt
of a shell: "● admin@edge staging 9m". It reads one small file and asks neither key
nor network nor database. Where there is no account or no ring it prints nothing.

The account is the one named, else that of $TOKENRING_ACCOUNT, else the default of the
folder's tokenring.yaml.

bash, in ~/.bashrc:

  PS1='$(tokenring prompt --shell bash)'" $PS1"

zsh, in ~/.zshrc:

  setopt prompt_subst
  RPROMPT='$(tokenring prompt --shell zsh)'

fish, in ~/.config/fish/functions/fish_right_prompt.fish:

  function fish_right_prompt
      tokenring prompt --shell fish
  end

starship, in ~/.config/starship.toml:

  [custom.tokenring]
  command = "tokenring prompt --shell starship"
  when = true
  format = "[$output]($style) "

--format takes {sign}, {account}, {environment}, {left} and {state}; what is empty goes
with the blank before it. --shell colours sign and time by the state, so that the shell
counts the columns right; NO_COLOR leaves the colours out.`

func newPrompt(w *World) *cobra.Command {
	var p prompt
	cmd := &cobra.Command{
		Use:               "prompt [ACCOUNT]",
		GroupID:           groupProgram,
		Short:             "Print an account and what is left of its token, for the prompt of a shell",
		Long:              promptHelp,
		Example:           "  tokenring prompt\n  tokenring prompt admin@edge --format '{account} {left}'",
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: w.completeAccount,
		RunE:              func(_ *cobra.Command, args []string) error { return p.run(w, args) },
	}
	p.flags(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions([]cobra.Completion{"bash", "zsh", "fish", "starship"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// promptAtOnce is the prompt command without the others, which a shell would
// wait for before every line. It reports whether it could do what was asked;
// help and errors are left to the command.
func promptAtOnce(w *World) bool {
	if len(w.Args) == 0 || w.Args[0] != "prompt" {
		return false
	}
	var p prompt
	flags := pflag.NewFlagSet("prompt", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	p.flags(flags)
	return flags.Parse(w.Args[1:]) == nil && p.run(w, flags.Args()) == nil
}

// promptAccount is the account a prompt is about, or "".
func (w *World) promptAccount(args []string) string {
	if len(args) > 0 {
		return args[0]
	}
	if name := w.Getenv(accountVariable); name != "" {
		return name
	}
	if p, err := w.project(); err == nil && p != nil {
		return p.Default
	}
	return ""
}

// prompt is how a segment is written.
type prompt struct{ format, shell string }

func (p *prompt) flags(f *pflag.FlagSet) {
	f.StringVar(&p.format, "format", usualPrompt, "what to print, and in which order")
	f.StringVar(&p.shell, "shell", "", "colour it for bash, zsh, fish or starship")
}

// run prints the segment; nothing when nothing is known.
func (p *prompt) run(w *World, args []string) error {
	err := p.check()
	if len(args) > 1 {
		err = errors.New("a prompt shows one account")
	}
	if err != nil {
		return usageError{err}
	}
	name := w.promptAccount(args)
	dir, err := store.DefaultDir(w.Getenv)
	if name == "" || err != nil {
		return nil
	}
	entry, err := glance.Read(dir, name)
	if err != nil {
		return nil
	}
	_, err = io.WriteString(w.Stdout, p.segment(w, &entry)+"\n")
	return err
}

// promptShell is how a shell is told which characters take no column, and
// what it would read as more than text.
type promptShell struct {
	before, after string
	special       *strings.Replacer
}

// shellOf gives the ways of a shell; ok is false for one that is not known.
func shellOf(name string) (s promptShell, ok bool) {
	switch name {
	case "bash": // what \[ and \] stand for; in a PS1 in double quotes text would be expanded
		return promptShell{"\x01", "\x02", strings.NewReplacer("$", "_", "`", "_", `\`, "_", "!", "_")}, true
	case "zsh":
		return promptShell{"%{", "%}", strings.NewReplacer("%", "%%", "$", "_", "`", "_", `\`, "_", "!", "_")}, true
	case "fish", "starship", "": // they find escape sequences themselves
		return promptShell{}, true
	}
	return promptShell{}, false
}

func (p *prompt) check() error {
	if _, ok := shellOf(p.shell); !ok {
		return fmt.Errorf("there is no --shell %q; there are bash, zsh, fish and starship", secret.CleanLine(p.shell))
	}
	rest := p.format
	for _, name := range []string{"sign", "account", "environment", "left", "state"} {
		rest = strings.ReplaceAll(rest, "{"+name+"}", "")
	}
	if strings.ContainsAny(rest, "{}") {
		return errors.New("--format takes {sign}, {account}, {environment}, {left} and {state}")
	}
	return nil
}

// segment writes what a prompt shows of an account.
func (p *prompt) segment(w *World, e *glance.Entry) string {
	now := w.Now()
	state := e.StateAt(now)
	open, sign := theme.Shell(state)
	left := ""
	switch {
	case state == session.StateExpired, state == session.StateNeedsLogin, state == session.StateNoSession:
		left = string(state)
	case e.AtLeast:
		left = "≥" + widget.Roughly(e.End.Sub(now))
	case !e.End.IsZero():
		left = widget.Roughly(e.End.Sub(now))
	}
	if w.asciiOnly() {
		sign, left = theme.ASCII(sign), theme.ASCII(left)
	}
	shell, _ := shellOf(p.shell)
	colour := func(text string) string {
		if text == "" || p.shell == "" || w.Getenv("NO_COLOR") != "" {
			return text
		}
		return shell.before + open + shell.after + text + shell.before + theme.ShellEnd + shell.after
	}
	plain := func(text string) string {
		if text = secret.CleanLine(text); shell.special != nil {
			text = shell.special.Replace(text)
		}
		return text
	}
	return fill(p.format, map[string]string{
		"sign": colour(sign), "account": plain(e.Name), "environment": plain(e.Environment),
		"left": colour(left), "state": colour(string(state)),
	})
}

// fill puts values into a format. An empty one takes the blank before it along.
func fill(format string, values map[string]string) string {
	for name, value := range values {
		if value == "" {
			format = strings.ReplaceAll(format, " {"+name+"}", "")
		}
	}
	pairs := make([]string, 0, 2*len(values))
	for name, value := range values {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(format)
}
